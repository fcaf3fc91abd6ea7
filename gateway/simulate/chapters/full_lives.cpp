#include <fmt/format.h>

#include "simulate/chapters/chapters.hpp"
#include "simulate/lending.hpp"
#include "simulate/overdues.hpp"
#include "simulate/recoveries.hpp"
#include "simulate/told.hpp"

namespace loangate::simulate {
namespace {

struct Life {
  const LifeRow* row;
  StoryLoan* loan;
  bool ended = false;  ///< the settlement was accepted, or the write-off told
};

letters::Arrears arrears_of(const Life& life) {
  return {.due_on = life.loan->matures,
          .principal = yuan(life.row->principal),
          .interest = yuan(life.row->interest)};
}

awaitable<std::vector<Life>> are_lent(Player& player) {
  player.on(day::lives_lent);
  std::vector<Life> all;
  for (const LifeRow& row : lives()) {
    Partner* const guarantor = player.guarantor(row.guarantor);
    StoryLoan& loan =
        player.loan(player.bank(row.bank, row.security, guarantor != nullptr), row.company,
                    yuan(row.principal), player.today(), date(day::lives_mature), row.security, guarantor);
    co_await file(player, loan, usual_rate);
    all.push_back({.row = &row, .loan = &loan});
  }
  co_return all;
}

awaitable<void> are_compensated(Player& player, const std::vector<Life>& all) {
  player.on(day::lives_overdue_report);
  for (const Life& life : all) co_await report_overdue(player, *life.loan, arrears_of(life));
  player.on(day::lives_application);
  for (const Life& life : all) co_await apply(player, *life.loan, arrears_of(life));
  player.on(day::lives_ruling);
  for (const Life& life : all) {
    const auto asked = arrears_of(life);
    rule(player, *life.loan, {.no = "2025年第一次会议", .on = player.today()},
         {.principal = asked.principal, .interest = asked.interest});
    expect_instructions(player, {yuan(life.row->fund), yuan(life.row->guarantor_share)});
  }
  co_await player.deliver();
  player.on(day::lives_payment);
  co_await pay(player);
}

awaitable<void> are_recovered_upon(Player& player, const std::vector<Life>& all) {
  player.on(day::lives_registration);
  for (const Life& life : all) co_await register_credit(player, *life.loan);
  player.on(day::lives_recovery);
  for (const Life& life : all) {
    const LifeRow& row = *life.row;
    co_await recover(player, *life.loan,
                     {.source = row.source, .recovered = yuan(row.recovered), .costs = yuan(row.costs)},
                     {yuan(row.fund_back), yuan(row.guarantor_back)});
  }
  co_await player.deliver();
  player.on(day::lives_return);
  co_await take_returns(player);
}

/// What came in paid everything: the loan is settled. Otherwise what fund and guarantor lost is written off.
awaitable<void> end(Player& player, std::vector<Life>& all) {
  player.on(day::lives_settlement);
  for (Life& life : all) {
    if (life.row->end != End::settled) continue;
    const Said said = co_await settle(player, *life.loan);
    life.ended = said.accepted();
  }
  player.on(day::lives_write_off);
  for (const Life& life : all) {
    if (life.row->end != End::written_off) continue;
    co_await apply_for_write_off(player, *life.loan, date(day::lives_court_ruling), life.row->ground);
  }
  player.on(day::lives_write_off_ruling);
  for (const Life& life : all) {
    if (life.row->end != End::written_off) continue;
    rule_write_off(player, *life.loan, {.no = "2025年第二次会议", .on = player.today()});
  }
  co_await player.deliver();
}

/// What partners were told of the loan, against its row: nothing if it is the same.
std::string difference(Player& player, const Life& life) {
  const LifeRow& row = *life.row;
  const StoryLoan& loan = *life.loan;
  const ToldPayers to_pay{yuan(row.fund), yuan(row.guarantor_share)};
  const ToldPayers back{yuan(row.fund_back), yuan(row.guarantor_back)};
  const auto decision = last_told<CompensationDecision>(*loan.bank, loan.no);
  if (!decision || decision->bank_share != yuan(row.bank_share)) return "the bank was not told its share";
  if (instructed(player, loan.no) != to_pay) return "the payers were instructed otherwise";
  if (to_be_returned(player, loan.no) != back) return "the payers were promised other returns";
  Fen owed = Fen::zero();
  for (const auto& remittance : all_told<RecoveryRemittance>(*loan.bank)) {
    if (remittance.loan_no == loan.no) owed += remittance.amount;
  }
  if (owed != back.sum()) return "the bank was told to return another sum";
  return "";
}

/// The write-off as the bank was told it.
bool is_written_off(Player& player, const Life& life) {
  const auto told = last_told<WriteoffDecision>(*life.loan->bank, life.loan->no);
  if (!told || told->ruling != CompensationRuling::approved) return false;
  const Fen fund = told->fund_written_off.value_or(Fen::zero());
  const Fen guarantor = told->guarantor_written_off.value_or(Fen::zero());
  player.summary.written_off += fund + guarantor;
  return fund == yuan(life.row->fund_lost) && guarantor == yuan(life.row->guarantor_lost);
}

void count(Player& player, const std::vector<Life>& all) {
  for (const Life& life : all) {
    const std::string differs = difference(player, life);
    if (!differs.empty()) player.surprise(fmt::format("{}: {}", life.loan->no.view(), differs));
    auto& ends = player.summary.full_lives[static_cast<std::size_t>(life.row->security)];
    const bool ended = life.row->end == End::settled ? life.ended : is_written_off(player, life);
    if (!ended) player.surprise(fmt::format("{}: did not end as it is told", life.loan->no.view()));
    if (!differs.empty() || !ended) continue;
    ++(life.row->end == End::settled ? ends.settled : ends.written_off);
  }
}

}  // namespace

awaitable<void> full_lives(Player& player) {
  player.chapter("各类担保贷款的一生：放款至代偿",
                 "A life of each security: from the loan to its compensation");
  std::vector<Life> all = co_await are_lent(player);
  co_await are_compensated(player, all);
  player.chapter("各类担保贷款的一生：追偿、缴回，结清或核销",
                 "A life of each security: recovered upon, returned, settled or written off");
  co_await are_recovered_upon(player, all);
  co_await end(player, all);
  if (player.ok()) count(player, all);
}

}  // namespace loangate::simulate
