#include "tests/support/arbitrary.hpp"

#include <algorithm>
#include <numeric>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/forms.hpp"

namespace loangate::support {

namespace {

using namespace adapters;

/// At most this many rows of a group, so that cases stay readable.
constexpr int most_rows = 4;

/// One of the numbers, both ends included. Only within rc::gen::exec.
std::int64_t pick(std::int64_t least, std::int64_t most) {
  return *rc::gen::inRange(least, most + 1);
}
bool happens(int one_in) {
  return pick(1, one_in) == 1;
}

std::int64_t power_of_ten(std::int64_t exponent) {
  std::int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

/// Bytes that the slot has room for; `otherwise` if it is as wide as its value.
std::size_t width_of(const Slot& slot, std::size_t otherwise) {
  if (const auto* span = std::get_if<Span>(&slot.place)) return span->width;
  if (const auto* column = std::get_if<Column>(&slot.place); column != nullptr && column->width != 0) {
    return column->width;
  }
  return otherwise;
}

std::size_t encoded_size(Charset charset, std::string_view utf8) {
  std::string bytes;
  return append_encoded(charset, utf8, bytes) ? bytes.size() : 0;
}

/// Makes one record of a layout: the message, or a row.
class Maker {
 public:
  Maker(const Profile& profile, const MessageMap& map, Record& message)
      : profile_(profile), map_(map), message_(message) {}

  void make() {
    note_repeated(map_.header);
    note_repeated(map_.body);
    // What a part repeats must be there before the value that it is a part of.
    for (const bool derived : {false, true}) {
      fill(map_.header, message_, derived);
      fill(map_.body, message_, derived);
    }
    for (const Group& group : map_.groups) {
      const std::int64_t rows = pick(group.required ? 1 : 0, std::min<std::int64_t>(most_rows, group.times));
      for (std::int64_t i = 0; i < rows; ++i) {
        Record& row = message_.add_row(group.field);
        fill(group.rows, row, false);
        fill(group.rows, row, true);
      }
    }
  }

 private:
  static bool is_derived(const Layout& layout, const Line& line) {
    return std::ranges::any_of(layout.slots_of(line),
                               [](const Slot& slot) { return std::holds_alternative<Derived>(slot.place); });
  }

  void note_repeated(const Layout& layout) {
    for (const Line& line : layout.lines) {
      for (const Slot& slot : layout.slots_of(line)) {
        if (const auto* derived = std::get_if<Derived>(&slot.place)) repeated_.push_back(derived->field);
      }
    }
  }

  void fill(const Layout& layout, Record& into, bool derived) {
    for (const Line& line : layout.lines) {
      if (line.kind != Line::Kind::field || is_derived(layout, line) != derived) continue;
      const bool needed = line.required ||
                          (&into == &message_ && std::ranges::find(repeated_, line.field) != repeated_.end());
      if (!needed && happens(4)) continue;
      put(layout, line, into);
    }
  }

  void put(const Layout& layout, const Line& line, Record& into) {
    const Slot& slot = layout.slots[line.first_slot];
    if (const auto* text = std::get_if<TextForm>(&line.form)) {
      const std::size_t most = into.spec().fields[line.field].max_bytes;
      const std::string value = line.slot_count > 1 ? composed(layout, line) : plain(*text, slot, most);
      into.set_text(line.field, value);
    } else if (const auto* money = std::get_if<MoneyForm>(&line.form)) {
      into.set(line.field, amount(*money, slot));
    } else if (const auto* rate = std::get_if<RateForm>(&line.form)) {
      into.set(line.field, yearly_rate(*rate, slot));
    } else if (const auto* date = std::get_if<DateForm>(&line.form)) {
      into.set(line.field, day(*date));
    } else if (const auto* instant = std::get_if<InstantForm>(&line.form)) {
      // Years that two digits can tell.
      const std::int64_t since = pick(946'700'000, 4'070'000'000) * 1'000'000 + pick(0, 999'999);
      into.set(line.field, Instant{since - since % instant->pattern.precision});
    } else if (const auto* code = std::get_if<CodeForm>(&line.form)) {
      std::vector<std::uint8_t> known;
      for (std::size_t i = 0; i < code->map->written.size(); ++i) {
        if (!code->map->written[i].empty()) known.push_back(static_cast<std::uint8_t>(i));
      }
      into.set(line.field,
               Code{known[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(known.size()) - 1))]});
    } else {
      const auto digits = static_cast<std::int64_t>(std::min<std::size_t>(width_of(slot, 9), 9));
      const std::int64_t count = pick(0, power_of_ten(pick(1, digits)) - 1);
      const bool negative = std::get<CountForm>(line.form).negative && digits > 1 && happens(2);
      into.set(line.field, negative ? -(count / 10) : count);
    }
  }

