#include "base/clock.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/support/property.hpp"

namespace loangate {
namespace {

TEST(Instant, IsWrittenInTheProgrammesZone) {
  EXPECT_EQ(format(Instant{0}), "1970-01-01T08:00:00.000000+08:00");
  EXPECT_EQ(format(Instant{1'694'502'000'000'001}), "2023-09-12T15:00:00.000001+08:00");
}

TEST(Instant, IsReadWithAnyOffset) {
  const Instant noon{1'694'491'200'000'000};  // 2023-09-12T12:00 in Shanghai
  for (const char* text : {"2023-09-12T12:00:00+08:00", "2023-09-12T12:00:00.000000+08:00",
                           "2023-09-12T04:00:00Z", "2023-09-11T23:30:00-04:30"}) {
    EXPECT_EQ(parse_instant(text), noon) << text;
  }
}

TEST(Instant, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2023-09-12", "2023-09-12T12:00:00", "2023-02-29T12:00:00Z",
                           "2023-09-12T24:00:00Z", "2023-09-12T12:60:00Z", "2023-09-12T12:00:00Zx",
                           "2023-09-12 12:00:00Z", "2023-09-12T12:00:00+8:00", "2023-09-12T1２:00:00Z"}) {
    EXPECT_FALSE(parse_instant(text)) << text;
  }
}

TEST(Instant, RoundTrips) {
  support::holds([] {
    const Instant instant{*rc::gen::inRange<std::int64_t>(-2'000'000'000'000'000, 200'000'000'000'000'000)};
    RC_ASSERT(parse_instant(format(instant)) == instant);
  });
}

TEST(BusinessClock, MovesForwardOnlyAndRunsOn) {
  BusinessClock clock;
  const Instant now = clock.now();
  EXPECT_FALSE(clock.advance_to({now.micros - 1})) << "never back";
  const Instant later{now.micros + 3'600'000'000};
  ASSERT_TRUE(clock.advance_to(later));
  const Instant after = clock.now();
  EXPECT_GE(after, later);
  EXPECT_LT(after.micros, later.micros + 60'000'000) << "it runs on from there, by the real clock";
  EXPECT_GE(clock.now(), after);
}

}  // namespace
}  // namespace loangate
