#include "ops/answer.hpp"

#include <fmt/format.h>

#include "base/json_writer.hpp"

namespace loangate::ops {

net::Response json_answer(std::string body, unsigned status) {
  return {.status = status,
          .content_type = "application/json",
          .body = std::move(body),
          .headers = {{"Cache-Control", "no-store"}}};
}

net::Response problem(const Refusal& refusal, std::string_view request_id) {
  net::Response response = json_answer({}, refusal.status);
  response.content_type = "application/problem+json";
  response.headers.insert(response.headers.end(), refusal.headers.begin(), refusal.headers.end());

  JsonWriter json(response.body);
  json.begin_object()
      .member("type", std::string_view(fmt::format("urn:loangate:problem:{}", refusal.code)))
      .member("title", net::reason_phrase(refusal.status))
      .member("status", static_cast<std::uint64_t>(refusal.status))
      .member("detail", std::string_view(fmt::format("{} · {}", refusal.detail.zh, refusal.detail.en)))
      .member("code", std::string_view(refusal.code))
      .member("request_id", request_id);
  if (!refusal.errors.empty()) {
    json.key("errors").begin_array();
    for (const Fault& fault : refusal.errors) {
      json.begin_object().member("pointer", std::string_view(fault.pointer));
      if (!fault.code.empty()) json.member("code", std::string_view(fault.code));
      json.key("detail")
          .begin_object()
          .member("zh", std::string_view(fault.detail.zh))
          .member("en", std::string_view(fault.detail.en))
          .end_object()
          .end_object();
    }
    json.end_array();
  }
  if (!refusal.result.empty()) json.key("result").raw(refusal.result);
  json.end_object();
  return response;
}

Refusal not_found(Words what) {
  return {.status = 404, .code = "not_found", .detail = std::move(what)};
}

Refusal invalid(std::string pointer, Words what) {
  return {.status = 400,
          .code = "invalid_request",
          .detail = {"请求内容有误，未作任何处理", "the request is not valid; nothing was done"},
          .errors = {{.pointer = std::move(pointer), .detail = std::move(what)}}};
}

Refusal not_stored() {
  return {.status = 503,
          .code = "store_unavailable",
          .detail = {"暂时无法保存，未作任何处理；请稍后重发",
                     "it cannot be stored now, nothing was done; send it again later"},
          .headers = {{"Retry-After", "5"}}};
}

}  // namespace loangate::ops
