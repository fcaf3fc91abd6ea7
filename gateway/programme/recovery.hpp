#pragma once
#include "programme/judgement.hpp"

namespace loangate::programme {

/// What recoveries of the case are the payer's so far. Negative: its part of costs.
Fen returned_to(const Case& of, const PartnerId& payer);

/// Whether every payer of the case has paid, has all of it back, and what was to be returned has come.
bool is_made_good(const CaseNo& of, const RegistryView& registry);

/// Whether an instruction of the case is still to be paid.
bool awaits_payment(const Case& of, const RegistryView& registry);

}  // namespace loangate::programme
