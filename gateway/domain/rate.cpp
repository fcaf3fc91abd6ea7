#include "domain/rate.hpp"

#include <fmt/compile.h>

namespace loangate {

std::string format_percent(Rate rate) {
  const std::int64_t count = rate.millionths();
  const std::int64_t magnitude = count < 0 ? -count : count;
  std::string text =
      fmt::format(FMT_COMPILE("{}{}.{:04}"), count < 0 ? "-" : "", magnitude / 10'000, magnitude % 10'000);
  for (int spare = 0; spare < 2 && text.back() == '0'; ++spare) text.pop_back();
  return text;
}

std::optional<Rate> parse_percent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view places =
      point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || whole.size() > 4 || places.size() > 4) return std::nullopt;
  if (point != std::string_view::npos && places.empty()) return std::nullopt;
  std::int64_t count = 0;
  for (const std::string_view part : {whole, places}) {
    for (const char c : part) {
      if (c < '0' || c > '9') return std::nullopt;
      count = count * 10 + (c - '0');
    }
  }
  for (std::size_t given = places.size(); given < 4; ++given) count *= 10;
  if (count > 10'000'000) return std::nullopt;
  return Rate::millionths(negative ? -count : count);
}

}  // namespace loangate
