#pragma once
#include <expected>
#include <string>

#include "adapters/profile/profile.hpp"
#include "store/store.hpp"

namespace loangate::delivery {

/// A message of the outbox in the partner's format, by the profile in force now, or why it cannot be written.
std::expected<std::string, std::string> encoded(const adapters::Profile& profile, const store::Delivery& row);

}  // namespace loangate::delivery
