#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

/// The partners as they stand now, and what operations say to them.
namespace loangate::ops {

/// GET /v1/partners: every institution with a profile: health, queue, certificates, pause. Of each queue the
/// oldest 500 messages are counted.
boost::asio::awaitable<Reply> list_partners(const Operations& operations, const Call& call);
/// GET /v1/partners/{id}: the same of one, with a queue counted to 10,000.
boost::asio::awaitable<Reply> read_partner(const Operations& operations, const Call& call);
/// POST /v1/partners/{id}/test: connects to it as a push would, and sends nothing.
boost::asio::awaitable<Reply> test_partner(const Operations& operations, const Call& call);

/// GET /v1/maintenance
boost::asio::awaitable<Reply> read_maintenance(const Operations& operations, const Call& call);
/// POST /v1/acts/maintenance.entry: the last word holds.
boost::asio::awaitable<Reply> enter_maintenance(const Operations& operations, const Call& call);

}  // namespace loangate::ops
