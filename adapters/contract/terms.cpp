#include "adapters/contract/terms.hpp"

#include <algorithm>
#include <array>

namespace loangate::adapters {

namespace {

using enum FindingCode;
using Kind = MessageKind;

constexpr DeadlineWords deadlines[] = {
    {Kind::loan_disbursement, "R-22", "放款后5个工作日内备案；逾时仍受理，附提示",
     "file within five working days of the disbursement; later ones are accepted with a note"},
    {Kind::loan_disbursement, "R-13",
     "利率按放款日最近一次公布的LPR检验；该日LPR未录入时暂挂，录入后自动再审",
     "the rate is tested against the LPR last published by the day of disbursement; held until that one is "
     "entered"},
    {Kind::loan_renewal, "R-22", "续贷发放后5个工作日内备案；逾时仍受理，附提示",
     "file within five working days of the renewal; later ones are accepted with a note"},
    {Kind::loan_extension, "R-26", "展期协议须在原到期日前签订",
     "the extension must be agreed before maturity"},
    {Kind::overdue_report, "R-34",
     "应还日起第5个工作日内报告（应还日为第0日）；迟报仍受理，附提示并列入审定材料",
     "report by the fifth working day after the due date (the due date is day zero); a late report is "
     "accepted with a "
     "note and shown to the conference"},
    {Kind::compensation_application, "R-35", "逾期满90日后方可申请（最早为应还日后第91日）；过早申请被拒",
     "only after more than 90 days overdue (the earliest day is the due date plus 91); earlier ones are "
     "rejected"},
    {Kind::compensation_application, "R-37", "申请所附材料须先以 POST /v1/documents 上传，再以其SHA-256引用",
     "documents are uploaded first with POST /v1/documents and named by their SHA-256"},
    {Kind::compensation_decision, "R-36", "审定同意后，一般在60日内先行代偿",
     "after consent, fund and guarantor usually pay within 60 days"},
    {Kind::compensation_instruction, "R-36",
     "须在 pay_by 所列日期前支付，并以代偿支付确认回报（审定后60日内）",
     "pay by the day in pay_by, within 60 days of the ruling, and confirm it"},
    {Kind::payment_confirmation, "R-36", "支付当日确认；一条指令只确认一次，金额须与指令相同",
     "confirm on the day of payment; each instruction once, with just its amount"},
    {Kind::payment_received, "R-36", "到账后确认；一条指令只确认一次",
     "confirm when the money is there; each instruction once"},
    {Kind::recovery_report, "R-39", "追偿所得应及时报告；扣除费用后按代偿比例返还，费用须附凭证",
     "report recoveries without delay; what is left after costs is returned in the shares of the "
     "compensation; costs "
     "need vouchers"},
    {Kind::recovery_remittance, "R-39", "须在 pay_by 所列日期前缴回（10个工作日）",
     "return the money by the day in pay_by (ten working days)"},
    {Kind::limit_reserve, "R-18", "预占至 until 所列日期自动失效，最长期限由办法参数规定",
     "a reservation ends by itself on its day; how long it may last is a parameter of the programme"},
    {Kind::loan_decision, "R-21", "审核完成后反馈结果；每笔申请只反馈一次",
     "answer when decided; each application once"},
    {Kind::credit_registration, "R-42", "代偿后须将企业及法定代表人登记征信并回报",
     "after a compensation, register the company and its legal representative and say so"},
    {Kind::writeoff_application, "R-41", "须有破产、清算或终结执行的文书",
     "a ruling of bankruptcy, liquidation or ended execution is needed"},
    {Kind::position_statement, "R-18", "日终报送，列明全部在贷余额",
     "at the end of the day, with every open loan"},
};

/// What the reading of any message can find.
constexpr FindingCode unreadable[] = {
    encoding_invalid, encoding_contradicts, framing_invalid, document_malformed,
    dtd_refused,      structure_exceeds,    type_unknown,    record_length,
    field_missing,    field_malformed,      field_too_long,  code_unknown,
    constant_differs, field_repeated,       group_too_long,  element_unknown};
/// And what is asked of whoever sends it.
constexpr FindingCode of_sender[] = {message_id_conflict, institution_mismatch, message_not_yours};

/// What may be said of a loan that is filed, renewed or corrected.
constexpr FindingCode of_filing[] = {company_code_invalid,
                                     bank_code_invalid,
                                     currency_not_cny,
                                     amount_not_positive,
                                     filed_exceeds_lent,
                                     dates_out_of_order,
                                     date_in_future,
                                     rate_not_stated,
                                     guarantor_not_stated,
                                     rate_out_of_range,
                                     institution_not_admitted,
                                     company_not_listed,
                                     company_d_class,
                                     lender_not_eligible,
                                     guarantor_not_admitted,
                                     programme_not_in_force,
                                     ceiling_exceeded,
                                     rate_above_ceiling,
                                     rate_above_ceiling_explained,
                                     lpr_not_vouched,
                                     calendar_not_vouched,
                                     filed_after_overdue,
                                     guarantee_needs_ruling,
                                     guarantee_unconfirmed,
                                     term_under_limit,
                                     term_over_limit,
                                     filing_late,
                                     company_barred,
                                     deadline_provisional,
                                     outage_in_window,
                                     ceiling_not_stated};

struct Found {
  MessageKind kind;
  std::vector<FindingCode> codes;
};

/// By message, beside what is said of all of them. tests/unit/adapters/contract holds that no rule's row
/// finds more.
const std::vector<Found>& found() {
  static const std::vector<Found> table = {
      {Kind::loan_disbursement, {loan_already_filed, already_filed, loan_in_wrong_state}},
      {Kind::loan_renewal,
       {loan_already_filed, already_filed, loan_unknown, loan_in_wrong_state, renewal_below_outstanding}},
      {Kind::filing_correction,
       {amount_negative, correction_empty, loan_unknown, loan_in_wrong_state, original_differs,
        amendment_pending, amended_after_overdue}},
      {Kind::filing_cancellation,
       {loan_unknown, loan_in_wrong_state, original_differs, amendment_pending, amended_after_overdue}},
      {Kind::loan_repayment,
       {amount_not_positive, amount_negative, dates_out_of_order, date_in_future, loan_unknown,
        loan_in_wrong_state, repayment_exceeds_outstanding}},
      {Kind::loan_settlement,
       {amount_negative, dates_out_of_order, date_in_future, loan_unknown, loan_in_wrong_state,
        repayment_exceeds_outstanding, settlement_leaves_balance, case_not_closed}},
      {Kind::loan_extension,
       {dates_out_of_order, date_in_future, rate_out_of_range, loan_unknown, loan_in_wrong_state,
        extension_after_maturity, term_over_limit}},
      {Kind::overdue_report,
       {amount_not_positive, amount_negative, dates_out_of_order, date_in_future, loan_unknown,
        loan_in_wrong_state, overdue_exceeds_outstanding, overdue_ended, overdue_report_late,
        deadline_provisional, outage_in_window, calendar_not_vouched}},
      {Kind::compensation_application,
       {bank_code_invalid, amount_not_positive, amount_negative, date_in_future, digest_malformed,
        loan_unknown, loan_in_wrong_state, compensation_premature, claim_exceeds_outstanding,
        guarantee_unconfirmed, compensation_too_late, document_missing, document_not_received,
        programme_not_in_force}},
      {Kind::limit_query,
       {company_code_invalid, amount_not_positive, institution_not_admitted, company_not_listed,
        company_d_class, programme_not_in_force, ceiling_exceeded, ceiling_not_stated}},
      {Kind::limit_reserve,
       {company_code_invalid, amount_not_positive, amount_negative, dates_out_of_order,
        institution_not_admitted, company_not_listed, company_d_class, programme_not_in_force,
        reservation_not_offered, ceiling_exceeded, ceiling_not_stated, reservation_too_long}},
      {Kind::loan_decision,
       {amount_not_positive, date_in_future, ruling_incomplete, application_unknown, application_answered}},
      {Kind::guarantee_confirmation,
       {amount_not_positive, date_in_future, ratio_out_of_range, institution_unknown, guarantee_not_yours,
        guarantee_before_filing}},
      {Kind::payment_confirmation,
       {amount_not_positive, dates_out_of_order, date_in_future, instruction_not_yours,
        payment_amount_differs, payment_repeated, payment_for_unknown_instruction}},
      {Kind::payment_received,
       {amount_not_positive, date_in_future, instruction_not_yours, payment_repeated,
        payment_for_unknown_instruction, receipt_amount_differs}},
      {Kind::recovery_report,
       {amount_not_positive, amount_negative, date_in_future, loan_in_wrong_state, case_unknown,
        nothing_paid_yet, costs_without_voucher}},
      {Kind::writeoff_application,
       {date_in_future, digest_malformed, loan_in_wrong_state, programme_not_in_force, case_unknown,
        ground_not_stated, write_off_pending, case_not_closed, document_missing, document_not_received,
        ground_needs_meeting}},
      {Kind::credit_registration,
       {date_in_future, loan_unknown, loan_in_wrong_state, registration_incomplete}},
      {Kind::position_statement,
       {amount_negative, date_in_future, control_count_differs, control_total_differs, position_repeated,
        statement_partial}},
  };
  return table;
}

}  // namespace

std::vector<DeadlineWords> deadlines_of(MessageKind kind) {
  std::vector<DeadlineWords> of;
  std::ranges::copy_if(deadlines, std::back_inserter(of),
                       [&](const DeadlineWords& each) { return each.kind == kind; });
  return of;
}

std::vector<FindingCode> findings_of(MessageKind kind) {
  std::vector<FindingCode> codes(std::begin(unreadable), std::end(unreadable));
  const auto row = std::ranges::find(found(), kind, &Found::kind);
  if (row == found().end()) return codes;  // a technical receipt: it is read, nothing more
  codes.insert(codes.end(), std::begin(of_sender), std::end(of_sender));
  codes.insert(codes.end(), row->codes.begin(), row->codes.end());
  constexpr std::array filings = {Kind::loan_disbursement, Kind::loan_renewal, Kind::filing_correction};
  if (std::ranges::find(filings, kind) != filings.end())
    codes.insert(codes.end(), std::begin(of_filing), std::end(of_filing));
  std::ranges::sort(codes);
  const auto repeated = std::ranges::unique(codes);
  codes.erase(repeated.begin(), repeated.end());
  return codes;
}

}  // namespace loangate::adapters
