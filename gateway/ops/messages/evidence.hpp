#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// GET /v1/loans/{lender}/{loan_no}/evidence: one ZIP file with all that the record has of a loan, and a
/// manifest with the SHA-256 of each file in it. The same record gives the same bytes. Bytes of messages and
/// personal fields are in it for the office only (settled 43).
boost::asio::awaitable<Reply> read_evidence(const Operations& operations, const Call& call);

}  // namespace loangate::ops
