#include "ops/openapi.hpp"

#include <boost/json.hpp>

#include "base/bytes.hpp"
#include "ops/service.hpp"

namespace loangate::ops {
namespace {

namespace json = boost::json;

json::string_view text_of(std::string_view text) {
  return {text.data(), text.size()};
}

json::array names_of(Roles roles) {
  json::array names;
  for (const std::string_view name : net::person_roles) {
    if (roles.meets(Roles{name})) names.emplace_back(text_of(name));
  }
  return names;
}

/// What every call has that moves money or messages (ops/keyed).
void add_key(json::object& operation) {
  json::value& parameters = operation["parameters"];
  if (!parameters.is_array()) parameters.emplace_array();
  parameters.as_array().push_back(json::object{{"$ref", "#/components/parameters/idempotency_key"}});
  json::object& responses = operation["responses"].as_object();
  responses.emplace("409", json::object{{"$ref", "#/components/responses/Conflict"}});
  responses.emplace("422", json::object{{"$ref", "#/components/responses/Refused"}});
}

/// What the table of routes says, so that it stands in one place.
std::string as_routed() {
  std::string text;
  for (const std::string_view part : openapi_parts()) text += part;
  json::value document = json::parse(text);
  json::object& paths = document.as_object()["paths"].as_object();
  for (const Route& route : routes()) {
    json::value* const path = paths.if_contains(text_of(route.pattern));
    if (path == nullptr) continue;
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(c | 0x20);
    json::value* const found = path->as_object().if_contains(method);
    if (found == nullptr) continue;
    json::object& operation = found->as_object();
    operation["x-roles"] = names_of(route.roles);
    if (route.by_key) add_key(operation);
  }
  return json::serialize(document);
}

/// Whether the field names the tag, among others or as `*`.
bool has_tag(std::string_view field, std::string_view tag) {
  return field == "*" || field.find(tag) != std::string_view::npos;
}

}  // namespace

const std::string& openapi() {
  static const std::string text = as_routed();
  return text;
}

boost::asio::awaitable<Reply> read_openapi(const Operations&, const Call& call) {
  static const std::string tag = '"' + hex(sha256(openapi())) + '"';
  net::Response response{.status = 200,
                         .content_type = "application/json",
                         .headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}}};
  if (has_tag(call.request.head.field("If-None-Match"), tag)) {
    response.status = 304;
    response.content_type.clear();
  } else {
    response.body = openapi();
  }
  co_return response;
}

}  // namespace loangate::ops
