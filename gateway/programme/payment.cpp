// payment.confirmation and payment.received: of a compensation, and of what is returned from a recovery. What
// does not fit the instruction is held for the office and books nothing (settled 21).
#include "programme/books.hpp"
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

/// The rule of payment of the version that governs a case; nullptr if none is stated.
const PaymentRule* payment_rule(const Loan& loan, const Case& of, const Judgement& j) {
  const Programme* const programme = j.rulebook.of(loan.ref.lender);
  const Version* const version = programme == nullptr ? nullptr : programme->named(of.governing_version);
  return version == nullptr || !version->payment ? nullptr : &*version->payment;
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
  const auto of = j.registry.find_case(instruction->case_no);
  if (of && of->ruling && m.paid_on < of->ruling->decided_on) {
    j.require_order("decided_on", of->ruling->decided_on, "paid_on", m.paid_on, Field::paid_on);
  }
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
  const auto loan = j.registry.loan(instruction->loan);
  if (of && loan) {
    if (const PaymentRule* const rule = payment_rule(*loan, *of, j)) bar_company(*loan, *rule, m.paid_on, j);
    tell_credit_registry(*loan, CreditEventCode::compensated, m.paid_on, j, m.amount,
                         credit_tags(CreditEventCode::compensated).transaction);
    Event event(m.paid_on, *of);
    event.book(instruction->payer, Account::payable, Account::cash, m.amount);
    event.post(j);
  }
  instruction->paid = {
      .amount = m.amount, .on = m.paid_on, .reference = m.payment_ref, .confirmation = j.occasion.sequence};
  j.change(std::move(*instruction));
}

namespace {

/// The share of a recovery that the bank returned.
void judge_remittance(const PaymentReceived& m, Remittance remittance, Judgement& j) {
  using Field = PaymentReceived::field;
  j.decision.loan_no = remittance.loan.number;
  j.decision.case_no = remittance.case_no;
  if (remittance.payee != j.occasion.partner) {
    j.decision.loan_no.reset();
    j.decision.case_no.reset();
    j.refuse(FindingCode::instruction_not_yours, Field::instruction_no, {{"given", remittance.no.string()}});
  }
  if (j.refused()) return;
  if (remittance.received) {
    j.hold(FindingCode::payment_repeated, Field::instruction_no, {{"given", remittance.no.string()}});
  }
  if (m.amount != remittance.amount) {
    j.hold(FindingCode::receipt_amount_differs, Field::amount,
           {{"given", format_yuan_grouped(m.amount)}, {"expected", format_yuan_grouped(remittance.amount)}});
  }
  if (j.held()) return;

  // From here on it is booked.
  const auto of = j.registry.find_case(remittance.case_no);
  const Programme* const programme = j.rulebook.of(remittance.loan.lender);
  const Version* const version =
      !of || programme == nullptr ? nullptr : programme->named(of->governing_version);
  if (of && remittance.role)  // a bank keeps its own books
    Event(m.received_on, *of).book(remittance.payee, Account::cash, Account::returnable, m.amount).post(j);
  if (version != nullptr && version->yearly_cap && version->yearly_cap->recoveries_restore && of->cap_year &&
      remittance.role == PayerRole::fund) {
    if (auto of_year = j.registry.fund_year(remittance.loan.lender, *of->cap_year)) {
      of_year->restored += m.amount;
      j.change(*std::move(of_year));
    }
  }
  remittance.received = {
      .amount = m.amount, .on = m.received_on, .reference = "", .confirmation = j.occasion.sequence};
  j.change(std::move(remittance));
}

}  // namespace

void judge(const PaymentReceived& m, Judgement& j) {
  using Field = PaymentReceived::field;
  const RecordSpec& spec = PaymentReceived::spec();
  j.require_positive(spec, Field::amount, m.amount);
  j.require_not_future(spec, Field::received_on, m.received_on);
  if (auto remittance = j.registry.remittance(m.instruction_no))
    return judge_remittance(m, *std::move(remittance), j);
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
