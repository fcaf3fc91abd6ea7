// recovery.report: money that came in after a compensation, less the costs of enforcing it, goes back to
// those who bore the loss, by what each bore (R-39, R-40, settled 28).
#include "programme/recovery.hpp"

#include <algorithm>
#include <map>

#include "domain/case_no.hpp"
#include "domain/split.hpp"
#include "programme/books.hpp"
#include "programme/effects.hpp"

namespace loangate::programme {
namespace {

using Field = RecoveryReport::field;

/// Who bore how much of a loss: the payers that have paid, and the bank.
struct Bearers {
  struct Payer {
    PartnerId id;
    PayerRole role;
    Fen paid;
  };
  std::vector<Payer> payers = {};
  Fen bank = Fen::zero();
};

/// What a payer has not paid yet the bank still bears.
Bearers bearers_of(const Case& of, const RegistryView& registry) {
  Bearers bearers{.bank = of.loss.value_or(Fen::zero())};
  for (const InstructionNo& no : of.instructions) {
    const auto instruction = registry.instruction(no);
    if (!instruction || !instruction->paid) continue;
    bearers.payers.push_back({instruction->payer, instruction->role, instruction->paid->amount});
    bearers.bank -= instruction->paid->amount;
  }
  return bearers;
}

/// What of a case's recoveries each payer should have by now, in the order of the payers. Negative: its part
/// of costs that nothing has come in for yet.
std::vector<Fen> due_to(const Bearers& bearers, Fen net) {
  std::vector<std::int64_t> parts;
  std::int64_t whole = bearers.bank.count();
  for (const Bearers::Payer& payer : bearers.payers) {
    parts.push_back(payer.paid.count());
    whole += payer.paid.count();
  }
  std::vector<Fen> shares(parts.size(), Fen::zero());
  if (whole == 0) return shares;
  const bool deficit = net < Fen::zero();
  split(deficit ? Fen::zero() - net : net, parts, whole, shares);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    // Nobody gets back more than it paid: what is over is the bank's.
    shares[i] = deficit ? Fen::zero() - shares[i] : std::min(shares[i], bearers.payers[i].paid);
  }
  return shares;
}

/// What has come in of a case, less the costs.
struct Net {
  Fen now = Fen::zero();
  Fen most = Fen::zero();  ///< the highest that it has been
  void add(Fen recovered, Fen costs) {
    now += recovered - costs;
    most = std::max(most, now);
  }
};

Net net_of(const Case& of) {
  Net net;
  for (const Recovery& recovery : of.recoveries) net.add(recovery.recovered, recovery.costs);
  return net;
}

/// What of the recoveries falls on the principal: 民法典 561, costs first, then interest. Costs that come
/// later are paid from what comes in after them: no principal that was paid is owed again.
Fen principal_part(const Case& of, const Net& net) {
  const Fen interest = of.ruling ? of.ruling->interest : Fen::zero();
  return std::max(Fen::zero(), net.most - interest);
}

/// Who holds how much of what a case has brought in: what came to each, less the costs it paid, and what was
/// returned from one to another.
std::map<PartnerId, Fen> positions_of(const Case& of, const RegistryView& registry) {
  std::map<PartnerId, Fen> positions;
  const auto add = [&](const PartnerId& who, Fen amount) {
    positions.try_emplace(who, Fen::zero()).first->second += amount;
  };
  const auto add_returned = [&](const std::optional<InstructionNo>& no) {
    const auto told = no ? registry.remittance(*no) : std::nullopt;
    if (!told) return;
    add(told->from, Fen::zero() - told->amount);
    add(told->payee, told->amount);
  };
  for (const Recovery& recovery : of.recoveries) {
    add(recovery.by, recovery.recovered - recovery.costs);
    for (const Recovery::Return& part : recovery.returns) add_returned(part.remittance);
    add_returned(recovery.bank_remittance);
  }
  return positions;
}

}  // namespace

Fen returned_to(const Case& of, const PartnerId& payer) {
  Fen sum = Fen::zero();
  for (const Recovery& recovery : of.recoveries) {
    for (const Recovery::Return& part : recovery.returns) {
      if (part.to == payer) sum += part.amount;
    }
  }
  return sum;
}

