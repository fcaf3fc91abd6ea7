// The bureau's list, imported over the operations port: all of it or nothing.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "command_line.hpp"
#include "simulate/companies.hpp"

namespace loangate::ops::testing {
namespace {

namespace stage = intake::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view head = "统一社会信用代码,企业名称,名单类别,认定文件号,生效日,失效日\n";

struct ListImport : ::testing::Test {
  std::string write(std::string_view rows) {
    const std::string file = (folder.path() / "list.csv").string();
    std::ofstream(file, std::ios::binary) << head << rows;
    return file;
  }
  Printed import(std::string_view rows, std::vector<std::string> with = {}) {
    std::vector<std::string> arguments{"list", "import", write(rows)};
    arguments.insert(arguments.end(), with.begin(), with.end());
    return loangate(port, "officer-li", arguments);
  }
  static std::string row(std::string_view uscc, std::string_view name, std::string_view document = "GR2021") {
    return fmt::format("{},{},国家高新技术企业,{},2021-01-01,\n", uscc, name, document);
  }
  std::size_t companies() { return port.store().all("company").size(); }

  Port port;
  TemporaryFolder folder;
};

TEST_F(ListImport, IsOneCommitOfAllLines) {
  const std::string both = row(stage::company_one, "甲公司") + row(stage::company_two, "乙公司");
  const Printed printed = import(both);
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("2 added, 0 changed, 0 as they were"));
  EXPECT_EQ(companies(), 2u);
  EXPECT_EQ(port.get("/v1/journal/1")["person"], "officer-li");
  EXPECT_EQ(port.get("/v1/journal/2")["kind"], "company.entry") << "each line is an act on record";
}

TEST_F(ListImport, ADryRunSaysWhatWouldChangeAndKeepsNothing) {
  import(row(stage::company_one, "甲公司") + row(stage::company_two, "乙公司"));
  const Sequence last = port.store().last_sequence();
  const Printed printed =
      import(row(stage::company_one, "甲公司") + row(stage::company_two, "乙公司", "GR2022"), {"--dry-run"});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("a dry run, nothing was kept: 0 added, 1 changed, 1 as they were"));
  EXPECT_THAT(printed.out, HasSubstr("变更 changed 第 3 行 91330482MA2C00036M 乙公司"));
  EXPECT_EQ(port.store().last_sequence(), last);
}

TEST_F(ListImport, TwoGroundsOfOneCompanyAreBothEntered) {
  EXPECT_EQ(
      import(row(stage::company_one, "甲公司", "GR1") + row(stage::company_one, "甲公司", "GR2")).exit_code,
      0);
  ASSERT_EQ(companies(), 1u);
  EXPECT_THAT(std::get<Company>(port.store().all("company").front()).qualifications, SizeIs(2));
}

TEST_F(ListImport, WithOneMistakeNothingIsImportedAndAllMistakesAreTold) {
  const Printed printed = import(row(stage::company_one, "甲公司") +              // line 2
                                 row("91330482MA2C00028X", "校验不通过") +        // 3: the gateway finds it
                                 row(stage::company_two, "乙公司") +              // 4
                                 "91330482MA2C00036M,丙,高新,GR,2021-01-01,\n" +  // 5: the file
                                 row(stage::company_one, "另一名称", "GR9") +     // 6: another name
                                 row(stage::company_two, "乙公司"));              // 7: the same again
  EXPECT_EQ(printed.exit_code, 3);
  EXPECT_EQ(companies(), 0u);
  EXPECT_EQ(port.store().last_sequence(), Sequence{0}) << "also the right lines leave no trace";
  std::vector<std::string> places;
  std::istringstream lines(printed.err);
  for (std::string line; std::getline(lines, line);) {
    if (const auto at = line.find("list.csv:"); at != std::string::npos)
      places.push_back(line.substr(at + 9, 2));
  }
  EXPECT_THAT(places, ElementsAre("3:", "5:", "6:", "7:"));
  EXPECT_THAT(printed.err, HasSubstr("91330482MA2C00028X 校验不通过"));
  EXPECT_THAT(printed.err, HasSubstr("4 mistakes; nothing was imported"));
}

TEST_F(ListImport, TheWholeIsOneCommitToTheFeedToo) {
  const Sequence before = port.store().last_sequence();
  import(row(stage::company_one, "甲公司") + row("91330482MA2C00028X", "校验不通过"));
  EXPECT_EQ(port.store().last_sequence(), before);
  EXPECT_THAT(port.store().changes_after(0, 10), IsEmpty());
}

TEST_F(ListImport, WhoMayNotEnterAListMayNotImportOne) {
  const Printed printed =
      loangate(port, "operator-zhao", {"list", "import", write(row(stage::company_one, "甲公司"))});
  EXPECT_EQ(printed.exit_code, 3);
  EXPECT_THAT(printed.err, HasSubstr("role_missing"));
}

TEST_F(ListImport, ALongListIsOneCommitToo) {
  constexpr std::uint32_t count = 5000;
  std::string rows;
  for (std::uint32_t number = 0; number < count; ++number) {
    const simulate::Borrower company = simulate::borrower(number);
    rows += row(company.uscc.view(), company.name);
  }
  const Printed printed = import(rows);
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.err, HasSubstr("5000 lines read, entered by the gateway"))
      << "one is told before the wait";
  EXPECT_THAT(printed.out, HasSubstr("5000 added"));
  EXPECT_THAT(printed.out, HasSubstr("4950 lines more")) << "and not flooded";
  EXPECT_EQ(companies(), count);
  EXPECT_EQ(import(rows + row("91330482MA2C00028X", "校验不通过")).exit_code, 3);
  EXPECT_EQ(port.store().last_sequence().number, count);
}

}  // namespace
}  // namespace loangate::ops::testing
