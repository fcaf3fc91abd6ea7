// The command line as a person uses it, against a running operations port.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "app/table.hpp"
#include "command_line.hpp"

namespace loangate::ops::testing {
namespace {

namespace stage = intake::testing;
using ::testing::HasSubstr;

const std::vector<std::string> add_bank{"institution",     "add",       "--institution",     "phrcb",
                                        "--role",          "bank",      "--name-zh",         "平湖农商银行",
                                        "--name-en",       "Bank",      "--sci-tech-branch", "no",
                                        "--admitted-from", "2021-01-01"};
const std::vector<std::string> add_company{"list",           "add",
                                           "--company-uscc", std::string(stage::company_one),
                                           "--company-name", "平湖市某某科技有限公司",
                                           "--category",     "high_tech",
                                           "--document-no",  "GR2021",
                                           "--valid-from",   "2021-01-01"};

TEST(OpsCommands, AFieldOfAnActIsAnOption) {
  const Port port;
  const Printed printed = loangate(port, "officer-li", add_company);
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("company.entry entered · accepted"));
}

TEST(OpsCommands, WhetherACompanyIsListedIsShownForAnyDay) {
  const Port port;
  loangate(port, "officer-li", add_company);
  const auto shown = [&](std::string_view day) {
    return loangate(port, "officer-li",
                    {"list", "show", std::string(stage::company_one), "--on", std::string(day)})
        .out;
  };
  EXPECT_THAT(shown("2023-01-01"), HasSubstr("pinghu-sci-tech-loans  2022          true"));
  EXPECT_THAT(shown("2020-12-31"), HasSubstr("pinghu-sci-tech-loans  2017          false"));
}

TEST(OpsCommands, TwoPersonsReleaseAHeldFiling) {
  Port port;
  EXPECT_EQ(loangate(port, "bureau", add_bank).exit_code, 0);
  EXPECT_EQ(loangate(port, "bureau", add_company).exit_code, 0);
  port.commits(stage::held_filing("H1"));

  const Printed proposed = loangate(port, "both-chen",
                                    {"hold", "propose", "--lender", "phrcb", "--loan-no", "H1", "--ruling",
                                     "released", "--reason", "已补充说明", "--json"});
  EXPECT_EQ(proposed.exit_code, 4) << "waits for a second person";
  Told told;
  told.body = proposed.out;
  const Printed listed = loangate(port, "approver-wang", {"hold", "list"});
  EXPECT_EQ(listed.exit_code, 0);
  EXPECT_THAT(listed.out, HasSubstr("H1"));
  EXPECT_THAT(listed.out, HasSubstr(told["hash"]));

  const std::vector<std::string> approve{"hold", "approve", told["proposal"], "--hash", told["hash"]};
  const Printed own = loangate(port, "both-chen", approve);
  EXPECT_EQ(own.exit_code, 3) << "refused by a rule or permission";
  EXPECT_THAT(own.err, HasSubstr("approver_is_proposer"));
  EXPECT_EQ(loangate(port, "officer-li", approve).exit_code, 3) << "lacks the role";
  EXPECT_EQ(loangate(port, "approver-wang", approve).exit_code, 0);
  EXPECT_TRUE(
      std::holds_alternative<standing::Filed>(port.store().loan(stage::loan_ref("H1")).value().standing));
}

TEST(OpsCommands, ExitCodesTellWhatHappened) {
  const Port port;
  const auto exit_of = [&](std::string_view person, std::vector<std::string> arguments) {
    return loangate(port, person, std::move(arguments)).exit_code;
  };
  EXPECT_EQ(exit_of("officer-li", {"list", "add", "--company-uscc", "1"}), 2) << "required fields missing";
  EXPECT_EQ(exit_of("officer-li",
                    {"d-class", "add", "--company-uscc", "91330482MA2C00028T", "--valid-from", "now"}),
            2);
  EXPECT_EQ(exit_of("officer-li", {"hold", "propose", "--lender", "phrcb", "--loan-no", "1", "--ruling",
                                   "released", "--reason", "x"}),
            3)
      << "no such loan";
  EXPECT_EQ(exit_of("operator-zhao", {"clock", "set", "2099-01-01T00:00:00+08:00"}), 3) << "no demonstration";
  EXPECT_EQ(exit_of("operator-zhao", {"status"}), 0);
  EXPECT_EQ(exit_of("bureau", {"changes", "--limit", "0"}), 2);
}

TEST(OpsCommands, AnArrayOfWhichSomeAreRefusedIsPartlyDone) {
  const Port port;
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "companies.json").string();
  std::ofstream(file) << "[" << stage::listing(stage::company_one).raw << ","
                      << stage::listing("91330482MA2C00028X").raw << "]";
  const Printed printed = loangate(port, "bureau", {"list", "add", "--file", file});
  EXPECT_EQ(printed.exit_code, 5);
  EXPECT_THAT(printed.out, HasSubstr("company_code_invalid"));
}

TEST(OpsCommands, WithoutAGatewayTheyMayBeTriedAgain) {
  Port port;
  port.stop();
  EXPECT_EQ(loangate(port, "officer-li", {"status"}).exit_code, 75);
}

TEST(OpsCommands, ChangesAreShownAsATable) {
  const Port port;
  loangate(port, "bureau", add_bank);
  const Printed printed = loangate(port, "bureau", {"changes"});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_THAT(printed.out, HasSubstr("institution"));
  EXPECT_THAT(printed.out, HasSubstr("phrcb"));
}

TEST(Table, AlignsTextOfBothWidths) {
  JsonDocument document;
  ASSERT_TRUE(document.read(R"({"rows":[{"a":"张三","b":{"c":1}},{"a":"Li","b":{"c":22}}]})"));
  const JsonNode* rows = document.member(document.root(), "rows");
  EXPECT_EQ(app::table(document, *rows, {{"名称", "a"}, {"n", "b/c"}}), "名称  n\n张三  1\nLi    22\n");
}

TEST(OpsCommands, MessagesAreFoundAndShown) {
  Port port;
  EXPECT_EQ(loangate(port, "bureau", add_bank).exit_code, 0);
  EXPECT_EQ(loangate(port, "bureau", add_company).exit_code, 0);
  const Sequence held = port.commits(stage::held_filing("H1"));
  port.indexed();
  const Printed usual = loangate(port, "officer-li", {"messages", "find", "loan:phrcb/H1"});
  EXPECT_EQ(usual.exit_code, 0) << usual.err;
  EXPECT_THAT(usual.err, HasSubstr("1 earlier")) << "it came years before the last thirty days";
  const Printed found = loangate(port, "officer-li", {"messages", "find", "H1 from:2023-01-01"});
  EXPECT_THAT(found.out, HasSubstr("filing-H1"));
  EXPECT_THAT(found.err, HasSubstr("H1 → loan:H1"));
  const Printed shown = loangate(port, "officer-li", {"messages", "show", std::to_string(held.number)});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("放款备案"));
  EXPECT_THAT(shown.out, HasSubstr("张小明")) << "an officer sees what came";
  const Printed line = loangate(port, "officer-li", {"loans", "timeline", "phrcb", "H1"});
  EXPECT_THAT(line.out, HasSubstr("放款备案"));
  EXPECT_EQ(loangate(port, "officer-li", {"messages", "find", "amount:viel"}).exit_code, 2);
}

}  // namespace
}  // namespace loangate::ops::testing
