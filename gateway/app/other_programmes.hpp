#pragma once
#include <expected>
#include <vector>

#include "app/config.hpp"

namespace loangate::app {

/// Whom the configuration's rulebooks name as their own, beside the programme that is for everybody.
std::expected<std::vector<PartnerId>, ConfigErrors> partners_of_other_programmes(const Config& config);

}  // namespace loangate::app
