#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// GET /v1/deadlines?state=open|missed&until=DATE&kind=K&lender=P&limit=N&format=F (R-34 … ).
/// `open`: what must still be done, the soonest first, also what is past and not done yet; `missed`: every
/// deadline that was found to have passed, the latest first.
boost::asio::awaitable<Reply> list_deadlines(const Operations& operations, const Call& call);

}  // namespace loangate::ops
