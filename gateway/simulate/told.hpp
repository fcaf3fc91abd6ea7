#pragma once
#include <optional>
#include <vector>

#include "simulate/player.hpp"

/// What reached the partners: their inboxes, read by message.
namespace loangate::simulate {

/// All messages of a kind that came to the partner, in the order in which the registry said them.
template <class Message>
std::vector<Message> all_told(const Partner& partner) {
  std::vector<Message> told;
  for (const auto& [id, item] : partner.inbox().items()) {
    if (item.kind == Message::kind) told.push_back(Message::from(item.message));
  }
  return told;
}

/// The last message of a kind about the loan that came to the partner.
template <class Message>
std::optional<Message> last_told(const Partner& partner, const LoanNo& loan) {
  std::optional<Message> last;
  for (Message& message : all_told<Message>(partner)) {
    if (message.loan_no == loan) last = std::move(message);
  }
  return last;
}

/// Funds and guarantors, of all programmes.
std::vector<Partner*> payers(Player& player);

/// What the payers of a loan's case were told, by their role.
struct ToldPayers {
  Fen fund = Fen::zero();
  Fen guarantor = Fen::zero();
  Fen sum() const { return fund + guarantor; }
  friend bool operator==(const ToldPayers&, const ToldPayers&) = default;
};
/// To pay.
ToldPayers instructed(Player& player, const LoanNo& loan);
/// To get back from recoveries.
ToldPayers to_be_returned(Player& player, const LoanNo& loan);

}  // namespace loangate::simulate
