#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "domain/fen.hpp"

namespace loangate {

/// Splits a total of at least zero among payers: each in order its `parts` of `whole`, half up to the fen,
/// but at most what is left (R-31, settled 27). Returns what is left in the end: the share of the residual
/// bearer, never negative. `shares` has one place for each of `parts`; shares and rest add up to the total
/// whatever the ratio.
constexpr Fen split(Fen total, std::span<const std::int64_t> parts, std::int64_t whole,
                    std::span<Fen> shares) {
  Fen left = total;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Fen share = portion_half_up(total, parts[i], whole);
    shares[i] = share < left ? share : left;
    left -= shares[i];
  }
  return left;
}

// The programme's first compensation: 300,000.00 lost on a credit loan, 180,000.00 from the fund,
// 120,000.00 stay with the bank.
static_assert([] {
  std::array shares{Fen::zero()};
  const Fen bank = split(Fen::yuan(300'000), std::array<std::int64_t, 1>{6}, 10, shares);
  return shares[0] == Fen::yuan(180'000) && bank == Fen::yuan(120'000);
}());

}  // namespace loangate
