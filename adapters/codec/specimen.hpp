#pragma once
#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// A message of small values that any place of a sound profile has room for: all its fields or the required
/// ones alone, and so many rows of each group (at least one where the group is required).
Record specimen(const MessageMap& map, bool complete, std::size_t rows);

}  // namespace loangate::adapters
