#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

/// The papers of a case (R-37, settled 35).
namespace loangate::ops {

/// GET /v1/cases/{no}: with its loan, instructions, history, documents (those that are missing too), findings
/// and open proposals: all that a decision needs.
boost::asio::awaitable<Reply> read_case(const Operations& operations, const Call& call);
/// GET /v1/cases/{no}/form: 风险代偿申请表, as a page to print.
boost::asio::awaitable<Reply> read_form(const Operations& operations, const Call& call);
/// GET /v1/documents/{partner}/{sha256}: a document as the bank sent it.
boost::asio::awaitable<Reply> read_document(const Operations& operations, const Call& call);

}  // namespace loangate::ops
