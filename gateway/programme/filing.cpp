// loan.disbursement: a filing, and a held filing judged again. A renewal and a correction are judged by the
// same checks (renewal.cpp, amendment.cpp).
#include "programme/filing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/contains.hpp"
#include "domain/bank_code.hpp"
#include "programme/effects.hpp"

namespace loangate::programme {
namespace {

using Field = LoanDisbursement::field;

Date first_maturity(const Loan& loan) {
  return loan.matured_before_extension.value_or(loan.matures_on);
}

/// 同期: which of the two tenors the ceiling goes by.
LprTenor ceiling_tenor(const Loan& loan, const RateRule& rule) {
  const Date end = first_maturity(loan);
  if (end <= loan.disbursed_on.plus_years(1)) return LprTenor::one_year;
  if (end >= loan.disbursed_on.plus_years(rule.long_tenor_years)) return LprTenor::five_years;
  return loan.pricing.lpr_tenor.value_or(rule.middle_tenor);
}

/// The tenor over which the bank priced the loan: the one it declared, else the one of the ceiling.
LprTenor pricing_tenor(const Loan& loan, const Version* version) {
  if (loan.pricing.lpr_tenor) return *loan.pricing.lpr_tenor;
  return version != nullptr && version->rate ? ceiling_tenor(loan, *version->rate) : LprTenor::one_year;
}

/// Sets the rate of a loan that was stated as LPR ± basis points (settled 31).
void price(Loan& loan, const Judgement& j) {
  if (!loan.pricing.lpr_spread_bp) return;
  const Version* const version = j.version(loan.ref.lender, loan.disbursed_on);
  const auto quote =
      j.rulebook.lpr().quote(loan.disbursed_on, pricing_tenor(loan, version), j.rulebook.calendar());
  loan.rate = (quote ? quote->rate : Rate::millionths(0)) + Rate::basis_points(*loan.pricing.lpr_spread_bp);
}

/// The guarantor as an institution of ours: named by its partner id or by its 机构编码.
std::optional<PartnerId> find_guarantor(std::string_view named, const RegistryView& registry) {
  if (const auto id = PartnerId::parse(named)) {
    const Institution* institution = registry.institution(*id);
    if (institution != nullptr && institution->role == PartnerRole::guarantor) return id;
  }
  for (const PartnerId& id : registry.institutions(PartnerRole::guarantor)) {
    const Institution* institution = registry.institution(id);
    if (institution->code && institution->code->view() == named) return id;
  }
  return std::nullopt;
}

void check_shape(const LoanDisbursement& m, Judgement& j) {
  const RecordSpec& spec = LoanDisbursement::spec();
  if (!j.rulebook.accepts(m.company_uscc)) {
    j.refuse(FindingCode::company_code_invalid, Field::company_uscc, {{"given", m.company_uscc.string()}});
  }
  if (m.branch_code && !is_bank_code(m.branch_code->view())) {
    j.refuse(FindingCode::bank_code_invalid, Field::branch_code, {{"given", m.branch_code->string()}});
  }
  if (m.currency && *m.currency != "CNY") {
    j.refuse(FindingCode::currency_not_cny, Field::currency, {{"given", *m.currency}});
  }
  j.require_positive(spec, Field::loan_amount, m.loan_amount);
  if (m.filed_amount) {
    j.require_positive(spec, Field::filed_amount, *m.filed_amount);
    if (*m.filed_amount > m.loan_amount) {
      j.refuse(
          FindingCode::filed_exceeds_lent, Field::filed_amount,
          {{"filed", format_yuan_grouped(*m.filed_amount)}, {"lent", format_yuan_grouped(m.loan_amount)}});
    }
  }
  j.require_order("disbursed_on", m.disbursed_on, "matures_on", m.matures_on, Field::matures_on);
  j.require_not_future(spec, Field::disbursed_on, m.disbursed_on);
  if (m.rate.has_value() == m.lpr_spread_bp.has_value()) j.refuse(FindingCode::rate_not_stated, Field::rate);
  const bool guaranteed = m.security == Security::guarantee || m.guarantor;
  check_guarantor_stated(guaranteed, m.guarantor_kind, m.guarantor.has_value(), j);
}

/// The loan as the filing states it, its rate not yet known if it is stated over the LPR.
Loan stated_loan(const LoanDisbursement& m, const Judgement& j) {
  constexpr std::int64_t widest_spread_bp = 100'000;  // beyond any rate that passes, and within the type
  Loan loan{.filing = j.occasion.sequence,
            .ref = {j.occasion.partner, m.loan_no},
            .filed_as = m.message_id,
            .contract_no = m.contract_no,
            .company = m.company_uscc,
            .company_name = m.company_name,
            .lent = m.loan_amount,
            .filed = m.filed_amount.value_or(m.loan_amount),
            .outstanding = m.loan_amount,
            .disbursed_on = m.disbursed_on,
            .matures_on = m.matures_on,
            .rate = m.rate.value_or(Rate::millionths(0)),
            .security = m.security,
            .guarantor_kind = m.guarantor_kind,
            .content = j.occasion.content,
            .filed_on = j.today,
            .pricing = {.lpr_tenor = m.lpr_tenor, .reason_given = m.rate_reason && !m.rate_reason->empty()}};
  if (m.lpr_spread_bp && !m.rate) {
    loan.pricing.lpr_spread_bp =
        static_cast<std::int32_t>(std::clamp(*m.lpr_spread_bp, -widest_spread_bp, widest_spread_bp));
  }
  return loan;
}

/// A second filing of one loan (settled 13).
void answer_filed_before(const Loan& before, Judgement& j) {
  if (std::holds_alternative<standing::Refused>(before.standing) ||
      std::holds_alternative<standing::Cancelled>(before.standing)) {
    j.refuse_state(before, Field::loan_no, LoanDisbursement::kind);
  } else if (before.content == j.occasion.content) {
    j.note(FindingCode::already_filed, Field::loan_no, {{"first", std::to_string(before.filing.number)}});
  } else {
    j.refuse(FindingCode::loan_already_filed, Field::loan_no,
             {{"first", std::to_string(before.filing.number)}});
  }
}

void check_lender(const Loan& loan, const Institution* lender, const LenderRule& rule, Judgement& j) {
  if (rule.admitted_only && (lender == nullptr || !admitted(*lender, loan.disbursed_on))) {
    j.find(rule.broken, FindingCode::institution_not_admitted, Field::disbursed_on,
           {{"date", format(loan.disbursed_on)}});
  }
  if (rule.sci_tech_branch_only && (lender == nullptr || !lender->sci_tech_branch)) {
    j.find(rule.broken, FindingCode::lender_not_eligible, Field::disbursed_on,
           {{"date", format(loan.disbursed_on)}, {"needed", "科技支行"}});
  }
}

void check_ceiling(const Loan& loan, Claim own, const CeilingRule& rule, Judgement& j) {
  const Fen headroom = headroom_under(rule, loan.company, loan.ref.lender, j) + own.counted;
  if (own.asked <= headroom) return;
  // A filing of the whole loan need not state the amount filed.
  const std::uint16_t amount = loan.filed == loan.lent ? Field::loan_amount : Field::filed_amount;
  j.find(rule.broken, FindingCode::ceiling_exceeded, amount,
         {{"limit", format_yuan_grouped(rule.limit)},
          {"headroom", format_yuan_grouped(std::max(Fen::zero(), headroom))},
          {"asked", format_yuan_grouped(own.asked)}});
}

/// What the guarantor has confirmed of the loan (settled 34).
void check_guarantee(const Loan& loan, const GuaranteeRule& rule, Judgement& j) {
  if (loan.guarantor_kind != GuarantorKind::institution || !loan.guarantor) return;
  if (is_guaranteed(loan, j)) return;
  j.find(rule.unconfirmed, FindingCode::guarantee_unconfirmed, Field::guarantor,
         {{"guarantor", loan.guarantor->string()}});
}

void check_rate(const Loan& loan, const Version& version, Judgement& j) {
  const bool capped = version.rate && !version.rate->exempt.has(loan.security);
  if (!capped && !loan.pricing.lpr_spread_bp) return;
  const LprTenor tenor = capped ? ceiling_tenor(loan, *version.rate) : pricing_tenor(loan, &version);
  const auto lpr = j.rulebook.lpr().quote(loan.disbursed_on, tenor, j.rulebook.calendar());
  if (!lpr || !lpr->vouched) {
    return j.hold(FindingCode::lpr_not_vouched, Field::disbursed_on, {{"date", format(loan.disbursed_on)}});
  }
  if (!capped || loan.rate <= version.rate->ceiling(lpr->rate)) return;
  const bool explained = loan.pricing.reason_given;
  j.find(explained ? version.rate->explained : version.rate->unexplained,
         explained ? FindingCode::rate_above_ceiling_explained : FindingCode::rate_above_ceiling, Field::rate,
         {{"rate", format_percent(loan.rate)},
          {"ceiling", format_percent(version.rate->ceiling(lpr->rate))},
          {"lpr", format_percent(lpr->rate)}});
}

void check_filing_time(const Loan& loan, const FilingRule& rule, Judgement& j) {
  const Calendar& calendar = j.rulebook.calendar();
  const WorkingDay deadline = calendar.nth_working_day_after(loan.disbursed_on, rule.working_days);
  // Inside the published calendar a filing is in time whatever the days beyond it will be.
  if (deadline.provisional && loan.filed_on > calendar.valid_to()) {
    j.hold(FindingCode::calendar_not_vouched, Field::disbursed_on, {{"date", format(calendar.valid_to())}});
  } else if (loan.filed_on > deadline.date) {
    j.find(rule.late, FindingCode::filing_late, Field::disbursed_on, {{"deadline", format(deadline.date)}});
    j.note_outage(loan.disbursed_on, deadline.date, Field::disbursed_on);
  }
  // The one due date that a filing states is its maturity.
  const Date due = first_maturity(loan);
  if (loan.filed_on > due) {
    j.find(rule.after_overdue, FindingCode::filed_after_overdue, Field::matures_on, {{"due", format(due)}});
  }
}

}  // namespace

void check_guarantor_stated(bool guaranteed, std::optional<GuarantorKind> kind, bool named, Judgement& j) {
  if (guaranteed && !kind) {
    j.refuse(FindingCode::guarantor_not_stated, Field::guarantor_kind);
  } else if (kind == GuarantorKind::institution && !named) {
    j.refuse(FindingCode::guarantor_not_stated, Field::guarantor);
  }
}

void check_rate_range(const Loan& loan, Judgement& j) {
  if (loan.rate >= Rate::millionths(0) && loan.rate <= greatest_rate) return;
  j.refuse(FindingCode::rate_out_of_range, loan.pricing.lpr_spread_bp ? Field::lpr_spread_bp : Field::rate,
           {{"given", format_percent(loan.rate)}, {"most", format_percent(greatest_rate)}});
}

void check_eligibility(const Loan& loan, Claim own, Judgement& j) {
  const Version* const version = j.version(loan.ref.lender, loan.disbursed_on);
  if (version == nullptr) {
    return j.refuse(FindingCode::programme_not_in_force, Field::disbursed_on,
                    {{"date", format(loan.disbursed_on)}});
  }
  const Company* company = j.registry.company(loan.company);
  if (version->lender) check_lender(loan, j.registry.institution(loan.ref.lender), *version->lender, j);
  check_company(loan.company, loan.disbursed_on, Field::company_uscc, *version, j);
  if (version->ceiling) check_ceiling(loan, own, *version->ceiling, j);
  check_rate(loan, *version, j);
  if (version->filing) check_filing_time(loan, *version->filing, j);
  if (version->guarantee) check_guarantee(loan, *version->guarantee, j);
  if (version->loss && loan.security == Security::guarantee &&
      loan.guarantor_kind != GuarantorKind::institution) {
    j.find(version->loss->guaranteed_by_others_filed, FindingCode::guarantee_needs_ruling,
           Field::guarantor_kind);
  }
  if (version->term && version->term->least_days &&
      first_maturity(loan) < loan.disbursed_on.plus_days(*version->term->least_days)) {
    j.find(version->term->broken, FindingCode::term_under_limit, Field::matures_on,
           {{"least", std::to_string(*version->term->least_days)}});
  }
  if (version->term && exceeds_term(loan, first_maturity(loan), *version->term)) {
    j.find(version->term->broken, FindingCode::term_over_limit, Field::matures_on);
  }
  if (company != nullptr && company->barred && company->barred->covers(loan.disbursed_on)) {
    j.note(FindingCode::company_barred, Field::company_uscc,
           {{"until", company->barred->until ? format(*company->barred->until) : std::string()}});
  }
}

namespace {

std::vector<FindingCode> holds(const Findings& findings) {
  std::vector<FindingCode> reasons;
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::hold) reasons.push_back(finding.code);
  }
  return reasons;
}

