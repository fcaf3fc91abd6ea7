// writeoff.application and the conference's ruling on it: what fund and guarantor paid and did not get back
// is written off, not the bank's own share (R-41, settled 39).
#include "programme/books.hpp"
#include "programme/conference.hpp"
#include "programme/documents.hpp"
#include "programme/effects.hpp"
#include "programme/recovery.hpp"

namespace loangate::programme {
namespace {

const WriteOffRule* rule_for(const Case& of, const Judgement& j) {
  const Programme* const programme = j.rulebook.of(of.loan.lender);
  const Version* const version = programme == nullptr ? nullptr : programme->named(of.governing_version);
  return version == nullptr || !version->write_off ? nullptr : &*version->write_off;
}

/// The loan of a case that may still be written off.
std::optional<Loan> loan_of(const Case& of, std::uint16_t field, MessageKind act, Judgement& j) {
  auto loan = j.registry.loan(of.loan);
  if (loan && std::holds_alternative<course::Compensated>(loan->course)) return loan;
  if (loan) j.refuse_state(*loan, field, act);
  return std::nullopt;
}

}  // namespace

void judge(const WriteoffApplication& m, Judgement& j) {
  using Field = WriteoffApplication::field;
  j.require_not_future(WriteoffApplication::spec(), Field::document_on, m.document_on);
  auto of = j.registry.find_case(m.case_no);
  if (!of || of->loan.lender != j.occasion.partner) {
    return j.refuse(FindingCode::case_unknown, Field::case_no, {{"given", m.case_no.string()}});
  }
  j.decision.case_no = of->no;
  j.decision.loan_no = of->loan.number;
  if (!loan_of(*of, Field::case_no, WriteoffApplication::kind, j)) return;
  if (awaits_payment(*of, j.registry)) {
    j.refuse(FindingCode::case_not_closed, Field::case_no, {{"given", of->no.string()}});
  }
  if (of->write_off && !of->write_off->ruling) {
    j.refuse(FindingCode::write_off_pending, Field::case_no, {{"given", of->write_off->applied_as.string()}});
  }
  const WriteOffRule* const rule = rule_for(*of, j);
  if (rule == nullptr) {
    return j.refuse(FindingCode::programme_not_in_force, Field::case_no, {{"date", format(j.today)}});
  }
  if (rule->by_meeting.has(m.ground)) {
    j.note(FindingCode::ground_needs_meeting, Field::ground, {{"given", std::string(spec_of(m.ground).zh)}});
  } else if (!rule->grounds.has(m.ground)) {
    j.refuse(FindingCode::ground_not_stated, Field::ground, {{"given", std::string(spec_of(m.ground).zh)}});
  }
  const Version* const version = j.version(of->loan.lender, j.today);
  if (version != nullptr && version->documents) {
    note_missing_documents(version->documents->write_off, m.attachments, version->documents->missing,
                           Field::attachments, j);
  }
  if (j.refused()) return;

  // From here on it waits for the conference.
  of->write_off = WriteOff{.application = j.occasion.sequence,
                           .applied_as = m.message_id,
                           .ground = m.ground,
                           .document_no = m.document_no,
                           .document_on = m.document_on,
                           .issuer = m.issuer};
  of->attachments.insert(of->attachments.end(), m.attachments.begin(), m.attachments.end());
  j.change(*std::move(of));
}

void judge(const RuleWriteoff& act, Judgement& j) {
  using Field = RuleWriteoff::field;
  j.decision.case_no = act.case_no;
  auto of = j.registry.find_case(act.case_no);
  if (!of) return j.refuse(FindingCode::case_unknown, Field::case_no, {{"given", act.case_no.string()}});
  j.decision.loan_no = of->loan.number;
  auto loan = loan_of(*of, Field::case_no, RuleWriteoff::kind, j);
  if (!loan) return;
  if (!of->write_off || of->write_off->ruling) {
    return j.refuse(FindingCode::write_off_unknown, Field::case_no, {{"given", act.case_no.string()}});
  }
  const bool approved = act.ruling == CompensationRuling::approved;
  check_meeting(meeting_of(act, approved, of->loan.lender), j);
  const bool reasoned = act.reason && !act.reason->empty();
  if (!approved && !reasoned) j.refuse(FindingCode::ruling_incomplete, Field::reason, {{"field", "reason"}});
  if (j.refused()) return;

  // From here on it is ruled.
  enter_meeting(act.meeting_no, act.meeting_on, j);
  Ruling ruling{.ruling = act.ruling,
                .meeting_no = act.meeting_no.value_or(""),
                .decided_on = act.meeting_on.value_or(j.today),
                .principal = Fen::zero(),
                .interest = Fen::zero(),
                .reason = act.reason.value_or(""),
                .opinions = act.opinions};
  WriteoffDecision told{.delivery_id = 0,
                        .case_no = of->no,
                        .loan_no = of->loan.number,
                        .ruling = act.ruling,
                        .decided_on = ruling.decided_on,
                        .meeting_no = act.meeting_no,
                        .reason = act.reason};
  if (approved) {
    told.fund_written_off = Fen::zero();
    told.guarantor_written_off = Fen::zero();
    Event event(ruling.decided_on, *of);
    for (const InstructionNo& no : of->instructions) {
      const auto instruction = j.registry.instruction(no);
      if (!instruction || !instruction->paid) continue;
      const Fen lost = instruction->paid->amount - returned_to(*of, instruction->payer);
      (instruction->role == PayerRole::fund ? *told.fund_written_off : *told.guarantor_written_off) += lost;
      event.book(instruction->payer, Account::written_off, Account::recourse, lost);
    }
    event.post(j);
    loan->course = course::WrittenOff{.case_no = of->no, .on = ruling.decided_on};
    tell_credit_registry(*loan, CreditEventCode::written_off, ruling.decided_on, j, loan->outstanding,
                         credit_tags(CreditEventCode::written_off).transaction);
    j.change(*std::move(loan));
  }
  j.send(of->loan.lender, WriteoffDecision::kind, {of->loan}, told.record());
  of->write_off->ruling = std::move(ruling);
  j.change(*std::move(of));
}

}  // namespace loangate::programme
