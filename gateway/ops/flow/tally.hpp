#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/histogram.hpp"
#include "store/witness.hpp"

namespace loangate::ops {

/// What flows, counted at commit and kept in memory, so that whoever looks at it reads no table: rates of the
/// last minute, the last day in buckets, what waits for each partner. In real time. Thread safe; the writer
/// holds its lock for as long as it takes to add up one group.
class Tally final : public store::Witness {
 public:
  static constexpr std::int64_t bucket_seconds = 300;
  static constexpr std::size_t buckets_a_day = 288;

  explicit Tally(Instant since = real_now()) : since_(since), complete_from_(since) {}

  void opened(const std::vector<store::Undelivered>& outbox) override;
  void committed(const store::Facts& facts, std::chrono::microseconds took) override;

  /// Reads back what the journal has of the last day, at most this many entries: the newest. Before anything
  /// is served.
  void recall(const store::Store& store, std::size_t most_entries = 50'000);

  /// What became of messages and of deliveries; the first ones in the order of Outcome.
  enum Fate : std::uint8_t { accepted, held, rejected, unreadable, conflict, delivered, failed, fates };
  using Counts = std::array<std::uint32_t, fates>;

  struct Partner {
    std::uint64_t waiting = 0;
    std::uint64_t parked = 0;
    std::uint64_t attempts_delivered = 0;  ///< since the start, as the next two
    std::uint64_t attempts_failed = 0;
    std::uint64_t attempts_parked = 0;
    std::uint32_t received_a_minute = 0;
    std::uint32_t delivered_a_minute = 0;
    std::uint32_t failed_a_minute = 0;
    std::optional<Instant> last_message = {};  ///< none: not in what is known
    std::optional<Instant> last_delivery = {};
  };
  struct Now {
    std::map<PartnerId, Partner> partners = {};
    std::uint32_t received_a_minute = 0;
    std::uint32_t entries_a_minute = 0;
    std::optional<Instant> last_entry = {};
  };
  Now now(Instant at) const;

  struct Bucket {
    Instant at;
    Counts counts = {};
  };
  struct Day {
    Instant complete_from;  ///< of what was received
    std::vector<Bucket> buckets = {};
  };
  /// Of one partner, or of all.
  Day day(Instant at, const std::optional<PartnerId>& partner) const;

  /// Grows with each commit that somebody who watches would see.
  std::uint64_t version() const { return version_.load(std::memory_order_relaxed); }
  Instant since() const { return since_; }
  /// Of commits, with their flush.
  const Histogram& commits() const { return commits_; }

 private:
  /// Counts of the last sixty seconds, by fives.
  class Minute {
   public:
    void add(std::int64_t second, std::uint32_t count = 1);
    std::uint32_t sum(std::int64_t second) const;

   private:
    static constexpr std::int64_t span = 5;
    std::array<std::uint32_t, 12> counts_{};
    std::int64_t last_ = 0;  ///< the span written last
  };
  struct Line {
    Partner totals = {};
    Minute received = {}, delivered = {}, failed = {};
    std::vector<Counts> day = std::vector<Counts>(buckets_a_day);
    std::int64_t last_bucket = 0;
    void add(Fate fate, Instant at);
    void forget_until(std::int64_t bucket);
  };

  void count(const store::EntryFact& entry);
  void count(const store::DeliveryFact& delivery);

  const Instant since_;
  std::atomic<std::uint64_t> version_{0};
  Histogram commits_{commit_bounds};
  mutable std::mutex mutex_;
  std::map<PartnerId, Line> lines_;
  Minute entries_;
  Instant complete_from_;
  std::optional<Instant> last_entry_;
};

}  // namespace loangate::ops
