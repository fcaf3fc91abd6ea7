#pragma once
#include "simulate/player.hpp"

/// What banks say of their loans as long as they go well.
namespace loangate::simulate {

inline constexpr Rate usual_rate = Rate::basis_points(360);  // below the ceiling of 2024 to 2026
inline constexpr Rate high_rate = Rate::basis_points(600);   // above it

/// Files the loan; the guarantor confirms what it guarantees of it (settled 34).
boost::asio::awaitable<Said> file(Player& player, StoryLoan& loan, Rate most, Fate expected = {});
/// Files the loan in the place of another, which it closes.
boost::asio::awaitable<void> renew(Player& player, StoryLoan& loan, StoryLoan& renewed, Rate most);
boost::asio::awaitable<void> extend(Player& player, StoryLoan& loan, Date until);
boost::asio::awaitable<void> repay(Player& player, StoryLoan& loan, Fen principal,
                                   Fen interest = Fen::zero());
/// Settles the loan with all that is outstanding.
boost::asio::awaitable<void> pay_back(Player& player, StoryLoan& loan);
/// Settles a loan of which nothing is outstanding.
boost::asio::awaitable<Said> settle(Player& player, StoryLoan& loan);
boost::asio::awaitable<void> correct(Player& player, StoryLoan& loan, Fen amount);
boost::asio::awaitable<void> cancel(Player& player, StoryLoan& loan, std::string_view reason);

}  // namespace loangate::simulate
