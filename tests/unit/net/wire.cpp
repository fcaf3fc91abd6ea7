#include "wire.hpp"

#include <filesystem>
#include <fstream>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <stdexcept>

#include "net/problem.hpp"

namespace loangate::net::testing {
namespace asio = boost::asio;

bool eventually(const std::function<bool()>& condition) {
  for (const Stopwatch watch; watch.elapsed() < milliseconds(10'000);) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return false;
}

namespace {

sockaddr_in local(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void set_timeout(int socket, milliseconds time) {
  const timeval value{.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value);
}

void use_pair(SSL_CTX* context, const KeyPair& pair) {
  if (SSL_CTX_use_certificate_chain_file(context, pair.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, pair.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("cannot use " + pair.certificate.string());
  }
}

}  // namespace

int connect_plain(std::uint16_t port) {
  const int number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local(port);
  if (connect(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(number);
    return -1;
  }
  set_timeout(number, milliseconds(10'000));
  return number;
}

bool closes_within(int socket, milliseconds time) {
  set_timeout(socket, time);
  const Stopwatch watch;
  char bytes[4096];
  for (;;) {
    const ssize_t count = recv(socket, bytes, sizeof bytes, 0);
    if (count == 0 || (count < 0 && errno == ECONNRESET)) return true;
    if (count < 0 || watch.elapsed() > time) return false;
  }
}

WireClient::WireClient(std::uint16_t port, const WireOptions& options)
    : socket_(connect_plain(port)), context_(SSL_CTX_new(TLS_client_method())), tls_(nullptr) {
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX_set_security_level(context_, 0);  // so that it is the server that refuses a weak key
  if (options.pair) use_pair(context_, *options.pair);
  if (options.max_version != 0) SSL_CTX_set_max_proto_version(context_, options.max_version);
  // A context that goes would spoil the sessions in its own cache.
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  tls_ = SSL_new(context_);
  SSL_set_fd(tls_, socket_);
  if (options.resume != nullptr) SSL_set_session(tls_, options.resume);
  connected_ = socket_ >= 0 && SSL_connect(tls_) == 1;
}

WireClient::~WireClient() {
  SSL_free(tls_);
  SSL_CTX_free(context_);
  if (socket_ >= 0) close(socket_);
}

bool WireClient::send(std::string_view bytes) {
  return connected_ && SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0;
}

bool WireClient::fill() {
  char bytes[16384];
  const int count = connected_ ? SSL_read(tls_, bytes, sizeof bytes) : 0;
  if (count <= 0) return false;
  input_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

WireAnswer WireClient::receive() {
  WireAnswer answer;
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return answer;
  }
  answer.head = input_.substr(0, end + 4);
  input_.erase(0, end + 4);
  answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
  const std::size_t at = answer.head.find("Content-Length: ");
  const std::size_t length = at == std::string::npos ? 0 : std::stoul(answer.head.substr(at + 16));
  while (input_.size() < length) {
    if (!fill()) break;
  }
  answer.body = input_.substr(0, length);
  input_.erase(0, length);
  return answer;
}

std::string WireClient::receive_until(std::string_view mark) {
  std::size_t at = 0;
  while ((at = input_.find(mark)) == std::string::npos && fill()) {
  }
  const std::size_t end = at == std::string::npos ? input_.size() : at + mark.size();
  std::string taken = input_.substr(0, end);
  input_.erase(0, end);
  return taken;
}

bool WireClient::closed() {
  for (const Stopwatch watch; watch.elapsed() < milliseconds(10'000);) {
    char bytes[16384];
    const int count = connected_ ? SSL_read(tls_, bytes, sizeof bytes) : 0;
    if (count > 0) continue;
    const int error = SSL_get_error(tls_, count);
    return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
  }
  return false;
}

void WireClient::abort() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(socket_);
  socket_ = -1;
}

namespace {

/// Takes a body into a file, and refuses what has an `!` in it.
class FileSink final : public BodySink {
 public:
  FileSink()
      : file_(std::filesystem::temp_directory_path() /
              fmt::format("loangate-sink-{}-{}", ::getpid(), static_cast<const void*>(this))) {
    std::filesystem::remove(file_);
  }
  ~FileSink() override { std::filesystem::remove(file_); }
  std::expected<void, Response> take(std::string_view bytes) override {
    if (bytes.contains('!')) return std::unexpected(problem(422, "Unprocessable", "no exclamation"));
    std::ofstream(file_, std::ios::binary | std::ios::app) << bytes;
    return {};
  }
  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
};

/// So many pieces, every other one empty; each takes a moment.
class Pieces final : public BodySource {
 public:
  Pieces(int pieces, std::size_t bytes, std::atomic<int>& streams)
      : left_(pieces), bytes_(bytes), streams_(streams) {
    ++streams_;
  }
  ~Pieces() override { --streams_; }
  asio::awaitable<std::optional<std::string>> next() override {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(milliseconds(bytes_ > 100 ? 0 : 20));
    co_await timer.async_wait(asio::use_awaitable);
    empty_ = !empty_;
    if (empty_) co_return "";
    if (left_-- == 0) co_return std::nullopt;
    co_return std::string(bytes_, static_cast<char>('a' + left_ % 26));
  }

 private:
  int left_;
  const std::size_t bytes_;
  bool empty_ = false;
  std::atomic<int>& streams_;
};

}  // namespace

std::expected<Admitted, Response> EchoService::head(const RequestHead& head, const Peer&) {
  ++heads;
  if (head.path == "/refuse") return std::unexpected(problem(403, "Forbidden", "not here"));
  if (head.path == "/head-throws") throw std::runtime_error("broken head");
  if (head.path == "/small") return Admitted{.body_bytes = 10};
  if (head.path == "/spool") return Admitted{.body_bytes = 4u << 20, .sink = std::make_shared<FileSink>()};
  return Admitted{.body_bytes = 4u << 20};
}

asio::awaitable<Response> EchoService::answer(Request request) {
  ++answers;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const std::string_view path = request.head.path;
  Response response{.status = 200, .content_type = "text/plain", .body = {}, .headers = {}};
  if (path == "/spool") {
    if (!request.body.empty()) throw std::runtime_error("the body is in memory");
    response.file = static_cast<FileSink&>(*request.taken).file();
    kept_ = request.taken;
    co_return response;
  }
  if (path == "/throws") throw std::runtime_error("broken answer");
  if (path == "/slow" || path == "/slower") {
    timer.expires_after(milliseconds(path == "/slow" ? 300 : 60'000));
    co_await timer.async_wait(asio::use_awaitable);
    response.body = "slow";
  } else if (path == "/stubborn") {  // hears of no cancellation
    for (const Stopwatch watch; watch.elapsed() < milliseconds(3000);) {
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
      timer.expires_after(milliseconds(10));
      co_await timer.async_wait(asio::use_awaitable);
    }
  } else if (path == "/poll") {
    while (!stopping_) {
      timer.expires_after(milliseconds(10));
      co_await timer.async_wait(asio::use_awaitable);
    }
    response.status = 204;
  } else if (path == "/huge") {
    response.body.assign(32u << 20, 'x');
  } else if (path == "/peer") {
    response.body = request.peer->spki_sha256 + ' ' + request.peer->issuer_key_sha256 + ' ' +
                    request.peer->serial + ' ' + request.peer->address + ' ' + request.peer->subject;
  } else if (path == "/fields") {
    for (const Field& field : request.head.fields)
      response.body += fmt::format("{}={};", field.name, field.value);
    for (const auto& [name, value] : request.head.query) response.body += fmt::format("?{}={};", name, value);
  } else if (path == "/received") {
    response.body = format(request.received);
  } else if (path == "/pieces") {
    response.source = std::make_shared<Pieces>(3, 5, streams);
  } else if (path == "/endless") {
    response.source = std::make_shared<Pieces>(1'000'000'000, 5, streams);
  } else if (path == "/flood") {
    response.source = std::make_shared<Pieces>(1'000'000'000, 1u << 20, streams);
  } else if (path == "/redirect") {
    response.status = 307;
    response.headers.emplace_back("Location", "https://localhost/elsewhere");
  } else if (path == "/forge") {
    response.headers.emplace_back("X-Note", "a\r\nX-Forged: b");
  } else {
    response.body = std::move(request.body);
  }
  co_return response;
}

Doorway::Doorway(const Limits& limits, const ServerTlsFiles& files) {
  auto source = TlsSource::open(files);
  if (!source) throw std::runtime_error(source.error().front().text());
  tls = std::move(*source);
  server =
      std::make_unique<Server>(cores.contexts(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0),
                               *tls, limits, clock, service);
}

Doorway::~Doorway() {
  cores.stop();
}

ScriptedServer::ScriptedServer(const KeyPair& pair, Script script, bool refuse)
    : script_(std::move(script)),
      context_(SSL_CTX_new(TLS_server_method())),
      listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::signal(SIGPIPE, SIG_IGN);
  use_pair(context_, pair);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(
      context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
      refuse ? [](int, X509_STORE_CTX*) { return 0; } : [](int, X509_STORE_CTX*) { return 1; });
  sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  if (bind(listening_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(listening_, 16) != 0) {
    throw std::runtime_error("cannot listen");
  }
  getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  shutdown(listening_, SHUT_RDWR);
  accepting_.join();
  for (std::thread& thread : serving_) thread.join();
  close(listening_);
  SSL_CTX_free(context_);
}

void ScriptedServer::accept_all() {
  for (;;) {
    const int number = accept(listening_, nullptr, nullptr);
    if (number < 0) return;
    serving_.emplace_back([this, number] { serve(number); });
  }
}

void ScriptedServer::serve(int socket) {
  set_timeout(socket, milliseconds(2000));
  SSL* const tls = SSL_new(context_);
  SSL_set_fd(tls, socket);
  if (SSL_accept(tls) == 1) {
    Connection connection(tls);
    script_(connection, ++connections_);
  }
  SSL_free(tls);
  close(socket);
}

std::string ScriptedServer::Connection::request() {
  std::string input;
  for (;;) {
    const std::size_t end = input.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t at = input.find("Content-Length: ");
      const std::size_t length = at == std::string::npos ? 0 : std::stoul(input.substr(at + 16));
      if (input.size() >= end + 4 + length) return input;
    }
    char bytes[16384];
    const int count = SSL_read(tls_, bytes, sizeof bytes);
    if (count <= 0) return input;
    input.append(bytes, static_cast<std::size_t>(count));
  }
}

void ScriptedServer::Connection::send(std::string_view bytes) {
  SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
}

void ScriptedServer::Connection::close_notify() {
  SSL_shutdown(tls_);
}

}  // namespace loangate::net::testing
