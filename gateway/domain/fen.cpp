#include "domain/fen.hpp"

#include <fmt/compile.h>

#include <charconv>

namespace loangate {

std::string format_yuan(Fen amount) {
  const std::int64_t count = amount.count();
  const std::uint64_t magnitude =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  return fmt::format(FMT_COMPILE("{}{}.{:02}"), count < 0 ? "-" : "", magnitude / 100, magnitude % 100);
}

std::string format_yuan_grouped(Fen amount) {
  std::string text = format_yuan(amount);
  const std::size_t first = text.front() == '-' ? 1 : 0;
  for (std::size_t at = text.size() - 3; at > first + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::optional<Fen> parse_yuan(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string_view places = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || whole.size() > 15) return std::nullopt;
  if (point != std::string_view::npos && (places.empty() || places.size() > 2)) return std::nullopt;

  std::int64_t count = 0;
  for (const std::string_view part : {whole, places}) {
    for (const char c : part) {
      if (c < '0' || c > '9') return std::nullopt;
      count = count * 10 + (c - '0');
    }
  }
  for (std::size_t given = places.size(); given < 2; ++given) count *= 10;
  const Fen amount{negative ? -count : count};
  if (!amount.in_bounds()) return std::nullopt;
  return amount;
}

}  // namespace loangate
