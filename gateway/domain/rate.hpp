#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loangate {

/// A yearly simple interest rate in whole millionths: 4.75 % a year is 47'500. Exact; a rate that is no
/// whole number of millionths is refused, never rounded (settled 31).
class Rate {
 public:
  static constexpr Rate millionths(std::int64_t count) { return Rate{count}; }
  static constexpr Rate basis_points(std::int64_t bp) { return Rate{bp * 100}; }

  constexpr std::int64_t millionths() const { return count_; }

  friend constexpr auto operator<=>(Rate, Rate) = default;
  friend constexpr Rate operator+(Rate a, Rate b) { return Rate{a.count_ + b.count_}; }
  friend constexpr Rate operator-(Rate a, Rate b) { return Rate{a.count_ - b.count_}; }

 private:
  constexpr explicit Rate(std::int64_t count) : count_(count) {}
  std::int64_t count_;
};

/// Percent a year with as many places as it needs, at least two: `4.75`, `3.8525`.
std::string format_percent(Rate rate);
/// Reads percent a year: digits with at most four places after the point, optional `-`; at most 1000 %.
std::optional<Rate> parse_percent(std::string_view text);

}  // namespace loangate
