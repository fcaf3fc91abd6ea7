#include <fmt/format.h>

#include "simulate/chapters/chapters.hpp"
#include "simulate/lending.hpp"
#include "simulate/letters.hpp"
#include "simulate/told.hpp"

namespace loangate::simulate {
namespace {

awaitable<void> state_positions(Player& player, Partner& bank, loangate::Answer agrees) {
  const auto loans = player.open_loans_of(bank);
  const Said said =
      co_await player.say(bank, PositionStatement::kind, letters::position(loans, player.today()),
                          fmt::format("{}笔", loans.size()));
  co_await player.deliver();
  const auto results = all_told<ReconciliationResult>(bank);
  if (!player.ok() || !said.accepted()) co_return;
  if (!results.empty() && results.back().agrees == agrees) co_return;
  player.surprise(fmt::format("{}: the positions were not told to {}", bank.id().view(),
                              agrees == loangate::Answer::yes ? "agree" : "differ"));
}

}  // namespace

awaitable<void> positions_are_compared(Player& player, StoryLoan& loan) {
  player.chapter("对账：差异与相符", "Positions: they differ, then they agree");
  player.on(day::stated);
  const Fen unreported = Fen::yuan(100'000);
  loan.outstanding -= unreported;
  co_await state_positions(player, *loan.bank, loangate::Answer::no);
  loan.outstanding += unreported;
  co_await repay(player, loan, unreported);
  for (Partner* bank : player.banks()) co_await state_positions(player, *bank, loangate::Answer::yes);
}

}  // namespace loangate::simulate
