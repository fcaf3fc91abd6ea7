#include "programme/deadline.hpp"

#include <algorithm>

namespace loangate::programme {
namespace {

/// A loan that matured without word from its bank: was it repaid, or must an overdue be reported?
void add_overdue_report(const Loan& loan, const Version& version, const Calendar& calendar,
                        std::vector<OpenDeadline>& open) {
  if (!version.overdue_report || loan.outstanding == Fen::zero()) return;
  const OverdueReportRule& rule = *version.overdue_report;
  const WorkingDay by =
      calendar.nth_working_day_after(loan.matures_on.plus_days(rule.day_zero), rule.working_days);
  open.push_back({.deadline = {.kind = DeadlineKind::overdue_report,
                               .loan = loan.ref,
                               .due_on = by.date,
                               .provisional = by.provisional},
                  .whose = loan.ref.lender,
                  // Not before it is overdue at all.
                  .remind_from = std::max(loan.matures_on.plus_days(1),
                                          by.date.plus_days(-version.reminders->overdue_report_days)),
                  .can_be_missed = true});
}

/// The first day on which compensation may be applied for.
void add_application(const Loan& loan, const course::Overdue& overdue, const Version& version,
                     std::vector<OpenDeadline>& open) {
  if (!version.claim) return;
  const Date earliest = overdue.due_on.plus_days(version.claim->overdue_days + 1);
  open.push_back(
      {.deadline = {.kind = DeadlineKind::compensation_application, .loan = loan.ref, .due_on = earliest},
       .whose = loan.ref.lender,
       .remind_from = earliest,
       .can_be_missed = false});
}

void add_payments(const Loan& loan, const Case& of, const Version& version, const RegistryView& registry,
                  std::vector<OpenDeadline>& open) {
  for (const InstructionNo& no : of.instructions) {
    const auto instruction = registry.instruction(no);
    if (!instruction || instruction->paid) continue;
    open.push_back({.deadline = {.kind = DeadlineKind::payment,
                                 .loan = loan.ref,
                                 .instruction = no,
                                 .due_on = instruction->pay_by},
                    .whose = instruction->payer,
                    .remind_from = instruction->pay_by.plus_days(-version.reminders->payment_days),
                    .can_be_missed = true});
  }
  for (const Recovery& recovery : of.recoveries) {
    std::vector<InstructionNo> owed;
    for (const Recovery::Return& part : recovery.returns) {
      if (part.remittance) owed.push_back(*part.remittance);
    }
    if (recovery.bank_remittance) owed.push_back(*recovery.bank_remittance);
    for (const InstructionNo& no : owed) {
      const auto remittance = registry.remittance(no);
      if (!remittance || remittance->received) continue;
      open.push_back({.deadline = {.kind = DeadlineKind::remittance,
                                   .loan = loan.ref,
                                   .instruction = remittance->no,
                                   .due_on = remittance->pay_by},
                      .whose = remittance->from,
                      .remind_from = remittance->pay_by.plus_days(-version.reminders->remittance_days),
                      .can_be_missed = true});
    }
  }
}

}  // namespace

std::vector<OpenDeadline> deadlines_of(const Loan& loan, Date today, const RegistryView& registry,
                                       const Rulebook& rulebook) {
  std::vector<OpenDeadline> open;
  const Version* const version = rulebook.at(loan.ref.lender, today);
  if (version == nullptr || !version->reminders || !loan.open()) return open;
  if (std::holds_alternative<course::Current>(loan.course)) {
    if (today > loan.matures_on) add_overdue_report(loan, *version, rulebook.calendar(), open);
  } else if (const auto* overdue = std::get_if<course::Overdue>(&loan.course)) {
    if (std::holds_alternative<standing::Filed>(loan.standing))
      add_application(loan, *overdue, *version, open);
  } else if (const auto* compensated = std::get_if<course::Compensated>(&loan.course)) {
    if (const auto of = registry.find_case(compensated->case_no))
      add_payments(loan, *of, *version, registry, open);
  }
  return open;
}

std::optional<RulingDue> ruling_due(MessageKind ruling, Date since, const Version& version,
                                    const Calendar& calendar) {
  if (ruling == MessageKind::rule_hold && version.filing)
    return RulingDue{calendar.nth_working_day_after(since, version.filing->working_days), "filing"};
  if (ruling == MessageKind::rule_compensation && version.payment)
    return RulingDue{{since.plus_days(version.payment->target_days), false}, "payment"};
  return std::nullopt;
}

WorkingDaysLeft working_days_left(const Calendar& calendar, Date today, Date due) {
  WorkingDaysLeft left{0, false};
  const int step = today < due ? 1 : -1;
  for (Date day = std::min(today, due).plus_days(1); day <= std::max(today, due); day = day.plus_days(1)) {
    const auto known = calendar.is_working_day(day);
    left.provisional = left.provisional || !known;
    if (known.value_or(day.weekday() != 0 && day.weekday() != 6)) left.days += step;
  }
  return left;
}

bool is_due(const OpenDeadline& open, Date today, const RegistryView& registry) {
  const auto told = registry.deadline(open.deadline);
  const bool missed = open.can_be_missed && today > open.deadline.due_on;
  if (missed) return !told || !told->missed_on;
  return today >= open.remind_from && (!told || !told->reminded_on);
}

// deadline.pass: what has come near or passed is told, once. A miss is for the office: no message goes out.
void judge(const DeadlinePass& act, Judgement& j) {
  using Field = DeadlinePass::field;
  const LoanRef ref{act.lender, act.loan_no};
  const auto loan = j.registry.loan(ref);
  if (!loan) return j.refuse(FindingCode::loan_unknown, Field::loan_no, {{"given", act.loan_no.string()}});
  j.decision.loan_no = act.loan_no;
  const auto open = deadlines_of(*loan, j.today, j.registry, j.rulebook);
  const auto found = std::ranges::find_if(open, [&](const OpenDeadline& each) {
    return each.deadline.kind == act.deadline && each.deadline.due_on == act.due_on &&
           each.deadline.instruction == act.instruction_no;
  });
  if (found == open.end() || !is_due(*found, j.today, j.registry)) {
    return j.refuse(FindingCode::deadline_not_due, Field::due_on, {{"given", format(act.due_on)}});
  }

  // From here on it is told.
  Deadline deadline = j.registry.deadline(found->deadline).value_or(found->deadline);
  if (found->can_be_missed && j.today > deadline.due_on) {
    deadline.missed_on = j.today;
    return j.change(std::move(deadline));
  }
  deadline.reminded_on = j.today;
  DeadlineReminder told{.delivery_id = 0,
                        .deadline = deadline.kind,
                        .due_on = deadline.due_on,
                        .provisional = deadline.provisional ? Answer::yes : Answer::no,
                        .loan_no = ref.number,
                        .company_name = loan->company_name,
                        .instruction_no = deadline.instruction};
  if (const auto* compensated = std::get_if<course::Compensated>(&loan->course)) {
    told.case_no = compensated->case_no;
  }
  j.send(found->whose, DeadlineReminder::kind, {ref}, told.record());
  j.change(std::move(deadline));
}

}  // namespace loangate::programme
