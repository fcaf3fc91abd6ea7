#include "delivery/backoff.hpp"

#include <algorithm>

namespace loangate::delivery {

std::chrono::milliseconds pause_after(const Backoff& backoff, std::uint32_t attempts, std::uint32_t chance) {
  std::int64_t full = std::max<std::int64_t>(backoff.first.count(), 1);
  const std::int64_t most = std::max<std::int64_t>(backoff.longest.count(), full);
  for (std::uint32_t doubled = 1; doubled < attempts && full < most; ++doubled) full *= 2;
  full = std::min(full, most);
  // Milliseconds up to 2^31 times a 32-bit number stay within 64 bits.
  const std::int64_t half = full / 2;
  const std::int64_t jitter =
      (full - half) * static_cast<std::int64_t>(chance >> 1) / (std::int64_t{1} << 31);
  return std::chrono::milliseconds{half + jitter};
}

}  // namespace loangate::delivery