/// Today's findings about a filing that is held.
void judge_again(Loan& loan, Judgement& j) {
  j.has_fields = false;
  price(loan, j);
  check_rate_range(loan, j);
  check_eligibility(loan, {.asked = loan.exposure(), .counted = loan.exposure()}, j);
}

}  // namespace

void point_at(const RecordSpec& other, std::uint16_t otherwise, std::size_t first, Judgement& j) {
  Findings& findings = j.decision.findings;
  for (std::size_t i = first; i < findings.size(); ++i) {
    std::uint16_t& field = findings[i].field.field;
    if (field == FieldPath::none) continue;
    const std::size_t own = other.index_of(LoanDisbursement::spec().fields[field].name);
    field = own < other.fields.size() ? static_cast<std::uint16_t>(own) : otherwise;
  }
}

bool is_listed(const Company& company, Date day, const Version& version) {
  return !version.listing || std::ranges::any_of(company.qualifications, [&](const Qualification& ground) {
    return version.listing->categories.has(ground.category) && ground.valid.covers(day);
  });
}

bool is_d_class(const Company& company, Date day) {
  return std::ranges::any_of(company.d_class, [&](const Period& period) { return period.covers(day); });
}

void check_company(const Uscc& uscc, Date day, std::uint16_t field, const Version& version, Judgement& j) {
  const Company* const company = j.registry.company(uscc);
  if (version.listing && (company == nullptr || !is_listed(*company, day, version))) {
    j.find(version.listing->broken, FindingCode::company_not_listed, field,
           {{"date", format(day)}, {"company", uscc.string()}});
  }
  if (version.d_class && company != nullptr && is_d_class(*company, day)) {
    j.find(version.d_class->broken, FindingCode::company_d_class, field, {{"date", format(day)}});
  }
}

