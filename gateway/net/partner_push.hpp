#pragma once
#include "delivery/carrier.hpp"
#include "net/client.hpp"
#include "net/configuration.hpp"
#include "net/trace_book.hpp"

namespace loangate::net {

/// Pushes over mutual TLS: POST to the partner's URL, GET of `<url>/<delivery id>` for a question. A new
/// connection is made only where none is kept. What was written by a profile that is no longer in force does
/// not go to the endpoint that is: it is as if not reached, and written anew. Belongs to one context, as its
/// Client does.
class PartnerPush : public delivery::Carrier {
 public:
  PartnerPush(boost::asio::io_context& context, const ConfigurationInForce& configuration,
              const TraceBook& traces);

  boost::asio::awaitable<delivery::Sent> send(const delivery::Parcel& parcel) override;
  boost::asio::awaitable<delivery::Sent> ask(const adapters::Profile& profile, DeliveryId id) override;

 private:
  std::expected<PushTarget, delivery::Sent> target_of(const adapters::Profile& profile) const;
  boost::asio::awaitable<delivery::Sent> exchange(PushTarget to, OutRequest request);

  Client client_;
  const ConfigurationInForce& configuration_;
  const TraceBook& traces_;
};

}  // namespace loangate::net
