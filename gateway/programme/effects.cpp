#include "programme/effects.hpp"

#include <algorithm>

namespace loangate::programme {
namespace {

AccountStatus account_status(const Loan& loan, CreditEventCode event) {
  // A change leaves the account as it is; every other event is itself a state of it.
  if (event == CreditEventCode::changed && overdue_of(loan) != nullptr) return AccountStatus::overdue;
  return credit_tags(event).status;
}

}  // namespace

void tell_credit_registry(const Loan& loan, CreditEventCode event, Date on, Judgement& judgement,
                          std::optional<Fen> amount, std::optional<SpecialTransaction> transaction) {
  if (!std::holds_alternative<standing::Filed>(loan.standing)) return;
  const course::Overdue* overdue = overdue_of(loan);
  for (const PartnerId& to : judgement.registry.institutions(PartnerRole::credit_registry)) {
    CreditEvent told{.delivery_id = 0,
                     .event = event,
                     .lender = loan.ref.lender,
                     .company_uscc = loan.company,
                     .company_name = loan.company_name,
                     .loan_no = loan.ref.number,
                     .occurred_on = on,
                     .opened_on = loan.disbursed_on,
                     .matures_on = loan.matures_on,
                     .loan_amount = loan.lent,
                     .outstanding = loan.outstanding,
                     .transaction_amount = amount,
                     .security = loan.security,
                     .account_status = account_status(loan, event),
                     .special_transaction = transaction};
    if (overdue != nullptr) told.overdue_amount = overdue->principal + overdue->interest;
    judgement.send(to, CreditEvent::kind, {loan.ref}, told.record());
  }
}

void notify_default(const Loan& loan, const course::Overdue& overdue, NoticeKind kind, Judgement& judgement) {
  const auto notify = [&](const PartnerId& to) {
    DefaultNotice told{.delivery_id = 0,
                       .notice_no = 0,
                       .notice_kind = kind,
                       .company_uscc = loan.company,
                       .company_name = loan.company_name,
                       .default_since = overdue.due_on};
    if (kind != NoticeKind::opened) told.first_notice_no = static_cast<std::int64_t>(overdue.report.number);
    Record notice = told.record();
    notice.clear(DefaultNotice::field::notice_no);  // the sequence of this message, given at commit
    judgement.send(to, DefaultNotice::kind, {loan.company}, std::move(notice));
  };
  for (const PartnerId& lender : judgement.registry.lenders(loan.company)) {
    if (lender != loan.ref.lender) notify(lender);
  }
  if (loan.guarantor && judgement.registry.institution(*loan.guarantor) != nullptr) notify(*loan.guarantor);
  for (const PartnerId& office : judgement.registry.institutions(PartnerRole::office)) notify(office);
}

void bar_company(const Loan& loan, const PaymentRule& rule, Date paid_on, Judgement& judgement) {
  const Company* const known = judgement.registry.company(loan.company);
  if (known == nullptr || rule.bar_years == 0) return;
  const Period bar{paid_on, paid_on.plus_years(rule.bar_years).plus_days(-1)};
  Company company = *known;
  auto& barred = company.barred;
  if (!barred || (barred->until && *barred->until < bar.from)) {
    barred = bar;
  } else {
    barred->from = std::min(barred->from, bar.from);
    if (barred->until && *barred->until < *bar.until) barred->until = bar.until;
  }
  if (company != *known) judgement.change(std::move(company));
}

void tell_bank_of_hold(const Loan& loan, const MessageId& held, HoldRuling ruling, std::string_view reason,
                       Judgement& judgement) {
  const HoldDecision told{.delivery_id = 0,
                          .original_id = held,
                          .loan_no = loan.ref.number,
                          .ruling = ruling,
                          .decided_on = judgement.today,
                          .reason = std::string(reason)};
  judgement.send(loan.ref.lender, HoldDecision::kind, {loan.ref}, told.record());
}

void end_overdue(Loan& loan, NoticeKind how, Date on, Judgement& judgement) {
  // A copy first: what is assigned must not lie in what is assigned to.
  const course::Overdue overdue = std::get<course::Overdue>(loan.course);
  loan.course = course::Current{};
  loan.overdues_before.push_back(overdue.due_on);
  notify_default(loan, overdue, how, judgement);
  tell_credit_registry(loan, CreditEventCode::cured, on, judgement);
}

}  // namespace loangate::programme
