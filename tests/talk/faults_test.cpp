// Faults to order, against a real gateway: each does what it says, and whatever it does, nothing is lost and
// nothing counts twice.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/temporary_folder.hpp"
#include "domain/date.hpp"
#include "simulate/conversation.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

namespace fs = std::filesystem;
using simulate::Mood;
using simulate::SendFault;
using simulate::Verdict;

support::Town& town() {
  static support::Town one(*parse_date("2025-06-03"));
  return one;
}

simulate::Fresh& fresh() {
  static simulate::Fresh numbers;
  return numbers;
}

/// Plays a script, written here, as one partner.
simulate::ScriptReport play(const std::string& partner, const std::string& steps) {
  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  fs::create_directories(folder / "bank");
  fs::copy_file(fs::path(LOANGATE_SOURCE_DIR) / "tests/talk/letters.yaml", folder / "letters.yaml",
                fs::copy_options::overwrite_existing);
  const fs::path file = folder / "bank" / "script.yaml";
  std::ofstream(file) << "names: [名, name]\ntext: [说明, text]\nplays: bank\ncompanies: [company]\nloans: "
                         "[loan, application]\n"
                         "steps:\n"
                      << steps;
  const auto talk = simulate::load_script(file);
  simulate::ScriptReport failed;
  failed.verdict = Verdict::failed;
  if (!talk) {
    failed.reason = talk.error().front().text();
    return failed;
  }
  simulate::Stage stage{town().sandbox().peers(), town().office(), town().sandbox().clock(), {}};
  auto reports = app::wait_for(
      town().sandbox().context(),
      simulate::converse(stage, talk->letters, talk->scripts.front(), {&town().partner(partner)}, fresh(),
                         [](const simulate::Partner&, const simulate::StepReport&) {}));
  reports.front().script = nullptr;  // it goes with this call
  return std::move(reports.front());
}

class SendFaults : public testing::TestWithParam<std::tuple<std::string, SendFault>> {};

TEST_P(SendFaults, LoseNothingAndCountOnce) {
  const auto& [partner, fault] = GetParam();
  // A message whose fate the bank does not know is sent again under its id; the balance shows that it counted
  // once.
  const auto report = play(partner, fmt::format(R"(
  - send: loan.disbursement
    expect: accepted
  - send: loan.repayment
    as: paid
    fault: {}
  - again: paid
    expect: {{outcome: accepted, duplicate: {}}}
  - send: loan.settlement
    fields: {{principal: "400000.01"}}
    expect: {{outcome: rejected, findings: [repayment_exceeds_outstanding]}}
  - send: loan.settlement
    expect: accepted
)",
                                                simulate::name(fault),
                                                fault == SendFault::cut_in_answer ||
                                                    fault == SendFault::slow || fault == SendFault::twice));
  EXPECT_EQ(report.verdict, Verdict::passed) << report.reason;
}

INSTANTIATE_TEST_SUITE_P(Each, SendFaults,
                         testing::Combine(testing::Values("bank04", "sxbph", "phrcb"),
                                          testing::Values(SendFault::silent, SendFault::slow,
                                                          SendFault::cut_before_body, SendFault::cut_in_body,
                                                          SendFault::cut_in_answer, SendFault::twice)));

TEST(SendFault, AnOvertakenFilingIsJudgedAfterWhatOvertookIt) {
  const auto report = play("bank12", R"(
  - send: loan.disbursement
    fault: overtaken
    expect: accepted
  - send: loan.repayment
    expect: {outcome: rejected, findings: [loan_unknown at loan_no]}
  - send: loan.repayment
    expect: accepted
)");
  EXPECT_EQ(report.verdict, Verdict::passed) << report.reason;
  ASSERT_EQ(report.steps.size(), 4u);
  EXPECT_NE(report.steps[2].en.find("overtaken"), std::string::npos);
}

class ReceiveFaults : public testing::TestWithParam<std::tuple<std::string, Mood>> {};

TEST_P(ReceiveFaults, TheMessageComesInTheEndAndOnce) {
  const auto& [partner, mood] = GetParam();
  const auto report = play(partner, fmt::format(R"(
  - order: {}
  - office: application.entry
  - receive: loan.application
    where: {{application_no: "{{application}}"}}
  - send: loan.decision
    expect: accepted
  - send: loan.decision
    expect: {{outcome: rejected, findings: [application_answered]}}
)",
                                                simulate::name(mood)));
  EXPECT_EQ(report.verdict, Verdict::passed) << report.reason;
  const auto& items = town().partner(partner).inbox().items();
  std::set<std::string> applications;
  for (const auto& [id, item] : items) {
    if (item.kind != LoanApplication::kind) continue;
    EXPECT_TRUE(applications.insert(LoanApplication::from(item.message).application_no).second)
        << "twice in effect";
  }
}

// `refusing` parks the lane until an operator releases it: tests/unit/delivery shows it. `silent` to a push
// costs its ten seconds once.
INSTANTIATE_TEST_SUITE_P(Pushed, ReceiveFaults,
                         testing::Combine(testing::Values("bank04"),
                                          testing::Values(Mood::silent, Mood::slow, Mood::failing,
                                                          Mood::nonsense, Mood::wrong_id, Mood::wrong_status,
                                                          Mood::blind_yes, Mood::cut_before_body,
                                                          Mood::cut_in_answer)));
INSTANTIATE_TEST_SUITE_P(Fetched, ReceiveFaults,
                         testing::Combine(testing::Values("sxbph"),
                                          testing::Values(Mood::silent, Mood::slow, Mood::failing,
                                                          Mood::wrong_id, Mood::cut_before_body,
                                                          Mood::cut_in_answer, Mood::twice)));

TEST(ReceiveFault, ACutLineMakesTheSameDeliveryComeAgain) {
  const auto report = play("bank04", R"(
  - order: cut_in_answer
  - office: application.entry
  - receive: loan.application
    where: {application_no: "{application}"}
    times: 2
)");
  EXPECT_EQ(report.verdict, Verdict::passed) << report.reason;
}

TEST(Conversation, ThatGoesOtherwiseThanItsScriptFailsWithStepAndReason) {
  const auto report = play("bank05", R"(
  - send: loan.disbursement
    expect: rejected
  - send: loan.repayment
)");
  EXPECT_EQ(report.verdict, Verdict::failed);
  ASSERT_EQ(report.steps.size(), 1u);
  EXPECT_EQ(report.steps[0].line, 8);
  EXPECT_NE(report.reason.find("expected rejected, got accepted"), std::string::npos) << report.reason;
}

TEST(Conversation, AFindingAtAnotherPlaceFails) {
  const auto report = play("bank05", R"(
  - send: loan.repayment
    expect: {outcome: rejected, findings: [loan_unknown at principal]}
)");
  EXPECT_EQ(report.verdict, Verdict::failed);
  EXPECT_NE(report.reason.find("its place must be"), std::string::npos) << report.reason;
}

TEST(Conversation, WhatMustNotComeFailsIfItComes) {
  const auto report = play("sxbph", R"(
  - office: application.entry
  - never: loan.application
    where: {application_no: "{application}"}
)");
  EXPECT_EQ(report.verdict, Verdict::failed);
  EXPECT_NE(report.reason.find("must not come"), std::string::npos) << report.reason;
}

}  // namespace
}  // namespace loangate
