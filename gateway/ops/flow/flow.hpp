#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "delivery/pump.hpp"
#include "ops/call.hpp"
#include "ops/flow/tally.hpp"

namespace loangate::ops {

/// From where on something is slow or silent; one source for the picture and the alerts.
struct FlowBounds {
  std::chrono::seconds slow_after{300};                   ///< the oldest undelivered
  std::optional<std::chrono::seconds> silent_after = {};  ///< of a partner without a line of its own
  std::map<PartnerId, std::chrono::seconds> silent_after_of = {};

  std::optional<std::chrono::seconds> silence_of(const PartnerId& partner) const;
  friend bool operator==(const FlowBounds&, const FlowBounds&) = default;
};

enum class FlowState : std::uint8_t { normal, slow, silent, stopped };  ///< the graver the later
std::string_view name_of(FlowState state);

/// A state, and why if it is not normal.
struct FlowVerdict {
  FlowState state = FlowState::normal;
  Words reason = {};
};

/// What is known of one partner's outbox and of what it sends. Ages are real time.
struct PartnerFlow {
  Tally::Partner tally = {};
  std::optional<Instant> oldest = {};  ///< when the oldest undelivered message was made
  bool unreachable = false;            ///< its breaker is open
  bool paused = false;                 ///< by an operator
};

// The two verdicts on a partner. Pure: by age and silence, never by a single failure. `since`: as long as the
// gateway has run it would have heard.
FlowVerdict outbox_verdict(const PartnerFlow& partner, const FlowBounds& bounds, Instant now);
FlowVerdict inbound_verdict(const PartnerFlow& partner, std::optional<std::chrono::seconds> silent_after,
                            Instant since, Instant now);

/// The living picture: how it stands between partners, gateway, registry and outboxes.
class Flow {
 public:
  struct Parts {
    const store::Store& store;
    const Tally& tally;
    delivery::ProfilesInForce profiles;
    std::function<std::vector<PartnerId>()> unreachable;  ///< Pump::unreachable
    std::function<std::size_t()> alerts_open;
    FlowBounds bounds = {};
  };
  explicit Flow(Parts parts) : parts_(std::move(parts)) {}

  /// A picture; all who look within a quarter of a second are shown the same.
  struct Snapshot {
    std::chrono::steady_clock::time_point taken;
    std::uint64_t version;  ///< of the tally, when it was taken
    Sequence sequence;
    std::string json;
  };
  std::shared_ptr<const Snapshot> look() const;

  PartnerFlow partner(const PartnerId& id, const Tally::Now& now,
                      const std::vector<PartnerId>& unreachable) const;
  /// How it goes with a partner, both ways: the graver of the two verdicts, with words also if all is well.
  FlowVerdict verdict(const PartnerId& id, const PartnerFlow& flow, Instant now) const;
  /// The partners whose breaker is open.
  std::vector<PartnerId> unreachable() const;
  const Parts& parts() const { return parts_; }

  /// Streams are counted, so that nobody can hold all connections.
  class Seat {
   public:
    explicit Seat(const Flow& flow) : flow_(flow), taken_(flow.streams_.fetch_add(1) < most_streams) {}
    ~Seat() { flow_.streams_.fetch_sub(1); }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    explicit operator bool() const { return taken_; }

   private:
    const Flow& flow_;
    const bool taken_;
  };
  static constexpr int most_streams = 64;

 private:
  std::string picture(Instant now, Sequence sequence) const;

  const Parts parts_;
  mutable std::mutex mutex_;  // one picture is painted at a time
  mutable std::shared_ptr<const Snapshot> last_;
  mutable std::atomic<int> streams_{0};
};

boost::asio::awaitable<Reply> read_flow(const Operations& operations, const Call& call);
boost::asio::awaitable<Reply> read_flow_day(const Operations& operations, const Call& call);
boost::asio::awaitable<Reply> stream_flow(const Operations& operations, const Call& call);

}  // namespace loangate::ops
