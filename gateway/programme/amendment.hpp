#pragma once
#include <string_view>

#include "programme/judgement.hpp"

namespace loangate::programme {

/// The office rules on a correction or cancellation that is held (settled 33).
void rule_amendment(Loan loan, HoldRuling ruling, std::string_view reason, Judgement& judgement);

}  // namespace loangate::programme
