#pragma once
#include <CLI/CLI.hpp>

/// Files of acts, entered as a whole or not at all.
namespace loangate::app {

/// `loangate list import FILE`
void add_list_import(CLI::App& list, int& exit_code);

/// `loangate opening loans|claims|caps FILE --count N --total YUAN`: opening balances, once (settled 36)
void add_opening_import(CLI::App& opening, int& exit_code);

}  // namespace loangate::app
