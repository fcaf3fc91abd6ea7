#pragma once
#include <string>

#include "adapters/profile/profile.hpp"
#include "domain/finding.hpp"
#include "domain/messages.hpp"

namespace loangate::intake {

/// Writes a receipt in the partner's format. A receipt can always be written: what the partner's charset or
/// layout cannot carry of the findings' texts is left out, their codes stay.
std::string write_receipt(const adapters::Profile& profile, const Receipt& receipt);

/// Whether the same message id may be sent again after these findings (settled 11).
Answer may_resend(const Findings& findings);

/// The findings as a JSON array of receipt rows, as the journal keeps them.
std::string findings_json(const Findings& findings);

}  // namespace loangate::intake