  /// Digits, letters, signs that formats trip over, hanzi, and characters that only some charsets have.
  std::string character(bool plain_only) {
    static const std::vector<std::string> plain_characters = {"0", "1", "7", "9", "A", "K",
                                                              "Z", "a", "x", "-", "_"};
    static const std::vector<std::string> all = {"0",  "1",  "7",  "9", "A",  "K",  "Z",  "a",  "x",   "-",
                                                 "_",  "|",  "\\", "<", "&",  ">",  "\"", "'",  "]]>", " ",
                                                 ",",  ";",  ":",  "/", "~",  "{",  "平", "湖", "市",  "科",
                                                 "创", "瑋", "乗", "·", "㛃", "𠮷", "䶮", "€",  "（"};
    const std::vector<std::string>& from = plain_only ? plain_characters : all;
    for (;;) {
      const std::string& one =
          from[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(from.size()) - 1))];
      const bool splits = profile_.fixed.delimiter && one.contains(*profile_.fixed.delimiter);
      if (!splits && encoded_size(profile_.charset, one) != 0) return one;
    }
  }

  std::string plain(const TextForm& form, const Slot& slot, std::size_t most) {
    if (slot.as == JsonAs::number)
      return std::to_string(
          pick(0, power_of_ten(std::min<std::int64_t>(static_cast<std::int64_t>(most), 17)) - 1));
    const std::size_t room = width_of(slot, most);
    const std::int64_t wanted = pick(1, happens(3) ? static_cast<std::int64_t>(most) : 12);
    std::string text;
    std::size_t bytes = 0;
    for (std::int64_t i = 0; i < wanted; ++i) {
      const std::string one = character(false);
      const std::size_t size = encoded_size(profile_.charset, one);
      if (bytes + size > room || text.size() + one.size() > most) break;
      text += one;
      bytes += size;
    }
    const char pad = slot.padding.byte;
    while (!text.empty() && (text.front() == ' ' || text.front() == pad)) text.erase(0, 1);
    while (!text.empty() && (text.back() == ' ' || text.back() == pad)) text.pop_back();
    if (text.empty() || std::ranges::find(form.none, text) != form.none.end()) return "K";
    return text;
  }

  std::string composed(const Layout& layout, const Line& line) {
    std::string whole;
    for (std::uint16_t i = 0; i < line.slot_count; ++i) {
      const Slot& part = layout.slots_of(line)[i];
      if (i > 0) whole += line.join;
      whole += part_of(part, line);
    }
    return whole;
  }

  std::string part_of(const Slot& part, const Line& line) {
    std::string text;
    if (const auto* derived = std::get_if<Derived>(&part.place)) {
      const Value& source = message_[derived->field];
      if (const auto* other = std::get_if<std::string_view>(&source)) return std::string(*other);
      write_instant(*part.pattern, std::get<Instant>(source), text);
      return text;
    }
    if (part.pattern) {
      write_date(*part.pattern, Date::from_days(static_cast<std::int32_t>(pick(11'000, 40'000))), text);
      return text;
    }
    const auto size = part.size != 0
                          ? part.size
                          : pick(1, static_cast<std::int64_t>(std::min<std::size_t>(width_of(part, 8), 8)));
    while (static_cast<std::int64_t>(text.size()) < size) {
      const std::string one = character(true);
      const bool at_edge = text.empty() || static_cast<std::int64_t>(text.size()) + 1 == size;
      if (line.join.contains(one) || (at_edge && one.front() == part.padding.byte)) continue;
      text += one;
    }
    return text;
  }

  Fen amount(const MoneyForm& form, const Slot& slot) {
    const bool signed_form = form.sign != MoneyForm::Sign::none;
    const bool sign_in_place = signed_form && form.sign != MoneyForm::Sign::flag;
    const auto width = static_cast<std::int64_t>(width_of(slot, 16));
    const std::int64_t digits =
        std::min<std::int64_t>(width - (form.point && form.places > 0 ? 1 : 0) - (sign_in_place ? 1 : 0), 14);
    const std::int64_t units = pick(0, power_of_ten(pick(form.point ? form.places + 1 : 1, digits)) - 1);
    std::int64_t fen = 0;
    if (form.places <= 2) {
      fen = units * power_of_ten(2 - form.places);
    } else {
      fen = units / power_of_ten(form.places - 2);
    }
    fen = std::min(fen, Fen::greatest);
    return Fen{signed_form && happens(3) ? -fen : fen};
  }

  /// Of the numbers that the form can state, one that is a whole number of millionths a year.
  Rate yearly_rate(const RateForm& form, const Slot& slot) {
    const std::int64_t power = power_of_ten(form.places);
    const std::int64_t step =
        power / std::gcd(power, form.scale);  // between numbers that are whole millionths
    const auto width = static_cast<std::int64_t>(width_of(slot, 12));
    const std::int64_t digits = std::min<std::int64_t>(width - (form.point && form.places > 0 ? 1 : 0), 12);
    const std::int64_t greatest_number = std::min(power_of_ten(digits) - 1, 10'000'000 * power / form.scale);
    const std::int64_t number = pick(0, greatest_number / step) * step;
    return Rate::millionths(number * form.scale / power);
  }

  Date day(const DateForm& form) {
    for (;;) {
      const Date date = Date::from_days(static_cast<std::int32_t>(pick(10'957, 47'000)));  // 2000 to 2098
      std::string text;
      write_date(form.pattern, date, text);
      if (std::ranges::find(form.none, text) == form.none.end()) return date;
    }
  }

  const Profile& profile_;
  const MessageMap& map_;
  Record& message_;
  std::vector<std::uint16_t> repeated_;
};

}  // namespace

void showValue(const ArbitraryMessage& message, std::ostream& out) {
  out << message.profile->id.view() << ' ' << spec_of(message.map->kind).name << ' '
      << canonical_json(*message.record);
}

rc::Gen<ArbitraryMessage> arbitrary_message(const Profile& profile, const MessageMap& map) {
  return rc::gen::exec([&profile, &map] {
    auto record = std::make_shared<Record>(*map.body.record);
    Maker(profile, map, *record).make();
    return ArbitraryMessage{&profile, &map, std::move(record)};
  });
}

}  // namespace loangate::support