bool awaits_payment(const Case& of, const RegistryView& registry) {
  return std::ranges::any_of(of.instructions, [&](const InstructionNo& no) {
    const auto instruction = registry.instruction(no);
    return !instruction || !instruction->paid;
  });
}

bool is_made_good(const CaseNo& number, const RegistryView& registry) {
  const auto of = registry.find_case(number);
  if (!of || awaits_payment(*of, registry)) return false;
  for (const InstructionNo& no : of->instructions) {
    const auto instruction = registry.instruction(no);
    if (returned_to(*of, instruction->payer) < instruction->paid->amount) return false;
  }
  for (const Recovery& recovery : of->recoveries) {
    for (const Recovery::Return& part : recovery.returns) {
      const auto remittance = part.remittance ? registry.remittance(*part.remittance) : std::nullopt;
      if (remittance && !remittance->received) return false;
    }
  }
  return true;
}

void judge(const RecoveryReport& m, Judgement& j) {
  const RecordSpec& spec = RecoveryReport::spec();
  const Fen costs = m.costs.value_or(Fen::zero());
  j.require_not_negative(spec, Field::recovered, m.recovered);
  j.require_not_negative(spec, Field::costs, m.costs);
  if (m.recovered == Fen::zero() && costs == Fen::zero())
    j.require_positive(spec, Field::recovered, m.recovered);
  j.require_not_future(spec, Field::recovered_on, m.recovered_on);
  auto of = j.registry.find_case(m.case_no);
  auto loan = of ? j.registry.loan(of->loan) : std::nullopt;
  const bool theirs =
      loan && (loan->ref.lender == j.occasion.partner || loan->guarantor == j.occasion.partner);
  if (!theirs) return j.refuse(FindingCode::case_unknown, Field::case_no, {{"given", m.case_no.string()}});
  j.decision.case_no = of->no;
  j.decision.loan_no = loan->ref.number;
  if (!std::holds_alternative<course::Compensated>(loan->course) &&
      !std::holds_alternative<course::WrittenOff>(loan->course)) {
    return j.refuse_state(*loan, Field::case_no, RecoveryReport::kind);
  }
  const Bearers bearers = bearers_of(*of, j.registry);
  if (bearers.payers.empty()) {
    return j.refuse(FindingCode::nothing_paid_yet, Field::case_no, {{"given", m.case_no.string()}});
  }
  const Programme* const programme = j.rulebook.of(loan->ref.lender);
  const Version* const version = programme == nullptr ? nullptr : programme->named(of->governing_version);
  if (version == nullptr || !version->recovery) {
    return j.refuse(FindingCode::programme_not_in_force, Field::recovered_on, {{"date", format(j.today)}});
  }
  if (costs > Fen::zero() && (!m.voucher_no || m.voucher_no->empty())) {
    j.find(version->recovery->costs_without_voucher, FindingCode::costs_without_voucher, Field::voucher_no);
  }
  if (j.refused()) return;

  // From here on it is booked. Shares are of all that came in so far, so that rounding does not add up and
  // early costs are made good by what comes later.
  const Net net_before = net_of(*of);
  Net net = net_before;
  net.add(m.recovered, costs);
  const std::vector<Fen> due = due_to(bearers, net.now);
  const WorkingDay pay_by =
      j.rulebook.calendar().nth_working_day_after(j.today, version->recovery->working_days);
  const Institution* const bank = j.registry.institution(loan->ref.lender);
  Recovery recovery{.report = j.occasion.sequence,
                    .by = j.occasion.partner,
                    .on = m.recovered_on,
                    .source = m.source,
                    .recovered = m.recovered,
                    .costs = costs,
                    .voucher_no = m.voucher_no.value_or(""),
                    .returns = {},
                    .bank = m.recovered - costs};
  // What was written off is no claim any more: it comes back as a loss that was none.
  const Account claim =
      std::holds_alternative<course::WrittenOff>(loan->course) ? Account::written_off : Account::recourse;
  // Who reports the recovery has the money: usually the bank, which was entrusted with it.
  const auto owe = [&](const PartnerId& payee, std::optional<PayerRole> role, Fen amount) {
    Remittance owed{.no = remittance_no(j.occasion.sequence, payee),
                    .case_no = of->no,
                    .loan = loan->ref,
                    .from = j.occasion.partner,
                    .payee = payee,
                    .role = role,
                    .amount = amount,
                    .pay_by = pay_by.date};
    const InstructionNo no = owed.no;
    const RecoveryRemittance told{.delivery_id = 0,
                                  .remittance_no = no,
                                  .case_no = of->no,
                                  .loan_no = loan->ref.number,
                                  .bank_name = bank != nullptr ? bank->name_zh : loan->ref.lender.string(),
                                  .payee = payee,
                                  .recovered = m.recovered,
                                  .costs = costs,
                                  .amount = amount,
                                  .pay_by = pay_by.date};
    j.send(j.occasion.partner, RecoveryRemittance::kind, {loan->ref}, told.record());
    j.send(payee, RecoveryRemittance::kind, {loan->ref}, told.record());
    j.change(std::move(owed));
    return no;
  };
  Event event(j.today, *of);
  const PartnerId& reporter = j.occasion.partner;
  auto positions = positions_of(*of, j.registry);
  const auto position = [&](const PartnerId& who) {
    return positions.try_emplace(who, Fen::zero()).first->second;
  };
  positions.try_emplace(reporter, Fen::zero()).first->second += m.recovered - costs;
  Fen bank_due = net.now;
  Fen left = position(reporter);  // what the reporter holds beyond its own due can be returned
  for (std::size_t i = 0; i < bearers.payers.size(); ++i) {
    bank_due -= due[i];
    if (bearers.payers[i].id == reporter) left -= due[i];
  }
  if (reporter == loan->ref.lender) left -= bank_due;
  const auto take = [&](const PartnerId& who, Fen who_due) {
    const Fen amount = std::clamp(who_due - position(who), Fen::zero(), std::max(Fen::zero(), left));
    left -= amount;
    return amount;
  };
  Fen returned = Fen::zero();
  for (std::size_t i = 0; i < bearers.payers.size(); ++i) {
    const Bearers::Payer& payer = bearers.payers[i];
    Recovery::Return part{.to = payer.id, .role = payer.role, .amount = due[i] - returned_to(*of, payer.id)};
    recovery.bank -= part.amount;
    if (payer.id != reporter) {
      const Fen to_return = take(payer.id, due[i]);
      returned += to_return;
      event.book(payer.id, Account::returnable, claim, to_return);
      event.book(payer.id, Account::payable, claim, part.amount - to_return);
      if (to_return > Fen::zero()) part.remittance = owe(payer.id, payer.role, to_return);
    }
    recovery.returns.push_back(std::move(part));
  }
  if (reporter != loan->ref.lender) {
    const Fen to_bank = take(loan->ref.lender, bank_due);
    returned += to_bank;
    if (to_bank > Fen::zero()) recovery.bank_remittance = owe(loan->ref.lender, std::nullopt, to_bank);
    // What the reporter keeps, if it is one of the payers, is cash in its books.
    for (const Recovery::Return& part : recovery.returns) {
      if (part.to != reporter) continue;
      const Fen kept = m.recovered - costs - returned;
      event.book(reporter, Account::cash, claim, kept);
      event.book(reporter, Account::payable, claim, part.amount - kept);
    }
  }
  event.post(j);
  // A loan that was written off stays so: what still comes in is shared, and its balance is no longer kept.
  if (std::holds_alternative<course::Compensated>(loan->course)) {
    const Fen paid = principal_part(*of, net) - principal_part(*of, net_before);
    loan->outstanding = std::clamp(loan->outstanding - paid, Fen::zero(), loan->lent);
    tell_credit_registry(*loan, CreditEventCode::recovered, m.recovered_on, j, m.recovered,
                         credit_tags(CreditEventCode::recovered).transaction);
    j.change(*std::move(loan));
  }
  of->recoveries.push_back(std::move(recovery));
  j.change(*std::move(of));
}

}  // namespace loangate::programme
