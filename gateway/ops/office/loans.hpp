#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>

#include "ops/call.hpp"

namespace loangate::ops {

/// Which loans one looks at.
enum class Which : std::uint8_t { all, open };

/// Goes through the loans, page by page, so that few are in memory at a time, and lets others have their turn
/// between pages. False if the gateway is about to end.
boost::asio::awaitable<bool> each_loan(const Operations& operations, const Call& call, Which which,
                                       std::function<void(const Loan&)> see);

/// GET /v1/loans/summary?by=bank|month|security|category|state&format=F: all loans, and the sum. The
/// month is that of the disbursement; the category the first of the company's that was valid on that day.
boost::asio::awaitable<Reply> summarise_loans(const Operations& operations, const Call& call);

}  // namespace loangate::ops
