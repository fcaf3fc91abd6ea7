// `loangate profile` as it is typed, and `check` looking ahead at leniencies.
#include "app/profile_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "app/annotation_page.hpp"
#include "app/check.hpp"
#include "app/table.hpp"
#include "tests/support/partners.hpp"

namespace loangate::app {
namespace {

using testing::HasSubstr;

const std::string config = LOANGATE_SOURCE_DIR "/config";
const std::string partners = LOANGATE_SOURCE_DIR "/adapters/partners/";

struct Printed {
  int exit_code = 0;
  std::string out;
};

/// `loangate profile ARGUMENTS`.
Printed profile(std::vector<std::string> arguments) {
  CLI::App app;
  Printed printed;
  add_profile(app, printed.exit_code);
  arguments.insert(arguments.begin(), "profile");
  std::ranges::reverse(arguments);  // as CLI11 takes a vector
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    printed.exit_code = 2;
    printed.out = error.what();
  }
  printed.out += testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  return printed;
}

TEST(ProfileCommand, DiffSaysByItsExitCodeWhetherTwoProfilesMeanTheSame) {
  EXPECT_EQ(profile({"diff", "bank15", partners + "bank15/profile.yaml", "--config", config}).exit_code, 0);
  const Printed differ = profile({"diff", "bank15", "sxbph", "--config", config});
  EXPECT_EQ(differ.exit_code, 1);
  EXPECT_THAT(differ.out, HasSubstr("loan_no"));
  EXPECT_EQ(profile({"diff", "bank15", "nobody", "--config", config}).exit_code, 2);
}

TEST(ProfileCommand, ShowNamesTheBase) {
  const Printed shown = profile({"show", "--partner", "sxbph", "--config", config});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_THAT(shown.out, HasSubstr("bases/json-open-platform.yaml:"));
}

TEST(ProfileCommand, AnnotateSaysByItsExitCodeWhetherTheMessageFits) {
  const std::string samples = partners + "phrcb/samples/";
  const Printed good =
      profile({"annotate", "--partner", "phrcb", "--config", config, samples + "loan-repayment.dat"});
  EXPECT_EQ(good.exit_code, 0) << good.out;
  EXPECT_THAT(good.out, HasSubstr("0 unread, 0 missing, 0 findings"));
  EXPECT_THAT(good.out, testing::Not(HasSubstr("\x1b["))) << "colours, but no terminal";
  const Printed bad = profile(
      {"annotate", "--partner", "phrcb", "--config", config, samples + "loan-disbursement-bad-values.dat"});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.out, HasSubstr("!1 "));
}

TEST(ProfileCommand, DraftPrintsAProfile) {
  const Printed drafted =
      profile({"draft", "--format", "xml", "--id", "bank22", "--role", "bank", "--name", "样例", "Sample",
               "loan.repayment=" + partners + "citicph/samples/loan-repayment.xml",
               partners + "citicph/samples/loan-settlement.xml"});
  EXPECT_EQ(drafted.exit_code, 0) << drafted.out;
  EXPECT_THAT(drafted.out, HasSubstr("names: [\"样例\", \"Sample\"]"));
  EXPECT_THAT(drafted.out, HasSubstr("loan.repayment:"));
  EXPECT_THAT(drafted.out, HasSubstr("loan.settlement:"));
  EXPECT_EQ(
      profile({"draft", "--format", "xml", "--id", "bank22", "--role", "bank", "/nowhere.xml"}).exit_code, 2);
  EXPECT_EQ(profile({"draft", "--format", "edifact", "--id", "bank22", "--role", "bank"}).exit_code, 2);
}

/// The three lines of a ruler: ticks, characters, places. They end in the same column, whatever stands
/// between.
TEST(AnnotationPage, StandsUnderItsRulerByteByByte) {
  for (const auto& [partner, file] :
       {std::pair("phrcb", "loan-disbursement.dat"), std::pair("bank20", "loan-disbursement.txt"),
        std::pair("bank21", "loan-disbursement.txt")}) {
    const auto& mapping = support::partner(partner);
    const std::string bytes = support::sample(partner, file);
    ASSERT_FALSE(bytes.empty()) << partner;
    const std::string page = annotation_page(mapping, bytes, adapters::annotate(mapping, bytes), false);
    std::istringstream lines(page);
    std::string ticks;
    int rulers = 0;
    while (std::getline(lines, ticks)) {
      if (ticks.size() < 7 || ticks.substr(6, 5) != " ....") continue;
      std::string characters;
      std::string marks;
      std::getline(lines, characters);
      std::getline(lines, marks);
      EXPECT_EQ(display_width(characters), display_width(ticks)) << partner << '\n'
                                                                 << ticks << '\n'
                                                                 << characters;
      EXPECT_EQ(display_width(marks), display_width(ticks)) << partner;
      ++rulers;
    }
    EXPECT_GT(rulers, 0) << partner;
  }
}

TEST(AnnotationPage, HasColoursWhereTheyAreWanted) {
  const auto& mapping = support::partner("phrcb");
  const std::string bytes = support::sample("phrcb", "loan-disbursement-bad-values.dat");
  EXPECT_THAT(annotation_page(mapping, bytes, adapters::annotate(mapping, bytes), true),
              HasSubstr("\x1b[1;31m"));
}

int checked(std::string_view on) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int exit_code = check(config, {}, {}, parse_date(on).value(), false);
  (void)testing::internal::GetCapturedStdout();
  (void)testing::internal::GetCapturedStderr();
  return exit_code;
}

TEST(Check, FailsFromTheDayAfterALeniencyEnds) {
  EXPECT_EQ(checked("2027-03-31"), 0);
  EXPECT_EQ(checked("2027-04-01"), 1);
}

}  // namespace
}  // namespace loangate::app
