#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/messages/consequences.hpp"

namespace loangate::ops {

/// All entries that belong to a loan, oldest first.
struct LoanHistory {
  LoanRef ref;
  std::optional<Loan> loan;  ///< as it stands; none: only messages that changed nothing name it
  std::vector<Traced> entries;
  bool complete = true;  ///< false: older entries were left out
  Sequence through;      ///< the index knows all entries up to this one
};

/// What the path names, with at most `most` entries; a refusal if nothing is known of it.
boost::asio::awaitable<std::expected<LoanHistory, Refusal>> history_of(const Operations& operations,
                                                                       const Call& call, std::size_t most);

/// GET /v1/loans/{lender}/{loan_no}/timeline?limit=N: its messages, rulings, changes, deliveries, attempts
/// and payments in order, and the deadlines that are still to come.
boost::asio::awaitable<Reply> read_timeline(const Operations& operations, const Call& call);

/// The same as JSON, as of an instant of business time: `Timeline`. Nothing: the store cannot say now.
boost::asio::awaitable<std::optional<std::string>> timeline_json(const Operations& operations,
                                                                 const LoanHistory& history, Instant now);

}  // namespace loangate::ops
