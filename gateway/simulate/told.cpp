#include "simulate/told.hpp"

namespace loangate::simulate {
namespace {

template <class Message>
ToldPayers sum_by_role(Player& player, const LoanNo& loan) {
  ToldPayers told;
  for (const Partner* payer : payers(player)) {
    for (const Message& message : all_told<Message>(*payer)) {
      if (message.loan_no != loan) continue;
      (payer->profile().role == PartnerRole::fund ? told.fund : told.guarantor) += message.amount;
    }
  }
  return told;
}

}  // namespace

std::vector<Partner*> payers(Player& player) {
  std::vector<Partner*> all = player.peers().of(PartnerRole::fund);
  const auto guarantors = player.peers().of(PartnerRole::guarantor);
  all.insert(all.end(), guarantors.begin(), guarantors.end());
  return all;
}

ToldPayers instructed(Player& player, const LoanNo& loan) {
  return sum_by_role<CompensationInstruction>(player, loan);
}

ToldPayers to_be_returned(Player& player, const LoanNo& loan) {
  return sum_by_role<RecoveryRemittance>(player, loan);
}

}  // namespace loangate::simulate
