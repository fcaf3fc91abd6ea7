#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "net/tls.hpp"

namespace loangate::net {

/// A request whose body may come.
struct Admitted {
  std::size_t body_bytes;  ///< how many it may have
  std::shared_ptr<const void> terms =
      {};  ///< what the service decided on: Request::terms of the same request
  std::shared_ptr<BodySink> sink =
      {};  ///< where its bytes go as they arrive; null, as for all small ones: into Request::body
};

/// What answers requests. Its calls come on the threads of the contexts, many at a time.
class Service {
 public:
  virtual ~Service() = default;

  /// Called at the end of the head: lets the body come, or refuses it (403, 404, 413, 415, 429), which goes
  /// out before the body has been read. Must not block.
  virtual std::expected<Admitted, Response> head(const RequestHead& head, const Peer& peer) = 0;

  /// Called with the whole request. When the time for processing is over, it gets a terminal cancellation;
  /// what then throws operation_aborted becomes a 503 with Retry-After. Any other exception becomes a 500.
  virtual boost::asio::awaitable<Response> answer(Request request) = 0;

  /// The server is about to end: let long polls answer now. Called once, on the thread that stops it.
  virtual void stopping() {}
};

/// Bounds of a server. Each time is an absolute one for its phase, never started anew by a byte that
/// arrives (hazard 17); they are kept to a tenth of a second.
struct Limits {
  std::size_t connections = 4096;
  std::size_t connections_per_address = 1024;
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds header{10'000};           // from a request's first byte to the end of its head
  std::chrono::milliseconds body{60'000};             // to its last byte; a sink's has more, by its size
  std::uint64_t least_bytes_per_second = 256 * 1024;  // of what goes into a sink or comes from a file
  std::chrono::milliseconds processing{
      60'000};                               // then cancelled; some seconds later the connection is closed
  std::chrono::milliseconds answer{30'000};  // to send it
  std::chrono::milliseconds idle{75'000};    // between requests, and before the first
  std::chrono::milliseconds closing{2'000};  // for the TLS shutdown (hazard 16), and before it for
                                             // reading off a refused body
  std::chrono::milliseconds drain{10'000};   // after stop(), for what has been begun
};

/// Whether a connection may come without a client certificate. One that comes with a certificate must come
/// with a good one in either case.
enum class ClientCertificate : std::uint8_t { required, optional };

/// HTTPS with mutual TLS. Connections are shared out over the contexts and stay where they are.
/// Contexts, TLS source, clock and service must outlive the server. It may go when wait() has returned, or
/// when its contexts do not run any more.
class Server {
 public:
  /// Listens from now on; throws std::system_error if it cannot. SIGPIPE is ignored from now on in the
  /// whole process.
  Server(std::vector<boost::asio::io_context*> contexts, const boost::asio::ip::tcp::endpoint& endpoint,
         const TlsSource& tls, const Limits& limits, const BusinessClock& clock, Service& service,
         ClientCertificate client_certificate = ClientCertificate::required);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  std::size_t connections() const;

  /// Takes no new connections, closes idle ones, lets requests that have begun get their answer within
  /// Limits::drain, and then closes what is left. Returns at once; any thread.
  void stop();
  /// Waits until stop() has come to its end. Not on a thread of the contexts.
  void wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace loangate::net
