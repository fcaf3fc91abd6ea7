#pragma once

namespace CLI {
class App;
}

namespace loangate::app {

/// Adds `loangate demo`: plays the programme's story with all simulated partners, on a gateway of its own or
/// on a running one, and prints what came of it.
void add_demo(CLI::App& app, int& exit_code);

}  // namespace loangate::app
