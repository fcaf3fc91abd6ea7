#pragma once
#include <optional>
#include <vector>

#include "domain/finding.hpp"
#include "domain/registry.hpp"
#include "programme/rulebook.hpp"

namespace loangate::programme {

/// When, by whom and as what number a message is judged. Time is given, never taken.
struct Occasion {
  Sequence sequence;  ///< the message's place in the journal, if it is kept
  PartnerId partner;  ///< who speaks, by the certificate
  Instant received;   ///< the instant at which the last byte was read (settled 9)
  Digest content{};   ///< of the message without its transport fields (settled 11)
  Date today() const { return civil_day(received); }
};

/// What a message means for the registry, and why.
struct Decision {
  Outcome outcome = Outcome::accepted;  ///< accepted, held or rejected
  Findings findings = {};
  std::vector<Change> changes = {};  ///< empty when rejected
  std::vector<Outgoing> outgoing = {};
  std::optional<LoanNo> loan_no = {};
  std::optional<CaseNo> case_no = {};
  /// The answer to a limit query or a reservation; what each bank may know (settled 10).
  struct Limit {
    Fen headroom;
    Fen reserved;  ///< for this bank, within the headroom
    std::optional<Date> reserved_until;
  };
  std::optional<Limit> limit = {};
};

/// Judges one message. A pure function: it reads no clock, opens no file, sends nothing. All findings of the
/// message are reported at once; a refusal changes nothing (settled 7 lists which rule gives which outcome).
Decision decide(const InboundMessage& message, const Occasion& occasion, const RegistryView& registry,
                const Rulebook& rulebook);

/// Judges one act of the office: an entry in the registry, a ruling. `occasion.partner` is the office.
/// A ruling that does not fit (wrong state, more approved than asked) is rejected with findings, like a
/// message.
Decision decide(const OfficeAct& act, const Occasion& occasion, const RegistryView& registry,
                const Rulebook& rulebook);

/// Judges a held filing again, on today's registry with its own reservation included, because data has been
/// loaded (settled 8): accepted if it is filed now, rejected if it is refused now (either with a
/// hold.decision), held if it waits for other reasons than before. Nothing if nothing changes. The office's
/// release is an act, rule.hold.
std::optional<Decision> decide_again(const Loan& pending, const Occasion& occasion,
                                     const RegistryView& registry, const Rulebook& rulebook);

}  // namespace loangate::programme
