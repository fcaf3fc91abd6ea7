#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "adapters/profile/profile.hpp"
#include "net/server.hpp"
#include "simulate/inbox.hpp"

namespace loangate::simulate {

/// How a partner's endpoint misbehaves, to order.
enum class Mood {
  well,
  silent,     ///< takes the message, never answers
  slow,       ///< takes it, answers after a while
  failing,    ///< HTTP 500, not taken
  nonsense,   ///< 200 with bytes that are no acknowledgement, not taken
  wrong_id,   ///< acknowledges another delivery, not taken
  refusing,   ///< acknowledges that it will not have it
  blind_yes,  ///< 200 without a body, not taken
};

/// The HTTPS server of a partner who is pushed to. It proves who calls, reads the message by the profile,
/// keeps it in the inbox once, and answers with the profile's acknowledgement; GET `<path>/<delivery id>`
/// says whether it came. It lives in one context, where moods are ordered too.
class PartnerEndpoint : public net::Service {
 public:
  /// Listens on this machine from now on; port 0: any free one. Throws std::system_error if it cannot.
  PartnerEndpoint(boost::asio::io_context& context, const adapters::Profile& profile,
                  std::unique_ptr<net::TlsSource> tls, std::string gateway_spki_sha256,
                  const BusinessClock& clock, Inbox& inbox, std::uint16_t port);
  ~PartnerEndpoint() override;

  std::uint16_t port() const { return server_.port(); }
  void order(Mood mood) { mood_ = mood; }
  /// How many pushes came, whatever the mood.
  std::size_t calls() const { return calls_; }

  void stop() { server_.stop(); }
  void wait() { server_.wait(); }

  std::expected<net::Admitted, net::Response> head(const net::RequestHead& head,
                                                   const net::Peer& peer) override;
  boost::asio::awaitable<net::Response> answer(net::Request request) override;
  void stopping() override;

 private:
  net::Response acknowledgement(DeliveryId id, Answer taken, std::optional<std::string> reason) const;
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);

  boost::asio::io_context& context_;
  const adapters::Profile& profile_;
  const std::string path_;
  const std::unique_ptr<net::TlsSource> tls_;
  const std::string gateway_;
  Inbox& inbox_;
  Mood mood_ = Mood::well;
  std::size_t calls_ = 0;
  std::set<boost::asio::steady_timer*> pauses_;
  bool stopping_ = false;
  net::Server server_;
};

}  // namespace loangate::simulate
