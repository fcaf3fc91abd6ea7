#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// GET /v1/deliveries?partner=P&after=ID&limit=N: what has not been delivered yet, of one partner or of all,
/// in the order of ids; each with its state and reason and, where a message before it in its lane stops or
/// precedes it, which one it waits for (settled 22).
boost::asio::awaitable<Reply> list_deliveries(const Operations& operations, const Call& call);
/// GET /v1/deliveries/{id}: whatever its state, with the message, every attempt, and what the partner
/// answered (base64): also if it made no sense.
boost::asio::awaitable<Reply> read_delivery(const Operations& operations, const Call& call);
/// GET /v1/totals: how many entries by partner and outcome, how many deliveries by kind and state.
boost::asio::awaitable<Reply> read_totals(const Operations& operations, const Call& call);

}  // namespace loangate::ops
