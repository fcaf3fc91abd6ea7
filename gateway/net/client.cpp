#include "net/client.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cerrno>
#include <deque>
#include <exception>
#include <map>
#include <tuple>
#include <utility>

#include "base/log.hpp"
#include "net/connecting.hpp"
#include "net/gate.hpp"

namespace loangate::net {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr unsigned most_interim_answers = 8;  // 1xx before the answer
constexpr std::size_t read_bytes = 16 * 1024;

using Key = std::tuple<std::string, std::uint16_t, std::string, SSL_CTX*>;

SendFailure not_sent(std::string reason) {
  return {SendFailure::Kind::not_sent, std::move(reason)};
}
SendFailure unknown(std::string reason) {
  return {SendFailure::Kind::unknown, std::move(reason)};
}

std::string head_of(const Endpoint& endpoint, const OutRequest& request) {
  std::string host = endpoint.host.find(':') == std::string::npos ? endpoint.host : '[' + endpoint.host + ']';
  if (endpoint.port != 443) host += fmt::format(":{}", endpoint.port);
  std::string head = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  append_field(head, "Host", host);
  if (!request.content_type.empty()) append_field(head, "Content-Type", request.content_type);
  if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
    append_field(head, "Content-Length", fmt::format_int(request.body.size()).c_str());
  }
  for (const auto& [name, value] : request.headers) append_field(head, name, value);
  head += "\r\n";
  return head;
}

Response response_of(const HeadShape& shape) {
  Response response{.status = shape.status, .content_type = {}, .body = {}, .headers = {}};
  for (const Field& field : shape.fields) {
    if (same_token(field.name, "Content-Type")) {
      response.content_type = field.value;
    } else if (!same_token(field.name, "Content-Length") && !same_token(field.name, "Transfer-Encoding") &&
               !same_token(field.name, "Connection") && !same_token(field.name, "Keep-Alive")) {
      response.headers.emplace_back(field.name, field.value);
    }
  }
  return response;
}

asio::awaitable<error_code> write_all(Connection& connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto [fault, count] = co_await connection.stream.async_write_some(asio::buffer(bytes), quietly);
    if (fault) co_return fault;
    bytes.remove_prefix(count);
  }
  co_return error_code{};
}

/// Reads more behind what connection.input holds.
asio::awaitable<error_code> read_more(Connection& connection) {
  const std::size_t before = connection.input.size();
  connection.input.resize(before + read_bytes);
  const auto [fault, count] = co_await connection.stream.async_read_some(
      asio::buffer(connection.input.data() + before, read_bytes), quietly);
  connection.input.resize(before + count);
  co_return fault;
}

/// How one try on one connection ended.
struct Attempt {
  std::expected<Response, SendFailure> outcome;
  bool reusable = false;  // the connection, for another request
  bool stale = false;     // it was closed before any byte of an answer
};

Attempt broken(SendFailure failure, bool stale = false) {
  return {.outcome = std::unexpected(std::move(failure)), .reusable = false, .stale = stale};
}

asio::awaitable<Attempt> read_body(Connection& connection, const HeadShape& shape, Response response,
                                   std::size_t limit) {
  std::string& input = connection.input;
  bool complete = shape.framing == BodyFraming::none;
  ChunkedReader chunks(limit);
  if (shape.framing == BodyFraming::length && shape.length > limit) {
    co_return broken(unknown("the answer's body is larger than the limit"));
  }
  while (!complete) {
    std::size_t taken = input.size();
    if (shape.framing == BodyFraming::chunked) {
      const auto read = chunks.read(input, response.body);
      if (!read) co_return broken(unknown("the answer's chunked coding is malformed or too large"));
      taken = *read;
      complete = chunks.done();
    } else {
      if (shape.framing == BodyFraming::length) {
        taken = std::min<std::size_t>(taken, static_cast<std::size_t>(shape.length) - response.body.size());
      }
      if (response.body.size() + taken > limit) {
        co_return broken(unknown("the answer's body is larger than the limit"));
      }
      response.body.append(input, 0, taken);
      complete = shape.framing == BodyFraming::length && response.body.size() == shape.length;
    }
    input.erase(0, taken);
    if (complete) break;
    const error_code fault = co_await read_more(connection);
    if (!fault) continue;
    // Only a TLS closing says that a body without framing is whole; a mere end of the stream could be
    // anybody's.
    if (shape.framing != BodyFraming::until_close || fault != asio::error::eof) {
      co_return broken(unknown(words(connection, "reading the answer's body", fault)));
    }
    complete = true;
  }
  co_return Attempt{
      .outcome = std::move(response), .reusable = shape.keep_alive && input.empty(), .stale = false};
}

