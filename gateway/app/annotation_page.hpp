#pragma once
#include <string>
#include <string_view>

#include "adapters/workbench/annotate.hpp"

namespace loangate::app {

/// An annotated message for a terminal: records of bytes over a ruler, then each place with its field, what
/// stands there and what it was read as; what is unread or missing; and the findings.
std::string annotation_page(const adapters::Profile& profile, std::string_view bytes,
                            const adapters::Annotation& annotation, bool colours);

/// Whether standard output is a terminal whose user has not refused colours (NO_COLOR).
bool wants_colours();

}  // namespace loangate::app
