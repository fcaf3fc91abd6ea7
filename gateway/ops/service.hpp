#pragma once
#include <atomic>
#include <span>

#include "net/server.hpp"
#include "ops/keyed.hpp"
#include "ops/people/entrance.hpp"
#include "ops/router.hpp"

namespace loangate::ops {

/// Every call of the operations port, in the order in which a reader looks for it.
std::span<const Route> routes();

/// The operations port: persons and the bureau's system, each with roles (settled 5), who come by certificate
/// or have signed in (decision 0018). That says who acts; nothing in a body can. Errors are RFC 9457
/// problems, and every answer has an X-Request-Id.
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
    Visitor visitor;
  };
  std::expected<Admitted, Refusal> admit(const net::RequestHead& head, const net::Peer& peer);
  std::expected<Admitted, Refusal> admit(const net::RequestHead& head, const Visitor& visitor);
  boost::asio::awaitable<Reply> carry_out(const net::Request& request);
  /// The call; of one that was made before under the same key, its first answer.
  boost::asio::awaitable<Reply> call_once(const Route& route, Call& call);
  void note_refused(const net::RequestHead& head, const net::Peer& peer, const Visitor& visitor,
                    const Refusal& refusal);
  net::Response finish(Reply reply) const;
  std::string new_request_id() const;

  const Operations operations_;
  Entrance entrance_;
  KeysUnderWay keys_;
  const std::string start_;  ///< of request ids: differs from start to start
  mutable std::atomic<std::uint64_t> requests_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace loangate::ops
