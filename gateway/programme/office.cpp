// Acts of the office: entries in the registry, and the ruling on a held filing.
#include <algorithm>

#include "domain/bank_code.hpp"
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

}  // namespace

void judge(const CompanyEntry& act, Judgement& j) {
  using Field = CompanyEntry::field;
  check_uscc(act.company_uscc, Field::company_uscc, j);
  check_period(act.valid_from, act.valid_until, Field::valid_until, j);
  if (j.refused()) return;

  // From here on it is entered.
  const Company* known = j.registry.company(act.company_uscc);
  Company company = known != nullptr ? *known : Company{.uscc = act.company_uscc, .name = act.company_name};
  company.name = act.company_name;
  const Qualification ground{act.category, act.document_no, {act.valid_from, act.valid_until}};
  const auto same = std::ranges::find_if(company.qualifications, [&](const Qualification& other) {
    return other.category == ground.category && other.document_no == ground.document_no;
  });
  if (same == company.qualifications.end()) {
    company.qualifications.push_back(ground);
  } else {
    *same = ground;
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
  enter(company.d_class, {act.valid_from, act.valid_until});
  j.change(std::move(company));
}

void judge(const InstitutionEntry& act, Judgement& j) {
  using Field = InstitutionEntry::field;
  if (act.institution_code && !is_institution_code(act.institution_code->view())) {
    j.refuse(FindingCode::institution_code_invalid, Field::institution_code,
             {{"given", act.institution_code->string()}});
  }
  check_period(act.admitted_from, act.admitted_until, Field::admitted_until, j);
  if (j.refused()) return;

  // From here on it is entered.
  const Institution* known = j.registry.institution(act.institution);
  Institution institution{.id = act.institution,
                          .role = act.role,
                          .name_zh = act.name_zh,
                          .name_en = act.name_en,
                          .code = act.institution_code,
                          .sci_tech_branch = act.sci_tech_branch == Answer::yes,
                          .admitted = known != nullptr ? known->admitted : std::vector<Period>{}};
  enter(institution.admitted, {act.admitted_from, act.admitted_until});
  j.change(std::move(institution));
}

void judge(const RuleHold& act, Judgement& j) {
  using Field = RuleHold::field;
  j.decision.loan_no = act.loan_no;
  auto loan = j.registry.loan({act.lender, act.loan_no});
  if (!loan) return j.refuse(FindingCode::loan_unknown, Field::loan_no, {{"given", act.loan_no.string()}});
  if (!std::holds_alternative<standing::Pending>(loan->standing)) {
    return j.refuse_state(*loan, Field::loan_no, RuleHold::kind);
  }
  if (act.ruling == HoldRuling::released) {
    release(std::move(*loan), act.reason, j);
  } else {
    refuse(std::move(*loan), act.reason, j);
  }
}

/// A lane belongs to the delivering side; the act is kept, the registry does not change.
void judge(const LaneRelease&, Judgement&) {}

void judge(const OutageEntry& act, Judgement& j) {
  j.change(Outage{.from = act.outage_from, .until = act.outage_until});
}

}  // namespace loangate::programme
