#include "simulate/faults.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <set>
#include <utility>

namespace loangate::simulate {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

/// What must not happen ends the program, instead of being swallowed.
void or_stop(const std::exception_ptr& fault) {
  if (fault) std::rethrow_exception(fault);
}

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t pieces = 8;  // of a slow body
constexpr auto between_pieces = 50ms;
constexpr auto gives_up_after = 300ms;  // a silent partner
constexpr auto arrives_within = 100ms;  // what was written is at the gateway before the line goes

constexpr std::pair<std::string_view, SendFault> names[] = {
    {"none", SendFault::none},
    {"slow", SendFault::slow},
    {"silent", SendFault::silent},
    {"cut_before_body", SendFault::cut_before_body},
    {"cut_in_body", SendFault::cut_in_body},
    {"cut_in_answer", SendFault::cut_in_answer},
    {"twice", SendFault::twice},
    {"overtaken", SendFault::overtaken},
};

std::string head_of(const net::Endpoint& to, const net::OutRequest& request) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  net::append_field(head, "Host", to.host);
  if (!request.content_type.empty()) net::append_field(head, "Content-Type", request.content_type);
  net::append_field(head, "Content-Length", std::to_string(request.body.size()));
  net::append_field(head, "Connection", "close");
  for (const auto& [name, value] : request.headers) net::append_field(head, name, value);
  return head + "\r\n";
}

}  // namespace

std::string_view name(SendFault fault) {
  return std::ranges::find(names, fault, &std::pair<std::string_view, SendFault>::second)->first;
}

std::optional<SendFault> send_fault(std::string_view name) {
  const auto found = std::ranges::find(names, name, &std::pair<std::string_view, SendFault>::first);
  return found == std::end(names) ? std::nullopt : std::optional(found->second);
}

asio::awaitable<std::expected<std::string, std::string>> send_badly(asio::io_context& context,
                                                                    net::Endpoint to, net::OutRequest request,
                                                                    SendFault fault) {
  asio::ssl::stream<tcp::socket> line(tcp::socket(context), SSL_new(to.tls.get()));
  asio::steady_timer pause(context);
  tcp::socket& socket = line.next_layer();
  error_code failed;
  const auto address = asio::ip::make_address(to.host == "localhost" ? "127.0.0.1" : to.host, failed);
  if (failed) co_return std::unexpected(fmt::format("{}: name the gateway by its address", to.host));
  std::tie(failed) = co_await socket.async_connect(tcp::endpoint(address, to.port), quietly);
  if (!failed) std::tie(failed) = co_await line.async_handshake(asio::ssl::stream_base::client, quietly);
  if (failed) co_return std::unexpected(fmt::format("connecting: {}", failed.message()));
  const auto write = [&](std::string_view bytes) -> asio::awaitable<void> {
    if (failed) co_return;
    std::size_t written = 0;
    std::tie(failed, written) = co_await asio::async_write(line, asio::buffer(bytes), quietly);
  };
  const auto wait = [&](std::chrono::milliseconds time) -> asio::awaitable<void> {
    pause.expires_after(time);
    co_await pause.async_wait(quietly);
  };

  const std::string head = head_of(to, request);
  const std::string_view body = request.body;
  co_await write(head);
  std::string answer;
  switch (fault) {
    case SendFault::silent:
      co_await wait(gives_up_after);
      break;
    case SendFault::cut_before_body:
      co_await wait(arrives_within);
      break;
    case SendFault::cut_in_body:
      co_await write(body.substr(0, body.size() / 2));
      co_await wait(arrives_within);
      break;
    case SendFault::cut_in_answer:
      co_await write(body);
      // The first byte of the answer has come: the message is committed, and the partner does not learn it.
      answer.resize(1);
      if (!failed) co_await line.async_read_some(asio::buffer(answer), quietly);
      answer.clear();
      break;
    case SendFault::slow:
      for (std::size_t at = 0; at < body.size() && !failed;) {
        const std::size_t size = std::min(body.size() - at, body.size() / pieces + 1);
        co_await write(body.substr(at, size));
        co_await wait(between_pieces);
        at += size;
      }
      [[fallthrough]];
    case SendFault::none:
    case SendFault::twice:
    case SendFault::overtaken: {
      std::array<char, 4096> some;
      while (!failed) {
        std::size_t count = 0;
        std::tie(failed, count) = co_await line.async_read_some(asio::buffer(some), quietly);
        answer.append(some.data(), count);
      }
      break;
    }
  }
  socket.close(failed);
  co_return answer;
}

// ---- the line

struct Wire::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, std::uint16_t port, std::uint16_t server)
      : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), port)), to(server) {}

  /// Both ends of one connection.
  struct Pair {
    explicit Pair(asio::any_io_executor executor) : outside(executor), inside(executor) {}
    tcp::socket outside, inside;
    void close() {
      error_code ignored;
      outside.close(ignored);
      inside.close(ignored);
    }
  };

  asio::awaitable<void> accept() {
    for (;;) {
      auto pair = std::make_shared<Pair>(acceptor.get_executor());
      auto [failed] = co_await acceptor.async_accept(pair->outside, quietly);
      if (failed) co_return;
      auto [refused] =
          co_await pair->inside.async_connect(tcp::endpoint(asio::ip::address_v4::loopback(), to), quietly);
      if (refused) continue;
      error_code ignored;
      pair->outside.set_option(tcp::no_delay(true), ignored);
      pair->inside.set_option(tcp::no_delay(true), ignored);
      pairs.insert(pair);
      auto out = pass(pair, false);
      auto in = pass(pair, true);
      asio::co_spawn(acceptor.get_executor(), std::move(out), or_stop);
      asio::co_spawn(acceptor.get_executor(), std::move(in), or_stop);
    }
  }

  /// Passes on what comes from one side, until either side ends.
  asio::awaitable<void> pass(std::shared_ptr<Pair> pair, bool from_server) {
    const auto self = shared_from_this();
    tcp::socket& from = from_server ? pair->inside : pair->outside;
    tcp::socket& onto = from_server ? pair->outside : pair->inside;
    std::array<char, 16384> some;
    for (;;) {
      auto [ended, count] = co_await from.async_read_some(asio::buffer(some), quietly);
      if (ended) break;
      std::size_t through = count;
      if (from_server && left) {
        through = std::min(count, *left);
        *left -= through;
      }
      auto [failed, written] = co_await asio::async_write(onto, asio::buffer(some.data(), through), quietly);
      if (from_server && left && *left == 0) cut();
      if (failed) break;
    }
    pair->close();
    pairs.erase(pair);
  }

  void cut() {
    left.reset();
    for (const auto& pair : pairs) pair->close();
  }

  tcp::acceptor acceptor;
  const std::uint16_t to;
  std::set<std::shared_ptr<Pair>> pairs;
  std::optional<std::size_t> left;  ///< bytes from the server before the cut
};

Wire::Wire(asio::io_context& context, std::uint16_t port, std::uint16_t to)
    : state_(std::make_shared<State>(context, port, to)), port_(state_->acceptor.local_endpoint().port()) {
  auto accepting = [](std::shared_ptr<State> state) -> asio::awaitable<void> { co_await state->accept(); };
  asio::co_spawn(context, accepting(state_), or_stop);
}

Wire::~Wire() {
  stop();
}

void Wire::cut_after(std::size_t bytes) {
  if (bytes == 0) return state_->cut();
  state_->left = bytes;
}

void Wire::stop() {
  asio::post(state_->acceptor.get_executor(), [state = state_] {
    error_code ignored;
    state->acceptor.close(ignored);
    state->cut();
  });
}

}  // namespace loangate::simulate
