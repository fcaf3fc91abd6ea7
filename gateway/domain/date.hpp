#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace loangate {

/// A civil day in the programme's zone. Not a point in time: it takes no offset and adds only whole days.
class Date {
 public:
  /// The day if the calendar has it (2023-02-29 has none), between 1900 and 9999.
  static constexpr std::optional<Date> of(int year, unsigned month, unsigned day) {
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                           std::chrono::day{day}};
    if (!date.ok() || year < 1900 || year > 9999) return std::nullopt;
    return Date{static_cast<std::int32_t>(std::chrono::sys_days{date}.time_since_epoch().count())};
  }
  static constexpr Date from_days(std::int32_t days_since_1970) { return Date{days_since_1970}; }

  constexpr std::int32_t days_since_1970() const { return days_; }
  constexpr int year() const { return static_cast<int>(ymd().year()); }
  constexpr unsigned month() const { return static_cast<unsigned>(ymd().month()); }
  constexpr unsigned day() const { return static_cast<unsigned>(ymd().day()); }
  /// 0 = Sunday … 6 = Saturday.
  constexpr unsigned weekday() const { return std::chrono::weekday{sys()}.c_encoding(); }

  constexpr Date plus_days(int count) const { return Date{days_ + count}; }
  /// The same day `count` years later; 29 February becomes the 28th where the year has none (民法典 202).
  constexpr Date plus_years(int count) const {
    auto date = ymd() + std::chrono::years{count};
    if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
    return Date{static_cast<std::int32_t>(std::chrono::sys_days{date}.time_since_epoch().count())};
  }

  friend constexpr auto operator<=>(Date, Date) = default;
  /// Days from `b` to `a`.
  friend constexpr int operator-(Date a, Date b) { return a.days_ - b.days_; }

 private:
  constexpr explicit Date(std::int32_t days) : days_(days) {}
  constexpr std::chrono::sys_days sys() const { return std::chrono::sys_days{std::chrono::days{days_}}; }
  constexpr std::chrono::year_month_day ymd() const { return {sys()}; }

  std::int32_t days_;
};

/// `2023-09-12`.
std::string format(Date date);
/// Reads `2023-09-12`, the whole text.
std::optional<Date> parse_date(std::string_view text);

/// The civil day of an instant in Asia/Shanghai.
Date civil_day(Instant instant);
/// The first instant of the day in Asia/Shanghai.
Instant start_of(Date date);

}  // namespace loangate
