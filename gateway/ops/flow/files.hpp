#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// GET /v1/files: how each partner's files stand: what waits or is refused and why, what is taken and not
/// done, the last one that came, when the next is due, and the days whose file is missing. Empty if no
/// partner sends files.
boost::asio::awaitable<Reply> read_files(const Operations& operations, const Call& call);

}  // namespace loangate::ops
