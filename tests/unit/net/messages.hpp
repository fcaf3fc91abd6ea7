#pragma once
#include <string>
#include <vector>

#include "net/gate.hpp"

namespace loangate::net::testing {

/// A request head, or a whole message, that must be refused, and why.
struct Hostile {
  const char* name;
  std::string bytes;  // up to and with the empty line, or the point at which it can be refused
  GateFault fault;
};

/// A request head that must be let through, and what it says.
struct Plain {
  const char* name;
  std::string bytes;
  BodyFraming framing = BodyFraming::none;
  std::uint64_t length = 0;
  bool keep_alive = true;
};

const std::vector<Hostile>& hostile_heads();
const std::vector<Plain>& plain_heads();

}  // namespace loangate::net::testing
