#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/profile/profile.hpp"
#include "samples.hpp"

namespace loangate::adapters {
namespace {

using testing::HasSubstr;

Profile forgiving() {
  return load_profile("payer",
                      samples::changed(samples::xml, "role: fund",
                                       "role: fund\nlenient:\n"
                                       "  - {option: fewer_places, reason: old ledger, until: 2026-12-31}\n"
                                       "  - {option: ignore_unknown, reason: remarks, until: 2027-06-30}"))
      .value();
}

TEST(Leniency, HoldsThroughItsLastDay) {
  EXPECT_TRUE(expired_leniencies(forgiving(), parse_date("2026-12-31").value()).empty());
}

TEST(Leniency, IsAMistakeAtItsLineFromTheDayAfter) {
  const auto expired = expired_leniencies(forgiving(), parse_date("2027-01-01").value());
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired.front().file, "payer/profile.yaml");
  EXPECT_EQ(expired.front().line, 4);
  EXPECT_THAT(expired.front().what, HasSubstr("`fewer_places` ended on 2026-12-31 (old ledger): see that"));
  EXPECT_EQ(expired_leniencies(forgiving(), parse_date("2028-01-01").value()).size(), 2u);
}

TEST(Leniency, GoesOnBeingForgivenByAProfileThatIsLoadedLater) {
  const auto profile = load_profile("payer", samples::changed(samples::xml, "role: fund",
                                                              "role: fund\nlenient: [{option: fewer_places, "
                                                              "reason: x, until: 2001-01-01}]"));
  ASSERT_TRUE(profile);
  EXPECT_TRUE(profile->lenient.fewer_places);
}

}  // namespace
}  // namespace loangate::adapters
