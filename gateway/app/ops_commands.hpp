#pragma once
#include <CLI/CLI.hpp>
#include <string_view>

namespace loangate::app {

/// Adds the subcommands that talk to a running gateway's operations port as a person: acts by their nouns
/// (list, institution, hold, compensation, writeoff, lpr …), reports, changes, clock, status. What they run
/// sets `exit_code`: 0 done, 1 failed, 2 wrong usage, 3 refused by a rule or permission, 4 waits for a second
/// person, 5 partly done, 75 try again later.
void add_ops_commands(CLI::App& app, int& exit_code);

/// `loangate NOUN approve` and `withdraw`: of what another person proposed.
void add_approve(CLI::App& noun, std::string_view name, int& exit_code);
void add_withdraw(CLI::App& noun, std::string_view name, int& exit_code);

}  // namespace loangate::app
