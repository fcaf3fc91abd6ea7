// Everything that the story's partners write, written by each of them in its own format and read back.
#include "simulate/letters.hpp"

#include <gtest/gtest.h>

#include "adapters/codec/codec.hpp"
#include "simulate/documents.hpp"
#include "tests/support/town.hpp"

using namespace loangate;
using namespace loangate::simulate;

namespace {

support::Town& town() {
  static support::Town one(*Date::of(2026, 9, 21));
  return one;
}

std::vector<Partner*> of(PartnerRole role) {
  return town().sandbox().peers().of(role);
}

StoryLoan loan_of(Partner& bank, Security security) {
  StoryLoan loan{.bank = &bank,
                 .no = *LoanNo::parse("KC000123"),
                 .company = 5,
                 .amount = yuan("1234567.89"),
                 .lent = town().today(),
                 .matures = town().today().plus_years(1),
                 .security = security,
                 .outstanding = yuan("1000000.01")};
  if (security == Security::guarantee) loan.guarantor = of(PartnerRole::guarantor).front();
  // An id as the bank itself would have composed it.
  Record before = letters::repayment(loan, town().today(), Fen::yuan(1), Fen::zero());
  bank.write(LoanRepayment::kind, before).value();
  loan.filed_as = *MessageId::parse(std::get<std::string_view>(before[0]));
  loan.reported_as = loan.filed_as;
  return loan;
}

/// The message as canonical JSON, without the time of sending, which formats keep to the second or not at
/// all.
std::string business_of(Record& message) {
  message.clear(LoanDisbursement::field::sent_at);
  return canonical_json(message);
}

void expect_comes_back(Partner& from, MessageKind kind, Record message) {
  const std::string who = std::string(from.id().view()) + " " + std::string(spec_of(kind).name);
  const auto bytes = from.write(kind, message);
  ASSERT_TRUE(bytes) << bytes.error();
  auto decoded = adapters::decode(from.profile(), *bytes);
  ASSERT_TRUE(decoded) << who << ": " << text_en(decoded.error().findings.front());
  EXPECT_EQ(decoded->kind, kind) << who;
  EXPECT_EQ(business_of(decoded->record), business_of(message)) << who;
}

constexpr Rate rate = Rate::basis_points(360);
const CaseNo case_no = *CaseNo::parse("C000000123");

TEST(Letters, EveryBankCanFileLoansOfTheSecuritiesThatItKnowsAndRenewThem) {
  for (Partner* bank : of(PartnerRole::bank)) {
    for (std::uint8_t i = 0; i < security_codes().codes.size(); ++i) {
      const auto security = static_cast<Security>(i);
      if (!Player::can_file(*bank, security, security == Security::guarantee)) continue;
      const StoryLoan loan = loan_of(*bank, security);
      expect_comes_back(*bank, LoanDisbursement::kind, letters::filing(loan, rate));
    }
    const StoryLoan old = loan_of(*bank, Security::unsecured);
    StoryLoan renewed = old;
    renewed.no = *LoanNo::parse("KC000124");
    expect_comes_back(*bank, LoanRenewal::kind, letters::renewal(renewed, old, rate));
  }
}

TEST(Letters, EveryBankCanSayHowALoanGoesOn) {
  const Date today = town().today();
  for (Partner* bank : of(PartnerRole::bank)) {
    const StoryLoan loan = loan_of(*bank, Security::mortgage);
    expect_comes_back(*bank, LoanExtension::kind, letters::extension(loan, today, today.plus_years(2)));
    expect_comes_back(*bank, LoanRepayment::kind,
                      letters::repayment(loan, today, yuan("200000.00"), yuan("0.01")));
    expect_comes_back(*bank, LoanSettlement::kind, letters::settlement(loan, today, loan.outstanding));
    expect_comes_back(*bank, LoanSettlement::kind, letters::settlement(loan, today, std::nullopt));
    expect_comes_back(*bank, FilingCorrection::kind, letters::correction(loan, yuan("1000000.00")));
    expect_comes_back(*bank, FilingCancellation::kind,
                      letters::cancellation(loan, loan.filed_as, "企业放弃提款"));
  }
}

TEST(Letters, EveryBankCanAskForHeadroomAnswerAnApplicationAndStateItsPositions) {
  const Date today = town().today();
  for (Partner* bank : of(PartnerRole::bank)) {
    expect_comes_back(*bank, LimitQuery::kind, letters::limit_query(7, yuan("6000000.00")));
    expect_comes_back(*bank, LimitReserve::kind, letters::limit_reserve(7, yuan("6000000.00"), today));
    const LoanApplication application{.delivery_id = 1,
                                      .application_no = "DKSQ-2026-0001",
                                      .applied_on = today,
                                      .company_uscc = borrower(7).uscc,
                                      .company_name = borrower(7).name,
                                      .amount = yuan("2000000.00")};
    expect_comes_back(*bank, LoanDecision::kind, letters::decision(application, today, yuan("1500000.00")));
    StoryLoan one = loan_of(*bank, Security::unsecured);
    StoryLoan other = one;
    other.no = *LoanNo::parse("KC000124");
    StoryLoan* const loans[] = {&one, &other};
    expect_comes_back(*bank, PositionStatement::kind, letters::position(loans, today));
  }
}

TEST(Letters, EveryBankCanClaimRecoverAndWriteOff) {
  const Date today = town().today();
  for (Partner* bank : of(PartnerRole::bank)) {
    const StoryLoan loan = loan_of(*bank, Security::guarantee);
    const letters::Arrears arrears{
        .due_on = today, .principal = loan.outstanding, .interest = yuan("4321.09")};
    expect_comes_back(*bank, OverdueReport::kind, letters::overdue_report(loan, arrears));
    expect_comes_back(*bank, CompensationApplication::kind, letters::application(loan, today, arrears));
    expect_comes_back(*bank, PaymentReceived::kind,
                      letters::received(*InstructionNo::parse("C000000123-fund"), today, loan.amount));
    expect_comes_back(*bank, CreditRegistration::kind, letters::credit_registration(loan, today));
    for (std::uint8_t i = 0; i < recovery_source_codes().codes.size(); ++i) {
      const auto source = static_cast<RecoverySource>(i);
      expect_comes_back(*bank, RecoveryReport::kind,
                        letters::recovery(case_no, today, source, loan.amount, yuan("12345.67")));
    }
    for (std::uint8_t i = 0; i < writeoff_ground_codes().codes.size(); ++i) {
      const auto ground = static_cast<WriteoffGround>(i);
      expect_comes_back(*bank, WriteoffApplication::kind, letters::write_off(loan, case_no, today, ground));
    }
  }
}

TEST(Letters, PayersCanConfirmTheirGuaranteesPaymentsAndReturns) {
  const Date today = town().today();
  const StoryLoan loan = loan_of(*of(PartnerRole::bank).front(), Security::guarantee);
  for (Partner* guarantor : of(PartnerRole::guarantor)) {
    expect_comes_back(*guarantor, GuaranteeConfirmation::kind, letters::guarantee(loan, today));
  }
  auto payers = of(PartnerRole::fund);
  for (Partner* guarantor : of(PartnerRole::guarantor)) payers.push_back(guarantor);
  for (Partner* payer : payers) {
    const CompensationInstruction instruction{
        .delivery_id = 1,
        .instruction_no = *InstructionNo::parse("C000000123-" + payer->id().string()),
        .case_no = case_no,
        .role = PayerRole::fund,
        .bank_name = "样例银行",
        .loan_no = loan.no,
        .company_uscc = borrower(5).uscc,
        .company_name = borrower(5).name,
        .loss = loan.amount,
        .amount = yuan("493827.16"),
        .payee_name = "样例银行",
        .payee_account = "2010000000123",
        .payee_bank_code = bank_code(33504),
        .decided_on = today,
        .pay_by = today,
        .meeting_no = "2026年第三次会议"};
    expect_comes_back(*payer, PaymentConfirmation::kind,
                      letters::payment(instruction, today, "PZ-" + instruction.instruction_no.string()));
    expect_comes_back(*payer, PaymentReceived::kind,
                      letters::received(*InstructionNo::parse("R000000123-" + payer->id().string()), today,
                                        instruction.amount));
  }
}

// what the measures ask for, one file each, none like another's.
TEST(Letters, AnApplicationHasItsDocuments) {
  Partner& bank = *of(PartnerRole::bank).front();
  const StoryLoan loan = loan_of(bank, Security::unsecured);
  StoryLoan other = loan;
  other.no = *LoanNo::parse("KC000124");
  const auto documents = documents_with(loan, CompensationApplication::kind);
  ASSERT_EQ(documents.size(), 4u);
  EXPECT_TRUE(documents.front().pdf.starts_with("%PDF-1.4\n"));
  EXPECT_NE(documents.front().pdf, documents.back().pdf);
  EXPECT_NE(documents.front().pdf, documents_with(other, CompensationApplication::kind).front().pdf);
  EXPECT_EQ(documents_with(loan, WriteoffApplication::kind).front().kind, DocumentKind::court_ruling);
  EXPECT_TRUE(documents_with(loan, LoanRepayment::kind).empty());
}

}  // namespace
