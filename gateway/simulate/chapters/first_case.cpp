#include "simulate/chapters/chapters.hpp"
#include "simulate/claims.hpp"
#include "simulate/lending.hpp"
#include "simulate/overdues.hpp"
#include "simulate/told.hpp"

namespace loangate::simulate {
namespace {

constexpr Rate rate = Rate::basis_points(475);
constexpr std::string_view fund = "180000.00";

letters::Arrears arrears_of(const StoryLoan& loan) {
  return {.due_on = loan.matures, .principal = loan.amount};
}

}  // namespace

awaitable<StoryLoan*> first_case_begins(Player& player) {
  player.chapter("首笔代偿案：放款与展期", "The first compensation case: lent and extended");
  StoryLoan& loan = player.loan(player.bank(first_bank), first_company, yuan(first_amount),
                                date(day::first_lent), date(day::first_matures), Security::unsecured);
  player.on(loan.lent);
  co_await file(player, loan, rate);
  player.on(day::first_extended);
  co_await extend(player, loan, date(day::first_extended_to));
  co_return &loan;
}

awaitable<void> first_case_fails(Player& player, StoryLoan& loan) {
  player.chapter("首笔代偿案：逾期与申请", "The first compensation case: overdue, applied for");
  player.on(day::first_overdue_report);
  co_await report_overdue(player, loan, arrears_of(loan));
  player.on(day::first_application);
  co_await apply(player, loan, arrears_of(loan));
}

awaitable<void> first_case_is_paid(Player& player, StoryLoan& loan) {
  player.chapter("首笔代偿案：审定、指令与支付", "The first compensation case: decided, instructed, paid");
  player.on(day::first_ruling);
  rule(player, loan, {.no = "2023年第一次会议", .on = player.today()}, {.principal = loan.amount});
  expect_instructions(player, {yuan(fund)});
  co_await player.deliver();
  const auto decision = last_told<CompensationDecision>(*loan.bank, loan.no);
  if (!decision || !decision->loss || !decision->bank_share) {
    player.surprise("the bank was not told the first case's loss and its own share");
  } else {
    const ToldPayers told = instructed(player, loan.no);
    player.summary.first_case = {.loss = *decision->loss,
                                 .fund = told.fund,
                                 .guarantor = told.guarantor,
                                 .bank = *decision->bank_share};
  }
  player.on(day::first_payment);
  co_await pay(player);
}

}  // namespace loangate::simulate
