#include "simulate/overdues.hpp"

#include "simulate/lending.hpp"

namespace loangate::simulate {

namespace asio = boost::asio;

namespace {

/// The other lenders, the guarantor, the office: of a default, and of its end.
void expect_notices(Player& player, const StoryLoan& loan) {
  player.summary.notices_expected += player.other_lenders(loan) + (loan.guarantor != nullptr ? 1 : 0) +
                                     player.peers().of(PartnerRole::office).size();
}

}  // namespace

asio::awaitable<void> report_overdue(Player& player, StoryLoan& loan, const letters::Arrears& arrears) {
  expect_notices(player, loan);
  const Said said =
      co_await player.say(*loan.bank, OverdueReport::kind, letters::overdue_report(loan, arrears),
                          loan_and_amount(loan, arrears.principal + arrears.interest));
  loan.reported_as = said.id;
}

asio::awaitable<void> cure(Player& player, StoryLoan& loan, const letters::Arrears& arrears) {
  expect_notices(player, loan);
  co_await repay(player, loan, arrears.principal, arrears.interest);
}

asio::awaitable<void> withdraw(Player& player, StoryLoan& loan, std::string_view reason) {
  expect_notices(player, loan);
  co_await player.say(*loan.bank, FilingCancellation::kind,
                      letters::cancellation(loan, loan.reported_as, reason), std::string(loan.no.view()));
}

}  // namespace loangate::simulate
