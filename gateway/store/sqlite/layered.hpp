#pragma once
#include <functional>
#include <unordered_map>
#include <utility>

namespace loangate::store {

/// What is committed, with what the group at work has changed on top (settled 15). A commit folds the top in,
/// a failure drops it.
template <class Key, class Value, class Hash = std::hash<Key>, class Equal = std::equal_to<Key>>
class Layered {
 public:
  /// As the group sees it; nullptr if there is none. Stays valid until fold() or drop().
  template <class LikeKey>
  const Value* find(const LikeKey& key) const {
    if (const auto it = top_.find(key); it != top_.end()) return &it->second;
    const auto it = base_.find(key);
    return it == base_.end() ? nullptr : &it->second;
  }

  void put(const Key& key, Value value) { top_.insert_or_assign(key, std::move(value)); }

  /// For changing in place: on first touch a copy of what is committed, or else `fresh`.
  Value& touch(const Key& key, const Value& fresh) {
    const auto [it, added] = top_.try_emplace(key, fresh);
    if (added) {
      if (const auto base = base_.find(key); base != base_.end()) it->second = base->second;
    }
    return it->second;
  }

  void fold() {
    for (auto& [key, value] : top_) base_.insert_or_assign(key, std::move(value));
    top_.clear();
  }
  void drop() { top_.clear(); }

  /// How many there are, as the group sees it.
  std::size_t size() const {
    std::size_t count = base_.size();
    for (const auto& [key, value] : top_) count += base_.contains(key) ? 0 : 1;
    return count;
  }

  /// Visits all, each once, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [key, value] : base_) {
      if (!top_.contains(key)) visit(key, value);
    }
    for (const auto& [key, value] : top_) visit(key, value);
  }

 private:
  std::unordered_map<Key, Value, Hash, Equal> base_;
  std::unordered_map<Key, Value, Hash, Equal> top_;
};

}  // namespace loangate::store
