#pragma once
#include <boost/asio/awaitable.hpp>
#include <span>
#include <string>
#include <string_view>

#include "ops/call.hpp"

/// The description of this port, OpenAPI 3.1: merged by the build from schemas/operations (decision 0022),
/// with who may call what filled in from the table of routes.
namespace loangate::ops {

/// The merged description as the build made it, in parts that follow one another; without roles.
std::span<const std::string_view> openapi_parts();

/// The description as it is served, JSON: each operation has `x-roles`.
const std::string& openapi();

/// GET /openapi.json: with a strong ETag, and 304 for who has it already.
boost::asio::awaitable<Reply> read_openapi(const Operations& operations, const Call& call);

}  // namespace loangate::ops
