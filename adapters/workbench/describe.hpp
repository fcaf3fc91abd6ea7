#pragma once
#include <string>
#include <utility>
#include <vector>

#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// Keys of the language, each with its value as a profile would write it.
using Words = std::vector<std::pair<std::string, std::string>>;

/// All that a compiled line says, defaults written out: `at`, then its form, padding and the rest.
Words words_of(const Profile& profile, const Layout& layout, const Line& line);
/// Where a group's rows stand, and how many there can be.
Words words_of(const Profile& profile, const MessageMap& message, const Group& group);
/// All of the profile around its messages, by the path of keys that leads to it: `limits.per_second`.
Words frame_words(const Profile& profile);

/// What a line is called: its field, `constant 01`, `filler`, `type`, `body_length`.
std::string subject_of(const Layout& layout, const Line& line);

}  // namespace loangate::adapters
