#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// GET /v1/audit?person=&kind=&from=&to=&limit=&cursor=: every act of a person or of the gateway itself,
/// allowed or refused, newest first: who, when, from where, what, with which outcome, and what it changed.
/// One call looks at a bounded number of acts; `next` leads on.
boost::asio::awaitable<Reply> read_audit(const Operations& operations, const Call& call);

}  // namespace loangate::ops
