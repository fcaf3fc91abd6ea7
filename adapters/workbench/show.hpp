#pragma once
#include <expected>
#include <filesystem>
#include <string>

#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// The profile as it takes effect, as YAML that loads to the same: behind each value the file and line that
/// it comes from, and the defaults that apply to a line; at the end those around the messages.
std::expected<std::string, ConfigErrors> show_profile(const std::filesystem::path& file);
/// The same as one JSON object: files, version, values by path with file and line, defaults by path.
std::expected<std::string, ConfigErrors> show_profile_json(const std::filesystem::path& file);

}  // namespace loangate::adapters
