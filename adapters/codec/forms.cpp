#include "adapters/codec/forms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace loangate::adapters {

namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr std::int64_t power_of_ten(unsigned exponent) {
  std::int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

/// Digits with `places` of them after the point, written or implied, as a count of 10^-places. At most 18
/// digits without leading zeros.
std::optional<std::int64_t> read_decimal(std::string_view text, unsigned places, bool point, bool fewer) {
  std::int64_t count = 0;
  unsigned given = 0;
  bool after = false;
  bool digits = false;
  for (const char c : text) {
    if (c == '.' && point && !after && digits) {
      after = true;
      digits = false;  // at least one must follow
      continue;
    }
    if (!is_digit(c) || count > std::numeric_limits<std::int64_t>::max() / 100) return std::nullopt;
    digits = true;
    if (after && ++given > places) return std::nullopt;
    count = count * 10 + (c - '0');
  }
  if (!digits) return std::nullopt;
  if (!point) return count;
  if (places == 0 ? after : given < places && !fewer) return std::nullopt;
  for (; given < places; ++given) {
    if (count > std::numeric_limits<std::int64_t>::max() / 100) return std::nullopt;
    count *= 10;
  }
  return count;
}

void write_decimal(std::int64_t count, unsigned places, bool point, std::string& out) {
  std::array<char, 24> room{};
  std::size_t at = room.size();
  unsigned written = 0;
  while (count > 0 || written <= (point ? places : 0u)) {
    if (point && places > 0 && written == places) room[--at] = '.';
    room[--at] = static_cast<char>('0' + count % 10);
    count /= 10;
    ++written;
  }
  out.append(room.data() + at, room.size() - at);
}

/// `count` × `factor`, or nothing if it wraps.
std::optional<std::int64_t> times(std::int64_t count, std::int64_t factor) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(count, factor, &product)) return std::nullopt;
  return product;
}

/// A count of 10^-`from` as a count of 10^-`to`, exactly or not at all.
std::optional<std::int64_t> rescaled(std::int64_t count, unsigned from, unsigned to) {
  if (from <= to) return times(count, power_of_ten(to - from));
  const std::int64_t divisor = power_of_ten(from - to);
  if (count % divisor != 0) return std::nullopt;
  return count / divisor;
}

constexpr unsigned fen_places = 2;
constexpr std::int64_t greatest_rate = 10'000'000;  // 1000 % a year, in millionths

struct Civil {
  Date date;
  std::int64_t micros_of_day;
};

std::optional<unsigned> piece(TimePattern::Piece where, std::string_view text) {
  unsigned number = 0;
  for (std::size_t i = 0; i < where.digits; ++i) {
    const char c = text[where.offset + i];
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number;
}

/// Whether all that is not a piece's digit stands as in the pattern. A `0` of the pattern can be of either
/// kind.
bool stands_around_pieces(const TimePattern& pattern, std::string_view text) {
  const std::array pieces = {pattern.year,   pattern.month,  pattern.day,     pattern.hour,
                             pattern.minute, pattern.second, pattern.fraction};
  std::size_t digits = 0;
  for (const TimePattern::Piece& where : pieces) digits += where.digits;
  if (digits == text.size()) return true;  // nothing but pieces, as in yyyyMMdd
  std::bitset<256> is_piece;               // offsets are bytes
  for (const TimePattern::Piece& where : pieces) {
    for (std::size_t i = 0; i < where.digits; ++i) is_piece[where.offset + i] = true;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_piece[i] && text[i] != pattern.blank[i]) return false;
  }
  return true;
}

std::optional<Civil> read_civil(const TimePattern& pattern, std::string_view text) {
  if (text.size() != pattern.size()) return std::nullopt;
  if (!stands_around_pieces(pattern, text)) return std::nullopt;
  const auto year = piece(pattern.year, text);
  const auto month = piece(pattern.month, text);
  const auto day = piece(pattern.day, text);
  const auto hour = piece(pattern.hour, text);
  const auto minute = piece(pattern.minute, text);
  const auto second = piece(pattern.second, text);
  const auto fraction = piece(pattern.fraction, text);
  if (!year || !month || !day || !hour || !minute || !second || !fraction) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto date = Date::of(static_cast<int>(pattern.year.digits == 2 ? 2000 + *year : *year),
                             pattern.month.digits == 0 ? 1 : *month, pattern.day.digits == 0 ? 1 : *day);
  if (!date) return std::nullopt;
  const std::int64_t micros = *fraction * power_of_ten(6u - pattern.fraction.digits);
  return Civil{*date, ((*hour * 60LL + *minute) * 60 + *second) * 1'000'000 +
                          (pattern.fraction.digits == 0 ? 0 : micros)};
}

