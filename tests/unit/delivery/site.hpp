#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/wait_for.hpp"
#include "delivery/mailbox.hpp"
#include "delivery/pump.hpp"
#include "delivery/release.hpp"
#include "net/cores.hpp"
#include "net/partner_push.hpp"
#include "simulate/peers.hpp"
#include "store/witness.hpp"
#include "tests/store/samples.hpp"

namespace loangate::delivery::testing {

using simulate::Mood;
using store::DeliveryState;

PartnerId partner(std::string_view id);

/// The outbox of a real store, and partners with real HTTPS servers that are pushed to by their sample
/// profiles: phrcb (fixed), fund (XML, asked about instructions), jxguar (JSON), bank07 (XML in GB2312);
/// sxbph has a mailbox.
class Site {
 public:
  explicit Site(store::Witness* witness = nullptr);
  ~Site();

  /// Starts a pump over what is in the store; one at a time.
  /// Partners have `within` for an answer.
  void start(PumpBounds bounds = quick(), std::chrono::milliseconds within = std::chrono::seconds(8));
  void stop();
  static PumpBounds quick();

  /// Puts a default notice about the company of a number into the outbox; its lane is the company's.
  DeliveryId put_notice(const PartnerId& to, unsigned company,
                        std::string_view name = "平湖样例软件有限公司");
  /// Puts an instruction to pay for a loan of a number into the outbox.
  DeliveryId put_instruction(const PartnerId& to, unsigned loan,
                             std::string_view company = "平湖样例软件有限公司");
  /// Releases a lane, as the operator's act does.
  std::optional<ReleaseFault> release(DeliveryId id, bool resend);

  /// From now on this partner's endpoint behaves so.
  void order(const PartnerId& partner, Mood mood);
  /// The ids that came to a partner, in the order of their first coming.
  std::vector<DeliveryId> came(const PartnerId& partner);
  unsigned times(const PartnerId& partner, DeliveryId id);
  std::size_t calls(const PartnerId& partner);

  store::Delivery row(DeliveryId id) const { return store->delivery(id).value(); }
  /// Waits up to ten seconds for the row to be in the state.
  bool becomes(DeliveryId id, DeliveryState state) const;
  static bool within_ten_seconds(const std::function<bool()>& condition);

  TemporaryFolder folder;
  std::shared_ptr<const adapters::Partners> partners;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<store::Committer> committer;
  std::optional<Pump> pump;
  std::optional<Mailbox> mailbox;
  net::Cores cores{2};

  /// Nobody listens where this partner is called, from the next start() on.
  void kill(const PartnerId& id) { dead_ = id; }
  void revive() { dead_.reset(); }

 private:
  struct World;
  DeliveryId put(Outgoing outgoing);

  std::unique_ptr<World> world_;
  std::optional<PartnerId> dead_;
  std::uint64_t entries_ = 0;
};

}  // namespace loangate::delivery::testing
