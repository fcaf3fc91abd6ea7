// The books of the fund and the guarantors balance after any sequence of messages, and what was said once is
// not booked twice when it is said again.
#include <gtest/gtest.h>

#include "domain/case_no.hpp"
#include "tests/support/play.hpp"
#include "tests/support/property.hpp"

namespace loangate::support {
namespace {

using programme::Decision;

/// What somebody may do next with one of the loans, sensible or not.
enum class Move {
  file,
  file_guaranteed,
  confirm,
  overdue,
  apply,
  approve,
  send_back,
  pay_fund,
  pay_guarantor,
  receive,
  recover,
  spend_on_recovery,
  return_to_fund,
  return_to_guarantor,
  apply_for_write_off,
  write_off,
  repay,
  settle,
  renew,
  correct,
  cancel,
};
constexpr int moves = static_cast<int>(Move::cancel) + 1;

struct Said {
  MessageKind kind;
  std::string by;
  std::string on;
  Fields fields;
};

std::int64_t pick(std::int64_t least, std::int64_t most) {
  return *rc::gen::inRange<std::int64_t>(least, most + 1);
}

/// Balances by payer and account.
using Balances = std::map<std::string, Fen>;

class Town {
 public:
  Town() {
    enter("bank01", "bank");
    enter("fund", "fund");
    enter("guarantor01", "guarantor");
    enter("office", "office");
    say({MessageKind::company_entry,
         "office",
         "2021-01-04",
         {{"company_uscc", company},
          {"company_name", "企业一"},
          {"category", "high_tech"},
          {"document_no", "GR1"},
          {"valid_from", "2021-01-01"}}});
    said_.clear();
  }

  /// Makes the move with one of three loans. Amounts are what fits, or now and then anything.
  void make(Move move) {
    const std::string loan_no = fmt::format("L{}", pick(1, 3));
    if (const auto what = message(move, loan_no)) {
      const Decision decision = say(*what);
      if (decision.outcome == Outcome::accepted) said_.push_back(*what);
    }
  }

  /// Says again something that was accepted before: the intake, which knows a message by its id, is not part
  /// of this. Two recoveries may be alike, and only their ids tell them apart (tests/rules/replay_test.cpp).
  void repeat() {
    if (said_.empty()) return;
    const Said& again = said_[static_cast<std::size_t>(pick(0, std::ssize(said_) - 1))];
    if (again.kind != MessageKind::recovery_report) say(again);
  }

  /// Of everything posted; every posting balances by itself.
  Balances balances() const {
    Balances sums;
    for (const Posting& posting : play_.registry().all<Posting>()) {
      RC_ASSERT(posting.balanced());
      for (const Posting::Line& line : posting.lines) {
        RC_ASSERT(line.debit >= Fen::zero() && line.credit >= Fen::zero());
        RC_ASSERT((line.debit == Fen::zero()) != (line.credit == Fen::zero()));
        sums.try_emplace(fmt::format("{} {}", line.payer.view(), spec_of(line.account).name), Fen::zero())
            .first->second += line.debit - line.credit;
      }
    }
    return sums;
  }

