#pragma once
#include "adapters/profile/profile.hpp"
#include "adapters/seal/crypto.hpp"
#include "base/yaml.hpp"

namespace loangate::adapters {

/// `sm2-sm3`: as profiles name it.
std::string_view name(SealAlgorithm algorithm);

/// Reads `seal` of a profile whose lines are compiled, and the keys that it names. Null if it has none.
/// Mistakes are reported at the nodes. Without `keys` only what lies beside the profile is looked for.
std::shared_ptr<const Sealing> read_sealing(const YamlNode& node, const Profile& profile,
                                            const SealKeyFolder* keys, ConfigErrors& warnings);

}  // namespace loangate::adapters
