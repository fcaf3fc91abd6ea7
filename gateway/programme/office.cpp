// Acts of the office: entries in the registry, rulings on held messages and on institutions.
#include <fmt/format.h>

#include <algorithm>

#include "base/contains.hpp"
#include "domain/bank_code.hpp"
#include "programme/amendment.hpp"
#include "programme/conference.hpp"
#include "programme/filing.hpp"

namespace loangate::programme {
namespace {

/// Entry of a period: the one that begins on the same day is replaced.
void enter(std::vector<Period>& periods, const Period& entered) {
  const auto same = std::ranges::find(periods, entered.from, &Period::from);
  if (same == periods.end()) {
    periods.push_back(entered);
  } else {
    *same = entered;
  }
}

void check_period(Date from, const std::optional<Date>& until, std::uint16_t field, Judgement& j) {
  if (until && *until < from) j.require_order("valid_from", from, "valid_until", *until, field);
}

void check_uscc(const Uscc& uscc, std::uint16_t field, Judgement& j) {
  if (j.rulebook.accepts(uscc)) return;
  j.refuse(FindingCode::company_code_invalid, field, {{"given", uscc.string()}});
}

/// What changed of a company's place on the list.
struct ListChanged {
  ListChange kind;
  std::optional<Category> category = {};
  std::optional<std::string> document_no = {};
  Period period;
};

/// A change of the list, to the banks that lend to the company.
void tell_lenders(const Company& company, ListChanged changed, Judgement& j) {
  for (const PartnerId& lender : j.registry.lenders(company.uscc)) {
    const Version* const version = j.version(lender, j.today);
    const bool listed = version != nullptr && is_listed(company, j.today, *version) &&
                        !(version->d_class && is_d_class(company, j.today));
    const ListUpdate told{.delivery_id = 0,
                          .company_uscc = company.uscc,
                          .company_name = company.name,
                          .change = changed.kind,
                          .listed = listed ? Answer::yes : Answer::no,
                          .category = changed.category,
                          .document_no = changed.document_no,
                          .effective_on = changed.period.from,
                          .until = changed.period.until};
    j.send(lender, ListUpdate::kind, {company.uscc}, told.record());
  }
}

/// Category 10: all members consent, or a meeting has decided. The bureau's own programme is the one
/// that is for everybody.
void check_admission(const CompanyEntry& act, Judgement& j) {
  using Field = CompanyEntry::field;
  check_meeting(meeting_of(act, false, j.occasion.partner), j);
  if (act.category != Category::by_conference) return;
  const Version* const version = j.version(j.occasion.partner, j.today);
  if (version == nullptr || !version->conference || !version->conference->consents_for_listing) return;
  const bool met = act.meeting_no && !act.meeting_no->empty() && act.meeting_on;
  if (!met && !all_consent(*version->conference, act.opinions)) {
    j.refuse(FindingCode::consents_missing, Field::opinions);
  }
}

/// 合作资格通知, to banks and guarantors.
void tell_institution(const Institution& institution, const QualificationNotice& told, Judgement& j) {
  if (institution.role != PartnerRole::bank && institution.role != PartnerRole::guarantor) return;
  j.send(institution.id, QualificationNotice::kind, {institution.id}, told.record());
}

/// The last day of the two years in which a removed institution cannot apply: the day before the same
/// day.
Date last_barred_day(Date decided_on, int years) {
  return decided_on.plus_years(years).plus_days(-1);
}

/// Whether a period would admit a removed institution before its bar ends. One that is entered again
/// may become shorter.
bool reopens(const Institution& institution, const Period& entered) {
  if (!institution.barred_until || entered.from > *institution.barred_until) return false;
  const auto same = std::ranges::find(institution.admitted, entered.from, &Period::from);
  if (same == institution.admitted.end()) return true;
  return same->until && (!entered.until || *entered.until > *same->until);
}

}  // namespace

void judge(const CompanyEntry& act, Judgement& j) {
  using Field = CompanyEntry::field;
  check_uscc(act.company_uscc, Field::company_uscc, j);
  check_period(act.valid_from, act.valid_until, Field::valid_until, j);
  check_admission(act, j);
  if (j.refused()) return;

  // From here on it is entered.
  enter_meeting(act.meeting_no, act.meeting_on, j);
  const Company* known = j.registry.company(act.company_uscc);
  Company company = known != nullptr ? *known : Company{.uscc = act.company_uscc, .name = act.company_name};
  company.name = act.company_name;
  const Qualification ground{act.category, act.document_no, {act.valid_from, act.valid_until}};
  const auto same = std::ranges::find_if(company.qualifications, [&](const Qualification& other) {
    return other.category == ground.category && other.document_no == ground.document_no;
  });
  const bool is_new = same == company.qualifications.end();
  if (is_new) {
    company.qualifications.push_back(ground);
  } else {
    *same = ground;
  }
  // Entered again, it is what it was: the banks have been told.
  if (known == nullptr || company != *known) {
    tell_lenders(company,
                 {.kind = is_new ? ListChange::entered : ListChange::changed,
                  .category = ground.category,
                  .document_no = ground.document_no,
                  .period = ground.valid},
                 j);
  }
  j.change(std::move(company));
}

void judge(const CompanyDClass& act, Judgement& j) {
  using Field = CompanyDClass::field;
  check_uscc(act.company_uscc, Field::company_uscc, j);
  check_period(act.valid_from, act.valid_until, Field::valid_until, j);
  const Company* known = j.registry.company(act.company_uscc);
  if (known == nullptr) {
    j.refuse(FindingCode::company_unknown, Field::company_uscc, {{"company", act.company_uscc.string()}});
  }
  if (j.refused()) return;

  // From here on it is entered.
  Company company = *known;
  const Period period{act.valid_from, act.valid_until};
  enter(company.d_class, period);
  if (company != *known) tell_lenders(company, {.kind = ListChange::d_class, .period = period}, j);
  j.change(std::move(company));
}

void judge(const InstitutionEntry& act, Judgement& j) {
  using Field = InstitutionEntry::field;
  if (act.institution_code && !is_institution_code(act.institution_code->view())) {
    j.refuse(FindingCode::institution_code_invalid, Field::institution_code,
             {{"given", act.institution_code->string()}});
  }
  check_period(act.admitted_from, act.admitted_until, Field::admitted_until, j);
  const Institution* known = j.registry.institution(act.institution);
  if (known != nullptr && reopens(*known, {act.admitted_from, act.admitted_until})) {
    j.refuse(FindingCode::institution_barred, Field::admitted_from,
             {{"until", format(*known->barred_until)}});
  }
  if (j.refused()) return;

  // From here on it is entered.
  Institution institution{.id = act.institution,
                          .role = act.role,
                          .name_zh = act.name_zh,
                          .name_en = act.name_en,
                          .code = act.institution_code,
                          .sci_tech_branch = act.sci_tech_branch == Answer::yes,
                          .admitted = known != nullptr ? known->admitted : std::vector<Period>{}};
  if (known != nullptr) institution.barred_until = known->barred_until, institution.lent_in = known->lent_in;
  enter(institution.admitted, {act.admitted_from, act.admitted_until});
  // Of its first entry an institution knows; of what changes later it is told.
  if (known != nullptr && known->admitted != institution.admitted) {
    tell_institution(
        institution,
        {.delivery_id = 0, .status = QualificationStatus::admitted, .effective_on = act.admitted_from}, j);
  }
  j.change(std::move(institution));
}

void judge(const RuleHold& act, Judgement& j) {
  using Field = RuleHold::field;
  j.decision.loan_no = act.loan_no;
  auto loan = j.registry.loan({act.lender, act.loan_no});
  if (!loan) return j.refuse(FindingCode::loan_unknown, Field::loan_no, {{"given", act.loan_no.string()}});
  if (loan->amendment) return rule_amendment(std::move(*loan), act.ruling, act.reason, j);
  if (!std::holds_alternative<standing::Pending>(loan->standing)) {
    return j.refuse_state(*loan, Field::loan_no, RuleHold::kind);
  }
  if (act.ruling == HoldRuling::released) {
    release(std::move(*loan), act.reason, j);
  } else {
    refuse(std::move(*loan), act.reason, j);
  }
}

// On 1 January, for the year before: whoever lent nothing is put before the conference, which decides.
void judge(const YearAssess& act, Judgement& j) {
  using Field = YearAssess::field;
  const auto first = Date::of(static_cast<int>(std::clamp<std::int64_t>(act.year, 2000, 9998)), 1, 1);
  if (first->year() != act.year || first->plus_years(1) > j.today) {
    return j.refuse(FindingCode::year_not_over, Field::year, {{"given", std::to_string(act.year)}});
  }
  const Date last = first->plus_years(1).plus_days(-1);
  for (const PartnerId& id : j.registry.institutions(PartnerRole::bank)) {
    const Version* const version = j.version(id, last);
    if (version == nullptr || !version->institutions) continue;
    const Institution& bank = *j.registry.institution(id);
    const bool whole_year = std::ranges::any_of(
        bank.admitted, [&](const Period& period) { return period.covers(*first) && period.covers(last); });
    const bool assessed = version->institutions->full_years_only ? whole_year : admitted(bank, last);
    if (!assessed || contains(bank.lent_in, first->year())) continue;
    if (j.registry.assessment(id, first->year())) continue;
    j.change(Assessment{.institution = id, .year = first->year()});
    tell_institution(bank,
                     {.delivery_id = 0,
                      .status = QualificationStatus::under_review,
                      .effective_on = j.today,
                      .reason = fmt::format("{}年未发放科创贷款，提请联席会议审定", first->year())},
                     j);
  }
}

void judge(const RuleInstitution& act, Judgement& j) {
  using Field = RuleInstitution::field;
  check_meeting(meeting_of(act, true, act.institution), j);
  const Institution* const known = j.registry.institution(act.institution);
  if (known == nullptr) {
    return j.refuse(FindingCode::institution_unknown, Field::institution,
                    {{"given", act.institution.string()}});
  }
  const bool removed = act.ruling == InstitutionRuling::removed;
  if (removed && !admitted(*known, act.effective_on)) {
    j.refuse(FindingCode::institution_not_admitted, Field::institution, {{"date", format(act.effective_on)}});
  }
  if (j.refused()) return;

  // From here on it is ruled. Loans already made keep their cover, and are reported on as before.
  enter_meeting(act.meeting_no, act.meeting_on, j);
  for (int year = act.meeting_on.year() - 1; year < act.meeting_on.year() + 1; ++year) {
    auto assessment = j.registry.assessment(act.institution, year);
    if (!assessment || assessment->ruling) continue;
    assessment->ruling = act.ruling;
    assessment->meeting_no = act.meeting_no;
    j.change(*std::move(assessment));
  }
  QualificationNotice told{.delivery_id = 0,
                           .status = removed ? QualificationStatus::removed : QualificationStatus::admitted,
                           .effective_on = act.effective_on,
                           .meeting_no = act.meeting_no,
                           .reason = act.reason};
  if (removed) {
    Institution institution = *known;
    for (Period& period : institution.admitted) {
      if (period.covers(act.effective_on)) period.until = act.effective_on.plus_days(-1);
    }
    std::erase_if(institution.admitted,
                  [&](const Period& period) { return period.from >= act.effective_on; });
    const Version* const version = j.version(act.institution, act.meeting_on);
    if (version != nullptr && version->institutions && version->institutions->bar_years > 0) {
      institution.barred_until = last_barred_day(act.meeting_on, version->institutions->bar_years);
      told.barred_until = institution.barred_until;
    }
    j.change(std::move(institution));
  }
  tell_institution(*known, told, j);
}

/// A lane belongs to the delivering side; the act is kept, the registry does not change.
void judge(const LaneRelease&, Judgement&) {}

// Whether a profile is fit is for those to say who know profiles; what follows commits beside the act.
void judge(const RuleProfile&, Judgement&) {}
void judge(const ProfileBack&, Judgement&) {}
void judge(const ConfigurationLoad&, Judgement&) {}

void judge(const OutageEntry& act, Judgement& j) {
  j.change(Outage{.from = act.outage_from, .until = act.outage_until});
}

}  // namespace loangate::programme
