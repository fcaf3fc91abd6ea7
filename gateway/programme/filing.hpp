#pragma once
#include <string_view>

#include "programme/judgement.hpp"

namespace loangate::programme {

/// Whether the loan runs longer than the rule has it; the anniversary itself is within.
bool exceeds_term(const Loan& loan, Date maturity, const TermRule& rule);

/// The office lets a held filing stand. What refuses it on the registry of today refuses the release (settled
/// 8).
void release(Loan pending, std::string_view reason, Judgement& judgement);

/// The office does not let it stand: what it reserved is free.
void refuse(Loan pending, std::string_view reason, Judgement& judgement);

}  // namespace loangate::programme
