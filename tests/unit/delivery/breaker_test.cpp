#include "delivery/breaker.hpp"

#include <gtest/gtest.h>

using namespace loangate::delivery;
using namespace std::chrono_literals;

namespace {

constexpr BreakerBounds bounds{.failures = 3, .pause = 10s};
constexpr Moment noon = Moment{} + 12h;

Breaker opened_at(Moment now) {
  Breaker breaker(bounds);
  for (std::uint32_t i = 0; i < bounds.failures; ++i) breaker.failed(now);
  return breaker;
}

TEST(Breaker, OpensAfterFailuresInARow) {
  Breaker breaker(bounds);
  EXPECT_FALSE(breaker.failed(noon));
  EXPECT_FALSE(breaker.failed(noon));
  EXPECT_TRUE(breaker.may_send(noon));
  EXPECT_TRUE(breaker.failed(noon));
  EXPECT_TRUE(breaker.open());
  EXPECT_FALSE(breaker.may_send(noon + 9s));
}

TEST(Breaker, AnAnswerBetweenFailuresBeginsTheCountAnew) {
  Breaker breaker(bounds);
  breaker.failed(noon);
  breaker.failed(noon);
  breaker.answered();
  EXPECT_FALSE(breaker.failed(noon));
  EXPECT_FALSE(breaker.failed(noon));
  EXPECT_FALSE(breaker.open());
}

TEST(Breaker, AfterThePauseOneProbeGoesAndNoOther) {
  Breaker breaker = opened_at(noon);
  EXPECT_EQ(breaker.probe_at(), noon + 10s);
  ASSERT_TRUE(breaker.may_send(noon + 10s));
  breaker.sending(noon + 10s);
  EXPECT_FALSE(breaker.may_send(noon + 10s));
  EXPECT_EQ(breaker.probe_at(), std::nullopt);
}

TEST(Breaker, AProbeThatGetsThroughClosesIt) {
  Breaker breaker = opened_at(noon);
  breaker.sending(noon + 10s);
  breaker.answered();
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(breaker.may_send(noon + 10s));
}

TEST(Breaker, AProbeThatFailsBeginsAnotherPause) {
  Breaker breaker = opened_at(noon);
  breaker.sending(noon + 10s);
  EXPECT_FALSE(breaker.failed(noon + 12s));
  EXPECT_FALSE(breaker.may_send(noon + 21s));
  EXPECT_TRUE(breaker.may_send(noon + 22s));
}

TEST(Breaker, FailuresOfWhatWasUnderWayDoNotPutOffTheProbe) {
  Breaker breaker = opened_at(noon);
  EXPECT_FALSE(breaker.failed(noon + 5s));
  EXPECT_TRUE(breaker.may_send(noon + 10s));
}

TEST(Breaker, AProbeThatCameToNothingMayBeMadeAgainAtOnce) {
  Breaker breaker = opened_at(noon);
  breaker.sending(noon + 10s);
  breaker.abandoned(noon + 10s);
  EXPECT_TRUE(breaker.may_send(noon + 10s));
  EXPECT_TRUE(breaker.open());
}

}  // namespace
