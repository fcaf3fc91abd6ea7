// limit.query, limit.reserve: a bank asks for headroom before it lends, and may keep it to itself for a while
// . It never learns who else lends (settled 10).
#include <algorithm>

#include "programme/filing.hpp"

namespace loangate::programme {
namespace {

/// By those who may lend today, and for listed companies only (R-20, settled 10).
const Version* version_for(const Uscc& uscc, std::uint16_t field, Judgement& j) {
  if (!j.rulebook.accepts(uscc)) {
    j.refuse(FindingCode::company_code_invalid, field, {{"given", uscc.string()}});
    return nullptr;
  }
  const Version* const version = j.version(j.occasion.partner, j.today);
  if (version == nullptr) {
    j.refuse(FindingCode::programme_not_in_force, field, {{"date", format(j.today)}});
    return nullptr;
  }
  const LenderRule* const lender = version->lender ? &*version->lender : nullptr;
  if (lender != nullptr && lender->admitted_only &&
      (j.speaker == nullptr || !admitted(*j.speaker, j.today))) {
    j.find(lender->broken, FindingCode::institution_not_admitted, Judgement::whole_message,
           {{"date", format(j.today)}});
  }
  check_company(uscc, j.today, field, *version, j);
  return version;
}

/// What the bank holds in reserve for the company today.
Book::Lender reserved_by(const PartnerId& bank, const Uscc& company, const Judgement& j) {
  if (const Book* const book = j.registry.book(company)) {
    const auto own = std::ranges::find(book->lenders, bank, &Book::Lender::id);
    if (own != book->lenders.end() && j.today <= own->reserved_until) return *own;
  }
  return {.id = bank};
}

void note_shortage(Severity severity, const CeilingRule& rule, Fen headroom, Fen asked, std::uint16_t field,
                   Judgement& j) {
  j.find(severity, FindingCode::ceiling_exceeded, field,
         {{"limit", format_yuan_grouped(rule.limit)},
          {"headroom", format_yuan_grouped(headroom)},
          {"asked", format_yuan_grouped(asked)}});
}

}  // namespace

void judge(const LimitQuery& m, Judgement& j) {
  using Field = LimitQuery::field;
  if (m.amount) j.require_positive(LimitQuery::spec(), Field::amount, *m.amount);
  const Version* const version = version_for(m.company_uscc, Field::company_uscc, j);
  if (version == nullptr || j.refused()) return;
  if (!version->ceiling) return j.note(FindingCode::ceiling_not_stated, Field::company_uscc);
  const Fen headroom =
      std::max(Fen::zero(), headroom_under(*version->ceiling, m.company_uscc, j.occasion.partner, j));
  if (m.amount && *m.amount > headroom) {
    note_shortage(Severity::note, *version->ceiling, headroom, *m.amount, Field::amount, j);
  }
  const Book::Lender own = reserved_by(j.occasion.partner, m.company_uscc, j);
  j.decision.limit = {.headroom = headroom, .reserved = own.reserved, .reserved_until = {}};
  if (own.reserved > Fen::zero()) j.decision.limit->reserved_until = own.reserved_until;
}

void judge(const LimitReserve& m, Judgement& j) {
  using Field = LimitReserve::field;
  const RecordSpec& spec = LimitReserve::spec();
  j.require_not_negative(spec, Field::amount, m.amount);
  const Version* const version = version_for(m.company_uscc, Field::company_uscc, j);
  if (version == nullptr) return;
  if (!version->ceiling || !version->reservation) {
    return j.refuse(FindingCode::reservation_not_offered, Judgement::whole_message);
  }
  // Reserving again does not begin anew: nobody is blocked for longer than once.
  const Book::Lender before = reserved_by(j.occasion.partner, m.company_uscc, j);
  const Date since = before.reserved > Fen::zero() ? before.reserved_since : j.today;
  const Date latest = since.plus_days(version->reservation->most_days);
  const Date until = m.until.value_or(latest);
  if (until < j.today) j.require_order("today", j.today, "until", until, Field::until);
  if (until > latest) {
    j.refuse(FindingCode::reservation_too_long, Field::until,
             {{"given", format(until)}, {"latest", format(latest)}});
  }
  const Fen headroom =
      std::max(Fen::zero(), headroom_under(*version->ceiling, m.company_uscc, j.occasion.partner, j));
  if (m.amount > headroom) {
    note_shortage(Severity::refusal, *version->ceiling, headroom, m.amount, Field::amount, j);
  }
  if (j.refused()) return;

  // From here on it is reserved; the bank's former reservation for the company is replaced.
  j.change(Reservation{.company = m.company_uscc,
                       .bank = j.occasion.partner,
                       .amount = m.amount,
                       .since = since,
                       .until = until});
  j.decision.limit = {.headroom = headroom, .reserved = m.amount, .reserved_until = {}};
  if (m.amount > Fen::zero()) j.decision.limit->reserved_until = until;
}

}  // namespace loangate::programme
