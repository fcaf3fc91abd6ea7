#include "adapters/codec/specimen.hpp"

#include <algorithm>

#include "adapters/codec/forms.hpp"

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

}  // namespace

Record specimen(const MessageMap& map, bool complete, std::size_t rows) {
  return Specimen(map, complete, rows).make();
}

}  // namespace loangate::adapters
