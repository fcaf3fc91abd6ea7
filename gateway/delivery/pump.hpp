#pragma once
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "delivery/backoff.hpp"
#include "delivery/breaker.hpp"
#include "delivery/carrier.hpp"
#include "store/committer.hpp"

namespace loangate::delivery {

/// The profiles in force now: they can be loaded anew while the gateway runs.
using ProfilesInForce = std::function<std::shared_ptr<const adapters::Partners>()>;

struct PumpBounds {
  Backoff backoff;
  BreakerBounds breaker;
  std::size_t in_flight = 8;        ///< messages under way to one partner at a time, each of another lane
  std::size_t window = 1'000;       ///< messages of one partner that are known in memory
  std::uint32_t most_unclear = 20;  ///< answers without sense, after which a message is parked
};

/// Pushes what waits to the partners who are pushed to: in order within each lane, many lanes at a time, each
/// partner on its own, so that a dead one slows nobody else. To a partner that operations paused (flow.hpp)
/// nothing new goes.
///
/// What a crash can leave behind: a message that was sent, its answer not recorded. It is waiting still and
/// goes again under the same id; where the profile says `query` its attempt was recorded before, so that it
/// is asked about first; where it says `park` it was recorded as parked before it went out, so it is never
/// repeated blindly.
///
/// It runs on one context. Committer and context must outlive it until wait() has returned.
class Pump {
 public:
  Pump(boost::asio::io_context& context, const store::Store& store, store::Committer& committer,
       ProfilesInForce profiles, Carrier& carrier, PumpBounds bounds);
  ~Pump();
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  /// Goes on where the store says that it stopped.
  void start();

  /// Something was committed for this partner. Any thread; cheap; nothing for those who are not pushed to.
  void wake(const PartnerId& partner);
  /// A lane of this partner was released by hand, or its pushes were paused or resumed: read again how it
  /// stands and what waits for it. Any thread.
  void released(const PartnerId& partner);

  /// Sends nothing new from now on; what is under way comes to its end, which the carrier bounds in time.
  /// Returns at once; any thread.
  void stop();
  /// Waits until stop() has come to its end. Not on a thread of the context.
  void wait();

  /// The partners whom nothing reaches at present. Any thread.
  std::vector<PartnerId> unreachable() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace loangate::delivery
