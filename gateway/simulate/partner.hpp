#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "adapters/codec/codec.hpp"
#include "base/clock.hpp"
#include "net/client.hpp"
#include "simulate/composer.hpp"
#include "simulate/endpoint.hpp"
#include "simulate/inbox.hpp"

namespace loangate::simulate {

/// What the gateway answered to a message.
struct Answer {
  unsigned status;
  std::string body;
  bool duplicate;                  ///< the first receipt again
  std::optional<Receipt> receipt;  ///< none: the answer is no receipt in the partner's format
};

/// A partner as a real peer: a mutual TLS client that writes and reads its own format by its profile, an
/// inbox for what comes to it, and, if it is pushed to, an HTTPS server. It lives in one context, on whose
/// thread all calls are made.
class Partner {
 public:
  /// `tls` shows the certificate of the partner's sender; message ids count on from `first_id`.
  Partner(boost::asio::io_context& context, const adapters::Profile& profile, net::TlsContext tls,
          const BusinessClock& clock, std::uint64_t first_id);
  ~Partner();

  const PartnerId& id() const { return profile_.id; }
  const adapters::Profile& profile() const { return profile_; }
  const Inbox& inbox() const { return inbox_; }
  /// Empties the inbox: the registry that it came from is no more.
  void forget() { inbox_ = {}; }
  const Composer& composer() const { return composer_; }
  /// None: it has a mailbox.
  PartnerEndpoint* endpoint() { return endpoint_.get(); }

  /// Opens the endpoint of a partner who is pushed to; port 0: any free one. Throws std::system_error if it
  /// cannot.
  void listen(std::unique_ptr<net::TlsSource> tls, std::string gateway_spki_sha256, std::uint16_t port);
  /// Where the gateway's port for partners is.
  void connect(const std::string& host, std::uint16_t port);

  /// Completes a message of this partner's, writes it in its format and seals it.
  std::expected<std::string, std::string> write(MessageKind kind, Record& message);
  /// The same of a message that is complete.
  std::expected<std::string, std::string> write_again(MessageKind kind, const Record& message) const;
  /// Sends bytes as they are, with the seal in the head if it goes there. Above the agreed rate it waits and
  /// sends again.
  boost::asio::awaitable<std::expected<Answer, std::string>> post(std::string bytes);
  /// Sends bytes and fails at it as ordered; whatever became of them, the partner does not know. `twice` and
  /// `none` are no failing: use post().
  boost::asio::awaitable<std::expected<void, std::string>> post_badly(std::string bytes, SendFault fault);
  /// Any request to the partners' port.
  boost::asio::awaitable<std::expected<net::Response, std::string>> exchange(std::string method,
                                                                             std::string target,
                                                                             std::string body,
                                                                             std::string content_type);

  /// Misbehaves with the next things that come to it, by push or in the mailbox.
  void order(Mood mood, unsigned times);

  /// Hands in a document that an application will name; its SHA-256 as the gateway tells it.
  boost::asio::awaitable<std::expected<std::string, std::string>> hand_in(std::string pdf);

  /// Fetches, keeps and acknowledges what lies in the mailbox, until it is empty; waits up to `wait` for the
  /// first. How many came; nothing to do for a partner who is pushed to.
  boost::asio::awaitable<std::expected<std::size_t, std::string>> collect(std::chrono::seconds wait);

 private:
  /// What the gateway says, if it is sealed as the profile wants it.
  std::expected<adapters::Decoded, std::string> read(const net::Response& answer,
                                                     std::string_view body) const;
  /// With the seal in the head if it goes there; the error says why it cannot be made.
  std::expected<net::OutRequest, std::string> request(std::string method, std::string target,
                                                      std::string body, std::string content_type) const;
  /// As the mood is. The error says what is wrong with the gateway's answer.
  boost::asio::awaitable<std::expected<void, std::string>> acknowledge(DeliveryId delivery, Mood mood);

  boost::asio::io_context& context_;
  const adapters::Profile& profile_;
  const BusinessClock& clock_;
  net::Client client_;
  net::Endpoint gateway_;
  Composer composer_;
  Inbox inbox_;
  Moods moods_;  ///< at the mailbox
  std::unique_ptr<PartnerEndpoint> endpoint_;
};

}  // namespace loangate::simulate
