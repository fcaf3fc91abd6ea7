#include "ops/messages/masking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "port.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Masking, LeavesEnoughToTellTwoApart) {
  EXPECT_EQ(masked("张小明"), "张*明");
  EXPECT_EQ(masked("张明"), "张*");
  EXPECT_EQ(masked("欧阳小明"), "欧**明");
  EXPECT_EQ(masked("13800001234"), "138****1234");
  EXPECT_EQ(masked("x"), "x");
  EXPECT_EQ(masked(""), "");
}

TEST(Masking, TouchesPersonalFieldsOnly) {
  auto filing = intake::testing::disbursement("L1", "2023-01-05", "2023-06-05");
  const std::string shown = masked(MessageKind::loan_disbursement, canonical_json(filing.record()));
  filing.officer_name = "张*明";
  filing.officer_phone = "138****1234";
  EXPECT_EQ(shown, canonical_json(filing.record()));
}

TEST(Masking, GoesByTheReadersRole) {
  Port port;
  port.post("bureau", "/v1/acts/institution.entry", intake::testing::institution("phrcb", "bank").raw);
  port.post("bureau", "/v1/acts/company.entry", intake::testing::listing(intake::testing::company_one).raw);
  const Sequence filed = port.commits(intake::testing::held_filing("H1"));
  const std::string path = "/v1/journal/" + std::to_string(filed.number);
  for (const auto* person : {"officer-li", "approver-wang"}) {
    const Told told = port.get(path, person);
    EXPECT_EQ(told["canonical/officer_name"], "张小明");
    EXPECT_THAT(told["raw"], Not(::testing::IsEmpty()));
  }
  for (const auto* person : {"operator-zhao", "bureau"}) {
    const Told told = port.get(path, person);
    EXPECT_EQ(told["canonical/officer_name"], "张*明");
    EXPECT_EQ(told["canonical/officer_phone"], "138****1234");
    EXPECT_THAT(told.body, HasSubstr(R"("raw":null)")) << "the partner's own bytes hold the same names";
    EXPECT_THAT(told.body, Not(HasSubstr("13800001234")));
  }
}

}  // namespace
}  // namespace loangate::ops::testing
