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

/// By when the office is to rule.
struct RulingDue {
  WorkingDay by;
  std::string_view rule;  ///< key of the rule in the programme's file that it rests on
};

/// The time limit that the programme gives for a ruling on what has waited since a day; nothing where it
/// states none (decision 0022). A held filing: as long as the bank has to file. A compensation: the
/// target of the payment, counted from the application, which is the stricter reading of R-36.
std::optional<RulingDue> ruling_due(MessageKind ruling, Date since, const Version& version,
                                    const Calendar& calendar);

/// Working days after `today` up to `due` itself, or, if it has passed, those after it as a negative number.
/// Provisional if they were counted beyond the published calendar.
struct WorkingDaysLeft {
  int days;
  bool provisional;
};
WorkingDaysLeft working_days_left(const Calendar& calendar, Date today, Date due);

/// Whether something is to be told of it on the day that has not been told: a reminder before, a miss after.
bool is_due(const OpenDeadline& open, Date today, const RegistryView& registry);

}  // namespace loangate::programme
