#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// `loangate reload`: a running gateway reads its configuration again.
void add_reload(CLI::App& app, int& exit_code);

/// `loangate profile propose|approve|withdraw|list|history|back`: changes a partner's profile in a running
/// gateway, by two persons, and takes it back by one.
void add_activation(CLI::App& profile, int& exit_code);

}  // namespace loangate::app
