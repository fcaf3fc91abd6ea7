// Page = CSV = XLSX = store: a figure of the fund is the same wherever it is read, and is the sum of its
// rows. The workbook is read by a library that did not write it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/csv.hpp"
#include "base/temporary_folder.hpp"
#include "compensated.hpp"
#include "exchanges.hpp"
#include "ops/office/fund.hpp"

namespace loangate::ops::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::SizeIs;

/// A workbook's cells by sheet, row and column, from 1: type and value.
using Cells = std::map<std::tuple<std::string, int, int>, std::pair<std::string, std::string>>;

Cells cells_of(const std::string& workbook) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "book.xlsx";
  std::ofstream(file, std::ios::binary) << workbook;
  const auto [good, said] =
      described::run(fmt::format("/usr/bin/python3 read_workbook.py '{}'", file.string()));
  Cells cells;
  if (!good) {
    ADD_FAILURE() << said;
    return cells;
  }
  std::istringstream in(said);
  std::string line;
  while (std::getline(in, line)) {
    std::vector<std::string> parts(5);
    std::istringstream text(line);
    for (std::string& part : parts) std::getline(text, part, '\t');
    cells[{parts[0], std::stoi(parts[1]), std::stoi(parts[2])}] = {parts[3], parts[4]};
  }
  return cells;
}

std::vector<CsvRow> csv_of(Port& port, const std::string& target) {
  const Told told = port.get(target);
  EXPECT_TRUE(told.body.starts_with("\xEF\xBB\xBF")) << told.body;
  return read_csv(std::string_view(told.body).substr(3)).value();
}

TEST(OpsFundFiles, PageCsvWorkbookAndStoreAgree) {
  Compensated port;
  const std::string at = "/v1/fund?as_of=2023-08-01";
  const Told page = port.get(at);
  const auto rows = csv_of(port, at + "&format=csv");
  const Cells book = cells_of(port.get(at + "&format=xlsx").body);
  const auto stored = fund_books(port.store(), *port.rulebook().current(), parse_date("2023-08-01").value())
                          .years.begin()
                          ->second;

  ASSERT_THAT(rows, SizeIs(2));
  const std::map<std::string, std::pair<int, Fen>> columns{
      {"nominal", {3, stored.nominal}},     {"cut", {4, stored.cut}},   {"approved", {5, stored.approved}},
      {"paid", {7, stored.paid}},           {"open", {8, stored.open}}, {"used", {12, stored.used}},
      {"limit", {13, stored.limit.value()}}};
  EXPECT_EQ(stored.paid, Fen::yuan(180'000));
  for (const auto& [name, column] : columns) {
    const auto& [place, amount] = column;
    EXPECT_EQ(page["years/0/" + name], format_yuan(amount)) << name;
    EXPECT_EQ(rows[1].cells[static_cast<std::size_t>(place - 1)], format_yuan(amount)) << name;
    EXPECT_EQ(book.at({"fund-years", 2, place}),
              (std::pair<std::string, std::string>("money", std::to_string(amount.count()))))
        << name;
  }
}

TEST(OpsFundFiles, EachFigureIsTheSumOfItsRows) {
  Compensated port;
  const Date today = parse_date("2023-08-01").value();
  std::map<std::string, Fen> told;
  const FundBooks books = fund_books(
      port.store(), *port.rulebook().current(), today, [&](std::string_view figure, const Source& source) {
        told.try_emplace(std::string(figure), Fen::zero()).first->second += source.amount;
      });
  EXPECT_EQ(told.at("years/phrcb/2023/paid"), Fen::yuan(180'000));
  EXPECT_EQ(told.at("years/phrcb/2023/instructed"), Fen::yuan(180'000));
  for (const auto& [of, balance] : books.accounts) {
    const std::string figure = fmt::format("accounts/{}/{}/", of.first.view(), spec_of(of.second).name);
    const auto sum = [&](const char* side) {
      const auto found = told.find(figure + side);
      return found == told.end() ? Fen::zero() : found->second;
    };
    EXPECT_EQ(sum("debit"), balance.debit) << figure;
    EXPECT_EQ(sum("credit"), balance.credit) << figure;
  }
  const Told page = port.get("/v1/fund/sources?figure=years/phrcb/2023/paid&as_of=2023-08-01");
  EXPECT_EQ(page["total"], "180000.00");
  EXPECT_EQ(page["rows/0/kind"], "posting");
  EXPECT_EQ(page["rows/0/case_no"], port.case_no);
  EXPECT_EQ(page["rows/0/link"], "/v1/cases/" + port.case_no);
  EXPECT_EQ(port.get("/v1/fund/sources?figure=years/phrcb/2023/tea").status, 400u);
}

TEST(OpsFundFiles, CommitmentsAreWhatTheBooksOwe) {
  Compensated port;
  const Told before = port.get("/v1/fund?as_of=2023-07-31");
  EXPECT_EQ(before["committed"], "180000.00");
  EXPECT_EQ(before["committed"], before["years/0/open"]);
  EXPECT_EQ(before["commitments/0/case_no"], port.case_no);
  EXPECT_EQ(port.get("/v1/fund?as_of=2023-08-01")["committed"], "0.00");
}

TEST(OpsFundFiles, IdsStayTextsAndFormulasDoNotRun) {
  Compensated port;
  // Nineteen digits: as a number a spreadsheet would lose the last four.
  const std::string number = "2023000000000000019";
  for (const store::Unit& unit : intake::testing::applied_for(number)) port.commits(unit);
  const Told told = port.get("/v1/deadlines?format=xlsx&state=open");
  EXPECT_EQ(told.status, 200u);
  port.post(
      "bureau", "/v1/acts/institution.entry",
      R"({"institution":"phrcb","role":"bank","name_zh":"=1+1","name_en":"-","sci_tech_branch":"no","admitted_from":"2021-01-01"})");
  const auto rows = csv_of(port, "/v1/loans/summary?format=csv");
  EXPECT_EQ(rows[1].cells[1], "'=1+1");
  const Cells book = cells_of(port.get("/v1/loans/summary?format=xlsx").body);
  EXPECT_EQ(book.at({"loans-by-bank", 2, 2}), (std::pair<std::string, std::string>("text", "=1+1")));
  EXPECT_EQ(book.at({"loans-by-bank", 2, 3}), (std::pair<std::string, std::string>("number", "2")));
  EXPECT_EQ(book.at({"loans-by-bank", 2, 4}), (std::pair<std::string, std::string>("money", "60000000")));
}

TEST(OpsFundFiles, TheMonthsAheadAreSumsOfWhatIsKnown) {
  Compensated port;
  const Told page = port.get("/v1/fund/ahead?months=3");
  EXPECT_EQ(page["months/0/month"], "past");
  EXPECT_EQ(page["months/4/month"], "later");
  EXPECT_FALSE(page["statement/zh"].empty());
  EXPECT_EQ(page["total/month"], "total");
  EXPECT_EQ(port.get("/v1/fund/ahead?months=0").status, 400u);
  const Cells book = cells_of(port.get("/v1/fund/ahead?months=3&format=xlsx").body);
  EXPECT_EQ(book.at({"fund-ahead", 2, 1}), (std::pair<std::string, std::string>("text", "past")));
}

}  // namespace
}  // namespace loangate::ops::testing
