// `loangate lpr add`, `loangate calendar add` against a running gateway.
#include <gmock/gmock.h>

#include <fstream>

#include "command_line.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view year_2027 =
    "schema: cn-working-days/1\n"
    "valid_from: 2027-01-01\n"
    "valid_to: 2027-12-31\n"
    "years:\n"
    "  2027:\n"
    "    notice: 国务院办公厅关于2027年部分节假日安排的通知（样例）\n"
    "    working_days: 251\n"
    "    days_off:\n"
    "      - [2027-01-01, 2027-01-03]\n"
    "      - [2027-02-05, 2027-02-11]\n"
    "      - [2027-10-01, 2027-10-07]\n"
    "    workdays: [2027-02-20]\n";

Printed add_lpr(const Port& port, std::string_view on, std::string_view one_year = "3.00") {
  return loangate(port, "operator-zhao",
                  {"lpr", "add", "--on", std::string(on), "--one-year", std::string(one_year), "--five-years",
                   "3.50", "--source", "人民银行公告"});
}

TEST(DataCommands, APublicationIsEntered) {
  const Port port;
  const Printed printed = add_lpr(port, "2026-10-20");
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("lpr.entry entered · accepted"));
  EXPECT_EQ(port.rulebook().current()->lpr().publications().back().on, parse_date("2026-10-20"));
}

TEST(DataCommands, AWrongDayIsRefusedNamingTheRightOne) {
  const Port port;
  const Printed printed = add_lpr(port, "2026-10-21");
  EXPECT_EQ(printed.exit_code, 3);
  EXPECT_THAT(printed.err, HasSubstr("2026-10-20"));
  EXPECT_EQ(add_lpr(port, "20 October").exit_code, 2) << "no day at all";
}

TEST(DataCommands, AYearOfTheCalendarIsAddedFromAFile) {
  const Port port;
  const std::string file = (port.folder() / "2027.yaml").string();
  std::ofstream(file) << year_2027;
  const Printed tried = loangate(port, "operator-zhao", {"calendar", "add", file, "--dry-run"});
  EXPECT_EQ(tried.exit_code, 0) << tried.err;
  EXPECT_EQ(port.rulebook().current()->calendar().valid_to(), parse_date("2026-12-31"));
  EXPECT_EQ(loangate(port, "operator-zhao", {"calendar", "add", file}).exit_code, 0);
  EXPECT_EQ(port.rulebook().current()->calendar().valid_to(), parse_date("2027-12-31"));
  EXPECT_EQ(loangate(port, "operator-zhao", {"calendar", "add", file}).exit_code, 3) << "it is there";
}

TEST(DataCommands, AFileThatIsNoCalendarIsRefusedWithItsLine) {
  const Port port;
  const std::string file = (port.folder() / "2027.yaml").string();
  std::string text(year_2027);
  text.replace(text.find("251"), 3, "252");
  std::ofstream(file) << text;
  const Printed printed = loangate(port, "operator-zhao", {"calendar", "add", file});
  EXPECT_EQ(printed.exit_code, 2);
  EXPECT_THAT(printed.err, HasSubstr("2027.yaml:6:"));
}

}  // namespace
}  // namespace loangate::ops::testing
