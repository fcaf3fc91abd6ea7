// `loangate fund`, `loans summary`, `warnings`, `deadlines`, `assessments` as an officer uses them.
#include <gmock/gmock.h>

#include "command_line.hpp"
#include "compensated.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ReportCommands, TheFundsBooksArePrinted) {
  Compensated port;
  const Printed printed = loangate(port, "officer-li", {"fund", "--as-of", "2023-08-01"});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("追偿权"));
  EXPECT_THAT(printed.out, HasSubstr("180000.00"));
  EXPECT_THAT(printed.out, HasSubstr("9820000.00"));
  EXPECT_EQ(loangate(port, "officer-li", {"fund", "--as-of", "soon"}).exit_code, 2);
  const Printed json = loangate(port, "officer-li", {"fund", "--json"});
  EXPECT_EQ(std::ranges::count(json.out, '\n'), 1) << "one document";
}

TEST(ReportCommands, LoansAreSummedUpAsATableOrAFile) {
  Compensated port;
  const Printed table = loangate(port, "officer-li", {"loans", "summary", "--by", "security"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("信用"));
  const Printed file = loangate(port, "officer-li", {"loans", "summary", "--csv"});
  EXPECT_EQ(file.exit_code, 0) << file.err;
  EXPECT_THAT(file.out, StartsWith("\xEF\xBB\xBF机构 Bank,"));
  EXPECT_EQ(loangate(port, "officer-li", {"loans", "summary", "--by", "officer"}).exit_code, 2);
}

TEST(ReportCommands, WarningsDeadlinesAndAssessmentsAreShown) {
  Compensated port;
  const Printed warnings = loangate(port, "officer-li", {"warnings"});
  EXPECT_EQ(warnings.exit_code, 0) << warnings.err;
  EXPECT_THAT(warnings.out, HasSubstr("concentration"));
  EXPECT_THAT(loangate(port, "officer-li", {"warnings", "--csv"}).out, HasSubstr("concentration,bank,phrcb"));
  EXPECT_EQ(loangate(port, "officer-li", {"warnings", "--renewals", "0"}).exit_code, 2);
  EXPECT_EQ(loangate(port, "officer-li", {"deadlines"}).exit_code, 0);
  EXPECT_EQ(
      loangate(port, "officer-li", {"deadlines", "--state", "missed", "--until", "2026-01-01"}).exit_code, 0);
  EXPECT_EQ(loangate(port, "officer-li", {"assessments"}).exit_code, 0);
}

}  // namespace
}  // namespace loangate::ops::testing
