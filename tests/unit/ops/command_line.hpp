#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "port.hpp"

namespace loangate::ops::testing {

/// What a command printed.
struct Printed {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// `loangate ARGUMENTS`, with the certificate of a person of the development PKI; 2 if it does not parse, as
/// main() does.
Printed loangate(const Port& port, std::string_view person, std::vector<std::string> arguments);

}  // namespace loangate::ops::testing
