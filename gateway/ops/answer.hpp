#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace loangate::ops {

/// A sentence in both languages.
struct Words {
  std::string zh;
  std::string en;
};

/// One thing that is wrong with a request: where (JSON Pointer into the body, or `/name` of a query
/// parameter), what, and what to do.
struct Fault {
  std::string pointer;
  Words detail;
  std::string code = {};  ///< of the finding, if it is one
};

/// A request that is not carried out, as RFC 9457 problem details will say it.
struct Refusal {
  unsigned status;
  std::string code;  ///< stable, snake case: what a program looks at
  Words detail;
  std::vector<Fault> errors = {};
  std::string result = {};  ///< JSON: what the journal keeps of a refused act
  std::vector<std::pair<std::string, std::string>> headers = {};
};

using Reply = std::expected<net::Response, Refusal>;

/// An answer with a JSON body, never to be cached.
net::Response json_answer(std::string body, unsigned status = 200);

/// The problem document; `request_id` is the one in X-Request-Id.
net::Response problem(const Refusal& refusal, std::string_view request_id);

// Refusals that several calls give.
Refusal not_found(Words what);
Refusal invalid(std::string pointer, Words what);  ///< 400
/// The store cannot take it now (503, Retry-After); nothing was kept.
Refusal not_stored();

}  // namespace loangate::ops
