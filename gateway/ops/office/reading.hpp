#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

/// What the registry knows now. Reading changes nothing.
namespace loangate::ops {

/// GET /v1/loans/{lender}/{loan_no}
boost::asio::awaitable<Reply> read_loan(const Operations& operations, const Call& call);
/// GET /v1/companies/{uscc}?on=DATE: with whether it is on the list on the day (today's if none is given),
/// and what each bank's loans count toward the ceiling; nowhere else is that told (settled 10).
boost::asio::awaitable<Reply> read_company(const Operations& operations, const Call& call);
/// GET /v1/institutions?after=ID&limit=N
boost::asio::awaitable<Reply> list_institutions(const Operations& operations, const Call& call);
/// GET /v1/applications?after=NO&limit=N: companies' applications to banks, with the banks' answers.
boost::asio::awaitable<Reply> list_applications(const Operations& operations, const Call& call);
/// GET /v1/assessments?waits=yes&after=KEY&limit=N: institutions that lent nothing in a year.
boost::asio::awaitable<Reply> list_assessments(const Operations& operations, const Call& call);
/// GET /v1/batches?judging=yes&after=KEY&limit=N: partners' files of many records, with how far they are.
boost::asio::awaitable<Reply> list_batches(const Operations& operations, const Call& call);
/// GET /v1/batches/{partner}/{id}
boost::asio::awaitable<Reply> read_batch(const Operations& operations, const Call& call);
/// GET /v1/cases?waits_for=compensation|writeoff&after=NO&limit=N
boost::asio::awaitable<Reply> list_cases(const Operations& operations, const Call& call);
/// GET /v1/proposals?state=open&after=NO&limit=N
boost::asio::awaitable<Reply> list_proposals(const Operations& operations, const Call& call);
/// GET /v1/proposals/{no}
boost::asio::awaitable<Reply> read_proposal(const Operations& operations, const Call& call);
/// GET /v1/held?limit=N: the filings that wait for a ruling, oldest first.
boost::asio::awaitable<Reply> list_held(const Operations& operations, const Call& call);

}  // namespace loangate::ops
