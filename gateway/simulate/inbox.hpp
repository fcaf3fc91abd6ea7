#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "domain/messages.hpp"

namespace loangate::simulate {

/// What came to a partner, by delivery id. A message that comes again has no effect (settled 20): it is only
/// counted.
class Inbox {
 public:
  struct Item {
    MessageKind kind;
    Record message;
    unsigned times = 1;  ///< how often it came
  };

  /// True if it is here for the first time.
  bool take(DeliveryId id, MessageKind kind, Record message) {
    const auto [at, first] = items_.try_emplace(id, Item{kind, std::move(message)});
    if (first) {
      arrivals_.push_back(id);
    } else {
      ++at->second.times;
    }
    return first;
  }
  bool has(DeliveryId id) const { return items_.contains(id); }

  /// In the order of their ids, which is the order in which the registry said them.
  const std::map<DeliveryId, Item>& items() const { return items_; }

  /// In the order of their first coming.
  const std::vector<DeliveryId>& arrivals() const { return arrivals_; }

  std::size_t count(MessageKind kind) const {
    std::size_t number = 0;
    for (const auto& [id, item] : items_) number += item.kind == kind ? 1 : 0;
    return number;
  }

 private:
  std::map<DeliveryId, Item> items_;
  std::vector<DeliveryId> arrivals_;
};

}  // namespace loangate::simulate
