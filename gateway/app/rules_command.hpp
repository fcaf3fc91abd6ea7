#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// Adds `rules` and `rules explain`, which read the configuration and need no gateway.
void add_rules(CLI::App& app, int& exit_code);

}  // namespace loangate::app
