#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// `loangate backtest`: what a changed profile would make of the messages that are stored, before it is
/// proposed. Exit codes: 0 nothing would differ, 1 something would, 2 it could not run.
void add_backtest(CLI::App& app, int& exit_code);

}  // namespace loangate::app