bool exceeds_term(const Loan& loan, Date maturity, const TermRule& rule) {
  return maturity > loan.disbursed_on.plus_years(rule.years);
}

Fen headroom_under(const CeilingRule& rule, const Uscc& company, const PartnerId& lender,
                   const Judgement& j) {
  const Book* const book = j.registry.book(company);
  if (rule.measure != CeilingRule::Measure::outstanding || book == nullptr) return rule.limit;
  const Programme* const programme = j.rulebook.of(lender);
  Fen left = rule.limit;
  for (const Book::Lender& other : book->lenders) {
    if (j.rulebook.of(other.id) == programme)
      left -= other.id == lender ? other.exposure : other.counted(j.today);
  }
  return left;
}

std::optional<PartnerId> name_guarantor(std::string_view named, std::optional<GuarantorKind> kind, Date day,
                                        Judgement& j) {
  auto guarantor = find_guarantor(named, j.registry);
  if (kind == GuarantorKind::institution &&
      (!guarantor || !admitted(*j.registry.institution(*guarantor), day))) {
    j.refuse(FindingCode::guarantor_not_admitted, Field::guarantor, {{"given", std::string(named)}});
  }
  return guarantor;
}

bool is_guaranteed(const Loan& loan, const Judgement& j) {
  const auto confirmed = j.registry.guarantee(loan.ref);
  if (!confirmed || loan.guarantor != confirmed->guarantor) return false;
  const Version* const version = j.version(loan.ref.lender, j.today);
  if (version == nullptr || !version->loss) return true;
  const LossRule::Shares& shares = version->loss->guaranteed_by_institution;
  Fen share = Fen::zero();
  for (const LossRule::Payer& payer : shares.payers) {
    if (payer.role == PayerRole::guarantor) share += portion_half_up(loan.filed, payer.parts, shares.whole);
  }
  return confirmed->amount >= share;
}

