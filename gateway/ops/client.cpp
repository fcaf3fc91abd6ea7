#include "ops/client.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "net/client.hpp"

namespace loangate::ops {

struct Client::State {
  State(net::HttpsUrl where, net::TlsContext context)
      : endpoint{.host = where.host, .port = where.port, .server_name = {}, .tls = std::move(context)},
        https(io) {}

  net::Endpoint endpoint;
  boost::asio::io_context io{1};
  net::Client https;
};

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

std::expected<Client, ConfigErrors> Client::open(const Access& access) {
  const auto url = net::parse_https_url(access.url);
  if (!url) return std::unexpected(ConfigErrors{{access.url, 0, url.error()}});
  auto tls = net::make_client_context(
      {.certificate = access.certificate, .key = access.key, .ca = access.ca, .pins = {}});
  if (!tls) return std::unexpected(tls.error());
  return Client(std::make_unique<State>(*url, *std::move(tls)));
}

std::expected<net::Response, std::string> Client::call(
    std::string_view method, std::string target, std::string body, std::chrono::seconds within,
    std::vector<std::pair<std::string, std::string>> headers) {
  net::OutRequest request{.method = std::string(method),
                          .target = std::move(target),
                          .content_type = body.empty() ? "" : "application/json",
                          .body = std::move(body),
                          .headers = std::move(headers),
                          .idempotent = method == "GET"};
  std::optional<std::expected<net::Response, net::SendFailure>> outcome;
  std::exception_ptr thrown;
  auto sending =
      state_->https.send(state_->endpoint, std::move(request), std::chrono::steady_clock::now() + within);
  boost::asio::co_spawn(state_->io, std::move(sending), [&](std::exception_ptr fault, auto result) {
    thrown = fault;
    outcome = std::move(result);
  });
  state_->io.restart();
  while (!outcome) state_->io.run_one();
  if (thrown) std::rethrow_exception(thrown);
  if (*outcome) return **std::move(outcome);
  return std::unexpected(std::move(outcome->error().reason));
}

}  // namespace loangate::ops
