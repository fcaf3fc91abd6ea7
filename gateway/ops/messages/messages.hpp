#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// GET /v1/messages?q=TEXT&limit=N&cursor=C: messages and acts, newest first. Without a time in the text the
/// last 30 days are searched, and earlier matches counted. The cursor keeps the place and the range.
boost::asio::awaitable<Reply> find_messages(const Operations& operations, const Call& call);

/// GET /v1/messages/{sequence}: one entry with its bytes, how the mapping reads them, what it caused, and its
/// neighbours in the life of the same things. Bytes and personal fields are for the office only (settled 43).
boost::asio::awaitable<Reply> read_message(const Operations& operations, const Call& call);

}  // namespace loangate::ops
