#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "delivery/pump.hpp"

namespace loangate::delivery {

struct MailboxBounds {
  std::size_t polls_per_partner = 4;  ///< that may wait at a time
  std::chrono::milliseconds longest_wait{60'000};
  std::size_t most_messages = 100;  ///< in one answer
};

/// What partners fetch themselves (settled 23). Looking changes nothing: what is not acknowledged comes
/// again, oldest first, and two who look may see the same. A parked message hides what waits behind it in its
/// lane.
///
/// All calls may come from any thread; waiting goes on in the caller's executor.
class Mailbox {
 public:
  /// What lies at the front, oldest first.
  struct Mail {
    struct Item {
      DeliveryId id;
      MessageKind kind;
    };
    std::vector<Item> deliveries;
    std::string
        body;  ///< in the partner's own format: the message if one was asked for, else the profile's list
    std::string content_type = {};
  };
  enum class Refusal {
    too_many,    ///< as many polls of this partner wait already: 429
    no_mailbox,  ///< the partner is pushed to: 404
  };
  enum class Acknowledged {
    yes,       ///< now or before: 204
    foreign,   ///< no such message in this partner's mailbox: 404
    not_kept,  ///< the store cannot take it now: 503
  };

  Mailbox(const store::Store& store, store::Committer& committer, ProfilesInForce profiles,
          MailboxBounds bounds);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// The oldest messages, `limit` at most; if there is none, waits up to `wait` for one. Without deliveries:
  /// none came, or the gateway is stopping. A message that cannot be written in the partner's format is
  /// parked on the way.
  boost::asio::awaitable<std::expected<Mail, Refusal>> next(PartnerId partner, std::size_t limit,
                                                            std::chrono::milliseconds wait);

  /// The partner has it. Committed before this returns; the same again changes nothing.
  boost::asio::awaitable<Acknowledged> acknowledge(PartnerId partner, DeliveryId id);

  /// Something was committed for this partner, or a lane of its released. Cheap; nothing for those who do not
  /// wait.
  void wake(const PartnerId& partner);

  /// Ends all waiting, now and from now on.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace loangate::delivery
