#include "adapters/codec/prove.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/batch/form.hpp"
#include "adapters/codec/codec.hpp"
#include "adapters/codec/documents.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/codec/write_documents.hpp"

namespace loangate::adapters {

namespace {

constexpr Instant an_instant{1'678'846'830'000'000};  // 2023-03-15T10:20:30+08:00
constexpr Fen an_amount = Fen::yuan(1);

std::size_t width_of(const Slot& slot) {
  std::size_t width = 0;
  if (const auto* span = std::get_if<Span>(&slot.place)) width = span->width;
  if (const auto* column = std::get_if<Column>(&slot.place)) width = column->width;
  return width == 0 ? std::string::npos : width;
}

bool is_derived(const Slot& slot) {
  return std::holds_alternative<Derived>(slot.place);
}

/// Fills messages with small values that any place of a sound profile has room for.
class Specimen {
 public:
  Specimen(const MessageMap& map, bool complete, std::size_t rows)
      : map_(map), complete_(complete), rows_(rows), message_(*map.body.record) {}

  Record make() {
    // What a part repeats must be there before the value that it is a part of.
    for (const bool derived : {false, true}) {
      fill(map_.header, message_, derived);
      fill(map_.body, message_, derived);
    }
    for (const Group& group : map_.groups) {
      const std::size_t rows = std::max<std::size_t>(rows_, group.required ? 1 : 0);
      for (std::size_t i = 0; i < rows; ++i) {
        Record& row = message_.add_row(group.field);
        fill(group.rows, row, false);
        fill(group.rows, row, true);
      }
    }
    return std::move(message_);
  }

 private:
  void fill(const Layout& layout, Record& into, bool derived) {
    for (const Line& line : layout.lines) {
      if (line.kind != Line::Kind::field || std::ranges::any_of(layout.slots_of(line), is_derived) != derived)
        continue;
      const bool needed = complete_ || line.required || (&into == &message_ && is_repeated(line.field));
      if (needed) put(layout, line, into);
    }
  }

  bool is_repeated(std::uint16_t field) const {
    return std::ranges::any_of(std::initializer_list{&map_.header, &map_.body}, [&](const Layout* layout) {
      return std::ranges::any_of(layout->slots, [&](const Slot& slot) {
        const auto* derived = std::get_if<Derived>(&slot.place);
        return derived != nullptr && derived->field == field;
      });
    });
  }

  void put(const Layout& layout, const Line& line, Record& into) const {
    const Slot& slot = layout.slots[line.first_slot];
    if (const auto* text = std::get_if<TextForm>(&line.form)) {
      into.set_text(line.field, line.slot_count > 1 ? of_parts(layout, line) : text_for(slot, text->none, 1));
    } else if (std::holds_alternative<MoneyForm>(line.form)) {
      into.set(line.field, an_amount);
    } else if (const auto* rate = std::get_if<RateForm>(&line.form)) {
      into.set(line.field, rate_for(*rate, slot));
    } else if (std::holds_alternative<DateForm>(line.form)) {
      into.set(line.field, civil_day(an_instant));
    } else if (const auto* instant = std::get_if<InstantForm>(&line.form)) {
      // As exactly as the form tells it.
      std::string written;
      write_instant(instant->pattern, an_instant, written);
      into.set(line.field, read_instant(instant->pattern, written).value_or(an_instant));
    } else if (const auto* code = std::get_if<CodeForm>(&line.form)) {
      const auto known =
          std::ranges::find_if(code->map->written, [](const auto& each) { return !each.empty(); });
      if (known == code->map->written.end()) return;
      into.set(line.field, Code{static_cast<std::uint8_t>(known - code->map->written.begin())});
    } else {
      const bool negative = std::get<CountForm>(line.form).negative && width_of(slot) > 1;
      into.set(line.field, std::int64_t{negative ? -1 : 1});
    }
  }

  /// A text of one letter that is neither padding nor 'absent'.
  static std::string text_for(const Slot& slot, const std::vector<std::string>& none, std::size_t size) {
    for (const char letter : {'1', '2', 'A', 'B', 'C'}) {
      std::string text(size, letter);
      if (letter != slot.padding.byte && std::ranges::find(none, text) == none.end()) return text;
    }
    return std::string(size, '3');
  }

  std::string of_parts(const Layout& layout, const Line& line) const {
    std::string whole;
    for (const Slot& part : layout.slots_of(line)) {
      if (&part != &layout.slots_of(line).front()) whole += line.join;
      if (const auto* derived = std::get_if<Derived>(&part.place)) {
        const Value& source = message_[derived->field];
        if (const auto* text = std::get_if<std::string_view>(&source)) whole += *text;
        if (const auto* instant = std::get_if<Instant>(&source))
          write_instant(*part.pattern, *instant, whole);
      } else if (part.pattern) {
        write_date(*part.pattern, civil_day(an_instant), whole);
      } else {
        whole += text_for(part, part.none, std::max<std::size_t>(part.size, 1));
      }
    }
    return whole;
  }

  /// 3.6 % a year is 3 ‰ a month and 1/10,000 a day of 360; 3.65 % that of 365.
  static Rate rate_for(const RateForm& form, const Slot& slot) {
    for (const std::int64_t millionths : {36'000, 36'500}) {
      std::string written;
      const Rate rate = Rate::millionths(millionths);
      if (write_rate(form, rate, written) && written.size() <= width_of(slot)) return rate;
    }
    return Rate::millionths(0);
  }

  const MessageMap& map_;
  bool complete_;
  std::size_t rows_;
  Record message_;
};

class Prover {
 public:
  Prover(const Profile& profile, const MessageMap& map) : profile_(profile), map_(map) {}

  ConfigErrors prove() {
    round_trip("with all fields", Specimen(map_, true, 1).make());
    round_trip("with the required fields alone", Specimen(map_, false, 0).make());
    if (map_.kind == MessageKind::receipt) prove_receipts();
    return std::move(errors_);
  }

 private:
  using Field = Receipt::field;

  void prove_receipts() {
    const auto findings = std::ranges::find(map_.groups, std::uint16_t{Field::findings}, &Group::field);
    if (findings == map_.groups.end()) return;
    const auto unreadable = [&](std::size_t rows) {
      Record receipt = Specimen(map_, true, rows).make();
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

/// What stands around the records of a file, and the parts of its return file: each is written and read back.
void prove_batch(const Profile& profile, const BatchForm& form, ConfigErrors& errors) {
  const auto prove_part = [&](std::string_view which, const MessageMap& part, bool complete) {
    const Record record = Specimen(part, complete, 0).make();
    std::string bytes;
    const auto refuse = [&](std::string_view reason) {
      const int line = part.body.lines.empty() ? 0 : part.body.lines.front().source_line;
      errors.push_back({profile.file, line,
                        fmt::format("batch: {} {} cannot be carried: {}: correct its lines", which,
                                    complete ? "with all fields" : "with as few as can be", reason)});
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
