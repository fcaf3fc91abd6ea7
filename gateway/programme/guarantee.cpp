// guarantee.confirmation: the guarantor's own word that it bears its share of a loan (R-04, settled 34). It
// may come before the bank's filing.
#include "programme/judgement.hpp"

namespace loangate::programme {

void judge(const GuaranteeConfirmation& m, Judgement& j) {
  using Field = GuaranteeConfirmation::field;
  const RecordSpec& spec = GuaranteeConfirmation::spec();
  j.require_positive(spec, Field::amount, m.amount);
  j.require_not_future(spec, Field::confirmed_on, m.confirmed_on);
  if (m.ratio && (*m.ratio <= Rate::millionths(0) || *m.ratio > Rate::basis_points(10'000))) {
    j.refuse(FindingCode::ratio_out_of_range, Field::ratio, {{"given", format_percent(*m.ratio)}});
  }
  const Institution* const lender = j.registry.institution(m.lender);
  if (lender == nullptr || lender->role != PartnerRole::bank) {
    j.refuse(FindingCode::institution_unknown, Field::lender, {{"given", m.lender.string()}});
  }
  const LoanRef ref{m.lender, m.loan_no};
  const auto loan = j.registry.loan(ref);
  if (loan && loan->guarantor != j.occasion.partner) {
    // Whose guarantee it is stays untold, and so do the bank's figures.
    j.refuse(FindingCode::guarantee_not_yours, Field::loan_no, {{"given", m.loan_no.string()}});
  }
  // Before the filing the first to confirm is believed; then the filing says whose word counts.
  const auto before = j.registry.guarantee(ref);
  if (!loan && before && before->guarantor != j.occasion.partner) {
    j.refuse(FindingCode::guarantee_not_yours, Field::loan_no, {{"given", m.loan_no.string()}});
  }
  if (j.refused()) return;

  // From here on it is confirmed.
  j.decision.loan_no = m.loan_no;
  if (!loan) j.note(FindingCode::guarantee_before_filing, Field::loan_no, {{"given", m.loan_no.string()}});
  j.change(Guarantee{.loan = ref,
                     .guarantor = j.occasion.partner,
                     .contract_no = m.guarantee_contract_no,
                     .amount = m.amount,
                     .ratio = m.ratio,
                     .confirmed_on = m.confirmed_on});
}

}  // namespace loangate::programme
