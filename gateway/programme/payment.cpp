// payment.confirmation and payment.received. What does not fit the instruction is held for the office and
// books nothing (settled 21).
#include "programme/effects.hpp"

namespace loangate::programme {
namespace {

std::optional<Instruction> find_instruction(const InstructionNo& number, std::uint16_t field, Judgement& j) {
  auto found = j.registry.instruction(number);
  if (!found) {
    j.hold(FindingCode::payment_for_unknown_instruction, field, {{"given", number.string()}});
    return found;
  }
  j.decision.loan_no = found->loan.number;
  j.decision.case_no = found->case_no;
  return found;
}

void refuse_foreign(const Instruction& instruction, const PartnerId& owner, std::uint16_t field,
                    Judgement& j) {
  if (owner == j.occasion.partner) return;
  j.refuse(FindingCode::instruction_not_yours, field, {{"given", instruction.no.string()}});
  j.decision.loan_no.reset();  // another's loan and case are not named to it (settled 10)
  j.decision.case_no.reset();
}

/// 三年限制期: from the payment to the day before the same day years later. A later payment extends
/// it.
void bar_company(const Loan& loan, const Case& of, Date paid_on, Judgement& j) {
  const Version* version = j.rulebook.named(of.governing_version);
  const Company* known = j.registry.company(loan.company);
  if (known == nullptr || version == nullptr || !version->payment || version->payment->bar_years == 0) return;
  const Period bar{paid_on, paid_on.plus_years(version->payment->bar_years).plus_days(-1)};
  Company company = *known;
  auto& barred = company.barred;
  if (barred && barred->covers(paid_on)) {
    if (barred->until && *barred->until < *bar.until) barred->until = bar.until;
  } else {
    barred = bar;
  }
  if (company != *known) j.change(std::move(company));
}

}  // namespace

void judge(const PaymentConfirmation& m, Judgement& j) {
  using Field = PaymentConfirmation::field;
  const RecordSpec& spec = PaymentConfirmation::spec();
  j.require_positive(spec, Field::amount, m.amount);
  j.require_not_future(spec, Field::paid_on, m.paid_on);
  auto instruction = find_instruction(m.instruction_no, Field::instruction_no, j);
  if (!instruction) return;
  refuse_foreign(*instruction, instruction->payer, Field::instruction_no, j);
  if (j.refused()) return;
  if (instruction->paid) {
    j.hold(FindingCode::payment_repeated, Field::instruction_no, {{"given", m.instruction_no.string()}});
  }
  if (m.amount != instruction->amount) {
    j.hold(
        FindingCode::payment_amount_differs, Field::amount,
        {{"given", format_yuan_grouped(m.amount)}, {"expected", format_yuan_grouped(instruction->amount)}});
  }
  if (j.held()) return;

  // From here on it is booked.
  const auto of = j.registry.find_case(instruction->case_no);
  const auto loan = j.registry.loan(instruction->loan);
  if (of && loan) {
    bar_company(*loan, *of, m.paid_on, j);
    tell_credit_registry(*loan, CreditEventCode::compensated, m.paid_on, j, m.amount,
                         credit_tags(CreditEventCode::compensated).transaction);
  }
  instruction->paid = {
      .amount = m.amount, .on = m.paid_on, .reference = m.payment_ref, .confirmation = j.occasion.sequence};
  j.change(std::move(*instruction));
}

void judge(const PaymentReceived& m, Judgement& j) {
  using Field = PaymentReceived::field;
  const RecordSpec& spec = PaymentReceived::spec();
  j.require_positive(spec, Field::amount, m.amount);
  j.require_not_future(spec, Field::received_on, m.received_on);
  auto instruction = find_instruction(m.instruction_no, Field::instruction_no, j);
  if (!instruction) return;
  refuse_foreign(*instruction, instruction->loan.lender, Field::instruction_no, j);
  if (j.refused()) return;
  if (instruction->received) {
    j.hold(FindingCode::payment_repeated, Field::instruction_no, {{"given", m.instruction_no.string()}});
  }
  // The money may come before the payer's word does; then the instruction is what it is held against.
  const Fen expected = instruction->paid ? instruction->paid->amount : instruction->amount;
  if (m.amount != expected) {
    j.hold(FindingCode::receipt_amount_differs, Field::amount,
           {{"given", format_yuan_grouped(m.amount)}, {"expected", format_yuan_grouped(expected)}});
  }
  if (j.held()) return;

  // From here on it is booked.
  instruction->received = {
      .amount = m.amount, .on = m.received_on, .reference = "", .confirmation = j.occasion.sequence};
  j.change(std::move(*instruction));
}

}  // namespace loangate::programme
