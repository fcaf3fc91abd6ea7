#pragma once
#include <compare>
#include <concepts>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace loangate {

/// Money: a whole count of 分 (1/100 yuan), CNY. No default value, no conversion from or to plain numbers
/// or floats. Every amount that enters is bounded by `greatest`, so that sums over all loans cannot wrap;
/// a sum that would wrap all the same stops the program.
class Fen {
 public:
  /// One million million yuan: beyond any sense for this trade, far below the edge of 64 bits.
  static constexpr std::int64_t greatest = 100'000'000'000'000;

  template <std::same_as<std::int64_t> Count>
  constexpr explicit Fen(Count count) : count_(count) {}
  template <std::same_as<int> Count>
  constexpr explicit Fen(Count count) : count_(count) {}

  static constexpr Fen zero() { return Fen{0}; }
  static constexpr Fen yuan(std::int64_t yuan) { return Fen{times(yuan, 100)}; }

  constexpr std::int64_t count() const { return count_; }
  constexpr bool in_bounds() const { return count_ >= -greatest && count_ <= greatest; }

  friend constexpr auto operator<=>(Fen, Fen) = default;
  friend constexpr Fen operator+(Fen a, Fen b) { return Fen{plus(a.count_, b.count_)}; }
  friend constexpr Fen operator-(Fen a, Fen b) { return Fen{plus(a.count_, -b.count_)}; }
  constexpr Fen& operator+=(Fen b) { return *this = *this + b; }
  constexpr Fen& operator-=(Fen b) { return *this = *this - b; }

 private:
  static constexpr std::int64_t plus(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) __builtin_trap();
    return sum;
  }
  static constexpr std::int64_t times(std::int64_t a, std::int64_t b) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) __builtin_trap();
    return product;
  }

  std::int64_t count_;
};

/// `amount × numerator / denominator`, rounded half up to the fen (half away from zero). The denominator is
/// positive; computed in 128 bits, so nothing wraps before the division.
constexpr Fen portion_half_up(Fen amount, std::int64_t numerator, std::int64_t denominator) {
  const __int128 product = static_cast<__int128>(amount.count()) * numerator;
  const __int128 half = denominator / 2;
  // With an even denominator `+ half` rounds a tie up; with an odd one there are no ties.
  const __int128 rounded = product >= 0 ? (product + half) / denominator : -((-product + half) / denominator);
  return Fen{static_cast<std::int64_t>(rounded)};
}

/// `300000.00`, `-0.01`: plain yuan with two places, as messages and records carry it.
std::string format_yuan(Fen amount);
/// `10,000,000.00`: for people.
std::string format_yuan_grouped(Fen amount);
/// Reads what format_yuan() writes: optional `-`, digits, and either nothing or a point and one or two
/// places. The whole text, nothing else; nothing if out of bounds.
std::optional<Fen> parse_yuan(std::string_view text);

}  // namespace loangate
