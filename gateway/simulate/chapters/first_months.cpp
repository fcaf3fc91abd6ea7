#include "simulate/chapters/chapters.hpp"
#include "simulate/lending.hpp"

namespace loangate::simulate {
namespace {

constexpr Rate rate = Rate::basis_points(420);  // the ceiling was 4.60 %, then 4.55 %

}  // namespace

awaitable<std::vector<StoryLoan*>> first_months_are_lent(Player& player) {
  player.chapter("系统首批：三家银行37笔贷款", "The first months: 37 loans by three banks");
  std::vector<StoryLoan*> loans;
  for (const FirstMonthsRow& row : first_months()) {
    StoryLoan& loan =
        player.loan(player.bank(row.bank), row.company, Fen::yuan(row.ten_thousand_yuan * 10'000LL),
                    date(row.on), date(row.until), row.security);
    player.on(loan.lent);
    const Said said = co_await file(player, loan, rate);
    if (said.accepted()) {
      ++player.summary.first_months.loans;
      player.summary.first_months.principal += loan.amount;
    }
    loans.push_back(&loan);
  }
  co_return loans;
}

awaitable<void> first_months_are_paid_back(Player& player, const std::vector<StoryLoan*>& loans) {
  player.chapter("首批贷款到期结清", "The first loans are paid back");
  for (StoryLoan* loan : loans) {
    player.on(loan->matures);
    co_await pay_back(player, *loan);
  }
}

}  // namespace loangate::simulate
