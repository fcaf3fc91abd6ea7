#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// Adds `messages find`, `messages show` and `loans timeline`.
void add_message_commands(CLI::App& app, int& exit_code);

}  // namespace loangate::app
