#pragma once
#include "adapters/profile/profile.hpp"
#include "base/yaml.hpp"

namespace loangate::adapters {

/// Reads the named code maps.
void read_code_maps(const YamlNode& codes, Profile& profile);

/// Reports at `line` if the map lacks a code that must be written there, or has one that the place cannot
/// hold. `own` are the messages of the profile: `message_type` needs their codes and `unknown` only.
void check_written(const CodeMap& map, const Profile& profile, const YamlNode& line);

}  // namespace loangate::adapters
