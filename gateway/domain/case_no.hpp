#pragma once
#include <optional>
#include <string_view>

#include "domain/ids.hpp"

namespace loangate {

/// The number of the case that the application in this journal entry opens: `C000000123`.
CaseNo case_no(Sequence application);
/// The number of the proposal in this journal entry: `P000000123`.
ProposalNo proposal_no(Sequence proposal);
/// The number of the instruction by which a payer pays its share of a case: `C000000123-fund`.
InstructionNo instruction_no(const CaseNo& of, const PartnerId& payer);

/// The number under which a payer gets back its share of a recovery: `R000000456-fund`, by the entry of the
/// report.
InstructionNo remittance_no(Sequence report, const PartnerId& payee);

/// The journal entry that a number was made from; nothing if it is no such number.
std::optional<Sequence> sequence_of(const CaseNo& number);
std::optional<Sequence> sequence_of(const ProposalNo& number);

}  // namespace loangate
