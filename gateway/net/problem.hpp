#pragma once
#include <string_view>

#include "net/http.hpp"

namespace loangate::net {

/// An RFC 9457 problem document, for errors outside a partner's own format. `detail` says in Chinese and
/// English what is wrong and what to do; it never repeats what the peer sent.
Response problem(unsigned status, std::string_view title, std::string_view detail);

}  // namespace loangate::net
