#include "simulate/chapters/chapters.hpp"
#include "simulate/lending.hpp"
#include "simulate/overdues.hpp"

namespace loangate::simulate {

using adapters::Format;

awaitable<void> overdues_end(Player& player) {
  player.chapter("逾期的两种结局：消除与撤回", "Two ends of an overdue: cured, and withdrawn");
  const auto lend = [&](Partner& bank, std::uint32_t company) -> StoryLoan& {
    return player.loan(bank, company, Fen::yuan(600'000), player.today(), date(day::ended_mature),
                       Security::unsecured);
  };
  player.on(day::ended_lent);
  StoryLoan& cured = lend(player.bank({.format = Format::xml, .nth = 3}), cured_company);
  StoryLoan& withdrawn = lend(player.bank({.format = Format::fixed, .nth = 5}), withdrawn_company);
  StoryLoan& beside =
      player.loan(player.bank({.format = Format::json, .nth = 4}), cured_company, Fen::yuan(200'000),
                  player.today(), date(day::cases_other_mature), Security::unsecured);
  for (StoryLoan* loan : {&cured, &beside, &withdrawn}) co_await file(player, *loan, usual_rate);

  player.on(day::ended_overdue_report);
  const letters::Arrears late{
      .due_on = cured.matures, .principal = cured.amount, .interest = Fen::yuan(1'800)};
  co_await report_overdue(player, cured, late);
  co_await report_overdue(player, withdrawn, {.due_on = withdrawn.matures, .principal = withdrawn.amount});
  player.on(day::ended_withdrawn);
  co_await withdraw(player, withdrawn, "款项已按期到账，系误报");
  co_await pay_back(player, withdrawn);
  player.on(day::ended_cured);
  co_await cure(player, cured, late);
  co_await settle(player, cured);
  co_await player.deliver();
}

}  // namespace loangate::simulate
