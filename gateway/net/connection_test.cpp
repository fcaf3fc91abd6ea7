#include "net/connection_test.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

#include "net/connecting.hpp"

namespace loangate::net {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds listening{500};

/// Notes the steps with the time that each took.
class Notes {
 public:
  explicit Notes(ConnectionTest& test) : test_(test) {}

  /// Gives back whether it passed.
  bool step(std::string_view name, bool passed, std::string found) {
    const auto now = steady_clock::now();
    test_.steps.push_back({.name = name,
                           .passed = passed,
                           .took = std::chrono::duration_cast<milliseconds>(now - began_),
                           .found = std::move(found)});
    began_ = now;
    return passed;
  }

 private:
  ConnectionTest& test_;
  steady_clock::time_point began_ = steady_clock::now();
};

std::string listed(const Addresses& addresses) {
  std::string list;
  for (const auto& address : addresses)
    fmt::format_to(std::back_inserter(list), "{}{}", list.empty() ? "" : ", ", address.address().to_string());
  return list;
}

/// What the other end says without being asked: nothing, if it takes us.
asio::awaitable<error_code> listen(ConnectionPtr connection) {
  const Deadline watch(connection, steady_clock::now() + listening);
  char byte = 0;
  const auto [fault, count] = co_await connection->stream.async_read_some(asio::buffer(&byte, 1), quietly);
  co_return connection->overdue ? error_code() : fault;
}

}  // namespace

asio::awaitable<ConnectionTest> test_connection(Endpoint endpoint, milliseconds within) {
  const auto executor = co_await asio::this_coro::executor;
  const auto deadline = steady_clock::now() + within;
  ConnectionTest test;
  Notes notes(test);
  const auto addresses = co_await resolve(executor, endpoint, deadline);
  if (!notes.step("resolve", addresses.has_value(), addresses ? listed(*addresses) : addresses.error()))
    co_return test;

  ConnectionPtr connection;
  std::string fault = "deadline passed";
  for (const auto& address : *addresses) {
    if (steady_clock::now() >= deadline) break;
    auto next = std::make_shared<Connection>(executor, endpoint.tls);
    const Deadline watch(next, deadline);
    const auto reached = co_await reach(next, address);
    if (reached) {
      connection = std::move(next);
      fault = fmt::format("{}:{}", address.address().to_string(), address.port());
      break;
    }
    fault = reached.error();
  }
  if (!notes.step("connect", connection != nullptr, std::move(fault))) co_return test;

  std::expected<void, std::string> shaken;
  {
    const Deadline watch(connection, deadline);
    shaken = co_await shake_hands(connection, endpoint);
  }
  SSL* const tls = connection->stream.native_handle();
  if (shaken) test.peer = peer_of(tls, endpoint.host);
  if (!notes.step("handshake", shaken.has_value(), shaken ? SSL_get_version(tls) : shaken.error())) {
    connection->hang_up();
    co_return test;
  }
  const error_code turned_down = co_await listen(connection);
  notes.step("accepted", !turned_down, turned_down ? turned_down.message() : "");
  connection->hang_up();
  co_return test;
}

}  // namespace loangate::net