asio::awaitable<Attempt> exchange(Connection& connection, const Endpoint& endpoint, const OutRequest& request,
                                  std::size_t limit) {
  std::string& input = connection.input;
  input.clear();
  std::string output = head_of(endpoint, request);
  output += request.body;
  if (const error_code fault = co_await write_all(connection, output)) {
    co_return broken(unknown(words(connection, "sending", fault)), !connection.overdue);
  }
  for (unsigned interim = 0; interim <= most_interim_answers; ++interim) {
    std::size_t head_size = 0;
    for (std::size_t scanned = 0; head_size == 0;) {
      const auto end = find_head_end(input, scanned);
      if (!end) co_return broken(unknown("the answer's head is malformed or too large"));
      head_size = *end;
      scanned = input.size();
      if (head_size > 0) break;
      const error_code fault = co_await read_more(connection);
      if (!fault) continue;
      const std::string reason = words(connection, "waiting for the answer", fault);
      if (is_refused_handshake(fault)) co_return broken(not_sent(reason));
      co_return broken(unknown(reason), input.empty() && interim == 0 && !connection.overdue);
    }
    const std::string head = input.substr(0, head_size);
    input.erase(0, head_size);
    const auto shape = gate_response(head, request.method);
    if (!shape || shape->status == 101) co_return broken(unknown("the answer's head is malformed"));
    if (shape->status >= 200) co_return co_await read_body(connection, *shape, response_of(*shape), limit);
  }
  co_return broken(unknown("too many interim answers"));
}

/// Shuts down within the time and closes (hazard 16).
asio::awaitable<void> finish(ConnectionPtr connection, steady_clock::time_point deadline) {
  const Deadline watch(connection, deadline);
  co_await connection->stream.async_shutdown(quietly);
  connection->hang_up();
}

}  // namespace

struct Client::State {
  State(asio::io_context& in, ClientLimits bounds) : context(in), limits(bounds) {}