  /// What the books must show by what was instructed, paid, recovered and written off.
  Balances expected() const {
    Balances sums;
    const auto add = [&](const PartnerId& payer, const char* account, Fen amount) {
      if (amount == Fen::zero()) return;
      sums.try_emplace(fmt::format("{} {}", payer.view(), account), Fen::zero()).first->second += amount;
    };
    for (const CaseNo& no : cases_) {
      const Case of = play_.registry().find_case(no).value();
      const Loan loan = play_.registry().loan(of.loan).value();
      const auto* off = std::get_if<course::WrittenOff>(&loan.course);
      const bool written_off = off != nullptr && off->case_no == no;
      for (const InstructionNo& instruction_no : of.instructions) {
        const Instruction instruction = play_.registry().instruction(instruction_no).value();
        const Fen paid = instruction.paid ? instruction.paid->amount : Fen::zero();
        Fen owed = Fen::zero();      // what is the payer's of all recoveries
        Fen remitted = Fen::zero();  // what it was told that it gets back
        Fen received = Fen::zero();
        for (const Recovery& recovery : of.recoveries) {
          for (const Recovery::Return& part : recovery.returns) {
            if (part.to != instruction.payer) continue;
            owed += part.amount;
            if (!part.remittance) continue;
            const Remittance due = play_.registry().remittance(*part.remittance).value();
            remitted += due.amount;
            if (due.received) received += due.received->amount;
          }
        }
        const Fen claim = instruction.amount - owed;
        add(instruction.payer, written_off && instruction.paid ? "written_off" : "recourse", claim);
        add(instruction.payer, "cash", received - paid);
        add(instruction.payer, "returnable", remitted - received);
        add(instruction.payer, "payable", paid - instruction.amount + owed - remitted);
      }
    }
    return sums;
  }

 private:
  static constexpr const char* company = "91330482MA28A00104";

  Decision say(const Said& what) {
    Decision decision = play_.say(what.kind, what.by, what.on, what.fields);
    if (decision.outcome == Outcome::rejected) RC_ASSERT(decision.changes.empty());
    for (const Change& change : decision.changes) {
      const auto* opened = std::get_if<Case>(&change);
      if (opened != nullptr && std::ranges::find(cases_, opened->no) == cases_.end())
        cases_.push_back(opened->no);
    }
    return decision;
  }

  void enter(const std::string& id, const std::string& role) {
    say({MessageKind::institution_entry,
         "office",
         "2021-01-04",
         {{"institution", id},
          {"role", role},
          {"name_zh", id},
          {"name_en", id},
          {"sci_tech_branch", "no"},
          {"admitted_from", "2021-01-01"}}});
  }

  std::optional<Loan> loan(const std::string& loan_no) const {
    return play_.registry().loan({PartnerId::parse("bank01").value(), LoanNo::parse(loan_no).value()});
  }
  /// The last case of the loan, if it has one.
  std::optional<Case> case_of(const std::string& loan_no) const {
    for (auto no = cases_.rbegin(); no != cases_.rend(); ++no) {
      const auto of = play_.registry().find_case(*no);
      if (of && of->loan.number.view() == loan_no) return of;
    }
    return std::nullopt;
  }
  /// The amount as it should be, or sometimes another.
  static std::string about(Fen amount) {
    return format_yuan(pick(0, 9) == 0 ? Fen{pick(0, 200'000'00)} : amount);
  }

