#pragma once
#include <boost/asio/awaitable.hpp>

#include "intake/office.hpp"
#include "ops/call.hpp"

/// What persons do (settled 1, 5). Each act is judged on its own and kept in the journal, also if it is
/// refused. An act has no key of its own: to send it again is to say again what shall hold. An entry that is
/// there already is accepted and changes nothing; a ruling that was made is refused as no longer possible.
namespace loangate::ops {

/// POST /v1/acts/{kind}: one act, or an array of at most most_acts; these go to the store together and share
/// its groups, and are answered one by one.
///
/// With `?whole=yes` an array (of at most most_acts_of_a_whole) is one commit: if one act is refused, all
/// are, nothing is kept, and every reason is told at once. With `?dry_run=yes` nothing is kept in any case:
/// the answer says what would have become of the acts.
boost::asio::awaitable<Reply> enter_acts(const Operations& operations, const Call& call);
/// What would become of the act if it were entered now; nothing is kept.
boost::asio::awaitable<Reply> try_act(const Operations& operations, const Call& call, intake::GivenAct act);
/// POST /v1/proposals/{kind}
boost::asio::awaitable<Reply> propose(const Operations& operations, const Call& call);
/// One act as the rules decide it, alone.
boost::asio::awaitable<Reply> enter_one(const Operations& operations, const Call& call, intake::GivenAct act);
/// One act, and what commits beside it if it is done.
boost::asio::awaitable<Reply> enter_with(const Operations& operations, const Call& call, intake::GivenAct act,
                                         std::vector<Change> beside);
/// POST /v1/proposals/{no}/approve with `{"hash": …}` of what was seen; and what commits beside the act if it
/// is done.
boost::asio::awaitable<Reply> approve_with(const Operations& operations, const Call& call,
                                           std::vector<Change> beside);
/// POST /v1/proposals/{no}/withdraw, with `{"reason": …}` or no body. The office may withdraw every proposal,
/// an operator his own.
boost::asio::awaitable<Reply> withdraw(const Operations& operations, const Call& call);

}  // namespace loangate::ops
