#pragma once
#include <fmt/format.h>

#include <stdexcept>

#include "tests/support/play.hpp"

namespace loangate::support {

inline constexpr const char* company_one = "91330482MA28A00104";

/// Two banks, a guarantor, the fund, the office, the credit registry and a listed company, and the usual
/// messages about a loan L1 of bank01: 1,000,000.00 from 2023-03-01 to 2024-03-01, due on 2023-06-20.
struct Cast {
  explicit Cast(const programme::Rulebook& rules = rulebook()) : play(rules) {
    enter("bank01", "bank");
    enter("bank02", "bank");
    enter("guarantor01", "guarantor");
    enter("fund", "fund");
    enter("office", "office");
    enter("credit", "credit_registry");
    play.say(MessageKind::company_entry, "office", "2021-01-04",
             {{"company_uscc", company_one},
              {"company_name", "企业一"},
              {"category", "high_tech"},
              {"document_no", "GR1"},
              {"valid_from", "2021-01-01"}});
  }

  void enter(const std::string& id, const std::string& role) {
    play.say(MessageKind::institution_entry, "office", "2021-01-04",
             {{"institution", id},
              {"role", role},
              {"name_zh", id},
              {"name_en", id},
              {"sci_tech_branch", "yes"},
              {"admitted_from", "2021-01-01"}});
  }
  programme::Decision file(const Fields& other = {}, std::string_view bank = "bank01",
                           std::string_view on = "2023-03-06") {
    return play.say(MessageKind::loan_disbursement, bank, on,
                    with({{"contract_no", "HT1"},
                          {"loan_no", "L1"},
                          {"company_uscc", company_one},
                          {"company_name", "企业一"},
                          {"loan_amount", "1000000.00"},
                          {"disbursed_on", "2023-03-01"},
                          {"matures_on", "2024-03-01"},
                          {"rate", "4.55"},
                          {"security", "mortgage"}},
                         other));
  }
  /// The guarantor's word, of a loan that has one.
  void confirm() {
    if (play.loan("bank01", "L1").guarantor) {
      play.say(MessageKind::guarantee_confirmation, "guarantor01", "2023-03-07",
               {{"lender", "bank01"},
                {"loan_no", "L1"},
                {"guarantee_contract_no", "BZ1"},
                {"amount", "1000000.00"},
                {"confirmed_on", "2023-03-07"}});
    }
  }
  programme::Decision report_overdue(const Fields& other = {}, std::string_view on = "2023-06-27") {
    return play.say(
        MessageKind::overdue_report, "bank01", on,
        with({{"loan_no", "L1"}, {"due_on", "2023-06-20"}, {"overdue_principal", "1000000.00"}}, other));
  }
  programme::Decision repay(const std::string& principal, const std::string& interest = "0.00") {
    return play.say(
        MessageKind::loan_repayment, "bank01", "2023-07-03",
        {{"loan_no", "L1"}, {"paid_on", "2023-07-03"}, {"principal", principal}, {"interest", interest}});
  }
  programme::Decision apply(const Fields& other = {}) {
    return play.say(MessageKind::compensation_application, "bank01", "2023-09-19",
                    with({{"loan_no", "L1"},
                          {"outstanding_principal", "1000000.00"},
                          {"contract_interest", "0.00"},
                          {"as_of", "2023-09-18"},
                          {"payee_name", "合作银行01"},
                          {"payee_account", "6222"},
                          {"payee_bank_code", "103100000026"}},
                         other));
  }
  programme::Decision approve(const Fields& other = {}) {
    return play.say(MessageKind::rule_compensation, "office", "2023-10-12",
                    with({{"case_no", "<case>"},
                          {"ruling", "approved"},
                          {"meeting_no", "2023-2"},
                          {"meeting_on", "2023-10-12"},
                          {"approved_principal", "1000000.00"},
                          {"approved_interest", "0.00"}},
                         other));
  }
  programme::Decision rule_hold(const std::string& ruling) {
    return play.say(MessageKind::rule_hold, "office", "2023-03-10",
                    {{"lender", "bank01"}, {"loan_no", "L1"}, {"ruling", ruling}, {"reason", "已核实"}});
  }

  Play play;
};

/// `to kind` of everything that goes out, in order: `credit credit.event/opened`.
inline std::vector<std::string> sent(const programme::Decision& decision) {
  std::vector<std::string> lines;
  for (const Outgoing& outgoing : decision.outgoing) {
    std::string line = fmt::format("{} {}", outgoing.to.view(), spec_of(outgoing.kind).name);
    if (outgoing.kind == MessageKind::credit_event) {
      const auto event = std::get<Code>(outgoing.message[CreditEvent::field::event]);
      line += fmt::format("/{}", spec_of(static_cast<CreditEventCode>(event.index)).name);
    } else if (outgoing.kind == MessageKind::hold_decision) {
      const auto ruling = std::get<Code>(outgoing.message[HoldDecision::field::ruling]);
      line += fmt::format("/{}", spec_of(static_cast<HoldRuling>(ruling.index)).name);
    } else if (outgoing.kind == MessageKind::compensation_decision) {
      const auto ruling = std::get<Code>(outgoing.message[CompensationDecision::field::ruling]);
      line += fmt::format("/{}", spec_of(static_cast<CompensationRuling>(ruling.index)).name);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

inline const Record& message_to(const programme::Decision& decision, std::string_view to, MessageKind kind) {
  for (const Outgoing& outgoing : decision.outgoing) {
    if (outgoing.to.view() == to && outgoing.kind == kind) return outgoing.message;
  }
  throw std::runtime_error(fmt::format("nothing of {} goes to {}", spec_of(kind).name, to));
}

inline Fen money(const Record& record, std::uint16_t field) {
  return std::get<Fen>(record[field]);
}

}  // namespace loangate::support
