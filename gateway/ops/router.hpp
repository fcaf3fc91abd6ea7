#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/answer.hpp"
#include "ops/call.hpp"

namespace loangate::ops {

using Handler = boost::asio::awaitable<Reply> (*)(const Operations& operations, const Call& call);

/// One call of the operations port: the row says everything that is decided before its handler runs.
struct Route {
  std::string_view method;
  std::string_view pattern;  ///< `/v1/loans/{lender}/{loan_no}`: a part in braces stands for any one part
  Roles roles;               ///< who may, one of them is enough
  Handler handler;
  std::size_t most_bytes = 0;           ///< of the body
  std::optional<MessageKind> act = {};  ///< what the handler enters or proposes
  bool by_key = false;                  ///< moves money or messages: takes an Idempotency-Key
};

struct Match {
  const Route* route;
  std::vector<std::string> arguments;  ///< decoded
};

/// The route of a path that is still percent-encoded; 404 if there is none, 405 with Allow for another
/// method.
std::expected<Match, Refusal> match(std::span<const Route> routes, std::string_view method,
                                    std::string_view path);

}  // namespace loangate::ops
