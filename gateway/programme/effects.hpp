#pragma once
#include <optional>
#include <string_view>

#include "programme/judgement.hpp"

/// What others are told of an accepted message.
namespace loangate::programme {

/// A credit event to every credit registry (settled 38), if the loan is filed: of a pending loan it learns at
/// release.
void tell_credit_registry(const Loan& loan, CreditEventCode event, Date on, Judgement& judgement,
                          std::optional<Fen> amount = {}, std::optional<SpecialTransaction> transaction = {});

/// That the company is in default since the overdue's due date, that it was cured, or that the report is
/// withdrawn: to its other lenders, the loan's guarantor and the office. Names neither the bank nor the
/// amount (settled 10); the first notice is named by its number, the sequence of the report (settled 32).
void notify_default(const Loan& loan, const course::Overdue& overdue, NoticeKind kind, Judgement& judgement);

/// 三年限制期: the company is barred from the payment to the day before the same day years later. A
/// payment never shortens a bar that is there.
void bar_company(const Loan& loan, const PaymentRule& rule, Date paid_on, Judgement& judgement);

/// The ruling on a held message about the loan, to its bank (settled 8).
void tell_bank_of_hold(const Loan& loan, const MessageId& held, HoldRuling ruling, std::string_view reason,
                       Judgement& judgement);

/// The overdue that the loan is in ends: it is current again, and the overdue stays in its history.
void end_overdue(Loan& loan, NoticeKind how, Date on, Judgement& judgement);

}  // namespace loangate::programme
