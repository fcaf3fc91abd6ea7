#pragma once
#include <vector>

#include "base/json_writer.hpp"
#include "ops/call.hpp"
#include "store/search/terms.hpp"

/// What an entry of the journal caused, and how it is told: shared by the message, the time line and the
/// evidence.
namespace loangate::ops {

/// A message that went out, with everything that was tried.
struct Sent {
  store::Delivery delivery;
  std::vector<store::DeliveryChange> attempts;
};

/// An entry with what followed from it at once.
struct Traced {
  store::StoredEntry stored;
  std::vector<store::StoredChange> changes;
  std::vector<Sent> sent;
  bool indexed = true;  ///< false: the index does not know it yet, so its changes are not known here
};

/// Nothing: the journal has no such entry.
std::optional<Traced> trace(const Operations& operations, Sequence sequence);

std::string_view name_of(store::DeliveryState state);

/// Who and what, and what it names, as the members of an object that has begun: `MessageHead`.
void write_message_head(JsonWriter& json, const store::StoredEntry& stored);
/// `MessageDelivery`; personal fields masked unless `whole`.
void write_delivery(JsonWriter& json, const Sent& sent, bool whole);
/// `MessageChange`s.
void write_changes(JsonWriter& json, const std::vector<store::StoredChange>& changes);

/// 503: nothing can be found now.
Refusal no_index();

}  // namespace loangate::ops
