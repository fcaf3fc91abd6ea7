#include "net/connecting.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <boost/asio/ssl/error.hpp>

namespace loangate::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

std::string words(const Connection& connection, std::string_view step, const error_code& fault) {
  return fmt::format("{}: {}", step, connection.overdue ? "deadline passed" : fault.message());
}

bool is_refused_handshake(const error_code& fault) {
  if (fault.category() != asio::error::get_ssl_category()) return false;
  switch (ERR_GET_REASON(static_cast<unsigned long>(fault.value()))) {
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

asio::awaitable<std::expected<Addresses, std::string>> resolve(asio::any_io_executor executor,
                                                               Endpoint endpoint,
                                                               steady_clock::time_point deadline) {
  error_code literal;
  const asio::ip::address address = asio::ip::make_address(endpoint.host, literal);
  if (!literal) co_return Addresses{tcp::endpoint(address, endpoint.port)};
  struct Lookup {
    Lookup(const asio::any_io_executor& in, steady_clock::time_point until) : resolver(in), done(in, until) {}
    tcp::resolver resolver;
    asio::steady_timer done;
    Addresses addresses;
    std::string fault = "deadline passed";
  };
  const auto lookup = std::make_shared<Lookup>(executor, deadline);
  lookup->resolver.async_resolve(endpoint.host, std::to_string(endpoint.port),
                                 [lookup](error_code fault, const tcp::resolver::results_type& results) {
                                   lookup->fault = fault ? fault.message() : "no address";
                                   for (const auto& result : results)
                                     lookup->addresses.push_back(result.endpoint());
                                   lookup->done.cancel();
                                 });
  co_await lookup->done.async_wait(quietly);
  if (lookup->addresses.empty()) {
    co_return std::unexpected(fmt::format("looking up {}: {}", endpoint.host, lookup->fault));
  }
  co_return lookup->addresses;
}

asio::awaitable<std::expected<void, std::string>> reach(ConnectionPtr connection, tcp::endpoint address) {
  auto [fault] = co_await connection->stream.lowest_layer().async_connect(address, quietly);
  if (fault) co_return std::unexpected(words(*connection, "connecting", fault));
  connection->stream.lowest_layer().set_option(tcp::no_delay(true), fault);
  co_return std::expected<void, std::string>();
}

asio::awaitable<std::expected<void, std::string>> shake_hands(ConnectionPtr connection, Endpoint endpoint) {
  SSL* const tls = connection->stream.native_handle();
  expect_server_name(tls, endpoint.server_name.empty() ? endpoint.host : endpoint.server_name);
  const auto [fault] = co_await connection->stream.async_handshake(asio::ssl::stream_base::client, quietly);
  if (!fault) co_return std::expected<void, std::string>();
  co_return std::unexpected(
      "handshake: " + (connection->overdue ? "deadline passed" : handshake_fault(tls, fault.message())));
}

}  // namespace loangate::net
