// compensation.application, and the conference's ruling on it (R-26 … R-36).
#include <array>

#include "base/contains.hpp"
#include "domain/bank_code.hpp"
#include "domain/case_no.hpp"
#include "domain/split.hpp"
#include "programme/books.hpp"
#include "programme/conference.hpp"
#include "programme/documents.hpp"
#include "programme/effects.hpp"
#include "programme/filing.hpp"

namespace loangate::programme {
namespace {

constexpr std::size_t most_payers = 8;  // rows of compensation.decision; the loader holds the rulebook to it

// --- the ruling

/// Which of the version's shares a loan falls under.
const LossRule::Shares& shares_of(const Loan& loan, const LossRule& rule) {
  if (loan.guarantor_kind == GuarantorKind::institution) return rule.guaranteed_by_institution;
  return loan.security == Security::guarantee ? rule.guaranteed_by_others : rule.unguaranteed;
}

/// Who bears the payer's share: an institution that pays, or nobody.
std::optional<PartnerId> find_payer(const LossRule::Payer& payer, const Loan& loan,
                                    const RegistryView& registry) {
  if (payer.role == PayerRole::guarantor && !payer.partner) return loan.guarantor;
  const PartnerRole role = payer.role == PayerRole::fund ? PartnerRole::fund : PartnerRole::guarantor;
  const auto those = registry.institutions(role);
  if (payer.partner) return contains(those, *payer.partner) ? payer.partner : std::nullopt;
  return those.size() == 1 ? std::optional(those.front()) : std::nullopt;
}

constexpr std::array<Fen, most_payers> nothing{Fen::zero(), Fen::zero(), Fen::zero(), Fen::zero(),
                                               Fen::zero(), Fen::zero(), Fen::zero(), Fen::zero()};

/// A loss and who bears it.
struct Apportionment {
  Fen loss = Fen::zero();
  std::array<Fen, most_payers> shares = nothing;
  std::array<Fen, most_payers> nominal = nothing;  ///< before the yearly cap
  Fen bank = Fen::zero();
  Fen fund_nominal = Fen::zero();  ///< the fund's shares before the yearly cap
};

Fen fund_share(const Apportionment& loss, const LossRule::Shares& shares) {
  Fen sum = Fen::zero();
  for (std::size_t i = 0; i < shares.payers.size(); ++i) {
    if (shares.payers[i].role == PayerRole::fund) sum += loss.shares[i];
  }
  return sum;
}

/// Simple interest on the principal for a number of days, actual days over 360.
Fen interest_of(const Loan& loan, Fen principal, int days) {
  return portion_half_up(principal, loan.rate.millionths() * days, std::int64_t{360} * 1'000'000);
}

/// The loss of the filed part, split once (settled 29, R-28: the ratio is not applied a second time).
Apportionment apportion(const Loan& loan, const LossRule& rule, const LossRule::Shares& shares, Fen principal,
                        Fen interest) {
  const Fen counted =
      rule.interest_days ? std::min(interest, interest_of(loan, principal, *rule.interest_days)) : interest;
  const Fen whole = rule.base == LossRule::Base::principal ? principal : principal + counted;
  Apportionment result{.loss = portion_half_up(whole, loan.filed.count(), loan.lent.count())};
  std::array<std::int64_t, most_payers> parts{};
  for (std::size_t i = 0; i < shares.payers.size(); ++i) parts[i] = shares.payers[i].parts;
  const std::size_t count = shares.payers.size();
  result.bank =
      split(result.loss, std::span(parts).first(count), shares.whole, std::span(result.shares).first(count));
  result.nominal = result.shares;
  result.fund_nominal = fund_share(result, shares);
  return result;
}

/// The calendar year whose cap a claim falls under.
int cap_year(const YearlyCapRule& rule, Date decided_on, Date pay_by, Date today) {
  switch (rule.basis) {
    case YearlyCapRule::Basis::instruction:
      return today.year();
    case YearlyCapRule::Basis::payment:
      return pay_by.year();
    case YearlyCapRule::Basis::decision:
      break;
  }
  return decided_on.year();
}

/// Cuts the fund's shares to what the institution's cap of the year leaves, the last payer's first. What is
/// cut moves to the bank; the guarantor's share stays (R-32, settled 28).
void cut_to_cap(Apportionment& loss, const LossRule::Shares& shares, Fen left) {
  Fen over = std::max(Fen::zero(), loss.fund_nominal - std::max(Fen::zero(), left));
  loss.bank += over;
  for (std::size_t i = shares.payers.size(); i-- > 0;) {
    if (shares.payers[i].role != PayerRole::fund) continue;
    const Fen cut = std::min(over, loss.shares[i]);
    loss.shares[i] -= cut;
    over -= cut;
  }
}

/// What each conclusion must carry (settled 25).
void check_ruling(const RuleCompensation& act, Judgement& j) {
  using Field = RuleCompensation::field;
  const auto need = [&](bool given, std::uint16_t field) {
    if (given) return;
    j.refuse(FindingCode::ruling_incomplete, field,
             {{"field", std::string(RuleCompensation::spec().fields[field].name)}});
  };
  if (act.ruling == CompensationRuling::approved) {
    need(act.approved_principal.has_value(), Field::approved_principal);
    need(act.approved_interest.has_value(), Field::approved_interest);
  } else {
    need(act.reason && !act.reason->empty(), Field::reason);
  }
  j.require_not_negative(RuleCompensation::spec(), Field::approved_principal, act.approved_principal);
  j.require_not_negative(RuleCompensation::spec(), Field::approved_interest, act.approved_interest);
  // Another version than the date gives needs a word why.
  if (act.governing_version) need(act.reason && !act.reason->empty(), Field::reason);
}

/// What was approved is at most what was asked, and no more principal than is still unpaid.
void check_approval(const RuleCompensation& act, const Case& of, const Loan& loan, Judgement& j) {
  using Field = RuleCompensation::field;
  const RecordSpec& spec = RuleCompensation::spec();
  const Fen principal = act.approved_principal.value_or(Fen::zero());
  const Fen interest = act.approved_interest.value_or(Fen::zero());
  const auto at_most = [&](Fen given, Fen most, std::uint16_t field) {
    if (given <= most) return;
    j.refuse(FindingCode::approved_exceeds_asked, field,
             {{"field", std::string(spec.fields[field].name)},
              {"given", format_yuan_grouped(given)},
              {"most", format_yuan_grouped(most)}});
  };
  at_most(principal, std::min(of.principal, loan.outstanding), Field::approved_principal);
  at_most(interest, of.interest, Field::approved_interest);
  if (act.approved_principal && act.approved_interest) {
    if (principal + interest == Fen::zero()) j.require_positive(spec, Field::approved_principal, principal);
    const bool lower = principal < of.principal || interest < of.interest;
    if (lower && (!act.reason || act.reason->empty())) {
      j.refuse(FindingCode::ruling_incomplete, Field::reason, {{"field", "reason"}});
    }
  }
  if (act.meeting_on && *act.meeting_on < of.as_of) {
    j.require_order("as_of", of.as_of, "meeting_on", *act.meeting_on, Field::meeting_on);
  }
}

CompensationDecision decision_message(const Case& of, const Ruling& ruling) {
  CompensationDecision told{.delivery_id = 0,
                            .case_no = of.no,
                            .loan_no = of.loan.number,
                            .application_no = of.application_no,
                            .ruling = ruling.ruling,
                            .decided_on = ruling.decided_on};
  if (!ruling.meeting_no.empty()) told.meeting_no = ruling.meeting_no;
  if (!ruling.reason.empty()) told.reason = ruling.reason;
  return told;
}

Ruling ruling_of(const RuleCompensation& act, const Judgement& j) {
  return {.ruling = act.ruling,
          .meeting_no = act.meeting_no.value_or(""),
          .decided_on = act.meeting_on.value_or(j.today),
          .principal = Fen::zero(),
          .interest = Fen::zero(),
          .reason = act.reason.value_or(""),
          .opinions = act.opinions};
}

/// Refused or returned: the loan is overdue as before, and may be applied for again.
void turn_down(const RuleCompensation& act, Case of, Loan loan, Judgement& j) {
  enter_meeting(act.meeting_no, act.meeting_on, j);
  of.ruling = ruling_of(act, j);
  // A copy first: what is assigned must not lie in what is assigned to.
  const course::Overdue overdue = std::get<course::Applied>(loan.course).overdue;
  loan.course = overdue;
  j.send(loan.ref.lender, CompensationDecision::kind, {loan.ref}, decision_message(of, *of.ruling).record());
  j.change(std::move(of));
  j.change(std::move(loan));
}

void approve(const RuleCompensation& act, Case of, Loan loan, Judgement& j) {
  check_approval(act, of, loan, j);
  Ruling ruling = ruling_of(act, j);
  ruling.principal = act.approved_principal.value_or(Fen::zero());
  ruling.interest = act.approved_interest.value_or(Fen::zero());
  // Loss, shares and procedure by the version in force at the approval, unless the ruling names another
  //
  const Programme* const programme = j.rulebook.of(loan.ref.lender);
  const Version* version = programme == nullptr    ? nullptr
                           : act.governing_version ? programme->named(*act.governing_version)
                                                   : programme->at(ruling.decided_on);
  if (act.governing_version && version == nullptr) {
    return j.refuse(FindingCode::version_unknown, RuleCompensation::field::governing_version,
                    {{"given", *act.governing_version}});
  }
  if (version == nullptr || !version->loss) {
    return j.refuse(FindingCode::programme_not_in_force, RuleCompensation::field::meeting_on,
                    {{"date", format(ruling.decided_on)}});
  }
  const LossRule::Shares& shares = shares_of(loan, *version->loss);
  std::array<std::optional<PartnerId>, most_payers> payers{};
  for (std::size_t i = 0; i < shares.payers.size(); ++i) {
    payers[i] = find_payer(shares.payers[i], loan, j.registry);
    if (!payers[i]) {
      j.refuse(FindingCode::payer_unknown, Judgement::whole_message,
               {{"role", std::string(spec_of(shares.payers[i].role).zh)}});
    }
  }
  if (version->guarantee && loan.guarantor_kind == GuarantorKind::institution && !is_guaranteed(loan, j)) {
    j.refuse(FindingCode::guarantee_unconfirmed, Judgement::whole_message,
             {{"guarantor", loan.guarantor ? loan.guarantor->string() : std::string()}});
  }
  if (j.refused()) return;

  // From here on it is approved.
  enter_meeting(act.meeting_no, act.meeting_on, j);
  Apportionment loss = apportion(loan, *version->loss, shares, ruling.principal, ruling.interest);
  const Date pay_by = ruling.decided_on.plus_days(version->payment->target_days);
  if (version->yearly_cap) {
    const int year = cap_year(*version->yearly_cap, ruling.decided_on, pay_by, j.today);
    FundYear of_year = j.registry.fund_year(loan.ref.lender, year)
                           .value_or(FundYear{.institution = loan.ref.lender, .year = year});
    const Fen nominal = loss.fund_nominal;
    cut_to_cap(loss, shares, version->yearly_cap->limit - of_year.used());
    const Fen fund = fund_share(loss, shares);
    if (fund < nominal) {
      j.note(FindingCode::yearly_cap_reached, Judgement::whole_message,
             {{"limit", format_yuan_grouped(version->yearly_cap->limit)},
              {"year", std::to_string(year)},
              {"nominal", format_yuan_grouped(nominal)},
              {"capped", format_yuan_grouped(fund)}});
    }
    of_year.approved += fund;
    of_year.cut += nominal - fund;
    j.change(std::move(of_year));
    of.cap_year = year;
  }
  const Institution* bank = j.registry.institution(loan.ref.lender);
  CompensationDecision told = decision_message(of, ruling);
  told.approved_principal = ruling.principal;
  told.approved_interest = ruling.interest;
  told.loss = loss.loss;
  told.fund_nominal = loss.fund_nominal;
  told.fund_share = Fen::zero();
  told.guarantor_share = Fen::zero();
  told.bank_share = loss.bank;
  told.pay_by = pay_by;
  std::vector<Instruction> instructions;
  std::vector<Fen> nominal;
  Event event(ruling.decided_on, of);
  for (std::size_t i = 0; i < shares.payers.size(); ++i) {
    const PayerRole role = shares.payers[i].role;
    const Fen amount = loss.shares[i];
    (role == PayerRole::fund ? *told.fund_share : *told.guarantor_share) += amount;
    if (amount == Fen::zero()) continue;
    event.book(*payers[i], Account::recourse, Account::payable, amount);
    nominal.push_back(loss.nominal[i]);
    const InstructionNo no = instruction_no(of.no, *payers[i]);
    told.payers.push_back({.payer = *payers[i], .role = role, .instruction_no = no, .amount = amount});
    instructions.push_back({.no = no,
                            .case_no = of.no,
                            .loan = loan.ref,
                            .payer = *payers[i],
                            .role = role,
                            .amount = amount,
                            .pay_by = pay_by});
    of.instructions.push_back(no);
  }
  j.send(loan.ref.lender, CompensationDecision::kind, {loan.ref}, told.record());
  event.post(j);
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    const Instruction& instruction = instructions[i];
    const CompensationInstruction instructed{
        .delivery_id = 0,
        .instruction_no = instruction.no,
        .case_no = of.no,
        .role = instruction.role,
        .bank_name = bank != nullptr ? bank->name_zh : loan.ref.lender.string(),
        .loan_no = loan.ref.number,
        .company_uscc = loan.company,
        .company_name = loan.company_name,
        .loss = loss.loss,
        .nominal = nominal[i],
        .amount = instruction.amount,
        .payee_name = of.payee_name,
        .payee_account = of.payee_account,
        .payee_bank_code = of.payee_bank_code,
        .decided_on = ruling.decided_on,
        .pay_by = pay_by,
        .meeting_no = ruling.meeting_no};
    j.send(instruction.payer, CompensationInstruction::kind, {loan.ref}, instructed.record());
  }
  of.ruling = std::move(ruling);
  of.loss = loss.loss;
  of.bank_share = loss.bank;
  of.fund_nominal = loss.fund_nominal;
  of.governing_version = version->name;
  loan.course = course::Compensated{of.no, std::get<course::Applied>(loan.course).overdue};
  j.change(std::move(of));
  j.change(std::move(loan));
  for (Instruction& instruction : instructions) j.change(std::move(instruction));
}

}  // namespace

