#pragma once
#include "simulate/letters.hpp"

/// Compensation: applied for, ruled on, instructed, paid.
namespace loangate::simulate {

boost::asio::awaitable<void> apply(Player& player, const StoryLoan& loan, const letters::Arrears& arrears);

/// A meeting of the joint conference.
struct Conference {
  std::string_view no;
  Date on;
};

/// What the conference makes of an application.
struct Verdict {
  CompensationRuling ruling = CompensationRuling::approved;
  Fen principal = Fen::zero();
  Fen interest = Fen::zero();
  std::string_view reason = {};
};

/// Rules on the loan's case; a meeting is needed to approve.
void rule(Player& player, const StoryLoan& loan, const Conference& meeting, const Verdict& verdict);
/// The opinions of some members, who all consent.
std::vector<OpinionRow> consents();

/// What must be instructed: one message for each share that is not zero.
void expect_instructions(Player& player, std::initializer_list<Fen> shares);

/// Fund and guarantors pay what they were told to pay and had not yet paid; then the banks say that it came.
boost::asio::awaitable<void> pay(Player& player);

}  // namespace loangate::simulate
