// loan.extension, loan.repayment, loan.settlement: how a filed loan goes on. A pending loan goes on like a
// filed one (settled 8). What overdue figures a repayment leaves is kept up; the overdue itself ends with the
// settlement.
#include <algorithm>

#include "programme/effects.hpp"
#include "programme/filing.hpp"

namespace loangate::programme {
namespace {

/// Before anyone has applied for compensation: what comes after is not servicing but recovery.
bool is_with_the_bank(const Loan& loan) {
  return std::holds_alternative<course::Current>(loan.course) ||
         std::holds_alternative<course::Overdue>(loan.course);
}

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
  if (m.rate && *m.rate < Rate::millionths(0)) {
    j.refuse(FindingCode::rate_out_of_range, Field::rate,
             {{"given", format_percent(*m.rate)}, {"most", "100.00"}});
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
  const Version* version = j.rulebook.at(loan->disbursed_on);
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
  if (!is_with_the_bank(*loan)) return j.refuse_state(*loan, Field::loan_no, LoanSettlement::kind);
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
  loan->course = course::Settled{m.settled_on};
  const bool early = m.settled_on < loan->matures_on;
  tell_credit_registry(*loan, CreditEventCode::closed, m.settled_on, j,
                       principal + m.interest.value_or(Fen::zero()),
                       early ? std::optional(SpecialTransaction::early_settlement) : std::nullopt);
  j.change(std::move(*loan));
}

}  // namespace loangate::programme
