#pragma once
#include <optional>

#include "net/http.hpp"

namespace loangate::ops {

/// The answer to a GET or HEAD of the console: one of its files, or for a page of it (`/flow`, `/loans/x/y`)
/// the document that is the same for all pages. Nothing for every other path: those are the API's. Whoever
/// reaches the port may have it: there is nothing in it that is not in the program's sources.
std::optional<net::Response> console_answer(const net::RequestHead& head);

/// Whether console_answer() has one.
bool is_of_console(const net::RequestHead& head);

}  // namespace loangate::ops
