#include "intake/deadlines.hpp"

#include <algorithm>

#include "programme/deadline.hpp"

namespace loangate::intake {
namespace {

store::Writes enter_own(MessageKind kind, const Record& record, Instant now,
                        const programme::Rulebook& rulebook, const store::View& view, Sequence sequence,
                        ActReply& reply) {
  const GivenAct act = given_act(kind, record, canonical_json(record));
  return enter(act, {gateway_itself, now}, rulebook, view, sequence, reply);
}

}  // namespace

bool can_have_deadline(const Loan& loan, Date today) {
  if (!std::holds_alternative<course::Current>(loan.course)) return loan.open();
  return today > loan.matures_on;
}

store::Unit pass_deadline(const LoanRef& ref, Instant now, const programme::RulebookInForce& rulebook,
                          std::shared_ptr<ActReply> reply) {
  return [ref, now, &rulebook, reply = std::move(reply)](const store::View& view,
                                                         Sequence sequence) -> store::Writes {
    const auto loan = view.loan(ref);
    if (!loan) return {};
    const Date today = civil_day(now);
    const auto rules = rulebook.current();
    const auto open = programme::deadlines_of(*loan, today, view, *rules);
    const auto due = std::ranges::find_if(
        open, [&](const programme::OpenDeadline& each) { return programme::is_due(each, today, view); });
    if (due == open.end()) return {};
    const DeadlinePass act{.deadline = due->deadline.kind,
                           .due_on = due->deadline.due_on,
                           .lender = ref.lender,
                           .loan_no = ref.number,
                           .instruction_no = due->deadline.instruction};
    return enter_own(DeadlinePass::kind, act.record(), now, *rules, view, sequence, *reply);
  };
}

store::Unit assess_year_before(Instant now, const programme::RulebookInForce& rulebook,
                               std::shared_ptr<ActReply> reply) {
  return [now, &rulebook, reply = std::move(reply)](const store::View& view,
                                                    Sequence sequence) -> store::Writes {
    const YearAssess act{.year = civil_day(now).year() - 1};
    store::Writes writes =
        enter_own(YearAssess::kind, act.record(), now, *rulebook.current(), view, sequence, *reply);
    // Nobody to assess, or assessed before: nothing to keep a record of.
    if (writes.changes.empty()) return {};
    return writes;
  };
}

}  // namespace loangate::intake
