#pragma once
#include <string>

#include "adapters/contract/samples.hpp"

namespace loangate::adapters {

/// A sample as HTML for a `pre`: each value marked, with its place and name as its title; bytes that are no
/// characters in hexadecimal.
std::string shown_sample(const Profile& profile, const MessageMap& message, const SampleDocument& sample);

}  // namespace loangate::adapters
