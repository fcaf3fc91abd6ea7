// What the office can look at.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "port.hpp"

namespace loangate::ops::testing {
namespace {

namespace stage = intake::testing;
using ::testing::HasSubstr;

/// A registry with two banks, the fund, and a listed company.
struct Stage : Port {
  Stage() {
    for (const auto& [id, role] : {std::pair{"phrcb", "bank"}, {"sxbph", "bank"}, {"fund", "fund"}}) {
      EXPECT_EQ(post("bureau", "/v1/acts/institution.entry", stage::institution(id, role).raw).status, 200u);
    }
    EXPECT_EQ(post("bureau", "/v1/acts/company.entry", stage::listing(stage::company_one).raw).status, 200u);
  }
  void files(std::string_view bank, std::string_view number, std::int64_t yuan) {
    auto filing = stage::disbursement(number, "2023-06-05", "2024-06-04");
    filing.loan_amount = Fen::yuan(yuan);
    commits(stage::message(PartnerId::parse(bank).value(), filing.record(), MessageKind::loan_disbursement,
                           stage::at("2023-06-06")));
  }
};

TEST(OpsReading, ACompanysExposureIsBrokenDownByBank) {
  Stage port;
  port.files("sxbph", "S1", 2'000'000);
  port.files("phrcb", "A/1", 500'000);
  port.files("phrcb", "A/2", 250'000);
  const Told told = port.get(fmt::format("/v1/companies/{}", stage::company_one));
  EXPECT_EQ(told["exposure/total"], "2750000.00");
  EXPECT_EQ(told["exposure/lenders/0/lender"], "phrcb");
  EXPECT_EQ(told["exposure/lenders/0/exposure"], "750000.00");
  EXPECT_EQ(told["exposure/lenders/0/loans/1/ref/number"], "A/2");
  EXPECT_EQ(told["exposure/lenders/1/lender"], "sxbph");
  EXPECT_EQ(told["exposure/lenders/1/exposure"], "2000000.00");
}

TEST(OpsReading, ALoanNumberWithASlashIsFound) {
  Stage port;
  port.files("phrcb", "A/1", 500'000);
  EXPECT_EQ(port.get("/v1/loans/phrcb/" + percent_encoded("A/1"))["outstanding"], "500000.00");
}

TEST(OpsReading, HeldFilingsAreListedOldestFirst) {
  Stage port;
  port.commits(stage::held_filing("H1"));
  port.commits(stage::held_filing("H2"));
  const Told told = port.get("/v1/held");
  EXPECT_EQ(told["loans/0/ref/number"], "H1");
  EXPECT_EQ(told["loans/0/standing/reasons/0"], "filed_after_overdue");
  EXPECT_EQ(told["loans/1/ref/number"], "H2");
  EXPECT_EQ(port.get("/v1/held?limit=1")["loans/1/ref/number"], "");
}

TEST(OpsReading, ACaseComesWithItsInstructions) {
  Stage port;
  for (const store::Unit& unit : stage::applied_for("C1")) port.commits(unit);
  const std::string no = port.get("/v1/cases")["cases/0/no"];
  ASSERT_FALSE(no.empty());
  const Told proposed = port.post(
      "officer-li", "/v1/proposals/rule.compensation",
      fmt::format(
          R"({{"case_no":"{}","ruling":"approved","meeting_no":"2023-1","meeting_on":"2023-07-10","approved_principal":"300000.00","approved_interest":"0.00"}})",
          no));
  ASSERT_EQ(proposed.status, 201u) << proposed.body;
  const Told approved =
      port.post("approver-wang", fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
                fmt::format(R"({{"hash":"{}"}})", proposed["hash"]));
  ASSERT_EQ(approved.status, 200u) << approved.body;
  const Told told = port.get("/v1/cases/" + no);
  EXPECT_EQ(told["case/ruling/ruling"], "approved");
  EXPECT_EQ(told["case/loss"], "300000.00");
  EXPECT_EQ(told["instructions/0/payer"], "fund");
  EXPECT_EQ(told["instructions/0/amount"], "180000.00");
}

// R-37, settled 35: what the conference has before it, on paper.
TEST(OpsReading, TheApplicationFormOfACaseIsAPageForTheOffice) {
  Stage port;
  for (const store::Unit& unit : stage::applied_for("C1")) port.commits(unit);
  const std::string no = port.get("/v1/cases")["cases/0/no"];
  const Told form = port.get("/v1/cases/" + no + "/form");
  EXPECT_EQ(form.status, 200u);
  EXPECT_TRUE(form.content_type.starts_with("text/html"));
  for (const std::string& said :
       {std::string("风险代偿申请表"), no, std::string("300,000.00"), std::string("C1")}) {
    EXPECT_NE(form.body.find(said), std::string::npos) << said;
  }
  EXPECT_EQ(port.get("/v1/cases/C000009999/form").status, 404u);
  EXPECT_EQ(port.get("/v1/cases/" + no + "/form", "operator-zhao").status, 403u);
}

TEST(OpsReading, AMessageBehindAnotherOfItsLaneSaysWhatItWaitsFor) {
  Stage port;
  for (const store::Unit& unit : stage::applied_for("C1")) port.commits(unit);
  const auto refuse = [&](std::string_view reason) {
    const std::string no = port.get("/v1/cases?limit=500")["cases/0/no"];
    const Told proposed =
        port.post("officer-li", "/v1/proposals/rule.compensation",
                  fmt::format(R"({{"case_no":"{}","ruling":"returned","reason":"{}"}})", no, reason));
    return port.post("approver-wang", fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
                     fmt::format(R"({{"hash":"{}"}})", proposed["hash"]));
  };
  EXPECT_EQ(refuse("材料不全").status, 200u);
  port.commits(stage::held_filing("H1"));
  const Told proposed = port.post("officer-li", "/v1/proposals/rule.hold", stage::hold_ruling("H1"));
  port.post("approver-wang", fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
            fmt::format(R"({{"hash":"{}"}})", proposed["hash"]));
  const Told told = port.get("/v1/deliveries?partner=phrcb");
  ASSERT_EQ(told["deliveries/1/kind"], "hold.decision") << told.body;
  EXPECT_EQ(told["deliveries/1/waits_for"], "") << "another loan, another lane";
  EXPECT_EQ(port.get("/v1/deliveries?limit=1")["deliveries/1/id"], "");
  const Told second = port.get("/v1/deliveries?partner=phrcb&after=" + told["deliveries/0/id"]);
  EXPECT_EQ(second["deliveries/0/id"], told["deliveries/1/id"]);
}

TEST(OpsReading, TheJournalIsReadInOrder) {
  Stage port;
  const Told first = port.get("/v1/journal?limit=3");
  EXPECT_EQ(first["entries/0/sequence"], "1");
  EXPECT_EQ(first["entries/2/sequence"], "3");
  EXPECT_EQ(first["next"], "3");
  EXPECT_EQ(port.get("/v1/journal?after=3")["entries/0/kind"], "company.entry");
}

TEST(OpsReading, TotalsCountEntriesAndDeliveries) {
  Stage port;
  port.files("phrcb", "A/1", 500'000);
  const Told told = port.get("/v1/totals");
  EXPECT_THAT(told.body, HasSubstr(R"({"partner":"phrcb","outcome":"accepted","count":1})"));
}

TEST(OpsStatus, ReadinessIsToldCheckByCheck) {
  Port well({.checks = {{"pump", [] { return std::expected<void, std::string>(); }}}});
  const Told ready = well.get("/readyz");
  EXPECT_EQ(ready.status, 200u);
  EXPECT_EQ(ready["checks/0/name"], "store");
  EXPECT_EQ(ready["checks/1/name"], "pump");
  EXPECT_EQ(ready["ready"], "true");

  Port ill({.checks = {{"pump", [] { return std::expected<void, std::string>(std::unexpect, "stuck"); }}}});
  const Told troubled = ill.get("/readyz");
  EXPECT_EQ(troubled.status, 503u);
  EXPECT_EQ(troubled["checks/0/ok"], "true");
  EXPECT_EQ(troubled["checks/1/ok"], "false");
  EXPECT_EQ(troubled["checks/1/reason"], "stuck");
  EXPECT_EQ(ill.get("/healthz").status, 200u) << "it lives, whatever else";
}

TEST(OpsStatus, TheVersionIsTold) {
  Port port;
  EXPECT_EQ(port.get("/v1/version")["version"], "1.2.3");
}

TEST(OpsReading, ACompanyIsOnTheListOnSomeDaysAndNotOnOthers) {
  Port port;
  port.post("bureau", "/v1/acts/company.entry",
            intake::testing::listing(intake::testing::company_one, "2023-01-10").raw);
  port.post("bureau", "/v1/acts/company.d_class",
            fmt::format(R"({{"company_uscc":"{}","valid_from":"2024-07-01","valid_until":"2025-06-30"}})",
                        intake::testing::company_one));
  const auto listed = [&](std::string_view day) {
    const Told told = port.get(fmt::format("/v1/companies/{}?on={}", intake::testing::company_one, day));
    for (int i = 0; i < 5; ++i) {
      if (told[fmt::format("standing/{}/programme", i)] == "pinghu-sci-tech-loans")
        return told[fmt::format("standing/{}/listed", i)] + " " + told[fmt::format("standing/{}/version", i)];
    }
    return std::string();
  };
  EXPECT_EQ(listed("2021-06-01"), "false 2017");
  EXPECT_EQ(listed("2023-01-09"), "false 2022");
  EXPECT_EQ(listed("2023-01-10"), "true 2022");
  EXPECT_EQ(listed("2024-07-01"), "false 2022") << "in its D-class period (R-09)";
  EXPECT_EQ(listed("2025-07-01"), "true 2022");
  EXPECT_EQ(port.get(fmt::format("/v1/companies/{}?on=x", intake::testing::company_one)).status, 400u);
}

}  // namespace
}  // namespace loangate::ops::testing
