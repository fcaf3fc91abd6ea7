#pragma once
#include "simulate/summary.hpp"

namespace loangate::app {

/// The summary of the demonstration as a table for people, on standard output.
void print(const simulate::Summary& summary);

}  // namespace loangate::app