  std::optional<Said> message(Move move, const std::string& loan_no) {
    const auto known = loan(loan_no);
    const auto of = case_of(loan_no);
    const Fen outstanding = known ? known->outstanding : Fen::zero();
    const auto pay = [&](const char* payer) -> std::optional<Said> {
      const auto instruction =
          of ? play_.registry().instruction(instruction_no(of->no, PartnerId::parse(payer).value()))
             : std::nullopt;
      if (!instruction) return std::nullopt;
      return Said{MessageKind::payment_confirmation,
                  payer,
                  "2023-11-01",
                  {{"instruction_no", instruction->no.string()},
                   {"amount", about(instruction->amount)},
                   {"paid_on", "2023-11-01"},
                   {"payment_ref", "ZF1"}}};
    };
    const auto come_back = [&](const char* payer) -> std::optional<Said> {
      for (const Remittance& due : play_.registry().all<Remittance>()) {
        if (due.payee.view() != payer || due.loan.number.view() != loan_no || pick(0, 1) == 0) continue;
        return Said{MessageKind::payment_received,
                    payer,
                    "2024-02-01",
                    {{"instruction_no", due.no.string()},
                     {"amount", about(due.amount)},
                     {"received_on", "2024-02-01"}}};
      }
      return std::nullopt;
    };
    const auto file = [&](const Fields& other) {
      return Said{MessageKind::loan_disbursement, "bank01", "2023-03-06",
                  with({{"contract_no", "HT1"},
                        {"loan_no", loan_no},
                        {"company_uscc", company},
                        {"company_name", "企业一"},
                        {"loan_amount", format_yuan(Fen{pick(1, 100'000'00)})},
                        {"disbursed_on", "2023-03-01"},
                        {"matures_on", "2024-03-01"},
                        {"rate", "4.55"},
                        {"security", "mortgage"}},
                       other)};
    };
    const auto of_case = [&](MessageKind kind, const char* by, const char* on,
                             Fields fields) -> std::optional<Said> {
      if (!of) return std::nullopt;
      fields["case_no"] = of->no.string();
      return Said{kind, by, on, std::move(fields)};
    };
    switch (move) {
      case Move::file:
        return file({});
      case Move::file_guaranteed:
        return file(
            {{"security", "guarantee"}, {"guarantor_kind", "institution"}, {"guarantor", "guarantor01"}});
      case Move::confirm:
        return Said{MessageKind::guarantee_confirmation,
                    "guarantor01",
                    "2023-03-07",
                    {{"lender", "bank01"},
                     {"loan_no", loan_no},
                     {"guarantee_contract_no", "BZ1"},
                     {"amount", "1000000.00"},
                     {"confirmed_on", "2023-03-07"}}};
      case Move::overdue:
        return Said{
            MessageKind::overdue_report,
            "bank01",
            "2023-06-27",
            {{"loan_no", loan_no}, {"due_on", "2023-06-20"}, {"overdue_principal", about(outstanding)}}};
      case Move::apply:
        return Said{MessageKind::compensation_application,
                    "bank01",
                    "2023-09-19",
                    {{"loan_no", loan_no},
                     {"outstanding_principal", about(outstanding)},
                     {"contract_interest", format_yuan(Fen{pick(0, 10'000)})},
                     {"as_of", "2023-09-18"},
                     {"payee_name", "合作银行01"},
                     {"payee_account", "6222"},
                     {"payee_bank_code", "103100000026"}}};
      case Move::approve:
        if (!of) return std::nullopt;
        return of_case(MessageKind::rule_compensation, "office", "2023-10-12",
                       {{"ruling", "approved"},
                        {"meeting_no", "1"},
                        {"meeting_on", "2023-10-12"},
                        {"approved_principal", about(of->principal)},
                        {"approved_interest", about(of->interest)},
                        {"reason", "核减"}});
      case Move::send_back:
        return of_case(MessageKind::rule_compensation, "office", "2023-10-12",
                       {{"ruling", pick(0, 1) == 0 ? "returned" : "refused"}, {"reason", "补充材料"}});
      case Move::pay_fund:
        return pay("fund");
      case Move::pay_guarantor:
        return pay("guarantor01");
      case Move::receive: {
        const auto instruction = of && !of->instructions.empty()
                                     ? play_.registry().instruction(of->instructions[0])
                                     : std::nullopt;
        if (!instruction) return std::nullopt;
        return Said{MessageKind::payment_received,
                    "bank01",
                    "2023-11-02",
                    {{"instruction_no", instruction->no.string()},
                     {"amount", about(instruction->amount)},
                     {"received_on", "2023-11-02"}}};
      }
      case Move::recover:
        return of_case(MessageKind::recovery_report, "bank01", "2024-01-10",
                       {{"recovered_on", "2024-01-10"},
                        {"source", "other"},
                        {"recovered", format_yuan(Fen{pick(1, 120'000'00)})}});
      case Move::spend_on_recovery:
        return of_case(MessageKind::recovery_report, "bank01", "2024-01-11",
                       {{"recovered_on", "2024-01-11"},
                        {"source", "litigation"},
                        {"recovered", "0.00"},
                        {"costs", format_yuan(Fen{pick(1, 50'000'00)})},
                        {"voucher_no", "P1"}});
      case Move::return_to_fund:
        return come_back("fund");
      case Move::return_to_guarantor:
        return come_back("guarantor01");
      case Move::apply_for_write_off:
        return of_case(MessageKind::writeoff_application, "bank01", "2024-06-03",
                       {{"ground", "bankruptcy"},
                        {"document_no", "1"},
                        {"document_on", "2024-05-31"},
                        {"issuer", "人民法院"}});
      case Move::write_off:
        return of_case(MessageKind::rule_writeoff, "office", "2024-06-12",
                       {{"ruling", "approved"}, {"meeting_no", "2"}, {"meeting_on", "2024-06-12"}});
      case Move::repay:
        return Said{
            MessageKind::loan_repayment,
            "bank01",
            "2023-07-03",
            {{"loan_no", loan_no}, {"paid_on", "2023-07-03"}, {"principal", about(Fen{pick(1, 10'000)})}}};
      case Move::settle:
        return Said{MessageKind::loan_settlement,
                    "bank01",
                    "2024-07-01",
                    {{"loan_no", loan_no}, {"settled_on", "2024-07-01"}}};
      case Move::renew:
        return Said{MessageKind::loan_renewal,
                    "bank01",
                    "2023-08-21",
                    {{"renewed_loan_no", loan_no},
                     {"contract_no", "HT2"},
                     {"loan_no", fmt::format("L{}", pick(1, 3))},
                     {"loan_amount", about(outstanding)},
                     {"disbursed_on", "2023-08-21"},
                     {"matures_on", "2024-08-21"},
                     {"rate", "4.35"},
                     {"security", "mortgage"}}};
      case Move::correct:
        if (!known) return std::nullopt;
        return Said{MessageKind::filing_correction,
                    "bank01",
                    "2023-03-10",
                    {{"original_id", known->filed_as.string()},
                     {"loan_no", loan_no},
                     {"reason", "录入错误"},
                     {"loan_amount", format_yuan(Fen{pick(1, 100'000'00)})}}};
      case Move::cancel:
        if (!known) return std::nullopt;
        return Said{
            MessageKind::filing_cancellation,
            "bank01",
            "2023-03-10",
            {{"original_id", known->filed_as.string()}, {"loan_no", loan_no}, {"reason", "重复备案"}}};
    }
    return std::nullopt;
  }

  Play play_;
  std::vector<Said> said_;
  std::vector<CaseNo> cases_;
};

/// Moves in the order of a loan's life come up often enough that it gets far, and others in between.
std::vector<Move> any_life() {
  std::vector<Move> life;
  const std::int64_t length = pick(10, 60);
  int next = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    const bool onward = pick(0, 2) != 0;
    life.push_back(static_cast<Move>(onward ? next : static_cast<int>(pick(0, moves - 1))));
    if (onward) next = (next + 1) % (static_cast<int>(Move::write_off) + 1);
  }
  return life;
}

TEST(Books, BalanceAndTellWhatWasPaidRecoveredAndWrittenOffAfterAnySequenceOfMessages) {
  holds([] {
    Town town;
    for (const Move move : any_life()) town.make(move);
    Balances balances = town.balances();
    std::erase_if(balances, [](const auto& entry) { return entry.second == Fen::zero(); });
    Balances expected = town.expected();
    std::erase_if(expected, [](const auto& entry) { return entry.second == Fen::zero(); });
    RC_ASSERT(balances == expected);
    Fen sum = Fen::zero();
    for (const auto& [_, balance] : balances) sum += balance;
    RC_ASSERT(sum == Fen::zero());
  });
}

TEST(Books, WhatIsSaidAgainUnderAnotherIdIsNotBookedAgain) {
  holds([] {
    Town town;
    for (const Move move : any_life()) {
      town.make(move);
      if (pick(0, 2) != 0) continue;
      const Balances before = town.balances();
      town.repeat();
      RC_ASSERT(town.balances() == before);
    }
  });
}

}  // namespace
}  // namespace loangate::support
