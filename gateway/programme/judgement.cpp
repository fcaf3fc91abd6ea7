#include "programme/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace loangate::programme {

void Judgement::find(Severity severity, FindingCode code, std::uint16_t field, Values values) {
  decision.findings.push_back({.code = code,
                               .severity = severity,
                               .field = {.field = has_fields ? field : whole_message},
                               .values = std::vector<std::pair<std::string_view, std::string>>(values)});
}

bool Judgement::has(Severity severity) const {
  return std::ranges::any_of(decision.findings,
                             [&](const Finding& finding) { return finding.severity == severity; });
}

void Judgement::require_positive(const RecordSpec& spec, std::uint16_t field, Fen amount) {
  if (amount > Fen::zero()) return;
  refuse(FindingCode::amount_not_positive, field, {{"field", std::string(spec.fields[field].name)}});
}

void Judgement::require_not_negative(const RecordSpec& spec, std::uint16_t field, std::optional<Fen> amount) {
  if (!amount || *amount >= Fen::zero()) return;
  refuse(FindingCode::amount_negative, field, {{"field", std::string(spec.fields[field].name)}});
}

void Judgement::require_not_future(const RecordSpec& spec, std::uint16_t field, Date date) {
  if (date <= today) return;
  refuse(
      FindingCode::date_in_future, field,
      {{"field", std::string(spec.fields[field].name)}, {"given", format(date)}, {"today", format(today)}});
}

void Judgement::require_order(std::string_view earlier_name, Date earlier, std::string_view later_name,
                              Date later, std::uint16_t later_field) {
  if (earlier < later) return;
  refuse(FindingCode::dates_out_of_order, later_field,
         {{"earlier", fmt::format("{} {}", earlier_name, format(earlier))},
          {"later", fmt::format("{} {}", later_name, format(later))}});
}

void Judgement::note_outage(Date first_day, Date deadline, std::uint16_t field) {
  const auto outage = registry.outage_between(start_of(first_day), start_of(deadline.plus_days(1)));
  if (!outage) return;
  note(FindingCode::outage_in_window, field,
       {{"from", format(outage->from)}, {"until", format(outage->until)}});
}

std::optional<Loan> Judgement::loan(const LoanNo& number, std::uint16_t field, MessageKind act) {
  decision.loan_no = number;
  auto found = registry.loan({occasion.partner, number});
  if (!found) {
    refuse(FindingCode::loan_unknown, field, {{"given", number.string()}});
  } else if (std::holds_alternative<standing::Refused>(found->standing) ||
             std::holds_alternative<standing::Cancelled>(found->standing)) {
    refuse_state(*found, field, act);
    found.reset();
  }
  return found;
}

void Judgement::refuse_state(const Loan& loan, std::uint16_t field, MessageKind act) {
  const MessageSpec& spec = spec_of(act);
  refuse(
      FindingCode::loan_in_wrong_state, field,
      {{"state", std::string(state_words(loan))}, {"act", fmt::format("{} {}", spec.record->zh, spec.name)}});
}

void Judgement::send(const PartnerId& to, MessageKind kind, Lane lane, Record message) {
  message.clear(0);  // delivery_id: given at commit
  decision.outgoing.push_back({.to = to, .kind = kind, .lane = lane, .message = std::move(message)});
}

Decision Judgement::take() {
  decision.outcome = refused() ? Outcome::rejected : held() ? Outcome::held : Outcome::accepted;
  return std::move(decision);
}

std::string_view state_words(const Loan& loan) {
  constexpr std::string_view courses[] = {"正常 current",       "逾期 overdue", "已申请代偿 applied",
                                          "已代偿 compensated", "结清 settled", "已续贷 renewed",
                                          "核销 written off"};
  static_assert(std::size(courses) == std::variant_size_v<Course>);
  if (std::holds_alternative<standing::Refused>(loan.standing)) return "不予备案 refused";
  if (std::holds_alternative<standing::Cancelled>(loan.standing)) return "备案已撤销 cancelled";
  // A pending loan goes on like any other; that it is pending matters only where nothing else forbids the
  // act.
  const bool open = loan.course.index() <= 1;
  if (open && std::holds_alternative<standing::Pending>(loan.standing)) return "暂挂待审 pending";
  return courses[loan.course.index()];
}

bool is_with_the_bank(const Loan& loan) {
  return std::holds_alternative<course::Current>(loan.course) ||
         std::holds_alternative<course::Overdue>(loan.course);
}

const course::Overdue* overdue_of(const Loan& loan) {
  if (const auto* overdue = std::get_if<course::Overdue>(&loan.course)) return overdue;
  if (const auto* applied = std::get_if<course::Applied>(&loan.course)) return &applied->overdue;
  if (const auto* compensated = std::get_if<course::Compensated>(&loan.course)) return &compensated->overdue;
  return nullptr;
}

course::Overdue* overdue_of(Loan& loan) {
  return const_cast<course::Overdue*>(overdue_of(std::as_const(loan)));
}

}  // namespace loangate::programme
