#include <fmt/format.h>

#include "simulate/chapters/chapters.hpp"
#include "simulate/companies.hpp"
#include "simulate/lending.hpp"
#include "simulate/letters.hpp"
#include "simulate/told.hpp"

namespace loangate::simulate {
namespace {

using adapters::Format;

StoryLoan& loan_for_a_year(Player& player, Partner& bank, std::uint32_t company, Fen amount) {
  return player.loan(bank, company, amount, player.today(), player.today().plus_years(1),
                     Security::unsecured);
}

void enter_application(Player& player, const Partner& bank) {
  player.enter(ApplicationEntry::kind, ApplicationEntry{.application_no = "DKSQ-2026-0001",
                                                        .institution = bank.id(),
                                                        .company_uscc = borrower(applying_company).uscc,
                                                        .amount = Fen::yuan(2'000'000),
                                                        .months = 12,
                                                        .security = Security::unsecured,
                                                        .purpose = "研发投入",
                                                        .contact_name = "李四",
                                                        .contact_phone = "0573-85000000"}
                                           .record());
}

/// the office passes a company's application on; the bank answers what it received, then lends.
awaitable<void> application_is_answered(Player& player, Partner& bank) {
  player.on(day::applied_for);
  enter_application(player, bank);
  co_await player.deliver();
  player.on(day::answered);
  const auto applications = all_told<LoanApplication>(bank);
  if (player.ok() && applications.empty()) {
    co_return player.surprise(fmt::format("{} got no application for a loan", bank.id().view()));
  }
  for (const LoanApplication& application : applications) {
    const Fen amount = Fen::yuan(1'500'000);
    co_await player.say(bank, LoanDecision::kind, letters::decision(application, player.today(), amount),
                        fmt::format("{} {}元", application.application_no, format_yuan_grouped(amount)));
    co_await file(player, loan_for_a_year(player, bank, applying_company, amount), usual_rate);
  }
}

/// a further qualification of a company, told to the bank that lends to it and to no other.
awaitable<void> list_is_kept(Player& player, const Partner& lender) {
  const Borrower company = borrower(applying_company);
  player.enter(CompanyEntry::kind, CompanyEntry{.company_uscc = company.uscc,
                                                .company_name = company.name,
                                                .category = Category::provincial_sme,
                                                .document_no = "ZJSME2026086",
                                                .valid_from = player.today()}
                                       .record());
  co_await player.deliver();
  for (const Partner* bank : player.banks()) {
    std::size_t told = 0;
    for (const auto& update : all_told<ListUpdate>(*bank))
      told += update.company_uscc == company.uscc ? 1 : 0;
    const std::size_t expected = bank == &lender ? 1 : 0;
    if (!player.ok() || told == expected) continue;
    player.surprise(fmt::format("{} was told {} times of a change of the list, not {}", bank->id().view(),
                                told, expected));
  }
}

/// Settled 33: new facts, never edits.
awaitable<void> filings_are_amended(Player& player, Partner& bank) {
  player.on(day::corrected);
  StoryLoan& mistyped = loan_for_a_year(player, bank, corrected_company, Fen::yuan(1'200'000));
  co_await file(player, mistyped, usual_rate);
  co_await correct(player, mistyped, Fen::yuan(1'000'000));
  StoryLoan& not_lent = loan_for_a_year(player, bank, cancelled_company, Fen::yuan(800'000));
  co_await file(player, not_lent, usual_rate);
  co_await cancel(player, not_lent, "企业放弃提款");
}

}  // namespace

awaitable<void> days_go_by(Player& player) {
  player.chapter("日常：贷款申请、名单、更正与撤销",
                 "From day to day: an application, the list, a correction and a cancellation");
  Partner& applied_to = player.bank({.format = Format::json, .nth = 2});
  Partner& amending = player.bank({.format = Format::xml, .nth = 1});
  co_await application_is_answered(player, applied_to);
  co_await list_is_kept(player, applied_to);
  co_await filings_are_amended(player, amending);
}

}  // namespace loangate::simulate
