#include "simulate/lending.hpp"

#include <fmt/format.h>

#include "simulate/letters.hpp"

namespace loangate::simulate {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> confirm_guarantee(Player& player, const StoryLoan& loan) {
  co_await player.say(*loan.guarantor, GuaranteeConfirmation::kind, letters::guarantee(loan, player.today()),
                      loan_and_amount(loan, loan.amount));
}

void close(StoryLoan& loan) {
  loan.open = false;
  loan.outstanding = Fen::zero();
}

}  // namespace

asio::awaitable<Said> file(Player& player, StoryLoan& loan, Rate most, Fate expected) {
  Said said = co_await player.say(*loan.bank, LoanDisbursement::kind, letters::filing(loan, most),
                                  loan_and_amount(loan, loan.amount), expected);
  loan.open = expected.outcome == Outcome::accepted || expected.outcome == Outcome::held;
  if (!loan.open) co_return said;
  loan.outstanding = loan.amount;
  loan.filed_as = said.id;
  if (loan.guarantor != nullptr) co_await confirm_guarantee(player, loan);
  co_return said;
}

asio::awaitable<void> renew(Player& player, StoryLoan& loan, StoryLoan& renewed, Rate most) {
  const Said said = co_await player.say(*loan.bank, LoanRenewal::kind, letters::renewal(loan, renewed, most),
                                        fmt::format("{} → {}", renewed.no.view(), loan.no.view()));
  close(renewed);
  loan.open = true;
  loan.outstanding = loan.amount;
  loan.filed_as = said.id;
}

asio::awaitable<void> extend(Player& player, StoryLoan& loan, Date until) {
  loan.matures = until;
  co_await player.say(*loan.bank, LoanExtension::kind, letters::extension(loan, player.today(), until),
                      fmt::format("{} 至 {}", loan.no.view(), format(until)));
}

asio::awaitable<void> repay(Player& player, StoryLoan& loan, Fen principal, Fen interest) {
  loan.outstanding -= principal;
  co_await player.say(*loan.bank, LoanRepayment::kind,
                      letters::repayment(loan, player.today(), principal, interest),
                      loan_and_amount(loan, principal + interest));
}

asio::awaitable<void> pay_back(Player& player, StoryLoan& loan) {
  const Fen last = loan.outstanding;
  close(loan);
  co_await player.say(*loan.bank, LoanSettlement::kind, letters::settlement(loan, player.today(), last),
                      std::string(loan.no.view()));
}

asio::awaitable<Said> settle(Player& player, StoryLoan& loan) {
  close(loan);
  co_return co_await player.say(*loan.bank, LoanSettlement::kind,
                                letters::settlement(loan, player.today(), std::nullopt),
                                std::string(loan.no.view()));
}

asio::awaitable<void> correct(Player& player, StoryLoan& loan, Fen amount) {
  co_await player.say(
      *loan.bank, FilingCorrection::kind, letters::correction(loan, amount),
      fmt::format("{} → {}元", loan_and_amount(loan, loan.amount), format_yuan_grouped(amount)));
  loan.outstanding += amount - loan.amount;
  loan.amount = amount;
}

asio::awaitable<void> cancel(Player& player, StoryLoan& loan, std::string_view reason) {
  close(loan);
  co_await player.say(*loan.bank, FilingCancellation::kind,
                      letters::cancellation(loan, loan.filed_as, reason), std::string(loan.no.view()));
}

}  // namespace loangate::simulate
