#include "simulate/chapters/chapters.hpp"
#include "simulate/lending.hpp"

namespace loangate::simulate {

awaitable<StoryLoan*> renewal_begins(Player& player) {
  player.on(day::renewal_lent);
  Partner& bank = player.bank({.format = adapters::Format::fixed, .nth = 3});
  StoryLoan& old = player.loan(bank, renewing_company, Fen::yuan(900'000), player.today(), date(day::renewed),
                               Security::unsecured);
  co_await file(player, old, usual_rate);
  co_return &old;
}

awaitable<StoryLoan*> loan_is_renewed(Player& player, StoryLoan& old) {
  player.chapter("无还本续贷", "A renewal without repayment");
  player.on(day::renewed);
  StoryLoan& renewed = player.loan(*old.bank, renewing_company, old.amount, player.today(),
                                   date(day::renewed_until), old.security);
  co_await renew(player, renewed, old, usual_rate);
  co_return &renewed;
}

}  // namespace loangate::simulate
