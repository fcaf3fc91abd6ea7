#pragma once
#include "simulate/claims.hpp"

/// After a compensation: what still comes in, where it goes, and what is written off (R-39 … R-42).
namespace loangate::simulate {

/// The bank has entered company and legal representative in the credit registry itself.
boost::asio::awaitable<void> register_credit(Player& player, const StoryLoan& loan);

/// What came in, and at what costs.
struct Proceeds {
  RecoverySource source;
  Fen recovered;
  Fen costs = Fen::zero();
};
/// To as many payers goes something back.
boost::asio::awaitable<void> recover(Player& player, const StoryLoan& loan, const Proceeds& proceeds,
                                     std::initializer_list<Fen> returns);

/// Fund and guarantors say that what was to be returned to them has come, each once.
boost::asio::awaitable<void> take_returns(Player& player);

boost::asio::awaitable<void> apply_for_write_off(Player& player, const StoryLoan& loan, Date ruled_on,
                                                 WriteoffGround ground);
void rule_write_off(Player& player, StoryLoan& loan, const Conference& meeting);

}  // namespace loangate::simulate
