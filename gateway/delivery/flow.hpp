#pragma once
#include <optional>
#include <string>

#include "store/store.hpp"

namespace loangate::delivery {

/// A pause of the pushes to a partner, as operations gave it (`partner.flow`).
struct Pause {
  std::optional<Instant> until;  ///< real time: resumes by itself then; none: until somebody says so
  std::string reason;
  Instant since;  ///< business time of the act
};

/// The pause in which the partner's pushes are at `now`, real time; none: they go. It is on record, so it
/// outlives a restart. Only pushes pause: its own messages are taken on and its mailbox serves on
/// (decisions/0020).
std::optional<Pause> pause_of(const store::Store& store, const PartnerId& partner, Instant now);

}  // namespace loangate::delivery