void use_reservation(const Loan& loan, Fen more, Judgement& j) {
  const Book* const book = j.registry.book(loan.company);
  if (book == nullptr || more <= Fen::zero()) return;
  const auto own = std::ranges::find(book->lenders, loan.ref.lender, &Book::Lender::id);
  if (own == book->lenders.end() || own->reserved == Fen::zero() || own->reserved_until < j.today) return;
  j.change(Reservation{.company = loan.company,
                       .bank = loan.ref.lender,
                       .amount = std::max(Fen::zero(), own->reserved - more),
                       .since = own->reserved_since,
                       .until = own->reserved_until});
}

void catch_up_credit_registry(const Loan& loan, Judgement& j) {
  tell_credit_registry(loan, CreditEventCode::opened, loan.disbursed_on, j);
  if (const course::Overdue* overdue = overdue_of(loan)) {
    tell_credit_registry(loan, CreditEventCode::overdue, overdue->due_on, j);
  } else if (const auto* settled = std::get_if<course::Settled>(&loan.course)) {
    tell_credit_registry(loan, CreditEventCode::closed, settled->on, j);
  }
}

Standing standing_by(const Findings& findings) {
  std::vector<FindingCode> reasons = holds(findings);
  if (reasons.empty()) return standing::Filed{};
  return standing::Pending{std::move(reasons)};
}

