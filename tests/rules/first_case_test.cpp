// The programme's own first compensation (R-28), message by message through decide: what was decided, and
// what went out. Dates that the sources do not give are invented (settled 26).
#include <gtest/gtest.h>

#include "tests/support/play.hpp"

namespace loangate::support {
namespace {

using programme::Decision;

const Outgoing* sent(const Decision& decision, std::string_view to, MessageKind kind) {
  for (const Outgoing& outgoing : decision.outgoing) {
    if (outgoing.to.view() == to && outgoing.kind == kind) return &outgoing;
  }
  return nullptr;
}

Fen money(const Record& record, std::uint16_t field) {
  return std::get<Fen>(record[field]);
}
Date date(const Record& record, std::uint16_t field) {
  return std::get<Date>(record[field]);
}
Date day(std::string_view text) {
  return parse_date(text).value();
}

struct FirstCase : testing::Test {
  Play play;

  void enter(const std::string& id, const std::string& role, const std::string& sci_tech = "no") {
    ASSERT_EQ(act(MessageKind::institution_entry, "2021-01-04",
                  {{"institution", id},
                   {"role", role},
                   {"name_zh", id == "phrcb" ? "平湖农商银行" : id},
                   {"name_en", id},
                   {"sci_tech_branch", sci_tech},
                   {"admitted_from", "2017-01-01"}})
                  .outcome,
              Outcome::accepted);
  }
  Decision act(MessageKind kind, std::string_view on, const Fields& fields) {
    return play.say(kind, "office", on, fields);
  }
  Decision bank(MessageKind kind, std::string_view on, const Fields& fields) {
    return play.say(kind, "phrcb", on, with({{"loan_no", "JJ2021-001"}}, fields));
  }

