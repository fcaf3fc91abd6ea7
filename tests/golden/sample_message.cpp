#include "tests/golden/sample_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <utility>

#include "adapters/codec/codec.hpp"
#include "adapters/contract/story.hpp"
#include "domain/messages.hpp"
#include "simulate/composer.hpp"

namespace loangate::golden {

namespace {

using namespace adapters;

std::string_view text(const Record& record, std::string_view field) {
  const std::size_t index = record.spec().index_of(field);
  if (index == record.spec().fields.size() || !record.has(index)) return {};
  return std::get<std::string_view>(record[index]);
}

/// A message in one partner's form.
class Maker {
 public:
  Maker(const Profile& profile, const MessageMap& map)
      : profile_(profile), map_(map), composer_(profile, 0) {}

  std::expected<Record, std::string> make(const Record& told) {
    for (const std::string_view field : {"original_id", "statement_id"}) {
      if (!text(told, field).empty()) find_original(text(told, field));
    }
    Record message(told.spec());
    fit(told, message, FieldPath::none);
    if (const std::string_view id = text(told, "message_id"); !id.empty()) {
      simulate::Composer(profile_, number_of(id))
          .complete(map_.kind, message, std::get<Instant>(told[LoanDisbursement::field::sent_at]));
    }
    return written(std::move(message));
  }

 private:
  /// The message that this one names.
  struct Original {
    MessageKind kind;
    Record message;
  };

  /// The number behind the day of an id.
  static std::uint64_t number_of(std::string_view id) {
    constexpr std::size_t day = 8;
    std::uint64_t number = 0;
    std::from_chars(id.data() + day, id.data() + id.size(), number);
    return number;
  }

  void find_original(std::string_view id) {
    for (const MessageMap& sent : profile_.messages) {
      if (!sent.from_partner) continue;
      for (const auto& [which, told] : told_to(profile_, sent.kind)) {
        if (text(told, "message_id") != id) continue;
        if (auto message = Maker(profile_, sent).make(told)) original_ = {sent.kind, *std::move(message)};
      }
    }
    if (!original_) throw std::runtime_error(fmt::format("story.yaml: no message {}", id));
  }

  /// Copies what the format has a place for, as it can say it: of the message, or of a row of its `group`.
  void fit(const Record& from, Record& into, std::uint16_t group) {
    for (std::uint16_t i = 0; i < from.spec().fields.size(); ++i) {
      const FieldSpec& field = from.spec().fields[i];
      const bool carried =
          group == FieldPath::none ? composer_.carries(map_.kind, i) : composer_.carries(map_.kind, group, i);
      if (!from.has(i) || !(carried || field.required)) continue;
      switch (field.type) {
        case FieldType::text:
          into.set_text(i, own_text(field.name, std::get<std::string_view>(from[i])));
          break;
        case FieldType::money:
          into.set(i, std::get<Fen>(from[i]));
          break;
        case FieldType::rate:
          into.set(i, composer_.rate_up_to(map_.kind, i, std::get<Rate>(from[i])));
          break;
        case FieldType::date:
          into.set(i, std::get<Date>(from[i]));
          break;
        case FieldType::instant:
          into.set(i, std::get<Instant>(from[i]));
          break;
        case FieldType::count:
          into.set(i, std::get<std::int64_t>(from[i]));
          break;
        case FieldType::code:
          put_code(std::get<Code>(from[i]), into, i, group);
          break;
        case FieldType::group:
          put_rows(from.rows(i), into, i);
          break;
      }
    }
  }

  /// The id that the partner itself gave its message, and the place of a fault in that message.
  std::string own_text(std::string_view field, std::string_view told) const {
    if (!original_) return std::string(told);
    if (field == "original_id" || field == "statement_id")
      return std::string(text(original_->message, "message_id"));
    const std::size_t at = original_->message.spec().index_of(told);
    if (field != "place" || at == original_->message.spec().fields.size()) return std::string(told);
    Findings findings{
        {.code = FindingCode::field_missing, .field = {.field = static_cast<std::uint16_t>(at)}}};
    locate(profile_, original_->kind, *encode(profile_, original_->kind, original_->message), findings);
    return findings.front().place;
  }

  /// The code told, or else the first of its list that the partner has.
  void put_code(Code code, Record& into, std::uint16_t i, std::uint16_t group) {
    const auto can = [&](Code each) {
      return group == FieldPath::none ? composer_.can_say(map_.kind, i, each)
                                      : composer_.can_say(map_.kind, group, each, i);
    };
    if (!can(code)) code = {};
    const std::size_t codes = into.spec().fields[i].codes->codes.size();
    while (code.index < codes && !can(code)) ++code.index;
    if (code.index < codes) into.set(i, code);
  }

  void put_rows(std::span<const Record> told, Record& into, std::uint16_t i) {
    const auto group = std::ranges::find(map_.groups, i, &Group::field);
    if (group == map_.groups.end()) return;
    for (const Record& row : told.first(std::min<std::size_t>(told.size(), group->times)))
      fit(row, into.add_row(i), i);
  }

  /// The message without what an optional place is too narrow for.
  std::expected<Record, std::string> written(Record message) const {
    for (;;) {
      const auto bytes = encode(profile_, map_.kind, message);
      if (bytes) return message;
      const FieldPath at = bytes.error().field;
      if (at.field >= message.spec().fields.size() || message.spec().fields[at.field].required) {
        return std::unexpected(bytes.error().reason);
      }
      message.clear(at.field);
    }
  }

  const Profile& profile_;
  const MessageMap& map_;
  simulate::Composer composer_;
  std::optional<Original> original_;
};

}  // namespace

std::expected<std::vector<Sample>, std::string> sample_messages(const Profile& profile,
                                                                const MessageMap& map) {
  std::vector<Sample> samples;
  for (const auto& [which, told] : told_to(profile, map.kind)) {
    auto message = Maker(profile, map).make(told);
    if (!message) return std::unexpected(std::move(message).error());
    samples.push_back({which, *std::move(message)});
  }
  if (samples.empty()) return std::unexpected("story.yaml does not tell of it");
  return samples;
}

}  // namespace loangate::golden
