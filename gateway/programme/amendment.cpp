// filing.correction, filing.cancellation: what the bank filed in error. New facts, never edits: before an
// overdue they stand at once, after it the office rules, and once compensation was applied for they are
// refused (settled 33).
#include "programme/amendment.hpp"

#include "programme/effects.hpp"
#include "programme/filing.hpp"

namespace loangate::programme {
namespace {

/// The loan with what the amendment changes of it. What was repaid stays repaid.
Loan amended(Loan loan, const Amendment& by) {
  if (by.contract_no) loan.contract_no = *by.contract_no;
  if (by.lent) {
    loan.outstanding += *by.lent - loan.lent;
    // What was filed in full stays filed in full.
    if (!by.filed && loan.filed == loan.lent) loan.filed = *by.lent;
    loan.lent = *by.lent;
  }
  if (by.filed) loan.filed = *by.filed;
  if (by.disbursed_on) loan.disbursed_on = *by.disbursed_on;
  if (by.matures_on) {
    // An extension that was agreed stays: the filing corrected is the first maturity.
    (loan.matured_before_extension ? *loan.matured_before_extension : loan.matures_on) = *by.matures_on;
  }
  if (by.rate) loan.rate = *by.rate, loan.pricing.lpr_spread_bp.reset();
  if (by.rate_reason_given) loan.pricing.reason_given = true;
  if (by.security) loan.security = *by.security;
  if (by.guarantor_kind) loan.guarantor_kind = by.guarantor_kind;
  if (by.guarantor) loan.guarantor = by.guarantor;
  return loan;
}

/// Whether it can be amended at all: not once compensation was applied for, and one amendment at a time.
bool is_amendable(const Loan& loan, std::uint16_t field, MessageKind act, Judgement& j) {
  if (!is_with_the_bank(loan)) j.refuse_state(loan, field, act);
  if (loan.amendment) {
    j.refuse(FindingCode::amendment_pending, field, {{"given", loan.amendment->sent_as.string()}});
  }
  return is_with_the_bank(loan);
}

void check_original(const MessageId& original, const MessageId& filed_as, std::uint16_t field, Judgement& j) {
  if (original == filed_as) return;
  j.refuse(FindingCode::original_differs, field,
           {{"given", original.string()}, {"expected", filed_as.string()}});
}

void check_amended(const Loan& before, const Loan& after, Judgement& j) {
  using Field = FilingCorrection::field;
  const RecordSpec& spec = FilingCorrection::spec();
  j.require_positive(spec, Field::loan_amount, after.lent);
  j.require_positive(spec, Field::filed_amount, after.filed);
  j.require_not_negative(spec, Field::loan_amount, after.outstanding);
  if (after.filed > after.lent) {
    j.refuse(FindingCode::filed_exceeds_lent, Field::filed_amount,
             {{"filed", format_yuan_grouped(after.filed)}, {"lent", format_yuan_grouped(after.lent)}});
  }
  j.require_order("disbursed_on", after.disbursed_on, "matures_on", after.matures_on, Field::matures_on);
  j.require_not_future(spec, Field::disbursed_on, after.disbursed_on);
  if (j.refused()) return;
  const std::size_t found = j.decision.findings.size();
  check_guarantor_stated(after.security == Security::guarantee, after.guarantor_kind,
                         after.guarantor.has_value(), j);
  check_rate_range(after, j);
  check_eligibility(after, {.asked = after.exposure(), .counted = before.exposure()}, j);
  point_at(FilingCorrection::spec(), FilingCorrection::field::loan_no, found, j);
}

void cancel(Loan loan, std::string_view reason, Judgement& j) {
  if (std::holds_alternative<course::Overdue>(loan.course)) {
    end_overdue(loan, NoticeKind::withdrawn, j.today, j);
  }
  tell_credit_registry(loan, CreditEventCode::closed, j.today, j);
  loan.standing = standing::Cancelled{.on = j.today, .reason = std::string(reason)};
  loan.amendment.reset();
  undo_renewal(loan, j);
  j.change(std::move(loan));
}

void take_over(const Loan& before, Loan after, Judgement& j) {
  if (const Version* const version = j.version(after.ref.lender, after.disbursed_on)) {
    after.long_term = version->term && exceeds_term(after, after.matures_on, *version->term);
  }
  note_activity(after, j);
  use_reservation(after, after.exposure() - before.exposure(), j);
  if (before.standing == after.standing) {
    tell_credit_registry(after, CreditEventCode::changed, j.today, j);
  } else {
    catch_up_credit_registry(after, j);
  }
  j.change(std::move(after));
}

void apply(const Loan& loan, const Amendment& by, Judgement& j) {
  if (by.cancels) return cancel(loan, by.reason, j);
  Loan after = amended(loan, by);
  after.amendment.reset();
  take_over(loan, std::move(after), j);
}

}  // namespace

void judge(const FilingCorrection& m, Judgement& j) {
  using Field = FilingCorrection::field;
  auto loan = j.loan(m.loan_no, Field::loan_no, FilingCorrection::kind);
  if (!loan) return;
  if (!is_amendable(*loan, Field::loan_no, FilingCorrection::kind, j)) return;
  check_original(m.original_id, loan->filed_as, Field::original_id, j);
  Amendment amendment{.message = j.occasion.sequence,
                      .sent_as = m.message_id,
                      .reason = m.reason,
                      .contract_no = m.contract_no,
                      .lent = m.loan_amount,
                      .filed = m.filed_amount,
                      .disbursed_on = m.disbursed_on,
                      .matures_on = m.matures_on,
                      .rate = m.rate,
                      .rate_reason_given = m.rate_reason && !m.rate_reason->empty(),
                      .security = m.security,
                      .guarantor_kind = m.guarantor_kind};
  const bool changes = m.contract_no || m.loan_amount || m.filed_amount || m.disbursed_on || m.matures_on ||
                       m.rate || m.rate_reason || m.security || m.guarantor_kind || m.guarantor;
  if (!changes) j.refuse(FindingCode::correction_empty, Judgement::whole_message);
  if (m.guarantor) {
    const std::size_t found = j.decision.findings.size();
    amendment.guarantor =
        name_guarantor(*m.guarantor, m.guarantor_kind ? m.guarantor_kind : loan->guarantor_kind,
                       m.disbursed_on.value_or(loan->disbursed_on), j);
    point_at(FilingCorrection::spec(), FilingCorrection::field::loan_no, found, j);
  }
  check_amended(*loan, amended(*loan, amendment), j);
  if (j.refused()) return;

  // A filing that is held is judged anew with what was corrected, and may stand now (settled 8).
  if (std::holds_alternative<standing::Pending>(loan->standing) &&
      std::holds_alternative<course::Current>(loan->course)) {
    Loan after = amended(*loan, amendment);
    after.standing = standing_by(j.decision.findings);
    return take_over(*loan, std::move(after), j);
  }
  // From here on it stands, or waits for the office: after an overdue, or for what a filing would wait for
  // too.
  if (std::holds_alternative<course::Overdue>(loan->course)) {
    j.hold(FindingCode::amended_after_overdue, Field::loan_no,
           {{"due", format(std::get<course::Overdue>(loan->course).due_on)}});
  }
  if (j.held()) {
    loan->amendment = std::move(amendment);
    return j.change(*std::move(loan));
  }
  apply(*loan, amendment, j);
}

void judge(const FilingCancellation& m, Judgement& j) {
  using Field = FilingCancellation::field;
  auto loan = j.loan(m.loan_no, Field::loan_no, FilingCancellation::kind);
  if (!loan) return;
  if (!is_amendable(*loan, Field::loan_no, FilingCancellation::kind, j)) return;
  const auto* overdue = std::get_if<course::Overdue>(&loan->course);
  const bool of_report = overdue != nullptr && overdue->reported_as == m.original_id;
  if (!of_report) check_original(m.original_id, loan->filed_as, Field::original_id, j);
  if (j.refused()) return;

  // From here on it stands, or waits for the office. An overdue reported in error is withdrawn at once
  // (settled 32).
  if (of_report) {
    end_overdue(*loan, NoticeKind::withdrawn, j.today, j);
    return j.change(*std::move(loan));
  }
  Amendment amendment{
      .message = j.occasion.sequence, .sent_as = m.message_id, .reason = m.reason, .cancels = true};
  if (overdue != nullptr) {
    j.hold(FindingCode::amended_after_overdue, Field::loan_no, {{"due", format(overdue->due_on)}});
    loan->amendment = std::move(amendment);
    return j.change(*std::move(loan));
  }
  apply(*loan, amendment, j);
}

void rule_amendment(Loan loan, HoldRuling ruling, std::string_view reason, Judgement& j) {
  const Amendment amendment = *loan.amendment;
  if (ruling == HoldRuling::released) {
    j.has_fields = false;
    // What was applied for, settled or renewed meanwhile is as it was filed (settled 33).
    if (!is_with_the_bank(loan)) return j.refuse_state(loan, Judgement::whole_message, RuleHold::kind);
    if (!amendment.cancels) check_amended(loan, amended(loan, amendment), j);
    if (j.refused()) return;
    // What it was held for is what the office has ruled on.
    for (Finding& finding : j.decision.findings) finding.severity = Severity::note;
    tell_bank_of_hold(loan, amendment.sent_as, ruling, reason, j);
    return apply(loan, amendment, j);
  }
  loan.amendment.reset();
  tell_bank_of_hold(loan, amendment.sent_as, ruling, reason, j);
  j.change(std::move(loan));
}

}  // namespace loangate::programme
