#pragma once
#include <span>

#include "programme/judgement.hpp"

namespace loangate::programme {

/// A finding for each kind of document that should have come and did not (R-37, settled 35), and a refusal
/// for what is no digest.
void note_missing_documents(CodeSet<DocumentKind> needed, std::span<const AttachmentRow> attached,
                            Severity missing, std::uint16_t field, Judgement& judgement);

}  // namespace loangate::programme
