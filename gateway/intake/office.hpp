#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "programme/decide.hpp"
#include "programme/rulebook_in_force.hpp"
#include "store/committer.hpp"
#include "store/store.hpp"

namespace loangate::intake {

/// An act as a person gave it on the operations port.
struct GivenAct {
  MessageKind kind;
  OfficeAct act;
  std::string canonical;  ///< canonical JSON: what is decided, kept and hashed
  std::string raw;        ///< the bytes as they came
};

/// `record` must be complete and of an act's spec.
GivenAct given_act(MessageKind kind, const Record& record, std::string raw);

/// Who does what nobody asks for: outages, deadlines, filings decided again.
inline const PersonId gateway_itself = PersonId::parse("gateway").value();

/// By whom, when by the business clock, and from where.
struct Hand {
  PersonId person;
  Instant received;
  std::string address = {};  ///< IP; empty: the gateway itself
  MessageId key = {};        ///< the act's idempotency key; empty: it has none
};

/// Who may do an act (settled 5).
enum class Hands : std::uint8_t {
  one,  ///< one person alone
  two,  ///< what moves money, releases a held filing, or ends an institution's standing: one proposes it and
        ///< another approves it
  gateway,  ///< nobody: the gateway itself does it when its time has come
};
Hands hands_for(MessageKind act);

/// What one step of a person did.
enum class Step : std::uint8_t { entered, proposed, approved, withdrawn };
std::string_view name_of(Step step);

/// What an act made of the registry: nothing that was not so before, something new, or another state of
/// something that was there.
enum class Effect : std::uint8_t { none, added, changed };

/// What the person gets. It may be sent only after its writes are committed.
struct ActReply {
  unsigned status =
      503;  ///< 200 done, 201 proposed; 403, 404, 409 between the two persons; 422 against a rule
  std::optional<Sequence> sequence = {};  ///< of the journal entry; none if nothing was kept (404)
  std::optional<MessageKind> kind = {};   ///< of the act
  Outcome outcome = Outcome::rejected;
  Effect effect = Effect::none;           ///< of an act that one person does alone
  Findings findings = {};                 ///< with their place as a JSON Pointer into the act
  std::string body = {};                  ///< the answer as the journal keeps it: JSON
  std::vector<PartnerId> addressed = {};  ///< to whom something goes out because of it
};

// The acts as they run on the single writer. Each fills `reply` and returns everything that must commit with
// it; what was refused is kept in the journal as well.

/// An act that one person does alone. The same act again is accepted and changes nothing.
store::Writes enter(const GivenAct& act, const Hand& hand, const programme::Rulebook& rulebook,
                    const store::View& view, Sequence sequence, ActReply& reply);

/// Puts an outage on record, as the act of the gateway itself (settled 9).
store::Unit enter_outage(const Outage& outage, const programme::RulebookInForce& rulebook);

/// Keeps and answers an act that another room has decided. What commits beside it is the caller's to add.
store::Writes record(const GivenAct& act, const Hand& hand, programme::Decision decision, Sequence sequence,
                     ActReply& reply);

/// What the act would do if it were approved now, with the places of its findings. Keeps nothing.
programme::Decision foresee(const GivenAct& act, const Hand& hand, const programme::Rulebook& rulebook,
                            const store::View& view, Sequence sequence);

/// Stores a proposal, bound to the SHA-256 of the act's canonical JSON. An act that could not be approved as
/// things stand is refused now.
store::Writes propose(const GivenAct& act, const Hand& hand, const programme::Rulebook& rulebook,
                      const store::View& view, Sequence sequence, ActReply& reply);

/// What the second person says yes to.
struct Approval {
  ProposalNo proposal;
  Digest hash;      ///< of what this person has seen
  std::string raw;  ///< the bytes as they came
};

/// Decides the proposed act on the registry as it is now, and applies it. Refused if the approver is the
/// proposer, the hash is another, or the proposal is no longer open. If a rule speaks against the act, the
/// proposal stays open: it can be approved later, or withdrawn.
store::Writes approve(const Approval& approval, const Hand& hand, const programme::Rulebook& rulebook,
                      const store::View& view, Sequence sequence, ActReply& reply);

/// Ends an open proposal without effect; the proposer may, and any approver.
store::Writes withdraw(const ProposalNo& no, std::string raw, const Hand& hand, const store::View& view,
                       Sequence sequence, ActReply& reply);

/// Judges every filing again that is held only because an LPR quote or a year's calendar was missing (settled
/// 8): to be called when such data was loaded. `addressed` is called, on the committer's thread, for each
/// partner to whom something goes out then. Returns how many filings were handed to the committer.
std::size_t decide_held_again(const store::Store& store, store::Committer& committer,
                              const programme::RulebookInForce& rulebook, Instant now,
                              const std::function<void(const PartnerId&)>& addressed);

}  // namespace loangate::intake
