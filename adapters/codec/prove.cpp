#include "adapters/codec/prove.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/batch/form.hpp"
#include "adapters/codec/codec.hpp"
#include "adapters/codec/documents.hpp"
#include "adapters/codec/specimen.hpp"
#include "adapters/codec/write_documents.hpp"

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
    errors_.push_back(
        profile_.at(line_of(field.field), fmt::format("a `{}` {} cannot be carried: {}: correct its lines",
                                                      spec_of(map_.kind).name, which, reason)));
  }

  YamlLine line_of(std::uint16_t field) const {
    for (const Layout* layout : {&map_.header, &map_.body}) {
      for (const Line& line : layout->lines) {
        if (line.kind == Line::Kind::field && line.field == field) return line.source;
      }
    }
    for (const Group& group : map_.groups) {
      if (group.field == field) return group.source;
    }
    return {};
  }

  const Profile& profile_;
  const MessageMap& map_;
  ConfigErrors errors_;
};

/// What stands around the records of a file, and the parts of its return file: each is written and read back.
void prove_batch(const Profile& profile, const BatchForm& form, ConfigErrors& errors) {
  const auto prove_part = [&](std::string_view which, const MessageMap& part, bool complete) {
    const Record record = specimen(part, complete, 0);
    std::string bytes;
    const auto refuse = [&](std::string_view reason) {
      const YamlLine line = part.body.lines.empty() ? YamlLine{} : part.body.lines.front().source;
      errors.push_back(
          profile.at(line, fmt::format("batch: {} {} cannot be carried: {}: correct its lines", which,
                                       complete ? "with all fields" : "with as few as can be", reason)));
    };
    if (const auto written = encode_document(profile, part, record, bytes); !written) {
      return refuse(written.error().reason);
    }
    Faults faults;
    const Framed framed{.whole = bytes, .header = {}, .body = bytes, .after_header = bytes.size()};
    const ReadDocument read = read_document(profile, framed, &part, faults);
    if (!faults.none()) return refuse("written, but not read again: " + text_en(faults.take().front()));
    if (*read.record != record) refuse("what is read is not what was written");
  };
  for (const bool complete : {true, false}) {
    if (form.header) prove_part("the header", *form.header, complete);
    if (form.trailer) prove_part("the trailer", *form.trailer, complete);
    if (form.result.header) prove_part("the return file's header", *form.result.header, complete);
    prove_part("the return file's line", form.result.line, complete);
    if (form.result.trailer) prove_part("the return file's trailer", *form.result.trailer, complete);
  }
}

}  // namespace

ConfigErrors prove(const Profile& profile) {
  ConfigErrors errors;
  for (const MessageMap& map : profile.messages)
    std::ranges::move(Prover(profile, map).prove(), std::back_inserter(errors));
  if (profile.batch) prove_batch(profile, *profile.batch, errors);
  return errors;
}

}  // namespace loangate::adapters
