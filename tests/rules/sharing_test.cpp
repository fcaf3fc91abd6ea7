// Who bears a loss and who gets back what, for any ratio and any number of payers: shares add up to the loss
// whatever the yearly cap takes, recoveries never return more than was paid, and every
// event in the books balances.
#include <gtest/gtest.h>

#include <numeric>

#include "domain/case_no.hpp"
#include "tests/support/play.hpp"
#include "tests/support/property.hpp"
#include "tests/support/rulebooks.hpp"

namespace loangate::support {
namespace {

using programme::Decision;
using programme::LossRule;
using programme::Version;

/// A programme of one loss rule: any payers in any order, each with any parts.
struct Sharing {
  struct Payer {
    PartnerId id;
    PayerRole role;
    std::int64_t parts;
  };
  std::vector<Payer> payers;
  std::int64_t residual;
  std::optional<Fen> cap;

  std::int64_t whole() const {
    return std::accumulate(payers.begin(), payers.end(), residual,
                           [](std::int64_t sum, const Payer& payer) { return sum + payer.parts; });
  }
};

std::int64_t pick(std::int64_t least, std::int64_t most) {
  return *rc::gen::inRange<std::int64_t>(least, most + 1);
}

/// Amounts of every size, small ones as likely as great ones: what rounds is small.
Fen any_amount(std::int64_t most) {
  const std::int64_t bound = *rc::gen::element<std::int64_t>(10, 1'000, 100'000, most);
  return Fen{pick(0, std::min(bound, most))};
}

Sharing any_sharing() {
  Sharing sharing;
  const std::int64_t count = pick(1, 4);
  for (std::int64_t i = 0; i < count; ++i) {
    const bool fund = pick(0, 1) == 0;
    sharing.payers.push_back({.id = *PartnerId::parse(fmt::format("payer{}", i)),
                              .role = fund ? PayerRole::fund : PayerRole::guarantor,
                              .parts = pick(1, 100)});
  }
  sharing.residual = pick(0, 100);
  if (pick(0, 3) != 0) sharing.cap = any_amount(100'000'000) + Fen{1};
  return sharing;
}

programme::Rulebook rules_of(const Sharing& sharing) {
  return rulebook_with([&](Version& version) {
    LossRule::Shares shares;
    for (const Sharing::Payer& payer : sharing.payers)
      shares.payers.push_back({.role = payer.role, .parts = payer.parts, .partner = payer.id});
    shares.whole = sharing.whole();
    version.loss->unguaranteed = shares;
    version.loss->guaranteed_by_others = shares;
    version.loss->guaranteed_by_institution = shares;
    version.ceiling.reset();
    version.yearly_cap.reset();
    if (sharing.cap)
      version.yearly_cap = programme::YearlyCapRule{.limit = *sharing.cap,
                                                    .basis = programme::YearlyCapRule::Basis::decision,
                                                    .recoveries_restore = pick(0, 1) == 0};
  });
}

/// The programme at work: loans that go wrong one after another.
class Cases {
 public:
  explicit Cases(const Sharing& sharing, const programme::Rulebook& rules) : sharing_(sharing), play_(rules) {
    enter("bank01", "bank");
    for (const Sharing::Payer& payer : sharing.payers)
      enter(payer.id.string(), payer.role == PayerRole::fund ? "fund" : "guarantor");
    play_.say(MessageKind::company_entry, "office", "2021-01-04",
              {{"company_uscc", company},
               {"company_name", "企业一"},
               {"category", "high_tech"},
               {"document_no", "GR1"},
               {"valid_from", "2021-01-01"}});
  }

  /// Files a loan, reports it overdue, applies for all of it and has it approved.
  Decision lose(Fen principal, Fen interest, Fen lent, Fen filed) {
    const std::string loan_no = fmt::format("L{}", ++loans_);
    said(play_.say(MessageKind::loan_disbursement, "bank01", "2023-03-06",
                   {{"contract_no", "HT1"},
                    {"loan_no", loan_no},
                    {"company_uscc", company},
                    {"company_name", "企业一"},
                    {"loan_amount", format_yuan(lent)},
                    {"filed_amount", format_yuan(filed)},
                    {"disbursed_on", "2023-03-01"},
                    {"matures_on", "2024-03-01"},
                    {"rate", "4.55"},
                    {"security", "unsecured"}}));
    said(play_.say(
        MessageKind::overdue_report, "bank01", "2023-06-27",
        {{"loan_no", loan_no}, {"due_on", "2023-06-20"}, {"overdue_principal", format_yuan(lent)}}));
    said(play_.say(MessageKind::compensation_application, "bank01", "2023-09-19",
                   {{"loan_no", loan_no},
                    {"outstanding_principal", format_yuan(principal)},
                    {"contract_interest", format_yuan(interest)},
                    {"as_of", "2023-09-18"},
                    {"payee_name", "合作银行01"},
                    {"payee_account", "6222"},
                    {"payee_bank_code", "103100000026"}}));
    return said(play_.say(MessageKind::rule_compensation, "office", "2023-10-12",
                          {{"case_no", "<case>"},
                           {"ruling", "approved"},
                           {"meeting_no", "1"},
                           {"meeting_on", "2023-10-12"},
                           {"approved_principal", format_yuan(principal)},
                           {"approved_interest", format_yuan(interest)}}));
  }

