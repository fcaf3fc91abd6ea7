#pragma once
#include "adapters/profile/profile.hpp"
#include "base/yaml.hpp"

namespace loangate::adapters {

/// Reads all of a profile but its messages: identity, style, framing's length and end, delivery, code maps.
/// `folder` is the name that the profile's id must have.
void read_frame(const YamlNode& root, std::string_view folder, Profile& profile);

/// Whether money moves because of the message, or a company's credit record changes: unless the profile says
/// otherwise, a person decides about a character in it that the partner lacks (settled 24).
bool moves_money(MessageKind kind);

}  // namespace loangate::adapters
