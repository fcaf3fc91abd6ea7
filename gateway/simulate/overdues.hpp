#pragma once
#include "simulate/letters.hpp"

/// What banks say of loans that fall overdue, and who must hear of it.
namespace loangate::simulate {

boost::asio::awaitable<void> report_overdue(Player& player, StoryLoan& loan, const letters::Arrears& arrears);
/// The borrower pays what was due, which ends the overdue.
boost::asio::awaitable<void> cure(Player& player, StoryLoan& loan, const letters::Arrears& arrears);
/// The report was made in error (settled 32).
boost::asio::awaitable<void> withdraw(Player& player, StoryLoan& loan, std::string_view reason);

}  // namespace loangate::simulate
