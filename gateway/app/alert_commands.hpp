#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// `loangate alerts list|ack|mute|resume` and `loangate deliveries`: what an alert's text tells to run.
void add_alert_commands(CLI::App& app, int& exit_code);

}  // namespace loangate::app
