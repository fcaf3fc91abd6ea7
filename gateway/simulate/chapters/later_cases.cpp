#include <fmt/format.h>

#include <span>

#include "simulate/chapters/chapters.hpp"
#include "simulate/claims.hpp"
#include "simulate/lending.hpp"
#include "simulate/overdues.hpp"
#include "simulate/told.hpp"

namespace loangate::simulate {
namespace {

letters::Arrears arrears_of(const StoryCase& one) {
  return {
      .due_on = one.loan->matures, .principal = yuan(one.row->unpaid), .interest = yuan(one.row->interest)};
}

Verdict verdict_of(const CaseRow& row) {
  return {.ruling = row.ruling,
          .principal = yuan(row.approved),
          .interest = yuan(row.interest),
          .reason = row.reason};
}

void check_shares(Player& player, const StoryCase& one) {
  const CaseRow& row = *one.row;
  const auto decision = last_told<CompensationDecision>(*one.loan->bank, one.loan->no);
  if (!decision || decision->ruling != row.ruling) {
    return player.surprise(fmt::format("{}: the bank was not told the ruling", one.loan->no.view()));
  }
  const ToldPayers told = instructed(player, one.loan->no);
  const Fen bank = decision->bank_share.value_or(Fen::zero());
  if (told == ToldPayers{yuan(row.fund), yuan(row.guarantor_share)} && bank == yuan(row.bank_share)) return;
  player.surprise(fmt::format("{}: fund {}, guarantor {}, bank {}; not {}, {}, {}", one.loan->no.view(),
                              format_yuan(told.fund), format_yuan(told.guarantor), format_yuan(bank),
                              row.fund, row.guarantor_share, row.bank_share));
}

void decide(Player& player, const StoryCase& one) {
  rule(player, *one.loan, {.no = "2026年第三次会议", .on = player.today()}, verdict_of(*one.row));
}

/// The conference approves, the fund will not have the instruction: it lies parked, and nobody pays.
awaitable<void> fund_refuses(Player& player, const StoryCase& one) {
  const auto funds = player.peers().of(PartnerRole::fund);
  for (Partner* fund : funds) fund->order(Mood::refusing, Moods::always);
  decide(player, one);
  ++player.summary.unpaid;
  co_await player.deliver();
  for (Partner* fund : funds) fund->order(Mood::well, Moods::always);
}

}  // namespace

awaitable<std::vector<StoryCase>> later_cases_begin(Player& player) {
  player.chapter("后续代偿案：放款与逾期", "The later cases: lent, then overdue");
  std::vector<StoryCase> told;
  player.on(day::cases_lent);
  for (const CaseRow& row : cases()) {
    Partner* const guarantor = player.guarantor(row.guarantor);
    StoryLoan& loan =
        player.loan(player.bank(row.bank, row.security, guarantor != nullptr), row.company, yuan(row.lent),
                    player.today(), date(day::cases_mature), row.security, guarantor);
    co_await file(player, loan, usual_rate);
    if (row.unpaid != row.lent) co_await repay(player, loan, loan.amount - yuan(row.unpaid));
    told.push_back({.row = &row, .loan = &loan, .other = nullptr});
  }
  player.on(day::cases_other_lent);
  for (StoryCase& one : told) {
    one.other = &player.loan(player.bank(one.row->other_lender), one.row->company, Fen::yuan(400'000),
                             player.today(), date(day::cases_other_mature), Security::unsecured);
    co_await file(player, *one.other, usual_rate);
  }
  player.on(day::cases_overdue_report);
  for (const StoryCase& one : told) co_await report_overdue(player, *one.loan, arrears_of(one));
  co_await player.deliver();
  co_return told;
}

awaitable<void> later_cases_are_decided(Player& player, const std::vector<StoryCase>& cases, Ending ending) {
  player.chapter("代偿：申请、审定、指令与支付", "Compensation: applied for, decided, instructed, paid");
  for (const StoryCase& one : cases) co_await apply(player, *one.loan, arrears_of(one));
  std::span<const StoryCase> told = cases;
  if (ending == Ending::one_unpaid) {
    co_await fund_refuses(player, told.front());
    told = told.subspan(1);
  }
  for (const StoryCase& one : told) {
    decide(player, one);
    expect_instructions(player, {yuan(one.row->fund), yuan(one.row->guarantor_share)});
  }
  co_await player.deliver();
  for (const StoryCase& one : told) {
    if (player.ok()) check_shares(player, one);
  }
  co_await pay(player);
  co_await player.deliver();
}

}  // namespace loangate::simulate
