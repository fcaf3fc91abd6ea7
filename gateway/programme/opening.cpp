// opening.loan, opening.claim, opening.cap: what was before the gateway, entered once and marked as imported
// (settled 36). Nothing is told to anybody: the partners know their own past.
#include "domain/case_no.hpp"
#include "programme/books.hpp"
#include "programme/effects.hpp"
#include "programme/filing.hpp"

namespace loangate::programme {
namespace {

std::optional<PartnerId> the_payer(PayerRole role, const LossRule::Shares& shares, const Loan& loan) {
  if (role == PayerRole::guarantor) return loan.guarantor;
  for (const LossRule::Payer& payer : shares.payers) {
    if (payer.role == role && payer.partner) return payer.partner;
  }
  return std::nullopt;
}

}  // namespace

void judge(const OpeningLoan& act, Judgement& j) {
  using Field = OpeningLoan::field;
  const RecordSpec& spec = OpeningLoan::spec();
  j.decision.loan_no = act.loan_no;
  j.require_not_future(spec, Field::as_of, act.as_of);
  j.require_positive(spec, Field::loan_amount, act.loan_amount);
  j.require_positive(spec, Field::outstanding, act.outstanding);
  const Fen filed = act.filed_amount.value_or(act.loan_amount);
  j.require_positive(spec, Field::filed_amount, filed);
  if (filed > act.loan_amount) {
    j.refuse(FindingCode::filed_exceeds_lent, Field::filed_amount,
             {{"filed", format_yuan_grouped(filed)}, {"lent", format_yuan_grouped(act.loan_amount)}});
  }
  if (act.outstanding > act.loan_amount) {
    j.refuse(
        FindingCode::filed_exceeds_lent, Field::outstanding,
        {{"filed", format_yuan_grouped(act.outstanding)}, {"lent", format_yuan_grouped(act.loan_amount)}});
  }
  j.require_order("disbursed_on", act.disbursed_on, "matures_on", act.matures_on, Field::matures_on);
  if (act.as_of < act.disbursed_on)
    j.require_order("disbursed_on", act.disbursed_on, "as_of", act.as_of, Field::as_of);
  if (!j.rulebook.accepts(act.company_uscc))
    j.refuse(FindingCode::company_code_invalid, Field::company_uscc, {{"given", act.company_uscc.string()}});
  const Institution* const lender = j.registry.institution(act.lender);
  if (lender == nullptr || lender->role != PartnerRole::bank)
    j.refuse(FindingCode::institution_unknown, Field::lender, {{"given", act.lender.string()}});
  const LoanRef ref{act.lender, act.loan_no};
  if (j.registry.loan(ref)) j.refuse(FindingCode::already_imported, Field::loan_no, {{"given", ref.text()}});
  j.require_not_negative(spec, Field::overdue_principal, act.overdue_principal);
  j.require_not_negative(spec, Field::overdue_interest, act.overdue_interest);
  if (act.overdue_principal && *act.overdue_principal > act.outstanding) {
    j.refuse(FindingCode::overdue_exceeds_outstanding, Field::overdue_principal,
             {{"given", format_yuan_grouped(*act.overdue_principal)},
              {"outstanding", format_yuan_grouped(act.outstanding)}});
  }
  if (act.overdue_since) {
    j.require_order("disbursed_on", act.disbursed_on, "overdue_since", *act.overdue_since,
                    Field::overdue_since);
    j.require_order("overdue_since", *act.overdue_since, "as_of", act.as_of, Field::as_of);
  }
  if (act.overdue_since.has_value() != act.overdue_principal.has_value())
    j.refuse(FindingCode::ruling_incomplete, Field::overdue_principal, {{"field", "overdue_principal"}});
  if (j.refused()) return;

  // From here on it is entered.
  Loan loan{.filing = j.occasion.sequence,
            .ref = ref,
            .filed_as = *MessageId::parse("opening/" + act.loan_no.string()),
            .contract_no = act.contract_no,
            .company = act.company_uscc,
            .company_name = act.company_name,
            .lent = act.loan_amount,
            .filed = filed,
            .outstanding = act.outstanding,
            .disbursed_on = act.disbursed_on,
            .matures_on = act.matures_on,
            .rate = act.rate,
            .security = act.security,
            .guarantor_kind = act.guarantor_kind,
            .guarantor = act.guarantor,
            .content = j.occasion.content,
            .filed_on = act.as_of,
            .imported = true};
  if (act.overdue_since) {
    loan.course = course::Overdue{.due_on = *act.overdue_since,
                                  .principal = *act.overdue_principal,
                                  .interest = act.overdue_interest.value_or(Fen::zero()),
                                  .reported_on = act.reported_on.value_or(act.as_of),
                                  .late = false,
                                  .report = j.occasion.sequence,
                                  .reported_as = loan.filed_as};
  }
  note_activity(loan, j);
  j.change(std::move(loan));
}

void judge(const OpeningClaim& act, Judgement& j) {
  using Field = OpeningClaim::field;
  const RecordSpec& spec = OpeningClaim::spec();
  j.decision.loan_no = act.loan_no;
  j.require_not_future(spec, Field::as_of, act.as_of);
  j.require_not_negative(spec, Field::principal, act.principal);
  j.require_not_negative(spec, Field::interest, act.interest);
  j.require_not_negative(spec, Field::fund_paid, act.fund_paid);
  j.require_not_negative(spec, Field::guarantor_paid, act.guarantor_paid);
  const Fen loss = act.principal + act.interest;
  const Fen paid = act.fund_paid + act.guarantor_paid;
  if (paid > loss) {
    j.refuse(
        FindingCode::approved_exceeds_asked, Field::fund_paid,
        {{"field", "fund_paid"}, {"given", format_yuan_grouped(paid)}, {"most", format_yuan_grouped(loss)}});
  }
  const LoanRef ref{act.lender, act.loan_no};
  auto loan = j.registry.loan(ref);
  if (!loan || !loan->imported)
    return j.refuse(FindingCode::loan_unknown, Field::loan_no, {{"given", act.loan_no.string()}});
  const auto* overdue = std::get_if<course::Overdue>(&loan->course);
  if (overdue == nullptr) return j.refuse_state(*loan, Field::loan_no, OpeningClaim::kind);
  if (act.principal > loan->outstanding) {
    j.refuse(FindingCode::claim_exceeds_outstanding, Field::principal,
             {{"given", format_yuan_grouped(act.principal)},
              {"outstanding", format_yuan_grouped(loan->outstanding)}});
  }
  const Version* const version = j.version(act.lender, act.decided_on);
  if (version == nullptr || !version->loss) {
    return j.refuse(FindingCode::programme_not_in_force, Field::decided_on,
                    {{"date", format(act.decided_on)}});
  }
  const LossRule::Shares& shares = loan->guarantor_kind == GuarantorKind::institution
                                       ? version->loss->guaranteed_by_institution
                                       : version->loss->unguaranteed;
  struct Paid {
    PayerRole role;
    Fen amount;
    std::uint16_t field;
  };
  const Paid both[] = {{PayerRole::fund, act.fund_paid, Field::fund_paid},
                       {PayerRole::guarantor, act.guarantor_paid, Field::guarantor_paid}};
  for (const Paid& each : both) {
    if (each.amount > Fen::zero() && !the_payer(each.role, shares, *loan))
      j.refuse(FindingCode::payer_unknown, each.field, {{"role", std::string(spec_of(each.role).zh)}});
  }
  if (j.refused()) return;

  // From here on it is entered, as approved, instructed and paid.
  Case of{.no = case_no(j.occasion.sequence),
          .loan = ref,
          .application = j.occasion.sequence,
          .applied_as = loan->filed_as,
          .principal = act.principal,
          .interest = act.interest,
          .as_of = act.as_of,
          .payee_name = {},
          .payee_account = {},
          .payee_bank_code = {},
          .ruling = Ruling{.ruling = CompensationRuling::approved,
                           .meeting_no = act.meeting_no,
                           .decided_on = act.decided_on,
                           .principal = act.principal,
                           .interest = act.interest,
                           .reason = {},
                           .opinions = {}},
          .loss = loss,
          .bank_share = loss - paid,
          .governing_version = version->name,
          .fund_nominal = act.fund_paid,
          .imported = true};
  j.decision.case_no = of.no;
  Event event(act.as_of, of);
  for (const Paid& each : both) {
    if (each.amount == Fen::zero()) continue;
    const PartnerId payer = *the_payer(each.role, shares, *loan);
    const InstructionNo no = instruction_no(of.no, payer);
    of.instructions.push_back(no);
    event.book(payer, Account::recourse, Account::cash, each.amount);
    j.change(Instruction{.no = no,
                         .case_no = of.no,
                         .loan = ref,
                         .payer = payer,
                         .role = each.role,
                         .amount = each.amount,
                         .pay_by = act.paid_on,
                         .paid = Instruction::Payment{.amount = each.amount,
                                                      .on = act.paid_on,
                                                      .reference = "opening",
                                                      .confirmation = j.occasion.sequence}});
  }
  event.post(j);
  if (paid > Fen::zero() && version->payment) bar_company(*loan, *version->payment, act.paid_on, j);
  // A copy first: what is assigned must not lie in what is assigned to.
  const course::Overdue before = *overdue;
  loan->course = course::Compensated{of.no, before};
  j.change(std::move(of));
  j.change(*std::move(loan));
}

void judge(const OpeningCap& act, Judgement& j) {
  using Field = OpeningCap::field;
  j.require_not_future(OpeningCap::spec(), Field::as_of, act.as_of);
  j.require_not_negative(OpeningCap::spec(), Field::approved, act.approved);
  if (j.registry.institution(act.institution) == nullptr)
    j.refuse(FindingCode::institution_unknown, Field::institution, {{"given", act.institution.string()}});
  if (act.year < 2000 || act.year > act.as_of.year())
    j.refuse(FindingCode::year_not_over, Field::year, {{"given", std::to_string(act.year)}});
  const auto year = static_cast<std::int32_t>(act.year);
  if (j.registry.fund_year(act.institution, year)) {
    j.refuse(FindingCode::already_imported, Field::year,
             {{"given", act.institution.string() + " " + std::to_string(act.year)}});
  }
  if (j.refused()) return;

  // From here on it is entered.
  j.change(FundYear{.institution = act.institution, .year = year, .approved = act.approved});
}

}  // namespace loangate::programme