  void SetUp() override {
    enter("phrcb", "bank", "yes");
    enter("citic", "bank", "yes");
    enter("fund", "fund");
    enter("office", "office");
    enter("credit", "credit_registry");
    act(MessageKind::company_entry, "2021-01-04",
        {{"company_uscc", "91330482MA28A00104"},
         {"company_name", "企业一"},
         {"category", "provincial_sme"},
         {"document_no", "KJ2020-1"},
         {"valid_from", "2020-12-01"}});
  }
};

TEST_F(FirstCase, PaysOneHundredAndEightyThousandOutOfThreeHundredThousand) {
  // 2021-03-25: a credit loan of 300,000.00 by a sci-tech branch, under the measures of 2017.
  const Fields loan{{"contract_no", "HT2021-001"},
                    {"company_uscc", "91330482MA28A00104"},
                    {"company_name", "企业一"},
                    {"loan_amount", "300000.00"},
                    {"disbursed_on", "2021-03-25"},
                    {"matures_on", "2022-03-24"},
                    {"rate", "4.75"},
                    {"security", "unsecured"}};
  auto decision = bank(MessageKind::loan_disbursement, "2021-03-26", loan);
  EXPECT_EQ(decision.outcome, Outcome::accepted) << codes(decision.findings);
  const Outgoing* opened = sent(decision, "credit", MessageKind::credit_event);
  ASSERT_NE(opened, nullptr);
  EXPECT_FALSE(opened->message.has(CreditEvent::field::delivery_id)) << "given at commit";
  EXPECT_EQ(opened->lane.text(), "loan/phrcb/JJ2021-001");

  // Another lender of the company, who will have to be told.
  play.say(MessageKind::loan_disbursement, "citic", "2021-06-02",
           with(loan, {{"loan_no", "ZX1"}, {"disbursed_on", "2021-06-01"}, {"matures_on", "2022-06-01"}}));

  decision = bank(MessageKind::loan_extension, "2022-03-18",
                  {{"agreed_on", "2022-03-18"}, {"matures_on", "2023-03-24"}});
  EXPECT_EQ(decision.outcome, Outcome::accepted);
  EXPECT_TRUE(decision.findings.empty()) << "2017 states no term: " << codes(decision.findings);
  EXPECT_EQ(play.loan("phrcb", "JJ2021-001").matured_before_extension, day("2022-03-24"));

  // 2023-03-31 is the fifth working day after 2023-03-24.
  decision = bank(MessageKind::overdue_report, "2023-03-31",
                  {{"due_on", "2023-03-24"}, {"overdue_principal", "300000.00"}});
  EXPECT_EQ(decision.outcome, Outcome::accepted);
  EXPECT_TRUE(decision.findings.empty()) << codes(decision.findings);
  EXPECT_EQ(sent(decision, "phrcb", MessageKind::default_notice), nullptr) << "the reporter knows";
  for (const char* to : {"citic", "office"}) {
    const Outgoing* notice = sent(decision, to, MessageKind::default_notice);
    ASSERT_NE(notice, nullptr) << to;
    EXPECT_EQ(notice->lane.text(), "company/91330482MA28A00104");
    EXPECT_EQ(canonical_json(notice->message),
              R"({"notice_kind":"opened","company_uscc":"91330482MA28A00104","company_name":"企业一",)"
              R"("default_since":"2023-03-24"})")
        << "neither the reporting bank nor the amount";
  }

  const Fields application{{"outstanding_principal", "300000.00"}, {"contract_interest", "0.00"},
                           {"penalty_interest", "5000.00"},        {"as_of", "2023-06-22"},
                           {"payee_name", "平湖农商银行"},         {"payee_account", "201000000000001"},
                           {"payee_bank_code", "103100000026"},    {"attachments", application_documents()}};
  play.receive_documents("phrcb");
  decision = play.judge(MessageKind::compensation_application, "phrcb", "2023-06-22",
                        with(application, {{"loan_no", "JJ2021-001"}}));
  EXPECT_EQ(codes(decision.findings), "compensation_premature") << "the 90th day is too early";
  decision = bank(MessageKind::compensation_application, "2023-06-23", application);
  EXPECT_EQ(decision.outcome, Outcome::accepted) << codes(decision.findings);
  ASSERT_TRUE(decision.case_no);

  // 2023-09-12: the first meeting of 2023 consents.
  decision = act(MessageKind::rule_compensation, "2023-09-12",
                 {{"case_no", "<case>"},
                  {"ruling", "approved"},
                  {"meeting_no", "2023年第一次会议"},
                  {"meeting_on", "2023-09-12"},
                  {"approved_principal", "300000.00"},
                  {"approved_interest", "0.00"}});
  EXPECT_EQ(decision.outcome, Outcome::accepted) << codes(decision.findings);
  const Outgoing* told = sent(decision, "phrcb", MessageKind::compensation_decision);
  ASSERT_NE(told, nullptr);
  using Told = CompensationDecision::field;
  EXPECT_EQ(money(told->message, Told::loss), Fen::yuan(300'000));
  EXPECT_EQ(money(told->message, Told::fund_share), Fen::yuan(180'000));
  EXPECT_EQ(money(told->message, Told::guarantor_share), Fen::zero());
  EXPECT_EQ(money(told->message, Told::bank_share), Fen::yuan(120'000));
  const Outgoing* instructed = sent(decision, "fund", MessageKind::compensation_instruction);
  ASSERT_NE(instructed, nullptr);
  using Instructed = CompensationInstruction::field;
  EXPECT_EQ(money(instructed->message, Instructed::amount), Fen::yuan(180'000));
  EXPECT_EQ(date(instructed->message, Instructed::pay_by), day("2023-11-11")) << "60 calendar days";
  EXPECT_EQ(instructed->lane.text(), "loan/phrcb/JJ2021-001");
  const auto of = play.registry().find_case(play.last_case());
  ASSERT_TRUE(of);
  EXPECT_EQ(of->governing_version, "2022")
      << "the loan is of 2017's time, the shares of the approval's (R-29)";

  decision = play.say(MessageKind::payment_confirmation, "fund", "2023-10-20",
                      {{"instruction_no", "<instruction fund>"},
                       {"amount", "180000.00"},
                       {"paid_on", "2023-10-20"},
                       {"payment_ref", "ZF-1"}});
  EXPECT_EQ(decision.outcome, Outcome::accepted) << codes(decision.findings);
  const Outgoing* compensated = sent(decision, "credit", MessageKind::credit_event);
  ASSERT_NE(compensated, nullptr);
  EXPECT_EQ(money(compensated->message, CreditEvent::field::transaction_amount), Fen::yuan(180'000));
  const Company* company = play.registry().company(*Uscc::parse("91330482MA28A00104"));
  EXPECT_EQ(company->barred, (Period{day("2023-10-20"), day("2026-10-19")}));

  decision = play.say(
      MessageKind::payment_received, "phrcb", "2023-10-23",
      {{"instruction_no", "<instruction fund>"}, {"amount", "180000.00"}, {"received_on", "2023-10-23"}});
  EXPECT_EQ(decision.outcome, Outcome::accepted) << codes(decision.findings);
  const auto instruction = play.registry().instruction(of->instructions.at(0));
  EXPECT_TRUE(instruction->paid && instruction->received);
}

}  // namespace
}  // namespace loangate::support
