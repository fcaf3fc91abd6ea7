#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// The alerts on record, open ones first.
boost::asio::awaitable<Reply> list_alerts(const Operations& operations, const Call& call);
/// `alert.answer`: acknowledges, mutes until an instant, or ends that.
boost::asio::awaitable<Reply> answer_alert(const Operations& operations, const Call& call);

}  // namespace loangate::ops
