#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "adapters/profile/profile.hpp"
#include "net/client.hpp"

namespace loangate::net {

/// Where a partner takes pushes, and whom it must prove to be (settled 4).
struct PushTarget {
  Endpoint endpoint;
  std::string target;                        ///< path and query of its URL
  std::chrono::milliseconds within{10'000};  ///< for the whole answer
};
using PushTargets = std::unordered_map<PartnerId, PushTarget>;

/// Lets a partner send so many a second and no more: a bucket that fills steadily and holds one second's
/// worth.
class RateLimit {
 public:
  /// Takes one token if there is one. The rate is the one agreed now: the bucket outlives its change.
  bool allow(std::chrono::steady_clock::time_point now, std::uint32_t per_second);

 private:
  std::mutex mutex_;
  std::uint64_t tokens_ = UINT64_MAX;  // full, whatever the rate
  std::chrono::steady_clock::time_point filled_{};
};

/// All that is agreed with one partner.
struct Terms {
  const adapters::Profile& profile;
  std::optional<PushTarget> push;
  std::shared_ptr<RateLimit> messages;
  std::shared_ptr<RateLimit> documents;
  std::shared_ptr<std::atomic<int>> files_coming;          ///< how many of its files are on their way to disk
  std::shared_ptr<std::atomic<std::uint64_t>> duplicates;  ///< messages answered with their first receipt
};

/// All partners' terms, as they came into force together. Immutable but for the buckets, which a partner
/// keeps from one configuration to the next.
class Configuration {
 public:
  Configuration(adapters::Partners partners, PushTargets push_targets, const Configuration* before);

  const adapters::Partners& partners() const { return partners_; }
  /// The partner's terms, or null.
  const Terms* find(const PartnerId& partner) const;

 private:
  const adapters::Partners partners_;
  std::unordered_map<PartnerId, Terms> terms_;
};

/// The configuration in force, which is replaced as a whole while the gateway runs. Who works by one keeps it
/// until he is done: a message is read, answered and recorded by the one that it began with.
class ConfigurationInForce {
 public:
  explicit ConfigurationInForce(std::shared_ptr<const Configuration> first) : current_(std::move(first)) {}

  std::shared_ptr<const Configuration> current() const { return current_.load(); }
  /// Its partners alone, which keep the whole.
  std::shared_ptr<const adapters::Partners> partners() const;
  void replace(std::shared_ptr<const Configuration> next) { current_.store(std::move(next)); }

 private:
  std::atomic<std::shared_ptr<const Configuration>> current_;
};

}  // namespace loangate::net
