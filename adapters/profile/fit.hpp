#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/profile/profile.hpp"
#include "base/yaml.hpp"

namespace loangate::adapters {

/// Sees that a line's values fit its places: mistakes are reported at `node`. What works but can be too
/// narrow for some values in a message that we write is returned as a warning; not for a text that comes from
/// the partner itself and there has at most `own` bytes (0: any).
std::optional<std::string> check_fit(const YamlNode& node, const Line& line, const Layout& layout,
                                     const Profile& profile, bool from_partner, std::uint32_t own);

/// The longest text that the line's places can hold, in bytes; 0: any.
std::uint32_t capacity_of(const Line& line, const Layout& layout);

/// The warning of settled 12: an id of the partner's messages that cannot stay unique.
std::optional<std::string> check_message_id(const Line& line, const Layout& layout);

/// Reports text that the profile's encoding cannot write. Its bytes in that encoding, 0 then.
std::size_t encoded_size(const YamlNode& node, std::string_view text, const Profile& profile);

}  // namespace loangate::adapters