  /// The payer pays what it was told to pay of the last case, if anything.
  void pay(const PartnerId& payer) {
    const auto instruction = play_.registry().instruction(instruction_no(play_.last_case(), payer));
    if (!instruction || instruction->paid) return;
    said(play_.say(MessageKind::payment_confirmation, payer.view(), "2023-11-01",
                   {{"instruction_no", instruction->no.string()},
                    {"amount", format_yuan(instruction->amount)},
                    {"paid_on", "2023-11-01"},
                    {"payment_ref", "ZF1"}}));
  }

  Decision recover(Fen recovered, Fen costs) {
    return play_.say(MessageKind::recovery_report, "bank01", "2024-01-10",
                     {{"case_no", "<case>"},
                      {"recovered_on", "2024-01-10"},
                      {"source", "other"},
                      {"recovered", format_yuan(recovered)},
                      {"costs", format_yuan(costs)},
                      {"voucher_no", "P1"}});
  }

  /// The payer has what it is to get back by one remittance.
  void receive(const Remittance& due) {
    said(play_.say(MessageKind::payment_received, due.payee.view(), "2024-01-11",
                   {{"instruction_no", due.no.string()},
                    {"amount", format_yuan(due.amount)},
                    {"received_on", "2024-01-11"}}));
  }

  const Sharing& sharing() const { return sharing_; }
  const Registry& registry() const { return play_.registry(); }
  Case last() const { return registry().find_case(play_.last_case()).value(); }
  Loan loan() const { return registry().loan(last().loan).value(); }
  std::optional<Instruction> told(const PartnerId& payer) const {
    return registry().instruction(instruction_no(play_.last_case(), payer));
  }

  /// What the account of the payer shows, debits less credits, over everything that was posted.
  Fen account(const PartnerId& payer, Account account) const {
    Fen sum = Fen::zero();
    for (const Posting& posting : registry().all<Posting>()) {
      RC_ASSERT(posting.balanced());
      for (const Posting::Line& line : posting.lines) {
        if (line.payer == payer && line.account == account) sum += line.debit - line.credit;
      }
    }
    return sum;
  }

 private:
  static constexpr const char* company = "91330482MA28A00104";

  static Decision said(Decision decision) {
    if (decision.outcome != Outcome::accepted) RC_FAIL(codes(decision.findings));
    return decision;
  }
  void enter(const std::string& id, const std::string& role) {
    play_.say(MessageKind::institution_entry, "office", "2021-01-04",
              {{"institution", id},
               {"role", role},
               {"name_zh", id},
               {"name_en", id},
               {"sci_tech_branch", "no"},
               {"admitted_from", "2021-01-01"}});
  }

