// Splits conserve the total whatever the ratio (R-31, settled 27).
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "domain/split.hpp"
#include "tests/support/property.hpp"

namespace loangate {
namespace {

using support::holds;

struct Result {
  std::vector<Fen> shares;
  Fen rest;
};

Result divide(Fen total, const std::vector<std::int64_t>& parts, std::int64_t residual_parts) {
  std::int64_t whole = residual_parts;
  for (const std::int64_t part : parts) whole += part;
  std::vector<Fen> shares(parts.size(), Fen::zero());
  const Fen rest = split(total, parts, whole, shares);
  return {shares, rest};
}

TEST(Split, KnownCases) {
  EXPECT_EQ(divide(Fen{123456789}, {6}, 4).shares[0], Fen{74074073});
  EXPECT_EQ(divide(Fen{123456789}, {6}, 4).rest, Fen{49382716});
  EXPECT_EQ(divide(Fen{123456789}, {4, 4}, 2).rest, Fen{24691357});
  EXPECT_EQ(divide(Fen{10002}, {6}, 4).shares[0], Fen{6001})
      << "on the whole loss, not on principal and interest apart";
}

TEST(Split, HalfUpAloneWouldLeaveLessThanNothing) {
  const Result result = divide(Fen{1}, {50, 50}, 0);
  EXPECT_EQ(result.shares[0], Fen{1});
  EXPECT_EQ(result.shares[1], Fen{0});
  EXPECT_EQ(result.rest, Fen{0});
}

TEST(Split, ConservesTheTotalAndIsNeverNegative) {
  holds([] {
    const auto total = Fen{*rc::gen::inRange<std::int64_t>(0, Fen::greatest)};
    const auto parts =
        *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 1'000'000));
    const auto residual = *rc::gen::inRange<std::int64_t>(parts.empty() ? 1 : 0, 1'000'000);
    const Result result = divide(total, parts, residual);
    Fen sum = result.rest;
    for (const Fen share : result.shares) {
      RC_ASSERT(share >= Fen::zero());
      sum += share;
    }
    RC_ASSERT(result.rest >= Fen::zero());
    RC_ASSERT(sum == total);
  });
}

TEST(Split, NoPayerIsMoreThanHalfAFenAboveItsExactShare) {
  holds([] {
    const auto total = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'00);
    const auto parts = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 100)));
    const auto residual = *rc::gen::inRange<std::int64_t>(0, 100);
    std::int64_t whole = residual;
    for (const std::int64_t part : parts) whole += part;
    const Result result = divide(Fen{total}, parts, residual);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      RC_ASSERT(2 * (result.shares[i].count() * whole - total * parts[i]) <= whole);
    }
  });
}

}  // namespace
}  // namespace loangate
