#include "delivery/breaker.hpp"

namespace loangate::delivery {

bool Breaker::may_send(Moment now) const {
  if (const auto* open = std::get_if<Open>(&state_)) return now >= open->until;
  return std::holds_alternative<Closed>(state_);
}

void Breaker::sending(Moment now) {
  if (const auto* open = std::get_if<Open>(&state_); open != nullptr && now >= open->until)
    state_ = Probing{};
}

bool Breaker::failed(Moment now) {
  if (auto* closed = std::get_if<Closed>(&state_)) {
    if (++closed->failures < bounds_.failures) return false;
    state_ = Open{now + bounds_.pause};
    return true;
  }
  // A message that was under way when the circuit opened says nothing new; the probe's failure begins another
  // pause.
  if (std::holds_alternative<Probing>(state_)) state_ = Open{now + bounds_.pause};
  return false;
}

void Breaker::abandoned(Moment now) {
  if (std::holds_alternative<Probing>(state_)) state_ = Open{now};
}

std::optional<Moment> Breaker::probe_at() const {
  if (const auto* open = std::get_if<Open>(&state_)) return open->until;
  return std::nullopt;
}

}  // namespace loangate::delivery
