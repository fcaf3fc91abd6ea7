#include "simulate/letters.hpp"

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "simulate/companies.hpp"
#include "simulate/documents.hpp"

namespace loangate::simulate::letters {
namespace {

ContractNo contract(std::string_view prefix, const LoanNo& loan) {
  return *ContractNo::parse(fmt::format("{}-{}", prefix, loan.view()));
}

/// How a bank states its price: as a rate, or over the LPR if its format knows no rate. A spread below the
/// programme's 90 basis points is below the ceiling on any day.
struct Price {
  std::optional<Rate> rate = {};
  std::optional<std::int64_t> lpr_spread_bp = {};
};

constexpr std::int64_t modest_spread_bp = 60;
constexpr std::int64_t high_spread_bp = 300;
constexpr Rate high_from = Rate::basis_points(500);

Price price(const Composer& composer, MessageKind kind, std::uint16_t field, Rate most) {
  if (composer.carries(kind, field)) return {.rate = composer.rate_up_to(kind, field, most)};
  return {.lpr_spread_bp = most < high_from ? modest_spread_bp : high_spread_bp};
}

/// The documents are handed in beforehand; the message names them by their SHA-256.
std::vector<AttachmentRow> attachments(const StoryLoan& loan, MessageKind kind, std::uint16_t field) {
  const bool named = loan.bank->composer().carries(kind, field, AttachmentRow::field::name);
  std::vector<AttachmentRow> rows;
  for (const Document& document : documents_with(loan, kind)) {
    AttachmentRow row{.kind = document.kind, .sha256 = hex(sha256(document.pdf))};
    if (named) row.name = document.name;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<CollateralRow> collateral(const StoryLoan& loan) {
  using Row = CollateralRow::field;
  constexpr auto kind = LoanDisbursement::kind;
  constexpr std::uint16_t group = LoanDisbursement::field::collateral;
  const Composer& composer = loan.bank->composer();
  const Code code{static_cast<std::uint8_t>(loan.security)};
  if (loan.security != Security::mortgage || !composer.can_say(kind, group, code, Row::kind)) return {};
  CollateralRow row{.kind = loan.security};
  if (composer.carries(kind, group, Row::description)) row.description = "厂房一处";
  if (composer.carries(kind, group, Row::amount)) row.amount = loan.amount;
  return {row};
}

}  // namespace

Record filing(const StoryLoan& loan, Rate most) {
  const Borrower company = borrower(loan.company);
  const Price asked =
      price(loan.bank->composer(), LoanDisbursement::kind, LoanDisbursement::field::rate, most);
  LoanDisbursement filing{.message_id = {},
                          .contract_no = contract("HT", loan.no),
                          .loan_no = loan.no,
                          .company_uscc = company.uscc,
                          .company_name = company.name,
                          .loan_amount = loan.amount,
                          .currency = "CNY",
                          .disbursed_on = loan.lent,
                          .matures_on = loan.matures,
                          .rate = asked.rate,
                          .lpr_spread_bp = asked.lpr_spread_bp,
                          .security = loan.security,
                          .purpose = "采购原材料",
                          .collateral = collateral(loan)};
  if (loan.guarantor != nullptr) {
    filing.guarantor = loan.guarantor->id().string();
    filing.guarantor_kind = GuarantorKind::institution;
    filing.guarantee_contract_no = contract("BZ", loan.no);
  }
  return filing.record();
}

Record renewal(const StoryLoan& loan, const StoryLoan& renewed, Rate most) {
  const Price asked = price(loan.bank->composer(), LoanRenewal::kind, LoanRenewal::field::rate, most);
  return LoanRenewal{.message_id = {},
                     .renewed_loan_no = renewed.no,
                     .contract_no = contract("HT", loan.no),
                     .loan_no = loan.no,
                     .loan_amount = loan.amount,
                     .disbursed_on = loan.lent,
                     .matures_on = loan.matures,
                     .rate = asked.rate,
                     .lpr_spread_bp = asked.lpr_spread_bp,
                     .security = loan.security}
      .record();
}

Record extension(const StoryLoan& loan, Date on, Date until) {
  return LoanExtension{.message_id = {},
                       .loan_no = loan.no,
                       .agreement_no = contract("ZQ", loan.no),
                       .agreed_on = on,
                       .matures_on = until,
                       .reason = "货款回笼延迟"}
      .record();
}

Record repayment(const StoryLoan& loan, Date on, Fen principal, Fen interest) {
  LoanRepayment repayment{.message_id = {}, .loan_no = loan.no, .paid_on = on, .principal = principal};
  if (interest > Fen::zero()) repayment.interest = interest;
  return repayment.record();
}

Record settlement(const StoryLoan& loan, Date on, std::optional<Fen> last_principal) {
  return LoanSettlement{.message_id = {}, .loan_no = loan.no, .settled_on = on, .principal = last_principal}
      .record();
}

Record correction(const StoryLoan& loan, Fen amount) {
  return FilingCorrection{.message_id = {},
                          .original_id = loan.filed_as,
                          .loan_no = loan.no,
                          .reason = "金额录入有误",
                          .loan_amount = amount}
      .record();
}

Record cancellation(const StoryLoan& loan, const MessageId& original, std::string_view reason) {
  return FilingCancellation{
      .message_id = {}, .original_id = original, .loan_no = loan.no, .reason = std::string(reason)}
      .record();
}

Record guarantee(const StoryLoan& loan, Date on) {
  return GuaranteeConfirmation{.message_id = {},
                               .lender = loan.bank->id(),
                               .loan_no = loan.no,
                               .guarantee_contract_no = contract("BZ", loan.no),
                               .amount = loan.amount,
                               .ratio = Rate::basis_points(4000),  // 40 % of the loss
                               .confirmed_on = on}
      .record();
}

Record limit_query(std::uint32_t company, Fen amount) {
  return LimitQuery{.message_id = {}, .company_uscc = borrower(company).uscc, .amount = amount}.record();
}

Record limit_reserve(std::uint32_t company, Fen amount, Date until) {
  return LimitReserve{
      .message_id = {}, .company_uscc = borrower(company).uscc, .amount = amount, .until = until}
      .record();
}

Record decision(const LoanApplication& application, Date on, Fen amount) {
  return LoanDecision{.message_id = {},
                      .application_no = application.application_no,
                      .ruling = LoanRuling::approved,
                      .decided_on = on,
                      .amount = amount,
                      .reason = "经营稳定"}
      .record();
}

Record position(std::span<StoryLoan* const> loans, Date on) {
  PositionStatement statement{
      .message_id = {}, .as_of = on, .loans = static_cast<std::int64_t>(loans.size()), .total = Fen::zero()};
  for (const StoryLoan* loan : loans) {
    statement.total += loan->outstanding;
    statement.positions.push_back({.loan_no = loan->no, .outstanding = loan->outstanding});
  }
  return statement.record();
}

Record overdue_report(const StoryLoan& loan, const Arrears& arrears) {
  return OverdueReport{.message_id = {},
                       .loan_no = loan.no,
                       .due_on = arrears.due_on,
                       .overdue_principal = arrears.principal,
                       .overdue_interest = arrears.interest,
                       .reason = "经营困难，未按期归还",
                       .measures = "已上门催收"}
      .record();
}

Record application(const StoryLoan& loan, Date on, const Arrears& arrears) {
  return CompensationApplication{.message_id = {},
                                 .loan_no = loan.no,
                                 .application_no = fmt::format("SQ-{}", loan.no.view()),
                                 .outstanding_principal = arrears.principal,
                                 .contract_interest = arrears.interest,
                                 .as_of = on,
                                 .measures = "已起诉并申请财产保全",
                                 .payee_name = loan.bank->profile().name_zh,
                                 .payee_account = fmt::format("2010000{}", loan.no.view().substr(2)),
                                 .payee_bank_code = bank_code(33504),
                                 .officer_name = "张三",
                                 .attachments = attachments(loan, CompensationApplication::kind,
                                                            CompensationApplication::field::attachments)}
      .record();
}

Record payment(const CompensationInstruction& instruction, Date on, std::string reference) {
  return PaymentConfirmation{.message_id = {},
                             .instruction_no = instruction.instruction_no,
                             .amount = instruction.amount,
                             .paid_on = on,
                             .payment_ref = std::move(reference)}
      .record();
}

Record received(const InstructionNo& number, Date on, Fen amount) {
  return PaymentReceived{.message_id = {}, .instruction_no = number, .amount = amount, .received_on = on}
      .record();
}

Record credit_registration(const StoryLoan& loan, Date on) {
  return CreditRegistration{.message_id = {},
                            .loan_no = loan.no,
                            .registered_on = on,
                            .company_registered = loangate::Answer::yes,
                            .principal_registered = loangate::Answer::yes,
                            .reference = fmt::format("ZX-{}", loan.no.view())}
      .record();
}

Record recovery(const CaseNo& number, Date on, RecoverySource source, Fen recovered, Fen costs) {
  RecoveryReport report{
      .message_id = {}, .case_no = number, .recovered_on = on, .source = source, .recovered = recovered};
  if (costs > Fen::zero()) {
    report.costs = costs;
    report.voucher_no = fmt::format("FY-{}", number.view());
  }
  return report.record();
}

Record write_off(const StoryLoan& loan, const CaseNo& number, Date ruled_on, WriteoffGround ground) {
  return WriteoffApplication{
      .message_id = {},
      .case_no = number,
      .ground = ground,
      .document_no = fmt::format("(2025)执字第{}号", loan.no.view().substr(4)),
      .document_on = ruled_on,
      .issuer = "市人民法院",
      .attachments = attachments(loan, WriteoffApplication::kind, WriteoffApplication::field::attachments)}
      .record();
}

}  // namespace loangate::simulate::letters
