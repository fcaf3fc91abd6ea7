#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "delivery/breaker.hpp"
#include "domain/ids.hpp"

namespace loangate::delivery {

/// What waits for one partner, in its lanes (settled 22), and what of it may go now: the first of each lane,
/// when its time has come. A parked message stops its lane and only its lane. Pure: knows ids and times, no
/// store and no clock.
///
/// It is a window: of a long queue it holds the front, `window` messages at most and few of each lane, so
/// that one slow lane does not fill it. What does not fit is left in the store, and read_from() says from
/// where to read again.
class Lanes {
 public:
  explicit Lanes(std::size_t window, std::size_t per_lane = 16) : window_(window), per_lane_(per_lane) {}

  /// A message that may go once `due` has come. In order of ids within a reading; what is here already is
  /// left alone.
  void add(DeliveryId id, std::string_view lane, Moment due);
  /// A parked message: its lane is stopped, and what follows in it is not taken in.
  void add_parked(DeliveryId id, std::string_view lane);

  /// The next message that may go now, the longest due first. It is under way until one of the calls below.
  std::optional<DeliveryId> take(Moment now);

  /// Delivered or withdrawn: its lane moves on.
  /// True if more of it was left in the store: read again from read_from().
  bool finished(DeliveryId id);
  /// It stays the first of its lane, to go again when `due` has come. `unclear`: the answer made no sense.
  void again(DeliveryId id, Moment due, bool unclear);
  /// Its lane is stopped.
  void parked(DeliveryId id);
  /// Some lane was released by hand: all that is not under way is forgotten, to be read again from the
  /// beginning.
  void forget();

  /// How many answers to it made no sense.
  std::uint32_t unclear(DeliveryId id) const;

  std::size_t under_way() const { return under_way_; }
  /// Messages that may be added before the window is full.
  std::size_t room() const { return items_.size() >= window_ ? 0 : window_ - items_.size(); }
  /// The id after which the store is to be read next.
  DeliveryId read_from() const { return cursor_; }
  /// When the next message will be due, if one waits for its time.
  std::optional<Moment> due_at() const;

 private:
  struct Item {
    std::string lane;
    std::uint32_t unclear = 0;
    Moment due;
    bool under_way = false;
  };
  struct Lane {
    std::deque<DeliveryId> queue;
    std::optional<DeliveryId> left_out;  ///< the first that was not taken in
  };
  void first_is_ready(const Lane& lane);

  const std::size_t window_;
  const std::size_t per_lane_;
  DeliveryId cursor_{};
  std::unordered_map<std::uint64_t, Item> items_;
  std::unordered_map<std::string, Lane> lanes_;
  std::unordered_set<std::string> stopped_;
  std::set<std::pair<Moment, std::uint64_t>> ready_;  ///< the first of each lane that is not under way
  std::size_t under_way_ = 0;
};

}  // namespace loangate::delivery
