#include "delivery/flow.hpp"

#include "domain/messages.hpp"

namespace loangate::delivery {

std::optional<Pause> pause_of(const store::Store& store, const PartnerId& partner, Instant now) {
  const auto found = store.find("directive", directive_key(PartnerFlow::kind, partner.view()));
  if (!found) return std::nullopt;
  const auto& directive = std::get<Directive>(*found);
  // It was written from the declared fields: our own bytes.
  const auto act = PartnerFlow::from(read_canonical(PartnerFlow::spec(), directive.act).value());
  if (act.flow != FlowState::paused || (act.until && *act.until <= now)) return std::nullopt;
  return Pause{.until = act.until, .reason = act.reason, .since = directive.since};
}

}  // namespace loangate::delivery
