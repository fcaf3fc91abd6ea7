#pragma once
#include <filesystem>
#include <optional>

namespace loangate::app {

/// `loangate check`: reads a whole configuration directory and prints every mistake at once as
/// `file:line: what: what to do`. With `json`, one object {errors, warnings, features, alike} (settled 49).
/// With `data`, also identities, certificates and keys. Returns the exit code: 0 clean, 1 mistakes.
int check(const std::filesystem::path& config, const std::optional<std::filesystem::path>& data,
          const std::optional<std::filesystem::path>& identities, bool json);

}  // namespace loangate::app
