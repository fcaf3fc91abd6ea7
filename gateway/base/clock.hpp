#pragma once
#include <atomic>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loangate {

/// A point in time: microseconds since 1970-01-01T00:00:00Z. For business time only; intervals, timeouts
/// and retries use std::chrono::steady_clock.
struct Instant {
  std::int64_t micros = 0;
  friend constexpr auto operator<=>(Instant, Instant) = default;
};

/// `2023-09-12T15:00:00.000000+08:00`: always in the programme's zone, Asia/Shanghai, which has had no
/// daylight saving since 1991.
std::string format(Instant instant);
/// Reads what format() writes; also without a fraction, and with any whole-minute offset or `Z`.
std::optional<Instant> parse_instant(std::string_view text);

/// The zone's offset from UTC.
inline constexpr std::int64_t shanghai_offset_micros = 8LL * 3600 * 1'000'000;

/// The one source of business time (civil date, deadlines, receipts). It follows the real clock, plus what
/// advance_to() has moved it. TLS validity, retries and timeouts never ask it (settled 42). Thread safe.
class BusinessClock {
 public:
  BusinessClock() = default;
  /// Begins at `start`, which may lie in the past: for a demonstration that lives through other years.
  explicit BusinessClock(Instant start);

  Instant now() const;

  /// Moves business time forward to `then`, from where it runs on. False if `then` lies in the past.
  bool advance_to(Instant then);

 private:
  std::atomic<std::int64_t> offset_micros_{0};
  mutable std::atomic<std::int64_t> last_micros_{
      0};  // never hand out a smaller time, also if the real clock steps back
};

/// The machine's clock, for the record beside business time.
Instant real_now();

}  // namespace loangate
