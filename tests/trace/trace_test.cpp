#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/trace/trace.hpp"

namespace loangate::trace {
namespace {

TEST(Trace, EveryRuleIsBuiltAndShownOrAsksNothing) {
  EXPECT_THAT(gaps(LOANGATE_SOURCE_DIR), testing::IsEmpty());
}

TEST(Trace, PlacesAreWhereTheTagStands) {
  const auto rules = trace(LOANGATE_SOURCE_DIR);
  EXPECT_THAT(rules.at("R-34").places,
              testing::Contains(testing::HasSubstr("gateway/programme/overdue.cpp:")));
  EXPECT_THAT(rules.at("R-34").tests, testing::Contains(testing::StartsWith("tests/rules/")));
}

}  // namespace
}  // namespace loangate::trace
