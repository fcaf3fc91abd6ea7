#pragma once
#include <filesystem>
#include <optional>

#include "domain/date.hpp"

namespace loangate::app {

/// `loangate check`: reads a whole configuration directory and prints every mistake at once as
/// `file:line: what: what to do`. With `json`, one object {errors, warnings, features, alike} (settled 49).
/// Leniencies that ended before `today` are mistakes. With `data`, also identities, certificates and keys.
/// Returns the exit code: 0 clean, 1 mistakes.
int check(const std::filesystem::path& config, const std::optional<std::filesystem::path>& data,
          const std::optional<std::filesystem::path>& identities, Date today, bool json);

}  // namespace loangate::app
