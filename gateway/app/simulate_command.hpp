#pragma once

namespace CLI {
class App;
}

namespace loangate::app {

/// Adds `loangate simulate`: plays all partners against a running gateway until SIGTERM. Those that are
/// pushed to have their HTTPS servers, the others fetch their mailboxes; what comes is printed, one line
/// each.
void add_simulate(CLI::App& app, int& exit_code);

}  // namespace loangate::app
