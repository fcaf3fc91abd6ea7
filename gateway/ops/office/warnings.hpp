#pragma once
#include <boost/asio/awaitable.hpp>

#include "ops/call.hpp"

namespace loangate::ops {

/// GET /v1/warnings?format=F: what an officer would want to know before a default, per company, bank
/// and portfolio, the gravest of each kind first:
///
///   file_missing    a bank's daily file that should be there by now; one for each day
///   near_ceiling    exposure of at least `ceiling_percent` (80) of the company's ceiling
///   renewals        a loan that was renewed at least `renewals` (2) times in a row
///   reports_late    overdue reports that came late, of those of a bank and of all
///   concentration   a bank with at least `bank_percent` (20), or a company with `company_percent` (5), of
///   all exposure
boost::asio::awaitable<Reply> read_warnings(const Operations& operations, const Call& call);

}  // namespace loangate::ops
