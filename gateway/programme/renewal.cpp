// loan.renewal: a new loan takes the place of an old one, without repayment. It is judged as a
// filing on its own date, with the old loan's exposure counted once.
#include "programme/effects.hpp"
#include "programme/filing.hpp"

namespace loangate::programme {
namespace {

using Field = LoanRenewal::field;

/// The renewal as the filing that it is. Company and currency are those of the loan renewed.
LoanDisbursement filing_of(const LoanRenewal& m, const Loan& renewed) {
  return {.message_id = m.message_id,
          .contract_no = m.contract_no,
          .loan_no = m.loan_no,
          .company_uscc = renewed.company,
          .company_name = renewed.company_name,
          .loan_amount = m.loan_amount,
          .filed_amount = m.filed_amount,
          .disbursed_on = m.disbursed_on,
          .matures_on = m.matures_on,
          .rate = m.rate,
          .lpr_spread_bp = m.lpr_spread_bp,
          .lpr_tenor = m.lpr_tenor,
          .rate_reason = m.rate_reason,
          .security = m.security,
          .guarantor = m.guarantor,
          .guarantor_kind = m.guarantor_kind,
          .guarantee_contract_no = m.guarantee_contract_no};
}

}  // namespace

void undo_renewal(const Loan& renewal, Judgement& j) {
  if (!renewal.renews) return;
  auto old = j.registry.loan({renewal.ref.lender, *renewal.renews});
  const auto* closed = old ? std::get_if<course::Renewed>(&old->course) : nullptr;
  if (closed == nullptr || closed->by != renewal.ref.number) return;
  // A copy first: what is assigned must not lie in what is assigned to.
  const course::Renewed before = *closed;
  old->outstanding = before.outstanding;
  old->course = course::Current{};
  if (before.overdue) {
    old->course = *before.overdue;
    std::erase(old->overdues_before, before.overdue->due_on);
    notify_default(*old, *before.overdue, NoticeKind::opened, j);
  }
  tell_credit_registry(*old, CreditEventCode::changed, j.today, j);
  j.change(*std::move(old));
}

void judge(const LoanRenewal& m, Judgement& j) {
  auto renewed = j.loan(m.renewed_loan_no, Field::renewed_loan_no, LoanRenewal::kind);
  if (!renewed) return;
  // What was renewed already by this very message is answered as filed before (settled 13).
  const auto* before = std::get_if<course::Renewed>(&renewed->course);
  const bool repeated = before != nullptr && before->by == m.loan_no;
  if (!repeated &&
      (!is_with_the_bank(*renewed) || !std::holds_alternative<standing::Filed>(renewed->standing))) {
    return j.refuse_state(*renewed, Field::renewed_loan_no, LoanRenewal::kind);
  }
  if (m.disbursed_on < renewed->disbursed_on) {
    j.require_order("disbursed_on", renewed->disbursed_on, "disbursed_on", m.disbursed_on,
                    Field::disbursed_on);
  }
  // What is repaid beside a renewal is a repayment, and comes as one.
  if (!repeated && m.loan_amount < renewed->outstanding) {
    j.refuse(FindingCode::renewal_below_outstanding, Field::loan_amount,
             {{"given", format_yuan_grouped(m.loan_amount)},
              {"outstanding", format_yuan_grouped(renewed->outstanding)}});
  }
  const std::size_t found = j.decision.findings.size();
  auto loan = judge_filing(filing_of(m, *renewed), &*renewed, j);
  point_at(LoanRenewal::spec(), Field::renewed_loan_no, found, j);
  if (!loan || j.refused()) return;

  // From here on it is accepted; the old loan is closed on the day, and its overdues stay on record.
  loan->renews = renewed->ref.number;
  loan->overdues_before = renewed->overdues_before;
  course::Renewed closed{.on = m.disbursed_on, .by = loan->ref.number, .outstanding = renewed->outstanding};
  if (const auto* overdue = std::get_if<course::Overdue>(&renewed->course)) {
    closed.overdue = *overdue;
    loan->overdues_before.push_back(overdue->due_on);
    end_overdue(*renewed, NoticeKind::cured, m.disbursed_on, j);
  }
  renewed->outstanding = Fen::zero();
  renewed->course = std::move(closed);
  tell_credit_registry(*renewed, CreditEventCode::closed, m.disbursed_on, j);
  j.change(*std::move(renewed));
  j.change(*std::move(loan));
}

}  // namespace loangate::programme
