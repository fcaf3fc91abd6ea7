#pragma once
#include <openssl/ssl.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/client.hpp"

/// How a connection to a partner comes about, step by step: for the client, and for the test of a connection.
namespace loangate::net {

inline constexpr auto quietly = boost::asio::as_tuple(boost::asio::use_awaitable);

/// One connection on its way, or at work. Belongs to its executor.
struct Connection {
  Connection(const boost::asio::any_io_executor& executor, TlsContext with)
      : tls(std::move(with)),
        stream(boost::asio::ip::tcp::socket(executor), SSL_new(tls.get())),
        timer(executor) {}

  void hang_up() {
    boost::system::error_code ignored;
    stream.lowest_layer().close(ignored);
  }

  TlsContext tls;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream;
  boost::asio::steady_timer timer;
  bool overdue = false;
  std::chrono::steady_clock::time_point idle_since;
  std::string input;
};
using ConnectionPtr = std::shared_ptr<Connection>;

/// Closes the connection at the deadline, whatever is under way on it; not any more when this object ends.
class Deadline {
 public:
  Deadline(ConnectionPtr connection, std::chrono::steady_clock::time_point when)
      : connection_(std::move(connection)) {
    connection_->timer.expires_at(when);
    connection_->timer.async_wait([connection = connection_](boost::system::error_code cancelled) {
      if (cancelled) return;
      connection->overdue = true;
      connection->hang_up();
    });
  }
  ~Deadline() { connection_->timer.cancel(); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  ConnectionPtr connection_;
};

/// `connecting: Connection refused`
std::string words(const Connection& connection, std::string_view step,
                  const boost::system::error_code& fault);

/// Whether the other end has ended the handshake on its side. In TLS 1.3 we hear of it only after we have
/// sent (hazard 15); what we sent it could not even decrypt.
bool is_refused_handshake(const boost::system::error_code& fault);

using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;
/// A name's addresses, by the deadline at the latest: the look-up itself cannot be cancelled.
boost::asio::awaitable<std::expected<Addresses, std::string>> resolve(
    boost::asio::any_io_executor executor, Endpoint endpoint, std::chrono::steady_clock::time_point deadline);

/// TCP to this address; the connection's Deadline bounds it.
boost::asio::awaitable<std::expected<void, std::string>> reach(ConnectionPtr connection,
                                                               boost::asio::ip::tcp::endpoint address);
/// TLS, with all that the endpoint must prove; the connection's Deadline bounds it.
boost::asio::awaitable<std::expected<void, std::string>> shake_hands(ConnectionPtr connection,
                                                                     Endpoint endpoint);

}  // namespace loangate::net
