// loan.extension, loan.repayment, loan.settlement, credit.registration: how a filed loan goes on. A pending
// loan goes on like a filed one (settled 8). An overdue is cured when nothing due remains (settled 32).
#include <algorithm>

#include "programme/effects.hpp"
#include "programme/filing.hpp"
#include "programme/recovery.hpp"

namespace loangate::programme {
namespace {

Fen less(Fen amount, Fen paid) {
  return std::max(Fen::zero(), amount - paid);
}

void refuse_excess(const Loan& loan, Fen principal, std::uint16_t field, Judgement& j) {
  if (principal <= loan.outstanding) return;
  j.refuse(
      FindingCode::repayment_exceeds_outstanding, field,
      {{"given", format_yuan_grouped(principal)}, {"outstanding", format_yuan_grouped(loan.outstanding)}});
}

}  // namespace

void judge(const LoanExtension& m, Judgement& j) {
  using Field = LoanExtension::field;
  j.require_not_future(LoanExtension::spec(), Field::agreed_on, m.agreed_on);
  if (m.rate && (*m.rate < Rate::millionths(0) || *m.rate > greatest_rate)) {
    j.refuse(FindingCode::rate_out_of_range, Field::rate,
             {{"given", format_percent(*m.rate)}, {"most", format_percent(greatest_rate)}});
  }
  auto loan = j.loan(m.loan_no, Field::loan_no, LoanExtension::kind);
  if (!loan) return;
  if (!is_with_the_bank(*loan)) return j.refuse_state(*loan, Field::loan_no, LoanExtension::kind);
  j.require_order("matures_on", loan->matures_on, "matures_on", m.matures_on, Field::matures_on);
  if (m.agreed_on < loan->disbursed_on) {
    j.require_order("disbursed_on", loan->disbursed_on, "agreed_on", m.agreed_on, Field::agreed_on);
  }
  // 民法典 678: applied for before the term ends; its last day still belongs to it.
  if (m.agreed_on > loan->matures_on) {
    j.refuse(FindingCode::extension_after_maturity, Field::agreed_on,
             {{"matures", format(loan->matures_on)}});
  }
  const Version* version = j.version(loan->ref.lender, loan->disbursed_on);
  const bool over_limit = version != nullptr && version->term && version->term->extension_counts &&
                          exceeds_term(*loan, m.matures_on, *version->term);
  if (over_limit) j.find(version->term->broken, FindingCode::term_over_limit, Field::matures_on);
  if (j.refused()) return;

  // From here on it is accepted.
  if (!loan->matured_before_extension) loan->matured_before_extension = loan->matures_on;
  loan->matures_on = m.matures_on;
  loan->long_term |= over_limit;
  tell_credit_registry(*loan, CreditEventCode::changed, m.agreed_on, j, {}, SpecialTransaction::extension);
  j.change(std::move(*loan));
}

void judge(const LoanRepayment& m, Judgement& j) {
  using Field = LoanRepayment::field;
  const RecordSpec& spec = LoanRepayment::spec();
  const Fen interest = m.interest.value_or(Fen::zero());
  j.require_not_negative(spec, Field::principal, m.principal);
  j.require_not_negative(spec, Field::interest, m.interest);
  if (m.principal == Fen::zero() && interest == Fen::zero())
    j.require_positive(spec, Field::principal, m.principal);
  j.require_not_future(spec, Field::paid_on, m.paid_on);
  auto loan = j.loan(m.loan_no, Field::loan_no, LoanRepayment::kind);
  if (!loan) return;
  // While an application waits, money still comes in and bounds what can be approved.
  if (!is_with_the_bank(*loan) && !std::holds_alternative<course::Applied>(loan->course)) {
    return j.refuse_state(*loan, Field::loan_no, LoanRepayment::kind);
  }
  if (m.paid_on < loan->disbursed_on) {
    j.require_order("disbursed_on", loan->disbursed_on, "paid_on", m.paid_on, Field::paid_on);
  }
  refuse_excess(*loan, m.principal, Field::principal, j);
  if (j.refused()) return;

  // From here on it is accepted.
  loan->outstanding -= m.principal;
  if (course::Overdue* overdue = overdue_of(*loan)) {
    overdue->principal = less(overdue->principal, m.principal);
    overdue->interest = less(overdue->interest, interest);
  }
  tell_credit_registry(*loan, CreditEventCode::changed, m.paid_on, j, m.principal + interest);
  // Interest that was paid meanwhile is no loss any more.
  const auto* applied = std::get_if<course::Applied>(&loan->course);
  if (applied != nullptr && interest > Fen::zero()) {
    if (auto of = j.registry.find_case(applied->case_no)) {
      of->interest = less(of->interest, interest);
      j.change(*std::move(of));
    }
  }
  const auto* overdue = std::get_if<course::Overdue>(&loan->course);
  if (overdue != nullptr && overdue->principal == Fen::zero() && overdue->interest == Fen::zero()) {
    end_overdue(*loan, NoticeKind::cured, m.paid_on, j);
  }
  j.change(std::move(*loan));
}

void judge(const LoanSettlement& m, Judgement& j) {
  using Field = LoanSettlement::field;
  const RecordSpec& spec = LoanSettlement::spec();
  j.require_not_negative(spec, Field::principal, m.principal);
  j.require_not_negative(spec, Field::interest, m.interest);
  j.require_not_future(spec, Field::settled_on, m.settled_on);
  auto loan = j.loan(m.loan_no, Field::loan_no, LoanSettlement::kind);
  if (!loan) return;
  // After a compensation it is settled once recoveries have paid everything.
  const auto* compensated = std::get_if<course::Compensated>(&loan->course);
  const bool recovered = compensated != nullptr && loan->outstanding == Fen::zero();
  if (!is_with_the_bank(*loan) && !recovered) {
    return j.refuse_state(*loan, Field::loan_no, LoanSettlement::kind);
  }
  if (recovered && !is_made_good(compensated->case_no, j.registry)) {
    j.refuse(FindingCode::case_not_closed, Field::loan_no, {{"given", compensated->case_no.string()}});
  }
  if (m.settled_on < loan->disbursed_on) {
    j.require_order("disbursed_on", loan->disbursed_on, "settled_on", m.settled_on, Field::settled_on);
  }
  // Without an amount, 'settled' says that the rest was paid.
  const Fen principal = m.principal.value_or(loan->outstanding);
  refuse_excess(*loan, principal, Field::principal, j);
  if (principal < loan->outstanding) {
    j.refuse(FindingCode::settlement_leaves_balance, Field::principal,
             {{"outstanding", format_yuan_grouped(loan->outstanding - principal)}});
  }
  if (j.refused()) return;

  // From here on it is accepted.
  loan->outstanding = Fen::zero();
  if (std::holds_alternative<course::Overdue>(loan->course)) {
    end_overdue(*loan, NoticeKind::cured, m.settled_on, j);
  }
  loan->course = course::Settled{m.settled_on};
  const bool early = m.settled_on < loan->matures_on;
  tell_credit_registry(*loan, CreditEventCode::closed, m.settled_on, j,
                       principal + m.interest.value_or(Fen::zero()),
                       early ? std::optional(SpecialTransaction::early_settlement) : std::nullopt);
  j.change(std::move(*loan));
}

// The bank's word that it registered company and legal representative itself.
void judge(const CreditRegistration& m, Judgement& j) {
  using Field = CreditRegistration::field;
  j.require_not_future(CreditRegistration::spec(), Field::registered_on, m.registered_on);
  auto loan = j.loan(m.loan_no, Field::loan_no, CreditRegistration::kind);
  if (!loan) return;
  if (!std::holds_alternative<course::Compensated>(loan->course) &&
      !std::holds_alternative<course::WrittenOff>(loan->course)) {
    return j.refuse_state(*loan, Field::loan_no, CreditRegistration::kind);
  }
  if (m.company_registered == Answer::no || m.principal_registered == Answer::no) {
    j.note(FindingCode::registration_incomplete,
           m.company_registered == Answer::no ? Field::company_registered : Field::principal_registered);
  }
  if (j.refused()) return;

  // From here on it is recorded.
  loan->credit_registered_on = m.registered_on;
  j.change(std::move(*loan));
}

}  // namespace loangate::programme