void put_piece(TimePattern::Piece where, std::int64_t number, char* text) {
  for (std::size_t i = where.digits; i > 0; --i) {
    text[where.offset + i - 1] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

/// False if the date has a part that the pattern does not.
bool write_civil(const TimePattern& pattern, const Civil& civil, std::string& out) {
  if (pattern.year.digits == 2 && (civil.date.year() < 2000 || civil.date.year() > 2099)) return false;
  if ((pattern.month.digits == 0 && civil.date.month() != 1) ||
      (pattern.day.digits == 0 && civil.date.day() != 1)) {
    return false;
  }
  const std::size_t begin = out.size();
  out += pattern.blank;
  char* const text = out.data() + begin;
  put_piece(pattern.year, civil.date.year(), text);
  put_piece(pattern.month, civil.date.month(), text);
  put_piece(pattern.day, civil.date.day(), text);
  const std::int64_t seconds = civil.micros_of_day / 1'000'000;
  put_piece(pattern.hour, seconds / 3600, text);
  put_piece(pattern.minute, seconds / 60 % 60, text);
  put_piece(pattern.second, seconds % 60, text);
  put_piece(pattern.fraction, civil.micros_of_day % 1'000'000 / power_of_ten(6u - pattern.fraction.digits),
            text);
  return true;
}

}  // namespace

std::optional<Fen> read_money(const MoneyForm& form, std::string_view text, bool fewer_places) {
  char sign = '+';
  const auto take_sign = [&](char c) {
    if (c != '+' && c != '-') return false;
    sign = c;
    return true;
  };
  switch (form.sign) {
    case MoneyForm::Sign::none:
    case MoneyForm::Sign::flag:
      break;
    case MoneyForm::Sign::leading:
      if (text.empty() || !take_sign(text.front())) return std::nullopt;
      text.remove_prefix(1);
      break;
    case MoneyForm::Sign::if_negative:
      if (text.starts_with('-')) {
        sign = '-';
        text.remove_prefix(1);
      }
      break;
    case MoneyForm::Sign::trailing:
      if (text.empty() || !take_sign(text.back())) return std::nullopt;
      text.remove_suffix(1);
      break;
  }
  const auto count = read_decimal(text, form.places, form.point, fewer_places);
  if (!count) return std::nullopt;
  const auto fen = rescaled(*count, form.places, fen_places);
  if (!fen) return std::nullopt;
  const Fen amount{sign == '-' ? -*fen : *fen};
  if (!amount.in_bounds()) return std::nullopt;
  return amount;
}

bool write_money(const MoneyForm& form, Fen amount, std::string& out) {
  const bool negative = amount < Fen::zero();
  if (negative && form.sign == MoneyForm::Sign::none) return false;
  const auto count = rescaled(negative ? -amount.count() : amount.count(), fen_places, form.places);
  if (!count) return false;
  const char sign = negative ? '-' : '+';
  if (form.sign == MoneyForm::Sign::leading || (form.sign == MoneyForm::Sign::if_negative && negative))
    out += sign;
  write_decimal(*count, form.places, form.point, out);
  if (form.sign == MoneyForm::Sign::trailing) out += sign;
  return true;
}

std::optional<Rate> read_rate(const RateForm& form, std::string_view text, bool fewer_places) {
  const auto count = read_decimal(text, form.places, form.point, fewer_places);
  if (!count) return std::nullopt;
  const auto product = times(*count, form.scale);
  if (!product || *product % power_of_ten(form.places) != 0) return std::nullopt;
  const std::int64_t millionths = *product / power_of_ten(form.places);
  if (millionths > greatest_rate) return std::nullopt;
  return Rate::millionths(millionths);
}

bool write_rate(const RateForm& form, Rate rate, std::string& out) {
  const auto product = times(rate.millionths(), power_of_ten(form.places));
  if (!product || *product < 0 || *product % form.scale != 0) return false;
  write_decimal(*product / form.scale, form.places, form.point, out);
  return true;
}

std::optional<Date> read_date(const TimePattern& pattern, std::string_view text) {
  const auto civil = read_civil(pattern, text);
  if (!civil) return std::nullopt;
  return civil->date;
}

bool write_date(const TimePattern& pattern, Date date, std::string& out) {
  return write_civil(pattern, {date, 0}, out);
}

std::optional<Instant> read_instant(const TimePattern& pattern, std::string_view text) {
  const auto civil = read_civil(pattern, text);
  if (!civil) return std::nullopt;
  return Instant{start_of(civil->date).micros + civil->micros_of_day};
}

bool write_instant(const TimePattern& pattern, Instant instant, std::string& out) {
  const Date day = civil_day(instant);
  return write_civil(pattern, {day, instant.micros - start_of(day).micros}, out);
}

std::optional<std::int64_t> read_count(std::string_view text, const CountForm& form) {
  const bool negative = form.negative && text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto count = read_decimal(text, 0, false, false);
  return negative && count ? std::optional(-*count) : count;
}

bool write_count(std::int64_t count, std::string& out, const CountForm& form) {
  if (count < (form.negative ? -std::numeric_limits<std::int64_t>::max() : 0)) return false;
  if (count < 0) out += '-';
  write_decimal(std::abs(count), 0, false, out);
  return true;
}

namespace {

constexpr std::uint64_t each_byte(std::uint8_t byte) {
  return 0x0101010101010101u * byte;
}

/// Whether one of eight bytes may begin a character that no text may have: a control character, U+FFFE,
/// U+FFFF. The bit tricks may also say so of others, never leave one out.
bool is_suspect(std::uint64_t eight) {
  const auto has_zero = [](std::uint64_t bytes) { return (bytes - each_byte(1)) & ~bytes & each_byte(0x80); };
  const std::uint64_t below_space = (eight - each_byte(0x20)) & ~eight & each_byte(0x80);
  return (below_space | has_zero(eight ^ each_byte(0x7f)) | has_zero(eight ^ each_byte(0xef))) != 0;
}

bool is_printable_at(std::string_view utf8, std::size_t at) {
  const auto c = static_cast<unsigned char>(utf8[at]);
  if (c == 0xef) return utf8.substr(at, 3) != "\xEF\xBF\xBE" && utf8.substr(at, 3) != "\xEF\xBF\xBF";
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0x7f);
}

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

bool is_printable(std::string_view utf8) {
  std::size_t at = 0;
  while (at < utf8.size()) {
    std::uint64_t eight = 0;
    const std::size_t left = utf8.size() - at;
    if (left >= sizeof eight) {
      std::memcpy(&eight, utf8.data() + at, sizeof eight);
      if (!is_suspect(eight)) {
        at += sizeof eight;
        continue;
      }
    }
    const std::size_t end = at + std::min(left, sizeof eight);
    for (; at < end; ++at) {
      if (!is_printable_at(utf8, at)) return false;
    }
  }
  return true;
}

bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, is_space);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

