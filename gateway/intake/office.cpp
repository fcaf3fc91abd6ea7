#include "intake/office.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "domain/case_no.hpp"
#include "intake/receipt.hpp"

namespace loangate::intake {
namespace {

using programme::Decision;
using programme::Occasion;
using store::JournalEntry;
using store::Writes;

/// Filings that one reload looks at; the rest waits for the next.
constexpr std::size_t most_held = 100'000;

/// Who acts when no person does.

/// One step at one act: what the journal's entry is made of.
struct Deed {
  Step step;
  MessageKind kind;
  std::string_view raw;
  std::string_view canonical;
  const Hand& hand;
  std::optional<Proposal> proposal = {};  ///< as it is after the step
};

Occasion occasion_of(const Hand& hand, Sequence sequence, const store::View& view,
                     std::string_view canonical) {
  const auto offices = view.institutions(PartnerRole::office);
  return {.sequence = sequence,
          .partner = offices.empty() ? PartnerId{} : offices.front(),
          .received = hand.received,
          .content = sha256(canonical)};
}

/// `opinions[0].member` → `/opinions/0/member`.
std::string json_pointer(std::string_view path) {
  std::string pointer = path.empty() ? "" : "/";
  for (const char c : path) {
    if (c == '[' || c == '.') {
      pointer += '/';
    } else if (c != ']') {
      pointer += c;
    }
  }
  return pointer;
}

/// Where in the act each finding is, as a JSON Pointer.
void give_places(MessageKind act, Findings& findings) {
  const RecordSpec& record = *spec_of(act).record;
  for (Finding& finding : findings) finding.place = json_pointer(format(record, finding.field));
}

std::string answer_body(const Deed& deed, Sequence sequence, Outcome outcome, const Findings& findings,
                        bool changed) {
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("sequence", sequence.number)
      .member("kind", spec_of(deed.kind).name)
      .member("step", name_of(deed.step))
      .member("outcome", spec_of(outcome).name)
      .member("changed", changed);
  if (deed.proposal) {
    json.member("proposal", deed.proposal->no.view())
        .member("hash", std::string_view(hex(deed.proposal->hash)));
  }
  json.key("findings").raw(findings_json(findings)).end_object();
  return body;
}

/// Fills the answer and makes everything that commits with it.
Writes conclude(const Deed& deed, Sequence sequence, unsigned status, Decision decision, ActReply& reply) {
  give_places(deed.kind, decision.findings);
  reply = {.status = status,
           .sequence = sequence,
           .kind = deed.kind,
           .outcome = decision.outcome,
           .findings = decision.findings};
  reply.body = answer_body(deed, sequence, decision.outcome, decision.findings, !decision.changes.empty());
  for (const Outgoing& outgoing : decision.outgoing) reply.addressed.push_back(outgoing.to);

  JournalEntry entry{.person = deed.hand.person,
                     .address = deed.hand.address,
                     .kind = deed.kind,
                     .message_id = deed.hand.key,
                     .received = deed.hand.received,
                     .real_time = real_now(),
                     .raw = std::string(deed.raw),
                     .canonical = std::string(deed.canonical),
                     .raw_digest = sha256(deed.raw),
                     .content = sha256(deed.canonical),
                     .outcome = decision.outcome,
                     .status = status,
                     .receipt = reply.body};
  if (!decision.findings.empty()) entry.findings = findings_json(decision.findings);
  return {.entry = std::move(entry),
          .changes = std::move(decision.changes),
          .outgoing = std::move(decision.outgoing)};
}

template <class Thing>
Effect effect_on(const Thing* known, const Thing& entered) {
  if (known == nullptr) return Effect::added;
  return *known == entered ? Effect::none : Effect::changed;
}

/// An entry that is sent again changes nothing.
Effect effect_of(const Change& change, const store::View& view) {
  if (const auto* company = std::get_if<Company>(&change))
    return effect_on(view.company(company->uscc), *company);
  if (const auto* institution = std::get_if<Institution>(&change))
    return effect_on(view.institution(institution->id), *institution);
  return Effect::added;
}

unsigned status_of(Outcome outcome) {
  return outcome == Outcome::rejected ? 422 : 200;
}

Finding refusal(FindingCode code, std::vector<std::pair<std::string_view, std::string>> values) {
  return {.code = code, .values = std::move(values)};
}

std::string_view name_of(Proposal::State state) {
  switch (state) {
    case Proposal::State::open:
      return "open";
    case Proposal::State::approved:
      return "approved";
    case Proposal::State::withdrawn:
      return "withdrawn";
  }
  __builtin_trap();
}

/// The status that tells what kind of refusal it is.
unsigned status_of_refusal(FindingCode code) {
  return code == FindingCode::approver_is_proposer ? 403 : 409;
}

Decision refused(Findings findings) {
  return {.outcome = Outcome::rejected, .findings = std::move(findings)};
}

std::optional<Finding> not_open(const Proposal& proposal) {
  if (proposal.state == Proposal::State::open) return std::nullopt;
  return refusal(FindingCode::proposal_not_open,
                 {{"given", proposal.no.string()}, {"state", std::string(name_of(proposal.state))}});
}

/// What stands between these two persons and this hash (settled 5). It is asked in the transaction: whatever
/// a screen showed, nobody approves what he proposed, or something else than he has seen.
Findings between_two_persons(const Proposal& proposal, const Approval& approval, const Hand& hand) {
  Findings findings;
  if (auto finding = not_open(proposal)) findings.push_back(*std::move(finding));
  if (proposal.proposed_by == hand.person) {
    findings.push_back(
        refusal(FindingCode::approver_is_proposer, {{"given", proposal.proposed_by.string()}}));
  }
  if (proposal.hash != approval.hash) {
    findings.push_back(refusal(FindingCode::proposal_hash_differs, {}));
  }
  return findings;
}

Writes no_such_proposal(ActReply& reply) {
  reply = {.status = 404};
  return {};
}

bool lacks_data(const Loan& loan) {
  const auto* pending = std::get_if<standing::Pending>(&loan.standing);
  return pending != nullptr && std::ranges::any_of(pending->reasons, [](FindingCode reason) {
           return reason == FindingCode::lpr_not_vouched || reason == FindingCode::calendar_not_vouched;
         });
}

/// The ruling that a second judgement comes to, as if the office had given it; "" if the filing stays held.
std::string ruling_made(const LoanRef& ref, Outcome outcome) {
  if (outcome == Outcome::held) return {};
  const RuleHold ruling{.lender = ref.lender,
                        .loan_no = ref.number,
                        .ruling = outcome == Outcome::rejected ? HoldRuling::refused : HoldRuling::released,
                        .reason = "所缺数据已补录，自动再审 / the missing data was loaded: decided again"};
  return canonical_json(ruling.record());
}

/// One held filing judged again, if it still is held and the data is there now.
Writes decide_again(const LoanRef& ref, const Hand& hand, const programme::Rulebook& rulebook,
                    const store::View& view, Sequence sequence, ActReply& reply) {
  const std::optional<Loan> loan = view.loan(ref);
  if (!loan || !lacks_data(*loan)) return {};
  auto decision = programme::decide_again(*loan, occasion_of(hand, sequence, view, ""), view, rulebook);
  if (!decision) return {};
  const std::string canonical = ruling_made(ref, decision->outcome);
  const Deed deed{.step = Step::entered,
                  .kind = MessageKind::rule_hold,
                  .raw = canonical,
                  .canonical = canonical,
                  .hand = hand};
  return conclude(deed, sequence, 200, *std::move(decision), reply);
}

}  // namespace

GivenAct given_act(MessageKind kind, const Record& record, std::string raw) {
  return {.kind = kind,
          .act = office_act(kind, record),
          .canonical = canonical_json(record),
          .raw = std::move(raw)};
}

Hands hands_for(MessageKind act) {
  switch (act) {
    case MessageKind::rule_hold:
    case MessageKind::rule_compensation:
    case MessageKind::rule_writeoff:
    case MessageKind::rule_institution:
    case MessageKind::rule_profile:
    case MessageKind::delivery_replay:
      return Hands::two;
    case MessageKind::outage_entry:
    case MessageKind::configuration_load:
    case MessageKind::year_assess:
    case MessageKind::deadline_pass:
    case MessageKind::replay_progress:
    case MessageKind::retention_removal:
    case MessageKind::alert_turn:
    case MessageKind::access_event:
      return Hands::gateway;
    default:
      return Hands::one;
  }
}

std::string_view name_of(Step step) {
  switch (step) {
    case Step::entered:
      return "entered";
    case Step::proposed:
      return "proposed";
    case Step::approved:
      return "approved";
    case Step::withdrawn:
      return "withdrawn";
  }
  __builtin_trap();
}

Writes enter(const GivenAct& act, const Hand& hand, const programme::Rulebook& rulebook,
             const store::View& view, Sequence sequence, ActReply& reply) {
  const Occasion occasion = occasion_of(hand, sequence, view, act.canonical);
  Decision decision = programme::decide(act.act, occasion, view, rulebook);
  Effect effect = Effect::none;
  std::erase_if(decision.changes, [&](const Change& change) {
    const Effect made = effect_of(change, view);
    effect = std::max(effect, made);
    return made == Effect::none;
  });
  Writes writes = record(act, hand, std::move(decision), sequence, reply);
  reply.effect = effect;
  return writes;
}

store::Unit enter_outage(const Outage& outage, const programme::RulebookInForce& rulebook) {
  const Record record = OutageEntry{.outage_from = outage.from, .outage_until = outage.until}.record();
  return [act = given_act(OutageEntry::kind, record, canonical_json(record)),
          hand = Hand{gateway_itself, outage.until}, &rulebook](const store::View& view, Sequence sequence) {
    ActReply reply;
    return enter(act, hand, *rulebook.current(), view, sequence, reply);
  };
}

Writes record(const GivenAct& act, const Hand& hand, Decision decision, Sequence sequence, ActReply& reply) {
  const Deed deed{
      .step = Step::entered, .kind = act.kind, .raw = act.raw, .canonical = act.canonical, .hand = hand};
  const unsigned status = status_of(decision.outcome);
  return conclude(deed, sequence, status, std::move(decision), reply);
}

programme::Decision foresee(const GivenAct& act, const Hand& hand, const programme::Rulebook& rulebook,
                            const store::View& view, Sequence sequence) {
  Decision decision =
      programme::decide(act.act, occasion_of(hand, sequence, view, act.canonical), view, rulebook);
  give_places(act.kind, decision.findings);
  return decision;
}

Writes propose(const GivenAct& act, const Hand& hand, const programme::Rulebook& rulebook,
               const store::View& view, Sequence sequence, ActReply& reply) {
  Deed deed{
      .step = Step::proposed, .kind = act.kind, .raw = act.raw, .canonical = act.canonical, .hand = hand};
  Decision foreseen = foresee(act, hand, rulebook, view, sequence);
  if (foreseen.outcome == Outcome::rejected) return conclude(deed, sequence, 422, std::move(foreseen), reply);

  deed.proposal = Proposal{.no = proposal_no(sequence),
                           .kind = act.kind,
                           .act = act.canonical,
                           .hash = sha256(act.canonical),
                           .proposed_by = hand.person,
                           .proposed_at = hand.received};
  // Only the proposal is written: what the act would do happens when it is approved, if it still may.
  return conclude(deed, sequence, 201,
                  {.findings = std::move(foreseen.findings), .changes = {*deed.proposal}}, reply);
}

Writes approve(const Approval& approval, const Hand& hand, const programme::Rulebook& rulebook,
               const store::View& view, Sequence sequence, ActReply& reply) {
  const std::optional<Proposal> proposal = view.proposal(approval.proposal);
  if (!proposal) return no_such_proposal(reply);
  Deed deed{.step = Step::approved,
            .kind = proposal->kind,
            .raw = approval.raw,
            .canonical = proposal->act,
            .hand = hand,
            .proposal = proposal};
  if (Findings findings = between_two_persons(*proposal, approval, hand); !findings.empty()) {
    const unsigned status = status_of_refusal(findings.front().code);
    return conclude(deed, sequence, status, refused(std::move(findings)), reply);
  }

  // It was read from canonical JSON when it was proposed: our own bytes.
  const auto record = read_canonical(*spec_of(proposal->kind).record, proposal->act);
  Decision decision = programme::decide(office_act(proposal->kind, record.value()),
                                        occasion_of(hand, sequence, view, proposal->act), view, rulebook);
  if (decision.outcome == Outcome::rejected) return conclude(deed, sequence, 422, std::move(decision), reply);

  deed.proposal->state = Proposal::State::approved;
  deed.proposal->approved_by = hand.person;
  decision.changes.push_back(*deed.proposal);
  return conclude(deed, sequence, 200, std::move(decision), reply);
}

Writes withdraw(const ProposalNo& no, std::string raw, const Hand& hand, const store::View& view,
                Sequence sequence, ActReply& reply) {
  const std::optional<Proposal> proposal = view.proposal(no);
  if (!proposal) return no_such_proposal(reply);
  Deed deed{.step = Step::withdrawn,
            .kind = proposal->kind,
            .raw = raw,
            .canonical = proposal->act,
            .hand = hand,
            .proposal = proposal};
  if (auto finding = not_open(*proposal)) {
    return conclude(deed, sequence, 409, refused({*std::move(finding)}), reply);
  }
  deed.proposal->state = Proposal::State::withdrawn;
  return conclude(deed, sequence, 200, {.changes = {*deed.proposal}}, reply);
}

std::size_t decide_held_again(const store::Store& store, store::Committer& committer,
                              const programme::RulebookInForce& rulebook, Instant now,
                              const std::function<void(const PartnerId&)>& addressed) {
  std::size_t handed = 0;
  for (const Loan& loan : store.pending_loans(most_held)) {
    if (!lacks_data(loan)) continue;
    auto reply = std::make_shared<ActReply>();
    committer.submit(
        [ref = loan.ref, now, &rulebook, reply](const store::View& view, Sequence sequence) {
          return decide_again(ref, {gateway_itself, now}, *rulebook.current(), view, sequence, *reply);
        },
        [reply, filing = loan.filing, addressed](const store::Committed& committed) {
          if (!committed) {
            LogLine(LogLevel::error, "hold.not_decided").loan(filing.number).reason(committed.error().what);
          } else if (*committed) {
            LogLine(LogLevel::info, "hold.decided")
                .loan(filing.number)
                .sequence((*committed)->number)
                .outcome(spec_of(reply->outcome).name);
            for (const PartnerId& partner : reply->addressed) addressed(partner);
          }
        });
    ++handed;
  }
  return handed;
}

}  // namespace loangate::intake
