#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// `loangate contract`: writes partners' contracts as folders.
void add_contract(CLI::App& app, int& exit_code);

}  // namespace loangate::app
