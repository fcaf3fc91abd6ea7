#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// `loangate trouble`, `replay`, `partners` and `maintenance`: what is wrong on the way to partners, and what
/// operations do about it.
void add_trouble_commands(CLI::App& app, int& exit_code);

}  // namespace loangate::app
