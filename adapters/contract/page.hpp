#pragma once
#include "adapters/contract/contract.hpp"
#include "adapters/contract/samples.hpp"

namespace loangate::adapters {

/// A message with the samples that its part of the contract shows.
struct SampledMessage {
  const MessageMap* map;
  std::vector<SampleDocument> samples;
};

/// The contract as people read it: one HTML document in Chinese and English that needs no other file, no
/// script and no network, and prints. `files` are the other parts, to be named.
ContractFile page(const Profile& profile, const std::vector<SampledMessage>& messages,
                  const std::vector<ContractFile>& files);

}  // namespace loangate::adapters
