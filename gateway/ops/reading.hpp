#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

/// What the registry knows now. Reading changes nothing.
namespace loangate::ops {

/// GET /v1/loans/{lender}/{loan_no}
boost::asio::awaitable<Reply> read_loan(const Operations& operations, const Call& call);
/// GET /v1/companies/{uscc}: with what each bank's loans count toward the ceiling; nowhere else is that told
/// (settled 10).
boost::asio::awaitable<Reply> read_company(const Operations& operations, const Call& call);
/// GET /v1/cases?after=NO&limit=N
boost::asio::awaitable<Reply> list_cases(const Operations& operations, const Call& call);
/// GET /v1/cases/{no}: with its instructions.
boost::asio::awaitable<Reply> read_case(const Operations& operations, const Call& call);
/// GET /v1/proposals?state=open&after=NO&limit=N
boost::asio::awaitable<Reply> list_proposals(const Operations& operations, const Call& call);
/// GET /v1/proposals/{no}
boost::asio::awaitable<Reply> read_proposal(const Operations& operations, const Call& call);
/// GET /v1/held?limit=N: the filings that wait for a ruling, oldest first.
boost::asio::awaitable<Reply> list_held(const Operations& operations, const Call& call);

}  // namespace loangate::ops
