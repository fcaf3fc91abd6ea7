#include "domain/date.hpp"

#include <fmt/compile.h>

namespace loangate {

namespace {
constexpr std::int64_t micros_a_day = 86'400LL * 1'000'000;
}

std::string format(Date date) {
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}"), date.year(), date.month(), date.day());
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int parts[3] = {0, 0, 0};
  for (std::size_t i = 0, part = 0; i < text.size(); ++i) {
    if (i == 4 || i == 7) {
      ++part;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    parts[part] = parts[part] * 10 + (text[i] - '0');
  }
  return Date::of(parts[0], static_cast<unsigned>(parts[1]), static_cast<unsigned>(parts[2]));
}

Date civil_day(Instant instant) {
  const std::int64_t local = instant.micros + shanghai_offset_micros;
  std::int64_t days = local / micros_a_day;
  if (local % micros_a_day < 0) --days;
  return Date::from_days(static_cast<std::int32_t>(days));
}

Instant start_of(Date date) {
  return {date.days_since_1970() * micros_a_day - shanghai_offset_micros};
}

}  // namespace loangate
