// Opening balances: what was before the gateway, entered once, signed off, and marked as imported (settled
// 36).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "command_line.hpp"

namespace loangate::ops::testing {
namespace {

namespace stage = intake::testing;
using ::testing::HasSubstr;
using ::testing::SizeIs;

struct OpeningImport : ::testing::Test {
  OpeningImport() {
    for (const auto& [id, role] : {std::pair("phrcb", "bank"), std::pair("fund", "fund")}) {
      const auto act = stage::institution(id, role);
      port.post("officer-li", "/v1/acts/institution.entry", act.canonical);
    }
  }
  Printed import(const std::string& what, std::string_view rows, int count, std::string_view total,
                 std::vector<std::string> with = {}) {
    const std::string file = (folder.path() / (what + ".csv")).string();
    std::ofstream(file, std::ios::binary) << rows;
    std::vector<std::string> arguments{
        "opening", what, file, "--count", std::to_string(count), "--total", std::string(total)};
    arguments.insert(arguments.end(), with.begin(), with.end());
    return loangate(port, "officer-li", arguments);
  }
  Printed import_loans(int count = 2, std::string_view total = "1500000.00",
                       std::vector<std::string> with = {}) {
    return import(
        "loans",
        fmt::format(
            "期初日,放款机构,借据号,合同号,统一社会信用代码,企业名称,贷款金额,余额,放款日,到期日,年利率,"
            "主担保方式,逾期应还日,逾期本金\n"
            "2022-06-25,phrcb,JJ1,HT1,{0},甲公司,2000000.00,1000000.00,2021-09-01,2022-08-31,4.35,"
            "信用,,\n"
            "2022-06-25,phrcb,JJ2,HT2,{0},甲公司,500000.00,500000.00,2021-03-01,2022-02-28,4.35,"
            "信用,2022-02-28,500000.00\n",
            stage::company_one),
        count, total, std::move(with));
  }
  std::optional<Loan> loan(std::string_view number) { return port.store().loan(stage::loan_ref(number)); }

  Port port;
  TemporaryFolder folder;
};

TEST_F(OpeningImport, LoansAndOverduesAreEnteredAndMarkedAsImported) {
  const Printed printed = import_loans();
  ASSERT_EQ(printed.exit_code, 0) << printed.err;
  ASSERT_TRUE(loan("JJ1"));
  EXPECT_TRUE(loan("JJ1")->imported);
  EXPECT_EQ(loan("JJ1")->outstanding, Fen::yuan(1'000'000));
  EXPECT_TRUE(std::holds_alternative<course::Overdue>(loan("JJ2")->course));
  EXPECT_TRUE(port.store().undelivered(stage::bank(), {}, 10).empty()) << "the bank knows its own past";
}

TEST_F(OpeningImport, IsEnteredOnce) {
  ASSERT_EQ(import_loans().exit_code, 0);
  const Sequence last = port.store().last_sequence();
  const Printed again = import_loans();
  EXPECT_EQ(again.exit_code, 3);
  EXPECT_THAT(again.err, HasSubstr("phrcb/JJ1 已登记"));
  EXPECT_EQ(port.store().last_sequence(), last);
}

TEST_F(OpeningImport, WhoSignsOffOtherTotalsImportsNothing) {
  EXPECT_EQ(import_loans(3).exit_code, 3);
  const Printed sum = import_loans(2, "1500000.01");
  EXPECT_EQ(sum.exit_code, 3);
  EXPECT_THAT(sum.err, HasSubstr("the file adds up to 1,500,000.00, signed off is 1,500,000.01"));
  EXPECT_FALSE(loan("JJ1"));
  EXPECT_EQ(import_loans(2, "1500000.00", {"--dry-run"}).exit_code, 0);
  EXPECT_FALSE(loan("JJ1")) << "a dry run keeps nothing";
}

TEST_F(OpeningImport, APaidClaimStandsInTheBooksAndCanBeRecovered) {
  ASSERT_EQ(import_loans().exit_code, 0);
  const Printed printed =
      import("claims",
             "期初日,放款机构,借据号,审定日,会议编号,审定本金,审定利息,风险补偿金已付,担保机构已付,支付日\n"
             "2022-07-31,phrcb,JJ2,2022-07-01,2022-1,500000.00,0.00,300000.00,0.00,2022-07-20\n",
             1, "300000.00");
  ASSERT_EQ(printed.exit_code, 0) << printed.err;
  ASSERT_TRUE(std::holds_alternative<course::Compensated>(loan("JJ2")->course));
  const auto cases = port.store().all("case");
  ASSERT_THAT(cases, SizeIs(1));
  EXPECT_TRUE(std::get<Case>(cases[0]).imported);
  EXPECT_EQ(std::get<Case>(cases[0]).bank_share, Fen::yuan(200'000));
  const auto postings = port.store().all("posting");
  ASSERT_THAT(postings, SizeIs(1));
  EXPECT_TRUE(std::get<Posting>(postings[0]).balanced());
}

TEST_F(OpeningImport, WhatOfAYearlyCapIsUsedCounts) {
  const std::string_view rows = "期初日,机构标识,年度,已审定金额\n2022-06-25,phrcb,2022,9000000.00\n";
  ASSERT_EQ(import("caps", rows, 1, "9000000.00").exit_code, 0);
  const auto years = port.store().all("fund_year");
  ASSERT_THAT(years, SizeIs(1));
  EXPECT_EQ(std::get<FundYear>(years[0]).used(), Fen::yuan(9'000'000));
  EXPECT_EQ(import("caps", rows, 1, "9000000.00").exit_code, 3) << "once";
}

}  // namespace
}  // namespace loangate::ops::testing
