#pragma once
#include <expected>
#include <string>

#include "adapters/profile/profile.hpp"
#include "domain/record.hpp"

namespace loangate::golden {

/// A message such as the partner would send or get on a working day in March 2023: every field that the
/// format has a place for, with a value that it can carry. The error names the field that could not be made.
std::expected<Record, std::string> sample_message(const adapters::Profile& profile,
                                                  const adapters::MessageMap& map);

}  // namespace loangate::golden