  ConnectionPtr take_idle(const Key& key) {
    drop_old();
    auto& connections = idle[key];
    while (!connections.empty()) {
      ConnectionPtr connection = std::move(connections.back());
      connections.pop_back();
      // Anything to read, be it the end, means that the other end has finished with it.
      char byte = 0;
      const auto seen =
          recv(connection->stream.lowest_layer().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return connection;
      close(std::move(connection));
    }
    return nullptr;
  }

  void keep(const Key& key, ConnectionPtr connection) {
    auto& connections = idle[key];
    if (connections.size() >= limits.idle_connections) return close(std::move(connection));
    connection->idle_since = steady_clock::now();
    connections.push_back(std::move(connection));
  }

  void drop_old() {
    const auto oldest = steady_clock::now() - limits.idle;
    for (auto& [key, connections] : idle) {
      while (!connections.empty() && connections.front()->idle_since < oldest) {
        close(std::move(connections.front()));
        connections.pop_front();
      }
    }
    std::erase_if(idle, [](const auto& entry) { return entry.second.empty(); });
  }

  void close(ConnectionPtr connection) {
    asio::co_spawn(context, finish(std::move(connection), steady_clock::now() + limits.closing),
                   [](std::exception_ptr fault) {
                     try {
                       if (fault) std::rethrow_exception(fault);
                     } catch (const std::exception& e) {
                       LogLine(LogLevel::warn, "client.closing_failed").reason(e.what());
                     }
                   });
  }

  asio::awaitable<std::expected<ConnectionPtr, std::string>> connect(const Endpoint& endpoint,
                                                                     steady_clock::time_point deadline) {
    const auto addresses = co_await resolve(context.get_executor(), endpoint, deadline);
    if (!addresses) co_return std::unexpected(addresses.error());
    std::string reason = "deadline passed";
    for (const tcp::endpoint& address : *addresses) {
      if (steady_clock::now() >= deadline) break;
      const auto connection = std::make_shared<Connection>(context.get_executor(), endpoint.tls);
      const Deadline watch(connection, deadline);
      auto done = co_await reach(connection, address);
      if (done) done = co_await shake_hands(connection, endpoint);
      if (done) co_return connection;
      reason = std::move(done.error());
    }
    co_return std::unexpected(reason);
  }

  asio::io_context& context;
  const ClientLimits limits;
  std::map<Key, std::deque<ConnectionPtr>> idle;
};

Client::Client(asio::io_context& context, ClientLimits limits)
    : state_(std::make_shared<State>(context, limits)) {}
Client::~Client() = default;

asio::awaitable<std::expected<Response, SendFailure>> Client::send(Endpoint endpoint, OutRequest request,
                                                                   steady_clock::time_point deadline) {
  const auto state = state_;
  const Key key{endpoint.host, endpoint.port, endpoint.server_name, endpoint.tls.get()};
  // A request that must not go out twice never rides on a kept connection: the other end may be closing it at
  // this moment, and its fate would be unknown for nothing.
  ConnectionPtr connection = request.idempotent ? state->take_idle(key) : nullptr;
  for (;;) {
    const bool kept = connection != nullptr;
    if (!kept) {
      auto connected = co_await state->connect(endpoint, deadline);
      if (!connected) co_return std::unexpected(not_sent(std::move(connected.error())));
      connection = std::move(*connected);
    }
    Attempt attempt =
        co_await [](ConnectionPtr on, const Endpoint& to, const OutRequest& what, std::size_t limit,
                    steady_clock::time_point until) -> asio::awaitable<Attempt> {
      const Deadline watch(on, until);
      co_return co_await exchange(*on, to, what, limit);
    }(connection, endpoint, request, state->limits.answer_bytes, deadline);
    if (attempt.reusable) {
      state->keep(key, std::move(connection));
    } else if (attempt.outcome) {
      state->close(std::move(connection));
    } else {
      connection->hang_up();
    }
    if (kept && attempt.stale) {
      connection = nullptr;
      continue;
    }
    co_return std::move(attempt.outcome);
  }
}

void Client::close_idle() {
  for (auto& [key, connections] : state_->idle) {
    for (ConnectionPtr& connection : connections) state_->close(std::move(connection));
  }
  state_->idle.clear();
}

std::expected<HttpsUrl, std::string> parse_https_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) return std::unexpected("is no URL: write https://host:port/path");
  const boost::urls::url_view url = *parsed;
  if (url.scheme() != "https")
    return std::unexpected("is not https: partners are called over mutual TLS only");
  if (url.has_userinfo()) return std::unexpected("names a user: remove it, the certificate says who calls");
  if (url.has_fragment()) return std::unexpected("has a fragment (#…): remove it");
  if (url.host_address().empty()) return std::unexpected("names no host: write https://host:port/path");
  if (url.has_port() && url.port_number() == 0)
    return std::unexpected("has no port from 1 to 65535: correct it");
  HttpsUrl result;
  result.host = url.host_address();
  if (url.has_port()) result.port = url.port_number();
  result.target = url.encoded_target();
  if (!result.target.starts_with('/')) result.target.insert(0, "/");
  return result;
}

}  // namespace loangate::net