  const Sharing& sharing_;
  Play play_;
  int loans_ = 0;
};

/// `amount × parts / whole` half up, in another way than the program's own.
std::int64_t half_up(std::int64_t amount, std::int64_t parts, std::int64_t whole) {
  const __int128 doubled = 2 * static_cast<__int128>(amount) * parts + whole;
  return static_cast<std::int64_t>(doubled / (2 * static_cast<__int128>(whole)));
}

TEST(Sharing, SharesAddUpToTheLossWhateverTheYearlyCapTakes) {
  holds([] {
    const Sharing sharing = any_sharing();
    const auto rules = rules_of(sharing);
    Cases cases(sharing, rules);
    Fen used = Fen::zero();
    const std::int64_t count = pick(1, 3);
    for (std::int64_t n = 0; n < count; ++n) {
      const Fen lent = any_amount(100'000'000) + Fen{1};
      const Fen filed = pick(0, 2) == 0 ? Fen{pick(1, lent.count())} : lent;
      const Fen principal{pick(1, lent.count())};
      const Fen interest = any_amount(1'000'000);
      const Decision decision = cases.lose(principal, interest, lent, filed);
      const Case of = cases.last();
      const std::int64_t loss = half_up((principal + interest).count(), filed.count(), lent.count());
      RC_ASSERT(of.loss == Fen{loss});

      // The payers in their order, each half up and at most what is left; the bank bears the rest.
      std::int64_t left = loss;
      std::int64_t funds = 0;
      std::vector<std::int64_t> nominal;
      for (const Sharing::Payer& payer : sharing.payers) {
        nominal.push_back(std::min(left, half_up(loss, payer.parts, sharing.whole())));
        left -= nominal.back();
        if (payer.role == PayerRole::fund) funds += nominal.back();
      }
      const std::int64_t room =
          sharing.cap ? std::max<std::int64_t>(0, (*sharing.cap - used).count()) : funds;
      const std::int64_t cut = std::max<std::int64_t>(0, funds - room);
      RC_ASSERT(of.fund_nominal == Fen{funds});
      RC_ASSERT(of.bank_share == Fen{left + cut});

      std::int64_t told = 0;
      std::int64_t told_funds = 0;
      for (std::size_t i = 0; i < sharing.payers.size(); ++i) {
        const auto instruction = cases.told(sharing.payers[i].id);
        const std::int64_t amount = instruction ? instruction->amount.count() : 0;
        RC_ASSERT(!instruction || amount > 0);
        if (sharing.payers[i].role == PayerRole::guarantor) RC_ASSERT(amount == nominal[i]);
        if (sharing.payers[i].role == PayerRole::fund) told_funds += amount;
        RC_ASSERT(amount <= nominal[i]);
        told += amount;
      }
      RC_ASSERT(told_funds == funds - cut);
      RC_ASSERT(told + left + cut == loss);
      used += Fen{told_funds};
      if (sharing.cap) RC_ASSERT(used <= *sharing.cap);
      const bool noted = codes(decision.findings).contains("yearly_cap_reached");
      RC_ASSERT(noted == (cut > 0));
    }
  });
}

TEST(Sharing, RecoveriesNeverReturnMoreThanWasPaid) {
  holds([] {
    Sharing sharing = any_sharing();
    const auto rules = rules_of(sharing);
    Cases cases(sharing, rules);
    const Fen lent = any_amount(100'000'000) + Fen{1};
    const Fen principal{pick(1, lent.count())};
    cases.lose(principal, any_amount(100'000), lent, lent);
    const Fen loss = *cases.last().loss;
    Fen net = Fen::zero();
    const std::int64_t steps = pick(1, 12);
    for (std::int64_t step = 0; step < steps; ++step) {
      // Payers pay when they like, recoveries come before and after, and costs whenever.
      if (pick(0, 1) == 0)
        cases.pay(sharing
                      .payers[static_cast<std::size_t>(
                          pick(0, static_cast<std::int64_t>(sharing.payers.size()) - 1))]
                      .id);
      const Fen recovered = any_amount(2 * loss.count() + 1);
      const Fen costs = pick(0, 2) == 0 ? any_amount(loss.count() + 1) : Fen::zero();
      const Fen outstanding = cases.loan().outstanding;
      const Decision decision = cases.recover(recovered, costs);
      if (decision.outcome == Outcome::rejected) {
        RC_ASSERT(decision.changes.empty());
        continue;
      }
      net += recovered - costs;
      RC_ASSERT(cases.loan().outstanding <= outstanding);
      RC_ASSERT(cases.loan().outstanding >= Fen::zero());
      for (const Remittance& due : cases.registry().all<Remittance>()) {
        RC_ASSERT(due.amount > Fen::zero());
        if (!due.received && pick(0, 1) == 0) cases.receive(due);
      }

      Fen kept = Fen::zero();  // by the bank, over all reports
      for (const Recovery& recovery : cases.last().recoveries) kept += recovery.bank;
      for (const Sharing::Payer& payer : sharing.payers) {
        const auto instruction = cases.told(payer.id);
        const Fen paid = instruction && instruction->paid ? instruction->paid->amount : Fen::zero();
        Fen owed = Fen::zero();  // what is the payer's of all recoveries
        for (const Recovery& recovery : cases.last().recoveries) {
          for (const Recovery::Return& part : recovery.returns) {
            if (part.to == payer.id) owed += part.amount;
          }
        }
        Fen remitted = Fen::zero();
        Fen received = Fen::zero();
        for (const Remittance& due : cases.registry().all<Remittance>()) {
          if (due.payee != payer.id) continue;
          remitted += due.amount;
          if (due.received) received += due.received->amount;
        }
        RC_ASSERT(owed <= paid);
        RC_ASSERT(remitted <= paid);
        kept += owed;

        // The books say the same: what it may still claim, what comes back, what it has spent.
        const Fen approved = instruction ? instruction->amount : Fen::zero();
        RC_ASSERT(cases.account(payer.id, Account::recourse) == approved - owed);
        RC_ASSERT(cases.account(payer.id, Account::returnable) == remitted - received);
        RC_ASSERT(cases.account(payer.id, Account::cash) == received - paid);
        const Fen all = cases.account(payer.id, Account::recourse) +
                        cases.account(payer.id, Account::returnable) +
                        cases.account(payer.id, Account::cash) + cases.account(payer.id, Account::payable);
        RC_ASSERT(all == Fen::zero());
      }
      RC_ASSERT(kept == net);
    }
  });
}

}  // namespace
}  // namespace loangate::support
