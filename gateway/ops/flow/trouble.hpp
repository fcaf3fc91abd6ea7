#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// GET /v1/trouble?partner=ID: what is parked or failing, grouped by partner, kind and class of failure.
/// Looks at each partner's oldest undelivered messages only, as many as most_looked_at, and says whether that
/// was all.
boost::asio::awaitable<Reply> list_trouble(const Operations& operations, const Call& call);

inline constexpr std::size_t most_looked_at = 2'000;

}  // namespace loangate::ops
