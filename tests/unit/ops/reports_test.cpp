// What an officer reads of all loans: sums, early warnings, deadlines (R-23, R-34 … R-36).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/csv.hpp"
#include "compensated.hpp"

namespace loangate::ops::testing {
namespace {

namespace stage = intake::testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// A loan as the registry keeps it; no message needs to have made it.
struct Lent {
  std::string bank = "phrcb";
  std::string number = "L1";
  std::string_view company = stage::company_one;
  Fen amount = Fen::yuan(1'000'000);
  std::string on = "2026-05-20";
  Security security = Security::unsecured;
  Course course = course::Current{};
  std::optional<std::string> renews = {};
  std::string matures = "2027-05-19";
};

struct Portfolio : Port {
  Portfolio() {
    post("bureau", "/v1/acts/institution.entry",
         fmt::format("[{},{}]", stage::institution("phrcb", "bank").raw,
                     stage::institution("bank02", "bank").raw));
    post("bureau", "/v1/acts/company.entry",
         fmt::format("[{},{}]", stage::listing(stage::company_one).raw,
                     stage::listing(stage::company_two).raw));
  }
  void lend(const Lent& lent) {
    const LoanRef ref{partner(lent.bank), LoanNo::parse(lent.number).value()};
    Loan loan{.filing = {},
              .ref = ref,
              .filed_as = MessageId::parse("filing-" + lent.number).value(),
              .contract_no = ContractNo::parse("HT" + lent.number).value(),
              .company = Uscc::parse(lent.company).value(),
              .company_name = "平湖市某某科技有限公司",
              .lent = lent.amount,
              .filed = lent.amount,
              .outstanding = lent.amount,
              .disbursed_on = parse_date(lent.on).value(),
              .matures_on = parse_date(lent.matures).value(),
              .rate = parse_percent("4.35").value(),
              .security = lent.security,
              .course = lent.course};
    if (lent.renews) loan.renews = LoanNo::parse(*lent.renews).value();
    commits([loan](const store::View&, Sequence sequence) {
      Loan filed = loan;
      filed.filing = sequence;
      return store::Writes{.entry = store::JournalEntry{.partner = filed.ref.lender,
                                                        .kind = MessageKind::loan_disbursement,
                                                        .message_id = filed.filed_as,
                                                        .raw = filed.filed_as.string(),
                                                        .receipt = "{}"},
                           .changes = {filed}};
    });
  }
  /// The group of this key, or "" for what it lacks.
  std::string of(std::string_view by, std::string_view key, std::string_view what) {
    const Told told = get(fmt::format("/v1/loans/summary?by={}", by));
    for (int i = 0; !told[fmt::format("groups/{}/key", i)].empty(); ++i) {
      if (told[fmt::format("groups/{}/key", i)] == key) return told[fmt::format("groups/{}/{}", i, what)];
    }
    return {};
  }
  std::vector<std::string> warnings(std::string_view query = "") {
    const Told told = get(fmt::format("/v1/warnings?{}", query));
    std::vector<std::string> all;
    for (int i = 0; !told[fmt::format("warnings/{}/kind", i)].empty(); ++i) {
      const auto text = [&](std::string_view what) { return told[fmt::format("warnings/{}/{}", i, what)]; };
      all.push_back(
          fmt::format("{} {} {} {}", text("kind"), text("about"), text("subject"), text("measure")));
    }
    return all;
  }
};

course::Overdue overdue(std::string_view due, bool late) {
  return {.due_on = parse_date(due).value(),
          .principal = Fen::yuan(400'000),
          .interest = Fen::zero(),
          .reported_on = parse_date(due).value().plus_days(4),
          .late = late,
          .report = Sequence{1}};
}

TEST(OpsSummary, LoansAreSummedByEachGroupAndInAll) {
  Portfolio port;
  port.lend({.number = "L1"});
  port.lend(
      {.number = "L2", .amount = Fen::yuan(500'000), .on = "2026-06-02", .security = Security::mortgage});
  port.lend({.bank = "bank02",
             .number = "L3",
             .company = stage::company_two,
             .course = overdue("2026-09-01", false)});
  port.lend(
      {.bank = "bank02", .number = "L4", .course = course::Settled{.on = parse_date("2026-07-01").value()}});

  EXPECT_EQ(port.of("bank", "phrcb", "lent"), "1500000.00");
  EXPECT_EQ(port.of("bank", "bank02", "loans"), "2") << "closed ones are loans too";
  EXPECT_EQ(port.of("bank", "bank02", "outstanding"), "1000000.00") << "but nothing of them is outstanding";
  EXPECT_EQ(port.of("bank", "bank02", "overdue_principal"), "400000.00");
  EXPECT_EQ(port.of("month", "2026-05", "loans"), "3");
  EXPECT_EQ(port.of("security", "mortgage", "name"), "抵押");
  EXPECT_EQ(port.of("category", "high_tech", "loans"), "4");
  EXPECT_EQ(port.of("state", "结清 settled", "loans"), "1");
  for (const char* by : {"bank", "month", "security", "category", "state"}) {
    EXPECT_EQ(port.get(fmt::format("/v1/loans/summary?by={}", by))["total/lent"], "3500000.00") << by;
  }
  EXPECT_EQ(port.get("/v1/loans/summary?by=officer").status, 400u);
}

TEST(OpsSummary, TheCsvSaysWhatTheJsonSays) {
  Portfolio port;
  port.lend({.number = "L1"});
  port.lend({.bank = "bank02", .number = "L2"});
  const Told told = port.get("/v1/loans/summary?by=bank&format=csv");
  EXPECT_THAT(told.content_type, HasSubstr("text/csv"));
  ASSERT_TRUE(told.body.starts_with("\xEF\xBB\xBF")) << "so that Excel reads Chinese";
  const auto rows = read_csv(std::string_view(told.body).substr(3)).value();
  ASSERT_EQ(rows.size(), 4u) << "head, two banks, the sum";
  EXPECT_THAT(rows[1].cells, ElementsAre("bank02", "机构", "1", "1000000.00", "1000000.00", "1000000.00",
                                         "1000000.00", "0", "0.00"));
  EXPECT_EQ(rows[3].cells[3], "2000000.00");
}

TEST(OpsSummary, MoreLoansThanAPageAreAllCounted) {
  Portfolio port;
  for (int i = 0; i < 1201; ++i) port.lend({.number = fmt::format("N{}", i), .amount = Fen::yuan(1)});
  EXPECT_EQ(port.get("/v1/loans/summary?by=bank")["total/loans"], "1201");
  EXPECT_EQ(port.get("/v1/loans/summary?by=bank")["total/lent"], "1201.00");
}

TEST(OpsWarnings, ACompanyNearItsCeilingIsNamedFromEightyPercentOn) {
  Portfolio port;
  port.lend({.number = "L1", .amount = Fen::yuan(7'999'999)});
  EXPECT_THAT(port.warnings(), Not(Contains(HasSubstr("near_ceiling"))));
  port.lend({.bank = "bank02", .number = "L2", .amount = Fen::yuan(1)});
  EXPECT_THAT(port.warnings(), Contains(fmt::format("near_ceiling company {} 80", stage::company_one)))
      << "of all banks together";
  EXPECT_THAT(port.warnings("ceiling_percent=81"), Not(Contains(HasSubstr("near_ceiling"))));
}

TEST(OpsWarnings, TwoRenewalsInARowAreNamed) {
  Portfolio port;
  const course::Renewed renewed{.on = parse_date("2026-05-20").value(),
                                .by = LoanNo::parse("L2").value(),
                                .outstanding = Fen::yuan(1'000'000)};
  port.lend({.number = "L1", .course = renewed});
  port.lend({.number = "L2", .renews = "L1"});
  EXPECT_THAT(port.warnings(), Not(Contains(HasSubstr("renewals")))) << "once is encouraged (R-17)";
  port.lend({.number = "L3", .renews = "L2"});
  EXPECT_THAT(port.warnings(), Contains(fmt::format("renewals company {} 2", stage::company_one)));
}

TEST(OpsWarnings, LateReportsAreCountedByBankAndInAll) {
  Portfolio port;
  port.lend({.number = "L1", .course = overdue("2026-09-01", true)});
  port.lend({.number = "L2", .course = overdue("2026-09-01", false)});
  port.lend({.bank = "bank02", .number = "L3", .course = overdue("2026-09-01", false)});
  port.lend({.bank = "bank02", .number = "L4", .course = overdue("2026-09-01", false)});
  EXPECT_THAT(port.warnings(), Contains("reports_late bank phrcb 50"));
  EXPECT_THAT(port.warnings(), Contains("reports_late portfolio  25"));
  EXPECT_THAT(port.warnings(), Not(Contains(HasSubstr("reports_late bank bank02"))));
}

TEST(OpsWarnings, WhoHasAGreatShareOfAllIsNamed) {
  Portfolio port;
  port.lend({.number = "L1", .amount = Fen::yuan(960'000)});
  port.lend({.bank = "bank02", .number = "L2", .company = stage::company_two, .amount = Fen::yuan(40'000)});
  EXPECT_THAT(port.warnings(), Contains("concentration bank phrcb 96"));
  EXPECT_THAT(port.warnings(), Contains(fmt::format("concentration company {} 96", stage::company_one)));
  EXPECT_THAT(port.warnings(), Not(Contains(HasSubstr("bank02"))));
  EXPECT_THAT(port.warnings("company_percent=4"),
              Contains(fmt::format("concentration company {} 4", stage::company_two)));
  const Told csv = port.get("/v1/warnings?format=csv");
  EXPECT_THAT(csv.body, HasSubstr("concentration,bank,phrcb,机构,96,"));
}

/// `kind due_on loan`, in their order.
std::vector<std::string> told_deadlines(const Told& told) {
  std::vector<std::string> all;
  for (int i = 0; !told[fmt::format("deadlines/{}/kind", i)].empty(); ++i) {
    const auto text = [&](std::string_view what) { return told[fmt::format("deadlines/{}/{}", i, what)]; };
    all.push_back(fmt::format("{} {} {}", text("kind"), text("due_on"), text("loan_no")));
  }
  return all;
}

TEST(OpsDeadlines, WhatMustStillBeDoneIsListedTheSoonestFirst) {
  Portfolio port;
  // Real time is past these days: the first matured without a word, the second is overdue, the third is not
  // due.
  port.lend({.number = "L1", .matures = "2026-09-07"});
  port.lend({.number = "L2", .course = overdue("2026-06-01", false)});
  port.lend({.number = "L3", .matures = "2099-05-19"});
  const Told told = port.get("/v1/deadlines");
  EXPECT_THAT(told_deadlines(told),
              ElementsAre("compensation_application 2026-08-31 L2", "overdue_report 2026-09-14 L1"));
  EXPECT_EQ(told["deadlines/1/whose"], "phrcb");
  EXPECT_LT(std::stoi(told["deadlines/1/days_left"]), 0) << "past, and not done";
  EXPECT_THAT(told_deadlines(port.get("/v1/deadlines?until=2026-09-01")), ElementsAre(HasSubstr("L2")));
  EXPECT_THAT(told_deadlines(port.get("/v1/deadlines?limit=1")), ElementsAre(HasSubstr("L2")))
      << "the soonest";
}

TEST(OpsDeadlines, WhatWasMissedStaysListedAlsoWhenItIsDone) {
  Portfolio port;
  const Deadline missed{.kind = DeadlineKind::payment,
                        .loan = stage::loan_ref("L9"),
                        .due_on = parse_date("2026-03-01").value(),
                        .missed_on = parse_date("2026-03-02").value()};
  const Deadline reminded{.kind = DeadlineKind::remittance,
                          .loan = stage::loan_ref("L9"),
                          .due_on = parse_date("2026-03-05").value(),
                          .reminded_on = parse_date("2026-03-02").value()};
  port.commits([&](const store::View&, Sequence) {
    return store::Writes{.entry = store::JournalEntry{.person = intake::gateway_itself,
                                                      .kind = MessageKind::deadline_pass,
                                                      .receipt = "{}"},
                         .changes = {missed, reminded}};
  });
  const Told told = port.get("/v1/deadlines?state=missed");
  EXPECT_THAT(told_deadlines(told), ElementsAre("payment 2026-03-01 L9"));
  EXPECT_EQ(told["deadlines/0/missed_on"], "2026-03-02");
  EXPECT_EQ(port.get("/v1/deadlines?state=late").status, 400u);
}

TEST(OpsAssessments, ThoseThatWaitForTheConferenceAreListed) {
  Portfolio port;
  port.commits([](const store::View&, Sequence) {
    return store::Writes{.entry = store::JournalEntry{.person = intake::gateway_itself,
                                                      .kind = MessageKind::year_assess,
                                                      .receipt = "{}"},
                         .changes = {Assessment{.institution = stage::bank(), .year = 2025},
                                     Assessment{.institution = stage::bank(),
                                                .year = 2024,
                                                .ruling = InstitutionRuling::kept,
                                                .meeting_no = "2025-1"}}};
  });
  EXPECT_EQ(port.get("/v1/assessments")["assessments/1/year"], "2025");
  EXPECT_EQ(port.get("/v1/assessments?waits=yes")["assessments/0/year"], "2025");
  EXPECT_EQ(port.get("/v1/assessments?waits=yes")["assessments/1/year"], "");
}

}  // namespace
}  // namespace loangate::ops::testing
