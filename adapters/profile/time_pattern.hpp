#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// Reads a form such as `yyyy-MM-dd` or `yyyyMMddHHmmssSSS`. The error says what is wrong and what to do.
std::expected<TimePattern, std::string> parse_time_pattern(std::string_view text);

/// Whether it has year, month and day; whether it has any piece of the time of day.
bool has_date(const TimePattern& pattern);
bool has_time(const TimePattern& pattern);

}  // namespace loangate::adapters
