#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// Adds what an officer reads: `fund`, `loans summary`, `warnings`, `deadlines`, `assessments`.
void add_report_commands(CLI::App& app, int& exit_code);

}  // namespace loangate::app
