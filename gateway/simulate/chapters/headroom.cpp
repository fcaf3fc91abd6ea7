#include <fmt/format.h>

#include "simulate/chapters/chapters.hpp"
#include "simulate/lending.hpp"
#include "simulate/letters.hpp"

namespace loangate::simulate {
namespace {

using adapters::Format;

/// What a receipt must say of the ceiling.
struct Limit {
  Fen headroom;
  Fen reserved = Fen::zero();
};

void check(Player& player, const Partner& bank, const Said& said, const Limit& expected) {
  if (!said.receipt) return;
  if (said.receipt->headroom == expected.headroom && said.receipt->reserved == expected.reserved) return;
  player.surprise(fmt::format("{} was told of {} headroom and {} reserved; not of {} and {}",
                              bank.id().view(), format_yuan(said.receipt->headroom.value_or(Fen::zero())),
                              format_yuan(said.receipt->reserved.value_or(Fen::zero())),
                              format_yuan(expected.headroom), format_yuan(expected.reserved)));
}

awaitable<void> ask(Player& player, Partner& bank, Fen amount, Limit expected) {
  const Said said =
      co_await player.say(bank, LimitQuery::kind, letters::limit_query(contested_company, amount),
                          fmt::format("{}元", format_yuan_grouped(amount)));
  check(player, bank, said, expected);
}

awaitable<void> reserve(Player& player, Partner& bank, Fen amount, Limit expected) {
  const Date until = date(day::limit_until);
  const Said said =
      co_await player.say(bank, LimitReserve::kind, letters::limit_reserve(contested_company, amount, until),
                          fmt::format("{}元 至 {}", format_yuan_grouped(amount), format(until)));
  check(player, bank, said, expected);
}

awaitable<void> lend(Player& player, Partner& bank, Fen amount, Fate expected) {
  StoryLoan& loan = player.loan(bank, contested_company, amount, player.today(), player.today().plus_years(1),
                                Security::unsecured);
  co_await file(player, loan, usual_rate, expected);
}

}  // namespace

awaitable<void> headroom_is_reserved(Player& player) {
  player.chapter("额度：查询、预占与先后", "Headroom: asked for, reserved, and who comes first");
  Partner& first = player.bank({.format = Format::xml, .nth = 6});
  Partner& second = player.bank({.format = Format::json, .nth = 6});
  Partner& third = player.bank({.format = Format::fixed, .nth = 5});
  const Fen six = Fen::yuan(6'000'000);
  const Fen four = Fen::yuan(4'000'000);

  player.on(day::limit_reserved);
  co_await ask(player, first, six, {.headroom = Fen::yuan(10'000'000)});
  co_await reserve(player, first, six, {.headroom = Fen::yuan(10'000'000), .reserved = six});
  co_await ask(player, second, Fen::yuan(5'000'000), {.headroom = four});
  co_await lend(player, second, Fen::yuan(5'000'000), {Outcome::rejected});
  player.on(day::limit_used);
  co_await lend(player, third, four, {});
  co_await lend(player, first, six, {});
  co_await ask(player, second, Fen::yuan(1), {.headroom = Fen::zero()});
}

}  // namespace loangate::simulate
