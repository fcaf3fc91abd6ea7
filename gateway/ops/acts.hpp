#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

/// What persons do (settled 1, 5). Each act is judged on its own and kept in the journal, also if it is
/// refused. An act has no key of its own: to send it again is to say again what shall hold. An entry that is
/// there already is accepted and changes nothing; a ruling that was made is refused as no longer possible.
namespace loangate::ops {

/// POST /v1/acts/{kind}: one act, or an array of at most most_acts; these go to the store together and share
/// its groups, and are answered one by one.
boost::asio::awaitable<Reply> enter_acts(const Operations& operations, const Call& call);
/// POST /v1/proposals/{kind}
boost::asio::awaitable<Reply> propose(const Operations& operations, const Call& call);
/// POST /v1/proposals/{no}/approve with `{"hash": …}` of what was seen
boost::asio::awaitable<Reply> approve(const Operations& operations, const Call& call);
/// POST /v1/proposals/{no}/withdraw, with `{"reason": …}` or no body
boost::asio::awaitable<Reply> withdraw(const Operations& operations, const Call& call);

}  // namespace loangate::ops
