#pragma once
#include <chrono>
#include <string>
#include <unordered_map>

#include "delivery/carrier.hpp"
#include "net/client.hpp"

namespace loangate::net {

/// Where a partner takes pushes, and whom it must prove to be (settled 4).
struct PushTarget {
  Endpoint endpoint;
  std::string target;                        ///< path and query of its URL
  std::chrono::milliseconds within{10'000};  ///< for the whole answer
};

/// Pushes over mutual TLS: POST to the partner's URL, GET of `<url>/<delivery id>` for a question. A new
/// connection is made only where none is kept. Belongs to one context, as its Client does.
class PartnerPush : public delivery::Carrier {
 public:
  using Targets = std::unordered_map<PartnerId, PushTarget>;
  PartnerPush(boost::asio::io_context& context, Targets targets);

  boost::asio::awaitable<delivery::Sent> send(const delivery::Parcel& parcel) override;
  boost::asio::awaitable<delivery::Sent> ask(const PartnerId& partner, DeliveryId id) override;

 private:
  boost::asio::awaitable<delivery::Sent> exchange(const PushTarget& to, OutRequest request);

  Client client_;
  const Targets targets_;
};

}  // namespace loangate::net
