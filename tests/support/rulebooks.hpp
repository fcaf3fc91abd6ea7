#pragma once
#include <functional>

#include "tests/support/play.hpp"

namespace loangate::support {

/// The rulebook of config/ with other parameters in the version that is in force for everybody, by path
/// (`overdue_report.day_zero`, `ceiling` for a whole rule), as they would stand in its file. A parameter that
/// the file does not have, or a value that it cannot have, stops the test program.
const programme::Rulebook& rulebook_under(const Fields& parameters);

/// The rulebook of config/ with the version that is in force for everybody changed in memory.
programme::Rulebook rulebook_with(const std::function<void(programme::Version&)>& change);

}  // namespace loangate::support
