#include "ops/service.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "ops/console_files.hpp"

namespace loangate::ops {
namespace {

Refusal forbidden(std::string code, Words detail) {
  return {.status = 403, .code = std::move(code), .detail = std::move(detail)};
}

Refusal lacks_role(Roles needed) {
  return forbidden("role_missing", {fmt::format("需要角色：{}（其一）", needed.names()),
                                    fmt::format("this needs one of the roles: {}", needed.names())});
}

Refusal unknown_peer(const net::Identity& identity) {
  if (const auto* stranger = std::get_if<net::Stranger>(&identity)) {
    const std::string why(net::explain(stranger->why));
    return {.status = 403,
            .code = "certificate_not_accepted",
            .detail = {why, "nobody may act with this certificate"}};
  }
  return forbidden("not_a_person", {"此端口供办公室人员使用；合作机构请用报文端口",
                                    "this port is for persons; partners use the port for messages"});
}

bool is_json(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return content_type.empty() || net::same_token(type.substr(0, type.find(' ')), "application/json");
}

Refusal not_json() {
  return {.status = 415,
          .code = "not_json",
          .detail = {"请求体应为 application/json", "the body must be application/json"}};
}

Refusal too_large(std::size_t most) {
  return {.status = 413,
          .code = "too_large",
          .detail = {fmt::format("请求体至多 {} 字节；请分批发送", most),
                     fmt::format("the body may have at most {} bytes; send it in parts", most)}};
}

}  // namespace

OpsService::OpsService(Operations operations)
    : operations_(std::move(operations)), start_(fmt::format("{:x}", real_now().micros)) {}

std::expected<OpsService::Admitted, Refusal> OpsService::admit(const net::RequestHead& head,
                                                               const net::Peer& peer) const {
  const auto identities = operations_.identities.current();
  const net::Identity identity = identities->find(peer, real_now());
  const auto* person = std::get_if<const net::Person*>(&identity);
  const auto id = person == nullptr ? std::nullopt : PersonId::parse((*person)->name);
  if (!id) return std::unexpected(unknown_peer(identity));

  auto found = match(routes(), head.method, head.path);
  if (!found) return std::unexpected(std::move(found.error()));
  const Roles roles((*person)->roles);
  if (!found->route->roles.meets(roles)) return std::unexpected(lacks_role(found->route->roles));
  return Admitted{found->route, std::move(found->arguments), *id, roles};
}

std::expected<net::Admitted, net::Response> OpsService::head(const net::RequestHead& head,
                                                             const net::Peer& peer) {
  if (is_of_console(head)) return net::Admitted{.body_bytes = 0};
  const auto admitted = admit(head, peer);
  if (!admitted) return std::unexpected(finish(std::unexpected(admitted.error())));
  const std::size_t most = admitted->route->most_bytes;
  if (head.content_length.value_or(0) > most)
    return std::unexpected(finish(std::unexpected(too_large(most))));
  if (most > 0 && (!is_json(head.field("Content-Type")) || !head.field("Content-Encoding").empty())) {
    return std::unexpected(finish(std::unexpected(not_json())));
  }
  return net::Admitted{.body_bytes = most};
}

boost::asio::awaitable<net::Response> OpsService::answer(net::Request request) {
  if (auto page = console_answer(request.head)) co_return finish(*std::move(page));
  co_return finish(co_await carry_out(request));
}

boost::asio::awaitable<Reply> OpsService::carry_out(const net::Request& request) const {
  // Asked again: the identities may have changed while the body came in.
  auto admitted = admit(request.head, *request.peer);
  if (!admitted) co_return std::unexpected(std::move(admitted.error()));
  const Call call{.request = request,
                  .person = admitted->person,
                  .roles = admitted->roles,
                  .arguments = std::move(admitted->arguments),
                  .act = admitted->route->act,
                  .stopping = stopping_};
  co_return co_await admitted->route->handler(operations_, call);
}

net::Response OpsService::finish(Reply reply) const {
  const std::string id = new_request_id();
  net::Response response = reply ? *std::move(reply) : problem(reply.error(), id);
  response.headers.emplace_back("X-Request-Id", id);
  return response;
}

std::string OpsService::new_request_id() const {
  return fmt::format("{}-{}", start_, requests_.fetch_add(1) + 1);
}

void OpsService::stopping() {
  stopping_ = true;
}

}  // namespace loangate::ops
