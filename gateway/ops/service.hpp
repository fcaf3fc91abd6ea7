#pragma once
#include <atomic>
#include <span>

#include "net/server.hpp"
#include "ops/router.hpp"

namespace loangate::ops {

/// Every call of the operations port, in the order in which a reader looks for it.
std::span<const Route> routes();

/// The operations port: persons and the bureau's system, known by their certificate, each with roles (settled
/// 5). The certificate says who acts; nothing in a body can. Errors are RFC 9457 problems, and every answer
/// has an X-Request-Id.
class OpsService : public net::Service {
 public:
  explicit OpsService(Operations operations);

  std::expected<net::Admitted, net::Response> head(const net::RequestHead& head,
                                                   const net::Peer& peer) override;
  boost::asio::awaitable<net::Response> answer(net::Request request) override;
  void stopping() override;

 private:
  /// A call that may be carried out: its route, and who asks.
  struct Admitted {
    const Route* route;
    std::vector<std::string> arguments;
    PersonId person;
    Roles roles;
  };
  std::expected<Admitted, Refusal> admit(const net::RequestHead& head, const net::Peer& peer) const;
  boost::asio::awaitable<Reply> carry_out(const net::Request& request) const;
  net::Response finish(Reply reply) const;
  std::string new_request_id() const;

  const Operations operations_;
  const std::string start_;  ///< of request ids: differs from start to start
  mutable std::atomic<std::uint64_t> requests_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace loangate::ops
