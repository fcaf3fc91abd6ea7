#pragma once
#include <memory>

#include "intake/office.hpp"

/// What a day brings without anybody saying anything, as acts of the gateway itself (R-34 …,
///
namespace loangate::intake {

/// Whether the day can bring a deadline of the loan at all: cheap, so that only few of many loans are looked
/// at closely.
bool can_have_deadline(const Loan& loan, Date today);

/// Puts on record one deadline of the loan that has come near or passed and was not told before, and tells
/// whose it is; writes nothing if there is none. To be repeated until it writes nothing.
store::Unit pass_deadline(const LoanRef& loan, Instant now, const programme::RulebookInForce& rulebook,
                          std::shared_ptr<ActReply> reply);

/// Puts the institutions that lent nothing in the year before `now` before the conference, each once;
/// writes nothing if there is none.
store::Unit assess_year_before(Instant now, const programme::RulebookInForce& rulebook,
                               std::shared_ptr<ActReply> reply);

}  // namespace loangate::intake
