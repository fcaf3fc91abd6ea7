// overdue.report: the borrower did not pay what was due.
#include <algorithm>

#include "base/contains.hpp"
#include "programme/effects.hpp"

namespace loangate::programme {
namespace {

using Field = OverdueReport::field;

/// Whether the report comes after its time. A late one is accepted and flagged: the measures name no
/// sanction.
bool is_late(Date due_on, const OverdueReportRule& rule, Judgement& j) {
  const Calendar& calendar = j.rulebook.calendar();
  const WorkingDay deadline =
      calendar.nth_working_day_after(due_on.plus_days(rule.day_zero), rule.working_days);
  const bool late = j.today > deadline.date;
  if (late) {
    j.note(FindingCode::overdue_report_late, Field::due_on, {{"deadline", format(deadline.date)}});
    j.note_outage(due_on.plus_days(1), deadline.date, Field::due_on);  // overdue from the day after
  }
  if (deadline.provisional && j.today > calendar.valid_to()) {
    j.note(FindingCode::deadline_provisional, Field::due_on,
           {{"deadline", format(deadline.date)}, {"year", std::to_string(deadline.date.year())}});
  }
  return late;
}

}  // namespace

void judge(const OverdueReport& m, Judgement& j) {
  const RecordSpec& spec = OverdueReport::spec();
  const Fen interest = m.overdue_interest.value_or(Fen::zero());
  j.require_not_negative(spec, Field::overdue_principal, m.overdue_principal);
  j.require_not_negative(spec, Field::overdue_interest, m.overdue_interest);
  // Unpaid interest alone is an overdue too (到期本息); nothing at all is none.
  if (m.overdue_principal == Fen::zero() && interest == Fen::zero()) {
    j.require_positive(spec, Field::overdue_principal, m.overdue_principal);
  }
  j.require_order("due_on", m.due_on, "today", j.today, Field::due_on);  // overdue from the day after
  auto loan = j.loan(m.loan_no, Field::loan_no, OverdueReport::kind);
  if (!loan) return;
  auto* known = std::get_if<course::Overdue>(&loan->course);
  if (known == nullptr && !std::holds_alternative<course::Current>(loan->course)) {
    return j.refuse_state(*loan, Field::loan_no, OverdueReport::kind);
  }
  j.require_order("disbursed_on", loan->disbursed_on, "due_on", m.due_on, Field::due_on);
  // What was cured or withdrawn is over; what is overdue now became due later.
  if (!loan->overdues_before.empty() && m.due_on <= std::ranges::max(loan->overdues_before)) {
    j.refuse(FindingCode::overdue_ended, Field::due_on, {{"due", format(m.due_on)}});
  }
  if (m.overdue_principal > loan->outstanding) {
    j.refuse(FindingCode::overdue_exceeds_outstanding, Field::overdue_principal,
             {{"given", format_yuan_grouped(m.overdue_principal)},
              {"outstanding", format_yuan_grouped(loan->outstanding)}});
  }
  if (j.refused()) return;

  // From here on it is accepted. The procedure goes by the version in force today.
  const Version* version = j.version(loan->ref.lender, j.today);
  const bool late =
      version != nullptr && version->overdue_report && is_late(m.due_on, *version->overdue_report, j);
  if (known != nullptr) {
    // A further report on the same overdue brings new figures. Its date is the first unpaid due date: an
    // earlier one corrects it, a later one is not the first.
    if (m.due_on < known->due_on) known->due_on = m.due_on, known->late |= late;
    known->principal = m.overdue_principal;
    known->interest = interest;
    tell_credit_registry(*loan, CreditEventCode::changed, j.today, j);
  } else {
    const course::Overdue overdue{.due_on = m.due_on,
                                  .principal = m.overdue_principal,
                                  .interest = interest,
                                  .reported_on = j.today,
                                  .late = late,
                                  .report = j.occasion.sequence,
                                  .reported_as = m.message_id};
    loan->course = overdue;
    tell_credit_registry(*loan, CreditEventCode::overdue, m.due_on, j);
    notify_default(*loan, overdue, NoticeKind::opened, j);
  }
  j.change(std::move(*loan));
}

}  // namespace loangate::programme
