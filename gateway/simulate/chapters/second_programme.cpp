#include <fmt/format.h>

#include "simulate/chapters/chapters.hpp"
#include "simulate/claims.hpp"
#include "simulate/lending.hpp"
#include "simulate/overdues.hpp"
#include "simulate/told.hpp"

namespace loangate::simulate {
namespace {

constexpr const SecondProgrammeLoan& row = second_programme_loan;

/// Each fund was told its own share, and the bank what is left to it.
void check_shares(Player& player, const StoryLoan& loan) {
  for (const Partner* fund : player.second_programme(PartnerRole::fund)) {
    Fen told = Fen::zero();
    for (const auto& instruction : all_told<CompensationInstruction>(*fund)) told += instruction.amount;
    player.summary.second_programme.instructed += told;
    if (told == yuan(row.each_fund)) continue;
    player.surprise(
        fmt::format("{} was told to pay {}, not {}", fund->id().view(), format_yuan(told), row.each_fund));
  }
  const auto decision = last_told<CompensationDecision>(*loan.bank, loan.no);
  if (!decision || decision->bank_share != yuan(row.bank_share)) {
    player.surprise(fmt::format("{} was not told that it bears {}", loan.bank->id().view(), row.bank_share));
  }
}

}  // namespace

awaitable<void> second_programme_compensates(Player& player) {
  const auto banks = player.second_programme(PartnerRole::bank);
  if (banks.empty()) co_return;
  player.chapter("另一计划：只凭自己的规则文件", "A second programme, by a rulebook of its own alone");
  player.on(day::second_lent);
  StoryLoan& loan = player.loan(*banks.front(), row.company, yuan(row.principal), player.today(),
                                date(day::second_matures), Security::unsecured);
  const Said filed = co_await file(player, loan, usual_rate);
  if (filed.accepted()) ++player.summary.second_programme.loans;

  // Unpaid interest makes the whole loan due.
  const letters::Arrears arrears{
      .due_on = date(day::second_unpaid), .principal = loan.amount, .interest = yuan(row.interest)};
  player.on(day::second_overdue_report);
  co_await report_overdue(player, loan, arrears);
  player.on(day::second_application);
  co_await apply(player, loan, arrears);
  player.on(day::second_ruling);
  rule(player, loan, {.no = "另一计划2024年第一次审核", .on = player.today()},
       {.principal = arrears.principal, .interest = arrears.interest});
  for (std::size_t i = 0; i < player.second_programme(PartnerRole::fund).size(); ++i) {
    expect_instructions(player, {yuan(row.each_fund)});
  }
  co_await player.deliver();
  if (player.ok()) check_shares(player, loan);
  player.on(day::second_payment);
  co_await pay(player);
}

}  // namespace loangate::simulate
