// The language of conversation scripts: what is wrong with a script is said before anything is sent, all of
// it, each with its line and what to do.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/temporary_folder.hpp"
#include "simulate/talk.hpp"

namespace loangate::simulate {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view head =
    "names: [名, name]\n"
    "text: [说明, text]\n"
    "plays: bank\n"
    "companies: [company]\n"
    "loans: [loan]\n"
    "steps:\n";

std::string mistakes_in(const std::string& script) {
  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  fs::create_directories(folder / "bank");
  fs::copy_file(fs::path(LOANGATE_SOURCE_DIR) / "tests/talk/letters.yaml", folder / "letters.yaml",
                fs::copy_options::overwrite_existing);
  const fs::path file = folder / "bank" / "script.yaml";
  std::ofstream(file) << script;
  const auto talk = load_script(file);
  std::string all;
  if (talk) return all;
  for (const ConfigError& error : talk.error()) {
    EXPECT_GT(error.line, 0) << error.text();
    all += error.text().substr(folder.string().size() + 1) + '\n';
  }
  return all;
}

TEST(Talk, TheSuiteLoadsAndHasScriptsForEachRole) {
  const auto talk = load_talk(fs::path(LOANGATE_SOURCE_DIR) / "tests/talk");
  std::string wrong;
  if (!talk) {
    for (const ConfigError& error : talk.error()) wrong += error.text() + '\n';
  }
  ASSERT_TRUE(talk) << wrong;
  std::set<PartnerRole> roles;
  for (const Script& script : talk->scripts) roles.insert(script.plays.role);
  EXPECT_EQ(roles.size(), partner_role_codes().codes.size());
}

struct Mistake {
  std::string steps;
  std::string said;

  friend void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.said; }
};

class TalkMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(TalkMistakes, AreNamedWithTheirLineAndARemedy) {
  const std::string said = mistakes_in(std::string(head) + GetParam().steps);
  EXPECT_NE(said.find(GetParam().said), said.npos) << said;
}

INSTANTIATE_TEST_SUITE_P(
    Each, TalkMistakes,
    testing::Values(
        Mistake{"  - send: loan.disbursment\n",
                "script.yaml:7: `loan.disbursment` is nothing that this partner sends"},
        Mistake{"  - send: payment.confirmation\n",
                "`payment.confirmation` is nothing that this partner sends"},
        Mistake{"  - send: loan.repayment\n    fields: {loan: X}\n", "8: loan.repayment has no field `loan`"},
        Mistake{"  - send: loan.repayment\n    fields: {principal: much}\n",
                "8: principal: `much` is no amount: write yuan such as"},
        Mistake{"  - send: loan.repayment\n    fields: {paid_on: soon}\n", "8: paid_on: `soon` is no date"},
        Mistake{"  - send: loan.disbursement\n    fields: {security: gold}\n",
                "choose one of unsecured, guarantee"},
        Mistake{"  - send: loan.repayment\n    fields: {loan_no: \"{lone}\"}\n",
                "8: `{lone}` is not known here: known are"},
        Mistake{"  - send: filing.correction\n", "7: `{filing.message_id}` is not known here"},
        Mistake{"  - send: loan.repayment\n    expect: fine\n",
                "8: `fine` is no outcome: choose one of accepted"},
        Mistake{"  - send: loan.repayment\n    expect: {findings: [bad_luck]}\n",
                "8: `bad_luck` is no finding"},
        Mistake{"  - send: loan.repayment\n    expect: {findings: [loan_unknown at lender]}\n",
                "has no field `lender`"},
        Mistake{"  - again: filing\n", "7: nothing was sent as `filing` before"},
        Mistake{"  - send: loan.repayment\n    fault: rain\n", "8: `rain` is no way to fail at sending"},
        Mistake{"  - order: rain\n", "7: `rain` is no way to misbehave"},
        Mistake{"  - receive: loan.repayment\n", "`loan.repayment` is nothing that comes to this partner"},
        Mistake{"  - office: loan.repayment\n", "`loan.repayment` is nothing that the office does"},
        Mistake{"  - hand_in: [poem]\n", "7: `poem` is no kind of document"},
        Mistake{"  - call: /v1/receipts\n", "7: write it as `GET /v1/receipts/"},
        Mistake{"  - by: nobody\n    send: loan.repayment\n", "7: `nobody` is not in the cast"},
        Mistake{"  - dance: yes\n", "7: a step does one of send, again, receive"},
        Mistake{"  - send: loan.repayment\n    speed: fast\n", "speed"}));

TEST(Talk, AllMistakesAreSaidAtOnce) {
  const std::string said =
      mistakes_in(std::string(head) + "  - send: nothing.such\n  - order: rain\n  - again: me\n");
  EXPECT_EQ(std::ranges::count(said, '\n'), 3) << said;
}

TEST(Talk, AMessageWithoutALetterNeedsItsRequiredFields) {
  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  fs::create_directories(folder / "bank");
  std::ofstream(folder / "bank" / "script.yaml")
      << head << "  - send: loan.repayment\n    fields: {loan_no: \"{loan}\"}\n";
  const auto talk = load_script(folder / "bank" / "script.yaml");
  ASSERT_FALSE(talk);
  EXPECT_NE(talk.error().front().text().find("loan.repayment needs paid_on"), std::string::npos);
  EXPECT_EQ(talk.error().size(), 2u);  // paid_on, principal
}

}  // namespace
}  // namespace loangate::simulate
