#include "adapters/codec/prove.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/codec/codec.hpp"
#include "adapters/codec/specimen.hpp"

namespace loangate::adapters {

namespace {

class Prover {
 public:
  Prover(const Profile& profile, const MessageMap& map) : profile_(profile), map_(map) {}

  ConfigErrors prove() {
    round_trip("with all fields", specimen(map_, true, 1));
    round_trip("with the required fields alone", specimen(map_, false, 0));
    if (map_.kind == MessageKind::receipt) prove_receipts();
    return std::move(errors_);
  }

 private:
  using Field = Receipt::field;

  void prove_receipts() {
    const auto findings = std::ranges::find(map_.groups, std::uint16_t{Field::findings}, &Group::field);
    if (findings == map_.groups.end()) return;
    const auto unreadable = [&](std::size_t rows) {
      Record receipt = specimen(map_, true, rows);
      receipt.clear(Field::original_id);
      receipt.set(Field::original_type, Code{static_cast<std::uint8_t>(MessageType::unknown)});
      receipt.clear(Field::findings_more);
      return receipt;
    };
    Record full = unreadable(findings->times);
    full.set(Field::findings_more, std::int64_t{1});
    round_trip("for an unreadable message, with more findings than it takes", full);
    if (!errors_.empty()) return;

    const auto cut = encode(profile_, map_.kind, unreadable(findings->times + 1u));
    if (!cut) return refuse("with a finding too many", cut.error().field, cut.error().reason);
    if (*cut != encode(profile_, map_.kind, full))
      refuse("with a finding too many", {.field = Field::findings_more},
             "it does not tell how many are left out");
  }

  void round_trip(std::string_view which, const Record& message) {
    const auto bytes = encode(profile_, map_.kind, message);
    if (!bytes) return refuse(which, bytes.error().field, bytes.error().reason);
    // The bound is one of what partners send.
    if (bytes->size() > profile_.bounds.body_bytes && !map_.from_partner) return;
    const auto back = decode(profile_, *bytes);
    if (!back) {
      const Finding& first = back.error().findings.front();
      return refuse(which, first.field, "written, but not read again: " + text_en(first));
    }
    if (back->kind == map_.kind && back->record == message) return;
    FieldPath differs;
    for (std::uint16_t i = 0; i < message.spec().fields.size() && back->kind == map_.kind; ++i) {
      if (message[i] != back->record[i]) differs.field = i;
    }
    refuse(which, differs, "what is read is not what was written");
  }

  void refuse(std::string_view which, FieldPath field, std::string_view reason) {
    errors_.push_back({profile_.file, line_of(field.field),
                       fmt::format("a `{}` {} cannot be carried: {}: correct its lines",
                                   spec_of(map_.kind).name, which, reason)});
  }

  int line_of(std::uint16_t field) const {
    for (const Layout* layout : {&map_.header, &map_.body}) {
      for (const Line& line : layout->lines) {
        if (line.kind == Line::Kind::field && line.field == field) return line.source_line;
      }
    }
    for (const Group& group : map_.groups) {
      if (group.field == field) return group.source_line;
    }
    return 0;
  }

  const Profile& profile_;
  const MessageMap& map_;
  ConfigErrors errors_;
};

}  // namespace

ConfigErrors prove(const Profile& profile) {
  ConfigErrors errors;
  for (const MessageMap& map : profile.messages)
    std::ranges::move(Prover(profile, map).prove(), std::back_inserter(errors));
  return errors;
}

}  // namespace loangate::adapters
