#pragma once
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "net/cores.hpp"
#include "net/server.hpp"
#include "pki.hpp"

namespace loangate::net::testing {

using std::chrono::milliseconds;

/// How long something took.
class Stopwatch {
 public:
  milliseconds elapsed() const {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start_);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Waits until `condition` holds, ten seconds at most; whether it does.
bool eventually(const std::function<bool()>& condition);

/// A plain TCP connection to a port of this machine.
int connect_plain(std::uint16_t port);
/// Whether the other end closes within the time.
bool closes_within(int socket, milliseconds time);

struct WireOptions {
  std::optional<KeyPair> pair = dev_pair("senders/bank01");
  int max_version = 0;  // TLS1_2_VERSION, or 0: the newest
  SSL_SESSION* resume = nullptr;
};

struct WireAnswer {
  unsigned status = 0;  // 0: none came
  std::string head;
  std::string body;
};

/// A TLS client that sends exactly the bytes it is told to. Made with OpenSSL alone, so that the room under
/// test is not its own judge.
class WireClient {
 public:
  explicit WireClient(std::uint16_t port, const WireOptions& options = {});
  ~WireClient();
  WireClient(const WireClient&) = delete;
  WireClient& operator=(const WireClient&) = delete;

  /// Of the handshake as this side sees it: in TLS 1.3 the other may still refuse (hazard 15).
  bool connected() const { return connected_; }
  bool send(std::string_view bytes);
  WireAnswer receive();
  /// What comes up to and with `mark`; all that came, if it does not.
  std::string receive_until(std::string_view mark);
  WireAnswer ask(std::string_view bytes) { return send(bytes) ? receive() : WireAnswer{}; }
  /// Reads until the other end closes, ten seconds at most; whether it did.
  bool closed();
  /// Resets the connection.
  void abort();

  SSL* tls() const { return tls_; }
  int socket() const { return socket_; }

 private:
  bool fill();

  int socket_;
  SSL_CTX* context_;
  SSL* tls_;
  bool connected_ = false;
  std::string input_;
};

/// A service that says what it was asked: its path chooses how it behaves.
class EchoService : public Service {
 public:
  std::expected<Admitted, Response> head(const RequestHead& head, const Peer& peer) override;
  boost::asio::awaitable<Response> answer(Request request) override;
  void stopping() override { stopping_ = true; }

  std::atomic<int> heads = 0;
  std::atomic<int> answers = 0;
  std::atomic<int> streams = 0;  // bodies that are being made

 private:
  std::atomic<bool> stopping_ = false;
  std::shared_ptr<BodySink> kept_;  // until its file has been sent
};

/// A running server with the development PKI.
struct Doorway {
  explicit Doorway(const Limits& limits = {}, const ServerTlsFiles& files = dev_server_files());
  ~Doorway();

  std::uint16_t port() const { return server->port(); }

  Cores cores{2};
  BusinessClock clock;
  EchoService service;
  std::unique_ptr<TlsSource> tls;
  std::unique_ptr<Server> server;
};

/// A partner's server that does what a test says, with a thread for each connection and blocking OpenSSL.
class ScriptedServer {
 public:
  class Connection {
   public:
    explicit Connection(SSL* tls) : tls_(tls) {}
    /// Reads until a whole request with its Content-Length has come; what came.
    std::string request();
    void send(std::string_view bytes);
    void close_notify();

   private:
    SSL* tls_;
  };
  using Script = std::function<void(Connection& connection, int number)>;

  /// `pair` is the server's; every client certificate of the development CA is taken unless `refuse` is set.
  ScriptedServer(const KeyPair& pair, Script script, bool refuse = false);
  ~ScriptedServer();

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void accept_all();
  void serve(int socket);

  Script script_;
  SSL_CTX* context_;
  int listening_;
  std::uint16_t port_;
  std::atomic<int> connections_ = 0;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace loangate::net::testing
