#pragma once
#include <expected>
#include <string>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "domain/record.hpp"

namespace loangate::golden {

/// A message as the partner would send or get it.
struct Sample {
  std::string which;  ///< tells a further sample of the message from the first, which has none
  Record message;
};

/// What story.yaml tells of the message, in the partner's role: with its own ids, and without what its
/// format has no place for. The error names what could not be made.
std::expected<std::vector<Sample>, std::string> sample_messages(const adapters::Profile& profile,
                                                                const adapters::MessageMap& map);

}  // namespace loangate::golden
