#include "adapters/profile/time_pattern.hpp"

#include <fmt/format.h>

namespace loangate::adapters {
namespace {

constexpr std::string_view letters = "yMdHmsS";

/// The piece that a letter names, if a run of `digits` of it is one.
TimePattern::Piece* piece_of(TimePattern& pattern, char letter, std::size_t digits) {
  switch (letter) {
    case 'y':
      return digits == 4 || digits == 2 ? &pattern.year : nullptr;
    case 'M':
      return digits == 2 ? &pattern.month : nullptr;
    case 'd':
      return digits == 2 ? &pattern.day : nullptr;
    case 'H':
      return digits == 2 ? &pattern.hour : nullptr;
    case 'm':
      return digits == 2 ? &pattern.minute : nullptr;
    case 's':
      return digits == 2 ? &pattern.second : nullptr;
    case 'S':
      return digits <= 6 ? &pattern.fraction : nullptr;
    default:
      return nullptr;
  }
}

std::int64_t precision_of(const TimePattern& pattern) {
  std::int64_t micros = 1'000'000;
  if (pattern.fraction.digits > 0) {
    for (int i = 0; i < pattern.fraction.digits; ++i) micros /= 10;
    return micros;
  }
  if (pattern.second.digits > 0) return micros;
  if (pattern.minute.digits > 0) return 60 * micros;
  if (pattern.hour.digits > 0) return 3600 * micros;
  return 86'400 * micros;
}

}  // namespace

std::expected<TimePattern, std::string> parse_time_pattern(std::string_view text) {
  TimePattern pattern;
  pattern.text = text;
  if (text.empty() || text.size() > 60)
    return std::unexpected("a form is 1 to 60 bytes long: write one such as yyyyMMdd");
  for (std::size_t at = 0; at < text.size();) {
    const char letter = text[at];
    if (!letters.contains(letter)) {
      pattern.blank += letter;
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && text[end] == letter) ++end;
    TimePattern::Piece* piece = piece_of(pattern, letter, end - at);
    const std::string_view run = text.substr(at, end - at);
    if (piece == nullptr) {
      return std::unexpected(fmt::format(
          "`{}` is no piece of a date or time: use yyyy, yy, MM, dd, HH, mm, ss, S to SSSSSS", run));
    }
    if (piece->digits > 0) return std::unexpected(fmt::format("`{}` stands twice: keep one", run));
    *piece = {static_cast<std::uint8_t>(at), static_cast<std::uint8_t>(end - at)};
    pattern.blank.append(end - at, '0');
    at = end;
  }
  pattern.precision = precision_of(pattern);
  return pattern;
}

bool has_date(const TimePattern& pattern) {
  return pattern.year.digits > 0 && pattern.month.digits > 0 && pattern.day.digits > 0;
}

bool has_time(const TimePattern& pattern) {
  return pattern.hour.digits > 0 || pattern.minute.digits > 0 || pattern.second.digits > 0 ||
         pattern.fraction.digits > 0;
}

}  // namespace loangate::adapters
