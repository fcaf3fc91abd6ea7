#pragma once
#include <string>
#include <string_view>

#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// What is read from some bytes, or what is found wrong with them and where, as one line of JSON: the form of
/// the
/// `.expected.json` that lies beside a sample.
std::string reading_json(const Profile& profile, std::string_view bytes);

}  // namespace loangate::adapters
