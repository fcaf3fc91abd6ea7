#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// `loangate profile show | diff | annotate | draft`: the workbench for who writes a partner's profile. No
/// server is needed and nothing is written but to standard output.
/// Gives the command, for others to add theirs.
CLI::App& add_profile(CLI::App& app, int& exit_code);

}  // namespace loangate::app
