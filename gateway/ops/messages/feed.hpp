#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// GET /v1/registry/changes?after=N&wait=S&limit=N: the change feed (settled 1). Each change is the whole
/// state of one thing with the entry that caused it; `number` has no gaps, and `next` is what to ask for
/// after. With `wait` (at most 30 s) an empty page is answered only when that time is over, a change is
/// there, or the gateway ends.
boost::asio::awaitable<Reply> read_changes(const Operations& operations, const Call& call);

}  // namespace loangate::ops
