#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace loangate {

/// How often something took how long, in classic buckets. Adding is a few relaxed increments, from any
/// thread.
class Histogram {
 public:
  static constexpr std::size_t most_buckets = 16;
  /// `bounds`, in microseconds and ascending, must outlive it; above the last one is one more bucket.
  explicit constexpr Histogram(std::span<const std::uint32_t> bounds) : bounds_(bounds) {}

  void add(std::chrono::steady_clock::duration took) {
    const auto micros =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    std::size_t i = 0;
    while (i < bounds_.size() && micros > bounds_[i]) ++i;
    counts_[i].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(micros, std::memory_order_relaxed);
  }

  std::span<const std::uint32_t> bounds() const { return bounds_; }
  /// Of bucket `i`; `bounds().size()` is the one above the last bound.
  std::uint64_t count(std::size_t i) const { return counts_[i].load(std::memory_order_relaxed); }
  std::uint64_t sum_micros() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::span<const std::uint32_t> bounds_;
  std::array<std::atomic<std::uint64_t>, most_buckets> counts_{};
  std::atomic<std::uint64_t> sum_{0};
};

inline constexpr std::uint32_t commit_bounds[] = {100,    250,    500,     1'000,   2'500,    5'000,
                                                  10'000, 25'000, 100'000, 500'000, 2'500'000};
inline constexpr std::uint32_t message_bounds[] = {25,    50,     100,    250,     500,     1'000,    2'500,
                                                   5'000, 10'000, 25'000, 100'000, 500'000, 2'500'000};

}  // namespace loangate
