// What goes out, to whom, and in whose order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/programme/cast.hpp"

namespace loangate::support {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Effects, AFiledLoanIsOpenedWithTheCreditRegistry) {
  Cast cast;
  const auto decision = cast.file();
  EXPECT_THAT(sent(decision), ElementsAre("credit credit.event/opened"));
  const Record& event = decision.outgoing[0].message;
  EXPECT_FALSE(event.has(0)) << "the delivery id is given at commit";
  EXPECT_EQ(decision.outgoing[0].lane.text(), "loan/bank01/L1");
  EXPECT_EQ(
      canonical_json(event),
      R"({"event":"opened","lender":"bank01","company_uscc":"91330482MA28A00104","company_name":"企业一",)"
      R"("loan_no":"L1","occurred_on":"2023-03-01","opened_on":"2023-03-01","matures_on":"2024-03-01",)"
      R"("loan_amount":"1000000.00","outstanding":"1000000.00","security":"mortgage","account_status":"normal"})");
}

TEST(Effects, EveryCreditRegistryIsTold) {
  Cast cast;
  cast.enter("credit2", "credit_registry");
  EXPECT_THAT(sent(cast.file()), ElementsAre("credit credit.event/opened", "credit2 credit.event/opened"));
}

TEST(Effects, AnExtensionIsASpecialTransactionAndARepaymentIsNot) {
  Cast cast;
  cast.file();
  auto decision = cast.repay("100.00", "1.50");
  ASSERT_THAT(sent(decision), ElementsAre("credit credit.event/changed"));
  EXPECT_FALSE(decision.outgoing[0].message.has(CreditEvent::field::special_transaction));
  EXPECT_EQ(money(decision.outgoing[0].message, CreditEvent::field::transaction_amount), Fen{101'50});
  EXPECT_EQ(money(decision.outgoing[0].message, CreditEvent::field::outstanding), Fen{999'900'00});
  decision = cast.play.say(MessageKind::loan_extension, "bank01", "2024-02-20",
                           {{"loan_no", "L1"}, {"agreed_on", "2024-02-20"}, {"matures_on", "2024-08-31"}});
  ASSERT_THAT(sent(decision), ElementsAre("credit credit.event/changed"));
  EXPECT_EQ(decision.outgoing[0].message[CreditEvent::field::special_transaction],
            Value(Code{static_cast<std::uint8_t>(SpecialTransaction::extension)}));
}

TEST(Effects, ADefaultIsToldToTheOtherLendersTheGuarantorAndTheOfficeOnce) {
  Cast cast;
  cast.file({{"security", "guarantee"}, {"guarantor_kind", "institution"}, {"guarantor", "guarantor01"}});
  cast.file({{"loan_no", "X1"}}, "bank02");
  auto decision = cast.report_overdue();
  EXPECT_THAT(sent(decision), ElementsAre("credit credit.event/overdue", "bank02 default.notice",
                                          "guarantor01 default.notice", "office default.notice"));
  EXPECT_EQ(decision.outgoing[1].lane.text(), "company/91330482MA28A00104");
  EXPECT_EQ(canonical_json(decision.outgoing[1].message),
            R"({"notice_kind":"opened","company_uscc":"91330482MA28A00104","company_name":"企业一",)"
            R"("default_since":"2023-06-20"})")
      << "neither the bank nor the amount (settled 10)";
  decision = cast.report_overdue({{"overdue_principal", "900000.00"}});
  EXPECT_THAT(sent(decision), ElementsAre("credit credit.event/changed")) << "the same overdue is told once";
}

TEST(Effects, ABankWhoseLoanIsSettledIsNoLenderAnyMore) {
  Cast cast;
  cast.file();
  cast.file({{"loan_no", "X1"}}, "bank02");
  cast.play.say(MessageKind::loan_settlement, "bank02", "2023-06-01",
                {{"loan_no", "X1"}, {"settled_on", "2023-06-01"}});
  EXPECT_THAT(sent(cast.report_overdue()),
              ElementsAre("credit credit.event/overdue", "office default.notice"));
}

TEST(Effects, AnEarlierDueDateCorrectsTheOverdueAndALaterOneDoesNot) {
  Cast cast;
  cast.file();
  cast.report_overdue();
  cast.report_overdue({{"due_on", "2023-06-23"}}, "2023-06-28");
  EXPECT_EQ(std::get<course::Overdue>(cast.play.loan("bank01", "L1").course).due_on, *Date::of(2023, 6, 20));
  cast.report_overdue({{"due_on", "2023-05-20"}}, "2023-06-28");
  const auto overdue = std::get<course::Overdue>(cast.play.loan("bank01", "L1").course);
  EXPECT_EQ(overdue.due_on, *Date::of(2023, 5, 20));
  EXPECT_TRUE(overdue.late);
  EXPECT_EQ(overdue.reported_on, *Date::of(2023, 6, 27)) << "the first report";
}

TEST(Effects, ARepaymentLowersWhatIsOverdue) {
  Cast cast;
  cast.file();
  cast.report_overdue({{"overdue_interest", "500.00"}});
  cast.repay("400000.00", "800.00");
  const Loan loan = cast.play.loan("bank01", "L1");
  EXPECT_EQ(loan.outstanding, Fen::yuan(600'000));
  const auto overdue = std::get<course::Overdue>(loan.course);
  EXPECT_EQ(overdue.principal, Fen::yuan(600'000));
  EXPECT_EQ(overdue.interest, Fen::zero());
}

TEST(Effects, ASettlementClosesTheAccountAndFreesTheCeiling) {
  Cast cast;
  cast.file();
  const auto decision =
      cast.play.say(MessageKind::loan_settlement, "bank01", "2023-06-05",
                    {{"loan_no", "L1"}, {"settled_on", "2023-06-05"}, {"interest", "10.00"}});
  ASSERT_THAT(sent(decision), ElementsAre("credit credit.event/closed"));
  using Field = CreditEvent::field;
  const Record& event = decision.outgoing[0].message;
  EXPECT_EQ(money(event, Field::transaction_amount), Fen{1'000'010'00});
  EXPECT_EQ(event[Field::account_status], Value(Code{static_cast<std::uint8_t>(AccountStatus::closed)}));
  EXPECT_EQ(event[Field::special_transaction],
            Value(Code{static_cast<std::uint8_t>(SpecialTransaction::early_settlement)}));
  EXPECT_EQ(cast.play.registry().exposure(*Uscc::parse(company_one)), Fen::zero());
}

TEST(Effects, AnApprovalInstructsEachPayerAndTellsTheBank) {
  Cast cast;
  cast.file({{"security", "guarantee"}, {"guarantor_kind", "institution"}, {"guarantor", "guarantor01"}});
  cast.confirm();
  cast.report_overdue();
  cast.apply();
  const auto decision = cast.approve();
  EXPECT_THAT(sent(decision),
              ElementsAre("bank01 compensation.decision/approved", "fund compensation.instruction",
                          "guarantor01 compensation.instruction"));
  const Record& told = decision.outgoing[0].message;
  ASSERT_EQ(told.rows(CompensationDecision::field::payers).size(), 2u);
  const auto loan = cast.play.loan("bank01", "L1");
  EXPECT_TRUE(std::holds_alternative<course::Compensated>(loan.course));
}

TEST(Effects, ATurnedDownApplicationLeavesTheLoanOverdueAsBefore) {
  for (const char* ruling : {"refused", "returned"}) {
    Cast cast;
    cast.file();
    cast.report_overdue();
    const auto before = cast.play.loan("bank01", "L1").course;
    cast.apply();
    const auto decision = cast.approve({{"ruling", ruling},
                                        {"approved_principal", std::nullopt},
                                        {"approved_interest", std::nullopt},
                                        {"reason", "材料不全"}});
    EXPECT_THAT(sent(decision), ElementsAre(fmt::format("bank01 compensation.decision/{}", ruling)));
    EXPECT_EQ(cast.play.loan("bank01", "L1").course, before);
    EXPECT_EQ(spec_of(cast.play.registry().find_case(cast.play.last_case())->ruling->ruling).name, ruling);
  }
}

TEST(Effects, APaymentThatDoesNotFitBooksNothing) {
  Cast cast;
  cast.file();
  cast.report_overdue();
  cast.apply();
  cast.approve();
  const Fields payment{{"instruction_no", "<instruction fund>"},
                       {"amount", "600000.01"},
                       {"paid_on", "2023-11-01"},
                       {"payment_ref", "ZF1"}};
  auto decision = cast.play.say(MessageKind::payment_confirmation, "fund", "2023-11-01", payment);
  EXPECT_EQ(decision.outcome, Outcome::held);
  EXPECT_TRUE(decision.changes.empty());
  EXPECT_THAT(sent(decision), IsEmpty());
  decision = cast.play.say(MessageKind::payment_confirmation, "fund", "2023-11-01",
                           with(payment, {{"amount", "600000.00"}}));
  EXPECT_EQ(decision.outcome, Outcome::accepted) << codes(decision.findings);
  EXPECT_THAT(sent(decision), ElementsAre("credit credit.event/compensated"));
}

TEST(Effects, AnotherPayersInstructionIsNotNamedToTheOneWhoErrs) {
  Cast cast;
  cast.file();
  cast.report_overdue();
  cast.apply();
  cast.approve();
  const auto decision = cast.play.judge(MessageKind::payment_confirmation, "guarantor01", "2023-11-01",
                                        {{"instruction_no", "<instruction fund>"},
                                         {"amount", "600000.00"},
                                         {"paid_on", "2023-11-01"},
                                         {"payment_ref", "ZF1"}});
  EXPECT_EQ(codes(decision.findings), "instruction_not_yours");
  EXPECT_FALSE(decision.loan_no || decision.case_no);
}

TEST(Effects, EntriesOfTheOfficeReplaceWhatHasTheSameGround) {
  Cast cast;
  const Fields entry{{"company_uscc", company_one}, {"company_name", "企业一（新）"},
                     {"category", "high_tech"},     {"document_no", "GR1"},
                     {"valid_from", "2021-01-01"},  {"valid_until", "2023-12-31"}};
  cast.play.say(MessageKind::company_entry, "office", "2023-01-03", entry);
  cast.play.say(MessageKind::company_entry, "office", "2023-01-03", with(entry, {{"document_no", "GR2"}}));
  const Company* company = cast.play.registry().company(*Uscc::parse(company_one));
  ASSERT_EQ(company->qualifications.size(), 2u);
  EXPECT_EQ(company->qualifications[0].valid.until, Date::of(2023, 12, 31));
  EXPECT_EQ(company->name, "企业一（新）");
}

}  // namespace
}  // namespace loangate::support