void judge(const CompensationApplication& m, Judgement& j) {
  using Field = CompensationApplication::field;
  const RecordSpec& spec = CompensationApplication::spec();
  j.require_not_negative(spec, Field::outstanding_principal, m.outstanding_principal);
  j.require_not_negative(spec, Field::contract_interest, m.contract_interest);
  j.require_not_negative(spec, Field::penalty_interest, m.penalty_interest);
  j.require_not_negative(spec, Field::compound_interest, m.compound_interest);
  if (m.outstanding_principal == Fen::zero() && m.contract_interest == Fen::zero()) {
    j.require_positive(spec, Field::outstanding_principal, m.outstanding_principal);
  }
  if (!is_bank_code(m.payee_bank_code.view())) {
    j.refuse(FindingCode::bank_code_invalid, Field::payee_bank_code, {{"given", m.payee_bank_code.string()}});
  }
  j.require_not_future(spec, Field::as_of, m.as_of);
  auto loan = j.loan(m.loan_no, Field::loan_no, CompensationApplication::kind);
  if (!loan) return;
  const auto* overdue = std::get_if<course::Overdue>(&loan->course);
  // A pending loan cannot be applied for (settled 8).
  if (overdue == nullptr || !std::holds_alternative<standing::Filed>(loan->standing)) {
    return j.refuse_state(*loan, Field::loan_no, CompensationApplication::kind);
  }
  const Version* version = j.version(loan->ref.lender, j.today);
  if (version != nullptr && version->documents) {
    note_missing_documents(version->documents->application, m.attachments, version->documents->missing,
                           Field::attachments, j);
  }
  if (version != nullptr && version->guarantee && loan->guarantor_kind == GuarantorKind::institution &&
      !is_guaranteed(*loan, j)) {
    j.note(FindingCode::guarantee_unconfirmed, Field::loan_no,
           {{"guarantor", loan->guarantor ? loan->guarantor->string() : std::string()}});
  }
  if (version != nullptr && version->claim) {
    const Date earliest = overdue->due_on.plus_days(version->claim->overdue_days + 1);
    if (j.today < earliest) {
      j.refuse(FindingCode::compensation_premature, Judgement::whole_message,
               {{"due", format(overdue->due_on)},
                {"days", std::to_string(version->claim->overdue_days)},
                {"earliest", format(earliest)}});
    }
  }
  if (version != nullptr && version->claim && version->claim->latest_days) {
    const Date latest = overdue->due_on.plus_days(*version->claim->latest_days);
    if (j.today > latest) {
      j.refuse(FindingCode::compensation_too_late, Judgement::whole_message,
               {{"due", format(overdue->due_on)}, {"latest", format(latest)}});
    }
  }
  if (m.outstanding_principal > loan->outstanding) {
    j.refuse(FindingCode::claim_exceeds_outstanding, Field::outstanding_principal,
             {{"given", format_yuan_grouped(m.outstanding_principal)},
              {"outstanding", format_yuan_grouped(loan->outstanding)}});
  }
  if (j.refused()) return;

  // From here on it is accepted, and waits for the conference.
  const CaseNo number = case_no(j.occasion.sequence);
  j.decision.case_no = number;
  j.change(Case{.no = number,
                .loan = loan->ref,
                .application = j.occasion.sequence,
                .applied_as = m.message_id,
                .application_no = m.application_no,
                .principal = m.outstanding_principal,
                .interest = m.contract_interest,
                .as_of = m.as_of,
                .payee_name = m.payee_name,
                .payee_account = m.payee_account,
                .payee_bank_code = m.payee_bank_code,
                .attachments = m.attachments});
  loan->course = course::Applied{number, *overdue};
  j.change(std::move(*loan));
}

void judge(const RuleCompensation& act, Judgement& j) {
  using Field = RuleCompensation::field;
  j.decision.case_no = act.case_no;
  check_ruling(act, j);
  auto of = j.registry.find_case(act.case_no);
  if (!of) return j.refuse(FindingCode::case_unknown, Field::case_no, {{"given", act.case_no.string()}});
  j.decision.loan_no = of->loan.number;
  check_meeting(meeting_of(act, act.ruling == CompensationRuling::approved, of->loan.lender), j);
  auto loan = j.registry.loan(of->loan);
  const auto* applied = loan ? std::get_if<course::Applied>(&loan->course) : nullptr;
  if (of->ruling || applied == nullptr || applied->case_no != of->no) {
    return j.refuse(
        FindingCode::loan_in_wrong_state, Field::case_no,
        {{"state", of->ruling ? std::string(spec_of(of->ruling->ruling).zh) : std::string("未申请")},
         {"act", "代偿审定 rule.compensation"}});
  }
  if (act.ruling == CompensationRuling::approved) {
    approve(act, std::move(*of), std::move(*loan), j);
  } else if (!j.refused()) {
    turn_down(act, std::move(*of), std::move(*loan), j);
  }
}

}  // namespace loangate::programme
