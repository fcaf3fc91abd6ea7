#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "delivery/failure.hpp"
#include "store/store.hpp"

namespace loangate::delivery {

/// Messages that are in trouble in the same way.
struct TroubleGroup {
  PartnerId partner;
  MessageKind kind;
  Failure failure;
  std::uint64_t parked = 0;
  std::uint64_t retrying = 0;
  DeliveryId oldest;   ///< the example
  Instant first;       ///< when the oldest was committed, real time
  Instant last;        ///< and the youngest
  std::string reason;  ///< of the oldest, in its own words

  std::uint64_t count() const { return parked + retrying; }
  /// `bank01/default.notice/refused`: what the group is known by, always.
  std::string key() const;
  /// The text of the Selection that names exactly its parked messages.
  std::string query() const;
};

/// Groups what is parked or failing by partner, kind and class of failure: by codes that stand in the
/// messages, never by a text. Pure: the same messages in any order give the same groups, and a group that was
/// seen keeps its key whatever else comes.
class Troubles {
 public:
  /// What only waits for its first attempt is in no trouble, and is passed over.
  void add(const store::Delivery& row);
  /// That of the oldest message first.
  std::vector<TroubleGroup> groups() const;

 private:
  std::map<std::tuple<PartnerId, MessageKind, Failure>, TroubleGroup> groups_;
};

}  // namespace loangate::delivery
