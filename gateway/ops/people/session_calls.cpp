#include "ops/people/session_calls.hpp"

#include "base/json_writer.hpp"
#include "ops/body.hpp"
#include "ops/people/cookie.hpp"
#include "ops/people/entrance.hpp"
#include "ops/people/qr.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

constexpr std::size_t most_password_bytes = 128;

std::string session_json(const Visitor& visitor, bool second_factor) {
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("person", visitor.person.view())
      .member("display_name", std::string_view(visitor.display_name))
      .key("roles")
      .begin_array();
  for (const std::string_view role : net::person_roles) {
    if (visitor.roles.meets(Roles{role})) json.value(role);
  }
  json.end_array().member("way", visitor.session ? "password" : "certificate").key("steps").begin_array();
  for (const std::string_view step : visitor.steps) json.value(step);
  json.end_array();
  if (visitor.session) {
    const auto after = [](std::chrono::milliseconds left) {
      return format(Instant{real_now().micros + left.count() * 1000});
    };
    json.member("csrf_token", std::string_view(visitor.session->csrf))
        .member("second_factor", second_factor)
        .member("idle_until", std::string_view(after(visitor.session->idle_left)))
        .member("ends_at", std::string_view(after(visitor.session->left)));
  }
  json.end_object();
  return body;
}

/// The session as it is now under this token, with its cookie.
Reply session_answer(const Call& call, const Known& person, std::string_view token) {
  const auto credential = call.entrance.credential(person.id.view());
  Visitor visitor{.person = person.id,
                  .display_name = person.display_name,
                  .roles = person.roles,
                  .session = call.entrance.sessions().find(token),
                  .token = token,
                  .steps = credential ? credential->steps() : std::vector<std::string_view>{}};
  net::Response response =
      json_answer(session_json(visitor, credential && !credential->second_factor.empty()));
  response.headers.emplace_back("Set-Cookie", set_cookie(token));
  return response;
}

Refusal not_of_a_certificate() {
  return {
      .status = 409,
      .code = "no_session",
      .detail = {"以证书登录，没有会话；密码与动态码只能在密码登录的会话中设置",
                 "you came with a certificate: password and second factor are set in a session by password"}};
}

}  // namespace

awaitable<Reply> sign_in(const Operations&, const Call& call) {
  auto texts = read_texts(call.request.body, {"name", "password", "code"});
  if (!texts) co_return std::unexpected(std::move(texts.error()));
  std::string& name = (*texts)[0];
  std::string& password = (*texts)[1];
  std::string& code = (*texts)[2];
  if (!PersonId::parse(name)) {
    co_return std::unexpected(
        invalid("/name", {"应为人员标识，1 至 40 字节", "a person's id of 1 to 40 bytes is expected"}));
  }
  if (password.empty() || password.size() > most_password_bytes) {
    co_return std::unexpected(
        invalid("/password", {"应为密码，1 至 128 字节", "a password of 1 to 128 bytes is expected"}));
  }
  auto signing_in = call.entrance.sign_in(std::move(name), std::move(password), std::move(code),
                                          call.request.peer->address);
  auto signed_in = co_await std::move(signing_in);
  if (!signed_in) co_return std::unexpected(std::move(signed_in.error()));
  if (call.visitor.session) call.entrance.sessions().end(call.visitor.token);
  co_return session_answer(call, signed_in->person, signed_in->token);
}

awaitable<Reply> read_session(const Operations&, const Call& call) {
  const auto credential = call.entrance.credential(call.person.view());
  co_return json_answer(session_json(call.visitor, credential && !credential->second_factor.empty()));
}

awaitable<Reply> sign_out(const Operations&, const Call& call) {
  if (!call.visitor.session) co_return std::unexpected(not_of_a_certificate());
  call.entrance.sessions().end(call.visitor.token);
  call.entrance.record().note({.event = AccessKind::signed_out,
                               .person = call.person.string(),
                               .address = call.request.peer->address});
  net::Response response{.status = 204, .headers = {{"Cache-Control", "no-store"}}};
  response.headers.emplace_back("Set-Cookie", set_cookie(""));
  co_return response;
}

awaitable<Reply> change_password(const Operations&, const Call& call) {
  if (!call.visitor.session) co_return std::unexpected(not_of_a_certificate());
  auto texts = read_texts(call.request.body, {"old_password", "new_password"});
  if (!texts) co_return std::unexpected(std::move(texts.error()));
  if (texts->front().size() > most_password_bytes) {
    co_return std::unexpected(invalid("/old_password", {"至多 128 字节", "at most 128 bytes"}));
  }
  if (auto fault = password_fault(texts->back(), call.person.view())) {
    co_return std::unexpected(
        invalid("/new_password", {.zh = std::move(fault->first), .en = std::move(fault->second)}));
  }
  auto changing = call.entrance.change_password(call.person, std::move(texts->front()),
                                                std::move(texts->back()), call.request.peer->address);
  auto token = co_await std::move(changing);
  if (!token) co_return std::unexpected(std::move(token.error()));
  const auto known = call.entrance.persons().find(call.person.view());
  if (!known) co_return std::unexpected(not_found({"没有此人", "there is no such person"}));
  co_return session_answer(call, *known, *token);
}

awaitable<Reply> begin_second_factor(const Operations&, const Call& call) {
  if (!call.visitor.session) co_return std::unexpected(not_of_a_certificate());
  std::string code;
  if (!call.request.body.empty()) {
    auto texts = read_texts(call.request.body, {"code"});
    if (!texts) co_return std::unexpected(std::move(texts.error()));
    code = std::move(texts->front());
  }
  const auto credential = call.entrance.credential(call.person.view());
  if (credential && !credential->second_factor.empty()) {
    auto using_up = call.entrance.use_code(call.person, std::move(code));
    if (auto used = co_await std::move(using_up); !used) co_return std::unexpected(std::move(used.error()));
  }
  const std::string secret = new_secret();
  call.entrance.sessions().await_second_factor(call.visitor.token, secret);
  const std::string uri = otpauth_uri(call.person.view(), secret);
  const QrCode qr = qr_code(uri);
  std::string body;
  JsonWriter(body)
      .begin_object()
      .member("uri", std::string_view(uri))
      .member("secret", std::string_view(base32(secret)))
      .key("qr")
      .begin_object()
      .member("size", std::uint64_t{qr.size()})
      .member("path", std::string_view(qr.svg_path()))
      .end_object()
      .end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> confirm_second_factor(const Operations&, const Call& call) {
  if (!call.visitor.session) co_return std::unexpected(not_of_a_certificate());
  auto texts = read_texts(call.request.body, {"code"});
  if (!texts) co_return std::unexpected(std::move(texts.error()));
  std::string secret = call.entrance.sessions().awaited_second_factor(call.visitor.token);
  if (secret.empty()) {
    co_return std::unexpected(Refusal{.status = 409,
                                      .code = "nothing_to_confirm",
                                      .detail = {"请先 POST /v1/session/second-factor 取得密钥",
                                                 "first get a secret by POST /v1/session/second-factor"}});
  }
  auto setting = call.entrance.set_second_factor(call.person, std::move(secret), std::move(texts->front()),
                                                 call.request.peer->address);
  if (auto set = co_await std::move(setting); !set) co_return std::unexpected(std::move(set.error()));
  call.entrance.sessions().await_second_factor(call.visitor.token, {});
  const auto known = call.entrance.persons().find(call.person.view());
  if (!known) co_return std::unexpected(not_found({"没有此人", "there is no such person"}));
  co_return session_answer(call, *known, call.visitor.token);
}

}  // namespace loangate::ops
