#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// POST /v1/acts/lpr.entry, /v1/acts/calendar.entry: the LPR's next publication, the calendar's next year.
/// Once the act is on record its data file is extended, the gateway goes on with the longer table, and what
/// was held for it is decided again (settled 8). With `?dry_run=yes` nothing is kept.
///
/// What a crash can leave behind: an act on record whose file is as it was. It is simply entered again.
boost::asio::awaitable<Reply> extend_rulebook(const Operations& operations, const Call& call);

/// Once another rulebook is in force: decides again what was held for data that it has.
boost::asio::awaitable<void> judge_held_again(const Operations& operations);

}  // namespace loangate::ops
