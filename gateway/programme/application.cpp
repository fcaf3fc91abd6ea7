// application.entry and loan.decision: a company applies to a bank through the bureau, and the bank answers
//
#include "programme/filing.hpp"

namespace loangate::programme {

void judge(const ApplicationEntry& act, Judgement& j) {
  using Field = ApplicationEntry::field;
  j.require_positive(ApplicationEntry::spec(), Field::amount, act.amount);
  const Institution* const bank = j.registry.institution(act.institution);
  if (bank == nullptr || bank->role != PartnerRole::bank) {
    j.refuse(FindingCode::institution_unknown, Field::institution, {{"given", act.institution.string()}});
  } else if (!admitted(*bank, j.today)) {
    j.refuse(FindingCode::institution_not_admitted, Field::institution, {{"date", format(j.today)}});
  }
  const Company* const company = j.registry.company(act.company_uscc);
  if (company == nullptr) {
    j.refuse(FindingCode::company_unknown, Field::company_uscc, {{"company", act.company_uscc.string()}});
  } else if (const Version* const version = j.version(act.institution, j.today)) {
    check_company(act.company_uscc, j.today, Field::company_uscc, *version,
                  j);  // here and at disbursement
  }
  if (j.registry.application(act.application_no)) {
    j.refuse(FindingCode::application_exists, Field::application_no, {{"given", act.application_no}});
  }
  if (j.refused()) return;

  // From here on it is passed on.
  const Application application{.no = act.application_no,
                                .bank = act.institution,
                                .company = act.company_uscc,
                                .amount = act.amount,
                                .applied_on = j.today};
  const LoanApplication told{.delivery_id = 0,
                             .application_no = act.application_no,
                             .applied_on = j.today,
                             .company_uscc = act.company_uscc,
                             .company_name = company->name,
                             .amount = act.amount,
                             .months = act.months,
                             .security = act.security,
                             .purpose = act.purpose,
                             .contact_name = act.contact_name,
                             .contact_phone = act.contact_phone};
  j.send(act.institution, LoanApplication::kind, {act.company_uscc}, told.record());
  j.change(application);
}

void judge(const LoanDecision& m, Judgement& j) {
  using Field = LoanDecision::field;
  const RecordSpec& spec = LoanDecision::spec();
  j.require_not_future(spec, Field::decided_on, m.decided_on);
  if (m.amount) j.require_positive(spec, Field::amount, *m.amount);
  if (m.ruling == LoanRuling::approved && !m.amount) {
    j.refuse(FindingCode::ruling_incomplete, Field::amount, {{"field", "amount"}});
  }
  auto application = j.registry.application(m.application_no);
  if (!application || application->bank != j.occasion.partner) {
    return j.refuse(FindingCode::application_unknown, Field::application_no, {{"given", m.application_no}});
  }
  if (application->answer) {
    j.refuse(FindingCode::application_answered, Field::application_no, {{"given", m.application_no}});
  }
  if (j.refused()) return;

  // From here on it is answered.
  application->answer = {
      .ruling = m.ruling, .on = m.decided_on, .amount = m.amount, .reason = m.reason.value_or("")};
  j.change(*std::move(application));
}

}  // namespace loangate::programme