void note_activity(const Loan& loan, Judgement& j) {
  if (!std::holds_alternative<standing::Filed>(loan.standing)) return;
  const Institution* const lender = j.registry.institution(loan.ref.lender);
  const int year = loan.disbursed_on.year();
  if (lender == nullptr || contains(lender->lent_in, year)) return;
  Institution active = *lender;
  active.lent_in.push_back(year);
  j.change(std::move(active));
}

std::optional<Loan> judge_filing(const LoanDisbursement& m, const Loan* renewed, Judgement& j) {
  j.decision.loan_no = m.loan_no;
  check_shape(m, j);
  if (const auto before = j.registry.loan({j.occasion.partner, m.loan_no})) {
    answer_filed_before(*before, j);
    return std::nullopt;
  }
  Loan loan = stated_loan(m, j);
  price(loan, j);
  check_rate_range(loan, j);
  if (m.guarantor) loan.guarantor = name_guarantor(*m.guarantor, m.guarantor_kind, loan.disbursed_on, j);
  const Fen counted = renewed != nullptr ? renewed->exposure() : Fen::zero();
  check_eligibility(loan, {.asked = loan.filed, .counted = counted}, j);
  if (j.refused()) return std::nullopt;

  // From here on it is accepted, or held as a pending loan that counts all the same (settled 8).
  const Version* const version = j.version(loan.ref.lender, loan.disbursed_on);
  loan.long_term = version->term && exceeds_term(loan, loan.matures_on, *version->term);
  loan.standing = standing_by(j.decision.findings);
  note_activity(loan, j);
  use_reservation(loan, loan.filed - counted, j);
  tell_credit_registry(loan, CreditEventCode::opened, loan.disbursed_on, j);
  return loan;
}

void judge(const LoanDisbursement& m, Judgement& j) {
  if (auto loan = judge_filing(m, nullptr, j)) j.change(*std::move(loan));
}

void release(Loan loan, std::string_view reason, Judgement& j) {
  judge_again(loan, j);
  if (j.refused()) return;

  // From here on it is filed: what it was held for is what the office has ruled on.
  for (Finding& finding : j.decision.findings) finding.severity = Severity::note;
  loan.standing = standing::Filed{};
  note_activity(loan, j);
  tell_bank_of_hold(loan, loan.filed_as, HoldRuling::released, reason, j);
  catch_up_credit_registry(loan, j);
  j.change(std::move(loan));
}

void refuse(Loan loan, std::string_view reason, Judgement& j) {
  loan.standing = standing::Refused{.on = j.today, .reason = std::string(reason)};
  tell_bank_of_hold(loan, loan.filed_as, HoldRuling::refused, reason, j);
  undo_renewal(loan, j);
  j.change(std::move(loan));
}

std::optional<Decision> decide_again(const Loan& pending, const Occasion& occasion,
                                     const RegistryView& registry, const Rulebook& rulebook) {
  const auto* held_for = std::get_if<standing::Pending>(&pending.standing);
  if (held_for == nullptr) return std::nullopt;
  Judgement j(occasion, registry, rulebook);
  j.decision.loan_no = pending.ref.number;
  Loan loan = pending;
  judge_again(loan, j);
  if (j.refused()) {
    const auto& findings = j.decision.findings;
    const auto first = std::ranges::find(findings, Severity::refusal, &Finding::severity);
    refuse(std::move(loan), text_zh(*first), j);
  } else if (j.held()) {
    auto reasons = holds(j.decision.findings);
    if (reasons == held_for->reasons) return std::nullopt;
    loan.standing = standing::Pending{std::move(reasons)};
    j.change(std::move(loan));
  } else {
    loan.standing = standing::Filed{};
    note_activity(loan, j);
    tell_bank_of_hold(loan, loan.filed_as, HoldRuling::released, "所缺数据已补录，自动再审通过", j);
    catch_up_credit_registry(loan, j);
    j.change(std::move(loan));
  }
  return j.take();
}

}  // namespace loangate::programme