namespace {

std::string number_form(unsigned places, bool point) {
  if (point) return places == 0 ? "0" : fmt::format("0.{:0<{}}", "", places);
  return places == 0 ? "0"
                     : fmt::format("0V{:0<{}}", "", places);  // V: the place of the point that is not written
}

}  // namespace

std::string describe(const Form& form) {
  struct Describe {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(const TextForm&) const { return "text"; }
    std::string operator()(const MoneyForm& money) const {
      // Fen are yuan with two implied places: the same digits.
      const std::string number =
          !money.point && money.places == fen_places ? "0 (fen)" : number_form(money.places, money.point);
      switch (money.sign) {
        case MoneyForm::Sign::none:
        case MoneyForm::Sign::flag:
          return number;
        case MoneyForm::Sign::leading:
          return "±" + number;
        case MoneyForm::Sign::if_negative:
          return "[-]" + number;
        case MoneyForm::Sign::trailing:
          return number + "±";
      }
      return number;
    }
    std::string operator()(const RateForm& rate) const {
      return fmt::format("{} {}", number_form(rate.places, rate.point), rate.unit);
    }
    std::string operator()(const DateForm& date) const { return date.pattern.text; }
    std::string operator()(const InstantForm& instant) const { return instant.pattern.text; }
    std::string operator()(const CodeForm& code) const { return code.map->known; }
    std::string operator()(const CountForm& count) const {
      return fmt::format("整数{} (whole number{})", count.negative ? "，可为负" : "",
                         count.negative ? ", or negative" : "");
    }
  };
  return std::visit(Describe{}, form);
}

std::string describe_size(std::size_t bytes) {
  return fmt::format("{0} 字节的值 (value of {0} bytes)", bytes);
}

}  // namespace loangate::adapters
