#pragma once
#include <optional>
#include <string_view>

#include "programme/judgement.hpp"

/// What others are told of an accepted message.
namespace loangate::programme {

/// A credit event to every credit registry (settled 38), if the loan is filed: of a pending loan it learns at
/// release.
void tell_credit_registry(const Loan& loan, CreditEventCode event, Date on, Judgement& judgement,
                          std::optional<Fen> amount = {}, std::optional<SpecialTransaction> transaction = {});

/// That the company is in default since `since`: to its other lenders, the loan's guarantor and the office.
/// Names neither the bank nor the amount (settled 10).
void notify_default(const Loan& loan, Date since, Judgement& judgement);

/// The ruling on a held filing, to its bank (settled 8).
void tell_bank_of_hold(const Loan& loan, HoldRuling ruling, std::string_view reason, Judgement& judgement);

}  // namespace loangate::programme
