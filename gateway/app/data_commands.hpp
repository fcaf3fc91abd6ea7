#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// Adds `lpr add` and `calendar add`: the data that rules rest on, extended while the gateway runs (R-13,
///
void add_data_commands(CLI::App& app, int& exit_code);

}  // namespace loangate::app
