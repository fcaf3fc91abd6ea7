#pragma once
#include <vector>

#include "programme/judgement.hpp"

/// Deadlines follow from the state and the calendar; nobody keeps a list of them. Who goes through the loans
/// once a day (gateway/intake/deadlines) asks here what has come near or passed, and what has been told
/// already is on record as a Deadline.
namespace loangate::programme {

/// A deadline that is open on the day, and since when its bank or payer should be told of it.
struct OpenDeadline {
  Deadline deadline;  ///< neither reminded nor missed
  PartnerId whose;
  Date remind_from;
  bool can_be_missed;  ///< not the day from which compensation may be applied for
};

/// All open deadlines of a loan, with those of its case. Empty under a programme
/// without reminders.
std::vector<OpenDeadline> deadlines_of(const Loan& loan, Date today, const RegistryView& registry,
                                       const Rulebook& rulebook);

/// Whether something is to be told of it on the day that has not been told: a reminder before, a miss after.
bool is_due(const OpenDeadline& open, Date today, const RegistryView& registry);

}  // namespace loangate::programme
