#pragma once
#include <boost/asio/awaitable.hpp>

#include "base/json_writer.hpp"
#include "ops/call.hpp"

/// What an officer, the conference or a second person has to decide (R-01, R-30, R-36, R-41, R-45, settled 5,
/// 7).
namespace loangate::ops {

/// GET /v1/decisions?kind=K&limit=N&cursor=C: one queue of all that waits. First what has a time limit, the
/// nearest first; then the rest, the longest wait first. What is proposed already waits for the second
/// person.
boost::asio::awaitable<Reply> list_decisions(const Operations& operations, const Call& call);

/// POST /v1/decisions/preview?act=rule.compensation with the act: what it would do if it were approved now.
/// Nothing is kept: not even in the journal, because nobody has proposed anything yet.
boost::asio::awaitable<Reply> preview_decision(const Operations& operations, const Call& call);

/// What an open proposal is about: `phrcb/2021-001`, a case number, an institution; its own number if it is
/// about none of these.
std::string subject_of(const Proposal& proposal);

/// An open proposal as it is shown where its thing is: `{"no": …, "hash": …, …, "act": {…}}`.
void write_open_proposal(JsonWriter& json, const Proposal& proposal);

}  // namespace loangate::ops
