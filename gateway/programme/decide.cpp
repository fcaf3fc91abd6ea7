#include "programme/decide.hpp"

#include <algorithm>

#include "programme/judgement.hpp"

namespace loangate::programme {
namespace {

/// Whether the speaker may say this at all. An institution that has been removed goes on reporting.
bool is_theirs(MessageKind kind, Judgement& judgement) {
  if (judgement.speaker == nullptr) return true;  // the look-ups will find what is missing
  const MessageSpec& spec = spec_of(kind);
  if (std::ranges::find(spec.parties, judgement.speaker->role) != spec.parties.end()) return true;
  judgement.refuse(FindingCode::message_not_yours, Judgement::whole_message,
                   {{"type", std::string(spec.name)}});
  return false;
}

/// Nothing in the body can claim another institution than the certificate's.
void check_institution(const std::optional<InstitutionCode>& given, std::uint16_t field,
                       Judgement& judgement) {
  if (!given || judgement.speaker == nullptr || !judgement.speaker->code ||
      *given == *judgement.speaker->code)
    return;
  judgement.refuse(FindingCode::institution_mismatch, field, {{"given", given->string()}});
}

/// A refusal has no part of an effect, whatever was judged before it was found.
Decision conclude(Judgement& judgement) {
  if (judgement.refused()) {
    judgement.decision.changes.clear();
    judgement.decision.outgoing.clear();
    judgement.decision.limit.reset();
  }
  return judgement.take();
}

}  // namespace

Decision decide(const InboundMessage& message, const Occasion& occasion, const RegistryView& registry,
                const Rulebook& rulebook) {
  Judgement judgement(occasion, registry, rulebook);
  std::visit(
      [&]<class Message>(const Message& said) {
        if (!is_theirs(Message::kind, judgement)) return;
        check_institution(said.institution_code, Message::field::institution_code, judgement);
        judge(said, judgement);
      },
      message);
  return conclude(judgement);
}

Decision decide(const OfficeAct& act, const Occasion& occasion, const RegistryView& registry,
                const Rulebook& rulebook) {
  Judgement judgement(occasion, registry, rulebook);
  std::visit([&](const auto& done) { judge(done, judgement); }, act);
  return conclude(judgement);
}

}  // namespace loangate::programme
