#pragma once
#include <CLI/CLI.hpp>

namespace loangate::app {

/// `loangate person add`: lets a person sign in by password, on the machine itself, as the first
/// administrator must; `loangate person list|one-time`, by the operations port.
void add_person(CLI::App& person, int& exit_code);

/// `loangate audit`: every act, newest first.
void add_audit(CLI::App& app, int& exit_code);

}  // namespace loangate::app
