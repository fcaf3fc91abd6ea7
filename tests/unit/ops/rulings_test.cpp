// What the conference rules on, by two persons, and what an officer enters alone; and what nobody may do.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "compensated.hpp"
#include "ops/router.hpp"

namespace loangate::ops::testing {
namespace {

namespace stage = intake::testing;
using ::testing::Contains;
using ::testing::HasSubstr;

TEST(OpsRulings, AWriteOffIsRuledOnByTwoPersons) {
  Compensated port;
  EXPECT_EQ(port.post("officer-li", "/v1/proposals/rule.writeoff", port.ruling("approved")).status, 422u)
      << "nobody has applied for it";
  port.applies_for_write_off();
  EXPECT_EQ(port.get("/v1/cases?waits_for=writeoff")["cases/0/no"], port.case_no);

  const Told proposed = port.post("both-chen", "/v1/proposals/rule.writeoff", port.ruling("approved"));
  EXPECT_EQ(approved(port, proposed, "both-chen").status, 403u) << "nobody approves his own proposal";
  const auto course = [&] { return port.store().loan(stage::loan_ref("C1")).value().course; };
  EXPECT_TRUE(std::holds_alternative<course::Compensated>(course()));
  EXPECT_EQ(approved(port, proposed).status, 200u);
  EXPECT_TRUE(std::holds_alternative<course::WrittenOff>(course()));
  EXPECT_THAT(port.told(), Contains(stage::bank())) << "the bank is told";
  EXPECT_EQ(port.get("/v1/cases?waits_for=writeoff")["cases/0/no"], "");
}

TEST(OpsRulings, AWriteOffThatIsTurnedDownLeavesTheLoanAsItWas) {
  Compensated port;
  port.applies_for_write_off();
  EXPECT_EQ(
      approved(port, port.post("officer-li", "/v1/proposals/rule.writeoff", port.ruling("refused"))).status,
      200u);
  EXPECT_TRUE(
      std::holds_alternative<course::Compensated>(port.store().loan(stage::loan_ref("C1")).value().course));
}

TEST(OpsRulings, AnInstitutionIsRemovedByTwoPersonsAndBarredForTwoYears) {
  Port port;
  port.post("bureau", "/v1/acts/institution.entry", stage::institution("phrcb", "bank").raw);
  const Told proposed = port.post(
      "officer-li", "/v1/proposals/rule.institution",
      R"({"institution":"phrcb","ruling":"removed","effective_on":"2024-03-01","meeting_no":"2024-1","meeting_on":"2024-02-20","reason":"上年未发放科创贷款"})");
  EXPECT_EQ(port.get("/v1/institutions")["institutions/0/barred_until"], "");
  EXPECT_EQ(approved(port, proposed).status, 200u);
  EXPECT_EQ(port.get("/v1/institutions")["institutions/0/barred_until"], "2026-02-19");
  EXPECT_THAT(port.told(), Contains(stage::bank()));
}

TEST(OpsRulings, AnApplicationOfACompanyGoesToItsBank) {
  Port port;
  port.post("bureau", "/v1/acts/institution.entry", stage::institution("phrcb", "bank").raw);
  port.post("bureau", "/v1/acts/company.entry", stage::listing(stage::company_one).raw);
  const std::string application = fmt::format(
      R"({{"application_no":"SQ-1","institution":"phrcb","company_uscc":"{}","amount":"3000000.00","contact_name":"王小明","contact_phone":"13800001234"}})",
      stage::company_one);
  const Told told = port.post("officer-li", "/v1/acts/application.entry", application);
  ASSERT_EQ(told.status, 200u) << told.body;
  const auto out = port.store().undelivered(stage::bank(), {}, 10);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out.front().kind, MessageKind::loan_application);
  EXPECT_THAT(out.front().message, HasSubstr("王小明"));
  EXPECT_EQ(port.get("/v1/applications")["applications/0/no"], "SQ-1");
  const Told entry = port.get("/v1/journal/" + told["sequence"], "operator-zhao");
  EXPECT_THAT(entry.body, ::testing::Not(HasSubstr("王小明")))
      << "personal: masked for who is not of the office";
}

TEST(OpsRulings, ACompanyOfTheTenthCategoryNeedsTheMembersOrAMeeting) {
  Port port;
  const auto entry = [](std::string_view with) {
    return fmt::format(
        R"({{"company_uscc":"{}","company_name":"某公司","category":"by_conference","document_no":"2023-2","valid_from":"2023-01-01"{}}})",
        stage::company_one, with);
  };
  const Told bare = port.post("officer-li", "/v1/acts/company.entry", entry(""));
  EXPECT_EQ(bare.status, 422u);
  EXPECT_EQ(bare["code"], "consents_missing");
  EXPECT_EQ(bare["errors/0/pointer"], "/opinions");
  EXPECT_EQ(port.post("officer-li", "/v1/acts/company.entry",
                      entry(R"(,"meeting_no":"2023-2","meeting_on":"2023-05-10")"))
                .status,
            200u);
}

TEST(OpsRulings, WhatAnActNeedsOfHandsIsWhereItIsDone) {
  for (const Route& route : routes()) {
    if (!route.act) continue;
    const bool proposed = route.pattern.starts_with("/v1/proposals/");
    EXPECT_EQ(intake::hands_for(*route.act), proposed ? intake::Hands::two : intake::Hands::one)
        << route.pattern;
  }
}

TEST(OpsRulings, WhatTheGatewayDoesItselfNobodyElseDoes) {
  Port port;
  for (const MessageKind kind : {MessageKind::outage_entry, MessageKind::year_assess,
                                 MessageKind::deadline_pass, MessageKind::configuration_load}) {
    EXPECT_EQ(intake::hands_for(kind), intake::Hands::gateway);
    for (const std::string_view room : {"acts", "proposals"}) {
      const Told told = port.post("both-chen", fmt::format("/v1/{}/{}", room, spec_of(kind).name), "{}");
      EXPECT_TRUE(told.status == 404 || told.status == 405) << told.body;
    }
  }
  EXPECT_EQ(port.store().last_sequence(), Sequence{0});
}

}  // namespace
}  // namespace loangate::ops::testing
