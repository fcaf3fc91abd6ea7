#include "delivery/lanes.hpp"

#include <algorithm>

namespace loangate::delivery {

void Lanes::add(DeliveryId id, std::string_view lane, Moment due) {
  cursor_ = std::max(cursor_, id);
  const std::string name(lane);
  if (stopped_.contains(name) || items_.contains(id.number)) return;
  Lane& place = lanes_[name];
  if (place.left_out) return;
  if (place.queue.size() >= per_lane_) {
    place.left_out = id;
    return;
  }
  items_.emplace(id.number, Item{name, 0, due, false});
  place.queue.push_back(id);
  if (place.queue.size() == 1) first_is_ready(place);
}

void Lanes::add_parked(DeliveryId id, std::string_view lane) {
  cursor_ = std::max(cursor_, id);
  if (items_.contains(id.number)) return;  // under way: it is we who noted it so
  stopped_.emplace(lane);
}

std::optional<DeliveryId> Lanes::take(Moment now) {
  if (ready_.empty() || ready_.begin()->first > now) return std::nullopt;
  const DeliveryId id{ready_.begin()->second};
  ready_.erase(ready_.begin());
  items_.at(id.number).under_way = true;
  ++under_way_;
  return id;
}

bool Lanes::finished(DeliveryId id) {
  const std::string name = items_.at(id.number).lane;
  items_.erase(id.number);
  --under_way_;
  Lane& lane = lanes_.at(name);
  lane.queue.pop_front();
  if (!lane.queue.empty()) {
    first_is_ready(lane);
    return false;
  }
  const bool more = lane.left_out.has_value();
  if (more) cursor_ = std::min(cursor_, DeliveryId{lane.left_out->number - 1});
  lanes_.erase(name);
  return more;
}

void Lanes::again(DeliveryId id, Moment due, bool unclear) {
  Item& item = items_.at(id.number);
  item.due = due;
  item.under_way = false;
  if (unclear) ++item.unclear;
  --under_way_;
  first_is_ready(lanes_.at(item.lane));
}

void Lanes::parked(DeliveryId id) {
  const std::string name = items_.at(id.number).lane;
  for (const DeliveryId behind : lanes_.at(name).queue) items_.erase(behind.number);
  lanes_.erase(name);
  stopped_.insert(name);
  --under_way_;
}

void Lanes::forget() {
  ready_.clear();
  stopped_.clear();
  cursor_ = DeliveryId{};
  std::erase_if(items_, [](const auto& entry) { return !entry.second.under_way; });
  for (auto at = lanes_.begin(); at != lanes_.end();) {
    Lane& lane = at->second;
    lane.left_out.reset();
    // Only the first of a lane can be under way.
    const bool moving = items_.contains(lane.queue.front().number);
    if (moving) lane.queue.resize(1);
    at = moving ? std::next(at) : lanes_.erase(at);
  }
}

std::uint32_t Lanes::unclear(DeliveryId id) const {
  return items_.at(id.number).unclear;
}

std::optional<Moment> Lanes::due_at() const {
  if (ready_.empty()) return std::nullopt;
  return ready_.begin()->first;
}

void Lanes::first_is_ready(const Lane& lane) {
  const DeliveryId first = lane.queue.front();
  ready_.emplace(items_.at(first.number).due, first.number);
}

}  // namespace loangate::delivery
