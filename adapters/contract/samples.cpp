#include "adapters/contract/samples.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/codec.hpp"
#include "adapters/codec/specimen.hpp"
#include "adapters/contract/damage.hpp"
#include "adapters/contract/story.hpp"

namespace loangate::adapters {

namespace {

/// Texts of at least so many bytes are words, which may be cut; what is shorter names something.
constexpr std::size_t words_from = 100;

std::string text_of(const Record& record, std::string_view field) {
  const std::size_t index = record.spec().index_of(field);
  if (index == record.spec().fields.size() || !record.has(index)) return {};
  return std::string(std::get<std::string_view>(record[index]));
}

/// Makes one message that the format can carry out of what is told. It begins with a specimen, which can be
/// written, and takes over value by value what can be written too.
class Fitter {
 public:
  Fitter(const Profile& profile, const MessageMap& map)
      : profile_(profile), map_(map), full_(specimen(map, true, 1)), message_(specimen(map, false, 0)) {}

  Record fit(const Record& told) {
    note_original(told);
    take(told, full_, message_);
    for (const Group& group : map_.groups) {
      const auto rows = told.rows(group.field);
      if (rows.empty() || full_.rows(group.field).empty()) continue;
      message_.clear(group.field);
      for (const Record& row : rows.first(std::min<std::size_t>(rows.size(), group.times))) {
        Record& into = message_.add_row(group.field);
        const Record& model = full_.rows(group.field).front();
        for (std::uint16_t i = 0; i < model.spec().fields.size(); ++i) copy(model, into, i);
        for (std::uint16_t i = 0; i < model.spec().fields.size(); ++i) {
          if (!row.has(i) && into.has(i)) try_value(into, i, std::monostate{});
        }
        take(row, model, into);
      }
    }
    return std::move(message_);
  }

 private:
  bool can_be_written() const { return encode(profile_, map_.kind, message_).has_value(); }

  /// A value by itself; rows are none.
  static Value single(const Value& value) {
    return std::visit(
        [](const auto& each) -> Value {
          if constexpr (std::is_same_v<std::decay_t<decltype(each)>, Rows>)
            return std::monostate{};
          else
            return each;
        },
        value);
  }

  static void copy(const Record& from, Record& into, std::uint16_t field) {
    if (const auto* text = std::get_if<std::string_view>(&from[field])) {
      into.set_text(field, *text);
    } else {
      into.set(field, single(from[field]));
    }
  }

  bool try_value(Record& into, std::uint16_t field, Value value) {
    Value before = single(into[field]);
    into.set(field, std::move(value));
    if (can_be_written()) return true;
    into.set(field, std::move(before));
    return false;
  }

  void take(const Record& told, const Record& model, Record& into) {
    for (std::uint16_t i = 0; i < told.spec().fields.size(); ++i) {
      const FieldSpec& field = told.spec().fields[i];
      // What the format has no line for is not in the model either.
      if (!told.has(i) || !model.has(i) || field.type == FieldType::group) continue;
      if (const auto* text = std::get_if<std::string_view>(&told[i])) {
        take_text(own_text(field.name, *text), field, into, i);
      } else if (!try_value(into, i, single(told[i]))) {
        try_value(into, i, single(model[i]));
      }
    }
  }

  void take_text(std::string_view text, const FieldSpec& field, Record& into, std::uint16_t i) {
    while (!text.empty() && !try_value(into, i, into.keep(text))) {
      if (field.max_bytes < words_from) return;
      text = whole_characters(Charset::utf8, text, text.size() - 1);
    }
  }

  /// Ids and places that the story tells are those of this partner's own messages.
  std::string own_text(std::string_view field, std::string_view told) const {
    if (original_ == nullptr) return std::string(told);
    if (field == "original_id" || field == "statement_id")
      return text_of(original_message_.front(), "message_id");
    const Record& original = original_message_.front();
    const std::size_t at = original.spec().index_of(told);
    if (field != "place" || at == original.spec().fields.size()) return std::string(told);
    Findings findings{
        {.code = FindingCode::field_missing, .field = {.field = static_cast<std::uint16_t>(at)}}};
    if (const auto bytes = encode(profile_, original_->kind, original))
      locate(profile_, original_->kind, *bytes, findings);
    return findings.front().place;
  }

  /// The message that this one answers.
  void note_original(const Record& told) {
    std::string id = text_of(told, "original_id");
    if (id.empty()) id = text_of(told, "statement_id");
    if (id.empty()) return;
    for (const MessageMap& sent : profile_.messages) {
      if (!sent.from_partner) continue;
      for (const auto& [which, message] : told_to(profile_, sent.kind)) {
        if (text_of(message, "message_id") != id) continue;
        original_ = &sent;
        original_message_.push_back(Fitter(profile_, sent).fit(message));
        return;
      }
    }
  }

  const Profile& profile_;
  const MessageMap& map_;
  const Record full_;
  Record message_;
  const MessageMap* original_ = nullptr;
  std::vector<Record> original_message_;
};

}  // namespace

std::vector<SampleDocument> samples_of(const Profile& profile, const MessageMap& message) {
  const std::string name(spec_of(message.kind).name);
  std::vector<SampleDocument> samples;
  std::vector<Record> good;
  const auto add = [&](std::string called, Record record) {
    auto bytes = encode(profile, message.kind, record);
    if (!bytes) return;
    samples.push_back({std::move(called), *std::move(bytes)});
    good.push_back(std::move(record));
  };
  for (const auto& [which, told] : told_to(profile, message.kind))
    add(which.empty() ? name : fmt::format("{}-{}", name, which), Fitter(profile, message).fit(told));
  if (good.empty()) add(name, specimen(message, true, 1));
  add(name + "-minimal", specimen(message, false, 0));
  if (!message.from_partner || good.empty()) return samples;
  for (Damaged& spoilt : damage(profile, message, good.front(), samples.front().bytes)) {
    const auto read = decode(profile, spoilt.bytes);
    if (read) continue;  // forgiven by a leniency
    samples.push_back(
        {fmt::format("{}-bad-{}", name, spoilt.name), std::move(spoilt.bytes), read.error().findings});
  }
  return samples;
}

std::string_view file_extension(const Profile& profile) {
  switch (profile.format) {
    case Format::xml:
      return "xml";
    case Format::json:
      return "json";
    case Format::fixed:
      break;
  }
  return profile.fixed.separator.empty() ? "dat" : "txt";
}

}  // namespace loangate::adapters
