#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// GET /healthz: the process lives. Asks nothing else.
boost::asio::awaitable<Reply> read_health(const Operations& operations, const Call& call);
/// GET /readyz: whether the gateway can do its work now, check by check; 503 if one of them fails.
boost::asio::awaitable<Reply> read_readiness(const Operations& operations, const Call& call);
/// GET /v1/version
boost::asio::awaitable<Reply> read_version(const Operations& operations, const Call& call);
/// GET /v1/clock
boost::asio::awaitable<Reply> read_clock(const Operations& operations, const Call& call);
/// PUT /v1/clock with `{"now": "2023-09-12T09:00:00+08:00"}`: only with --demo-clock, and forward only
/// (settled 42).
boost::asio::awaitable<Reply> set_clock(const Operations& operations, const Call& call);

}  // namespace loangate::ops
