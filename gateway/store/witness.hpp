#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "store/store.hpp"

namespace loangate::store {

/// What a group has written, in a few words: for whoever counts. Of an act the partner is empty.
struct EntryFact {
  PartnerId partner;
  std::optional<MessageKind> kind;
  Outcome outcome;
  Instant real_time;
};
struct DeliveryFact {
  PartnerId to;
  std::optional<DeliveryState> before;  ///< none: it is new
  DeliveryState after;
  Instant at;  ///< real time
};
struct Facts {
  std::vector<EntryFact> entries = {};
  std::vector<DeliveryFact> deliveries = {};
};

/// How many deliveries of a partner are waiting or parked.
struct Undelivered {
  PartnerId to;
  DeliveryState state;
  std::uint64_t count;
};

/// Is told of everything that commits. Its calls come one at a time, on the thread that writes, which waits:
/// they must be quick and throw nothing.
class Witness {
 public:
  virtual ~Witness() = default;
  /// The store was opened: this is what its outbox holds. Also when it was opened anew after a failure; a
  /// group whose fate was found out by that is told of by nothing else.
  virtual void opened(const std::vector<Undelivered>& outbox) = 0;
  /// A group is committed. `took`: the commit alone, with its flush.
  virtual void committed(const Facts& facts, std::chrono::microseconds took) = 0;
};

}  // namespace loangate::store
