#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>

namespace loangate::delivery {

using Moment = std::chrono::steady_clock::time_point;

struct BreakerBounds {
  std::uint32_t failures = 5;               ///< in a row, after which the partner is left in peace
  std::chrono::milliseconds pause{15'000};  ///< between one probe and the next
};

/// The circuit breaker of one partner. After some failures in a row nothing is sent for a pause; then one
/// message goes as a probe: if it gets through the circuit closes, else another pause begins. Pure: time is
/// given.
class Breaker {
 public:
  explicit Breaker(BreakerBounds bounds) : bounds_(bounds) {}

  /// Whether a message may be sent now.
  bool may_send(Moment now) const;
  /// A message is being sent; while the circuit is open it is the probe, and no other may follow.
  void sending(Moment now);
  /// The partner answered, whatever it said.
  void answered() { state_ = Closed{0}; }
  /// No connection, no answer, or an answer that speaks of an outage. True if this opened the circuit.
  bool failed(Moment now);
  /// What was being sent came to no end that says anything of the partner.
  void abandoned(Moment now);

  bool open() const { return !std::holds_alternative<Closed>(state_); }
  /// When the next probe may go, if the circuit is open and no probe is under way.
  std::optional<Moment> probe_at() const;

 private:
  struct Closed {
    std::uint32_t failures;
  };
  struct Open {
    Moment until;
  };
  struct Probing {};

  BreakerBounds bounds_;
  std::variant<Closed, Open, Probing> state_ = Closed{0};
};

}  // namespace loangate::delivery
