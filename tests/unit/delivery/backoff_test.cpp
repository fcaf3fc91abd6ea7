#include "delivery/backoff.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

using namespace loangate::delivery;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t greatest_chance = 0xffffffff;

TEST(Backoff, DoublesFromTheFirstPauseToTheLongest) {
  const Backoff backoff{.first = 1s, .longest = 600s};
  EXPECT_EQ(pause_after(backoff, 1, 0), 500ms);
  EXPECT_EQ(pause_after(backoff, 2, 0), 1s);
  EXPECT_EQ(pause_after(backoff, 4, 0), 4s);
  EXPECT_EQ(pause_after(backoff, 10, 0), 256s);
  EXPECT_EQ(pause_after(backoff, 11, 0), 300s);
  EXPECT_EQ(pause_after(backoff, 0xffffffff, 0), 300s);
}

RC_GTEST_PROP(BackoffProperty, LiesBetweenHalfOfTheFullPauseAndAllOfIt, ()) {
  const Backoff backoff{.first = std::chrono::milliseconds(*rc::gen::inRange(1, 10'000)),
                        .longest = std::chrono::milliseconds(*rc::gen::inRange(10'000, 10'000'000))};
  const auto attempts = *rc::gen::inRange<std::uint32_t>(1, 40);
  const auto chance = *rc::gen::arbitrary<std::uint32_t>();
  const auto pause = pause_after(backoff, attempts, chance);
  const auto least = pause_after(backoff, attempts, 0);
  RC_ASSERT(pause >= least);
  RC_ASSERT(pause <= 2 * least + 1ms);
  RC_ASSERT(pause <= backoff.longest);
  RC_ASSERT(pause <= pause_after(backoff, attempts, greatest_chance));
  RC_ASSERT(least <= pause_after(backoff, attempts + 1, 0));
}

}  // namespace
