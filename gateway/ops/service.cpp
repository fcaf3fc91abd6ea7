#include "ops/service.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "net/trace_book.hpp"
#include "ops/console_files.hpp"

namespace loangate::ops {
namespace {

Refusal lacks_role(Roles needed) {
  return {.status = 403,
          .code = "role_missing",
          .detail = {fmt::format("需要角色：{}（其一）", needed.names()),
                     fmt::format("this needs one of the roles: {}", needed.names())}};
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
    : operations_(std::move(operations)),
      entrance_(operations_),
      start_(fmt::format("{:x}", real_now().micros)) {}

/// What a person, or nobody, may not do, if the journal has no entry of its own about it.
void OpsService::note_refused(const net::RequestHead& head, const net::Peer& peer, const Visitor& visitor,
                              const Refusal& refusal) {
  const bool refused = refusal.status == 401 || refusal.status == 403;
  if (!refused || !refusal.result.empty() || head.method == "GET" || head.method == "HEAD") return;
  AccessEvent event{.event = AccessKind::call_refused, .address = peer.address, .code = refusal.code};
  if (!visitor.person.empty()) event.person = visitor.person.string();
  if (const auto found = match(routes(), head.method, head.path))
    event.call = fmt::format("{} {}", found->route->method, found->route->pattern);
  entrance_.record().note(std::move(event));
}

std::expected<OpsService::Admitted, Refusal> OpsService::admit(const net::RequestHead& head,
                                                               const net::Peer& peer) {
  auto came = entrance_.who_comes(head, peer);
  if (!came) {
    note_refused(head, peer, {}, came.error());
    return std::unexpected(std::move(came.error()));
  }
  auto admitted = admit(head, *came);
  if (!admitted) note_refused(head, peer, *came, admitted.error());
  return admitted;
}

std::expected<OpsService::Admitted, Refusal> OpsService::admit(const net::RequestHead& head,
                                                               const Visitor& visitor) {
  auto found = match(routes(), head.method, head.path);
  if (found && found->route->roles.open_to_anybody())
    return Admitted{found->route, std::move(found->arguments), visitor};
  if (auto may = Entrance::may_act(visitor, head); !may) return std::unexpected(std::move(may.error()));
  if (!found) return std::unexpected(std::move(found.error()));
  if (!found->route->roles.meets(visitor.roles)) return std::unexpected(lacks_role(found->route->roles));
  return Admitted{found->route, std::move(found->arguments), visitor};
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
  const TraceContext trace = net::trace_of(request.head);
  net::Response response = finish(co_await carry_out(request));
  LogLine(LogLevel::debug, "request.answered").status(response.status).trace(trace);
  response.headers.emplace_back("traceparent", trace.traceparent());
  co_return response;
}

boost::asio::awaitable<Reply> OpsService::carry_out(const net::Request& request) {
  // Asked again: the identities may have changed while the body came in.
  auto admitted = admit(request.head, *request.peer);
  if (!admitted) co_return std::unexpected(std::move(admitted.error()));
  Call call{.request = request,
            .visitor = admitted->visitor,
            .entrance = entrance_,
            .person = admitted->visitor.person,
            .roles = admitted->visitor.roles,
            .arguments = std::move(admitted->arguments),
            .act = admitted->route->act,
            .key = {},
            .stopping = stopping_,
            .still_admitted = entrance_.still(admitted->visitor, request.peer)};
  Reply reply = co_await call_once(*admitted->route, call);
  // A sign-in that fails is noted where it does.
  if (!reply && !admitted->route->roles.open_to_anybody())
    note_refused(request.head, *request.peer, call.visitor, reply.error());
  co_return reply;
}

boost::asio::awaitable<Reply> OpsService::call_once(const Route& route, Call& call) {
  if (!route.by_key) co_return co_await route.handler(operations_, call);
  const auto key = key_of(call.request, call.visitor);
  if (!key) co_return std::unexpected(key.error());
  if (key->empty()) co_return co_await route.handler(operations_, call);
  const KeysUnderWay::Hold mine(keys_, *key);
  if (!mine) co_return std::unexpected(key_under_way());
  if (auto first = first_answer(operations_.store, *key, call.request)) co_return *std::move(first);
  call.key = *key;
  co_return co_await route.handler(operations_, call);
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
  entrance_.record().flush();
}

}  // namespace loangate::ops
