#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.hpp"
#include "net/tls.hpp"

namespace loangate::net {

/// Where a request goes, and as what the other end must prove itself.
struct Endpoint {
  std::string host;  // DNS name or IP address to connect to
  std::uint16_t port = 443;
  std::string server_name;  // the name its certificate must carry; empty: host
  TlsContext tls;
};

/// The parts of `https://host[:port][/path][?query]`.
struct HttpsUrl {
  std::string host;
  std::uint16_t port = 443;
  std::string target;  // at least `/`
};
/// Refuses other schemes, user names and fragments; the error says what to do.
std::expected<HttpsUrl, std::string> parse_https_url(std::string_view url);

struct OutRequest {
  std::string method;
  std::string target;        // origin form
  std::string content_type;  // empty: no such field
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool idempotent = false;  // may be sent once more if a kept connection closes before any byte of answer
};

/// Why there is no answer (settled 20).
struct SendFailure {
  enum class Kind {
    not_sent,  // the other end cannot have processed any of it: no address, no connection, no handshake
    unknown,   // bytes went out and no complete answer came: it may have been processed
  } kind;
  std::string reason;  // technical; for log and operator
};

struct ClientLimits {
  std::size_t answer_bytes = 8u << 20;       // body of an answer
  std::size_t idle_connections = 4;          // kept per endpoint
  std::chrono::milliseconds idle{30'000};    // after which a kept connection is not used again
  std::chrono::milliseconds closing{2'000};  // for the TLS shutdown
};

/// Sends requests over mutual TLS and keeps connections for the next one. An answer of any status is an
/// answer; redirects are not followed. Belongs to one context: to be used on its thread only, and to be
/// destroyed when no send() is under way.
class Client {
 public:
  explicit Client(boost::asio::io_context& context, ClientLimits limits = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Has returned at `deadline` at the latest, a tenth of a second aside.
  boost::asio::awaitable<std::expected<Response, SendFailure>> send(
      Endpoint endpoint, OutRequest request, std::chrono::steady_clock::time_point deadline);

  /// Closes the connections that are kept.
  void close_idle();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace loangate::net
