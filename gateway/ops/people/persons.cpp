#include "ops/people/persons.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.hpp"
#include "ops/acts.hpp"
#include "ops/body.hpp"
#include "ops/people/entrance.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

bool has_certificate(const net::Identities& identities, std::string_view person) {
  const auto found = std::ranges::find(identities.persons, person, &net::Person::name);
  return found != identities.persons.end() && !found->pins.empty();
}

void write_person(JsonWriter& json, const Known& known, const net::Identities& identities,
                  const std::optional<Credential>& credential) {
  json.begin_object()
      .member("person", known.id.view())
      .member("display_name", std::string_view(known.display_name))
      .key("roles")
      .begin_array();
  for (const std::string_view role : net::person_roles) {
    if (known.roles.meets(Roles{role})) json.value(role);
  }
  json.end_array().member("active", known.active).member("entered_by", known.entry ? "record" : "machine");
  if (known.entry) json.member("since", std::string_view(format(known.since)));
  json.key("ways").begin_array();
  if (has_certificate(identities, known.id.view())) json.value("certificate");
  if (credential) json.value("password");
  json.end_array()
      .member("second_factor", credential && !credential->second_factor.empty())
      .key("steps")
      .begin_array();
  if (credential) {
    for (const std::string_view step : credential->steps()) json.value(step);
  }
  json.end_array();
  if (credential && credential->one_time_until)
    json.member("one_time_until", std::string_view(format(*credential->one_time_until)));
  json.end_object();
}

/// Of the last person.entry; `"0"`: there is none.
std::string etag_of(const std::optional<Known>& known) {
  return fmt::format("\"{}\"", known && known->entry ? known->entry->number : 0);
}

Refusal refusal(unsigned status, std::string code, Words detail) {
  return {.status = status, .code = std::move(code), .detail = std::move(detail)};
}

Refusal nobody() {
  return not_found({"没有此人", "there is no such person"});
}

/// A name that can stand in a file and on a command line; the gateway's own is not to be had.
bool is_person_name(std::string_view name) {
  return PersonId::parse(name) && name != intake::gateway_itself.view() &&
         std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
                  c == '_' || c == '-';
         });
}

std::expected<void, Refusal> may_enter(const PersonEntry& act, const Call& call) {
  if (act.person == call.person.view()) {
    return std::unexpected(refusal(403, "own_entry",
                                   {"不得更改自己的角色或停用自己；请另一位管理员办理",
                                    "nobody changes his own entry: another administrator does"}));
  }
  if (!is_person_name(act.person)) {
    return std::unexpected(invalid("/person", {"应为字母、数字、. _ -，且不为 gateway",
                                               "letters, digits, . _ - are expected, and not `gateway`"}));
  }
  const auto roles = roles_in(act.roles);
  if (!roles) {
    return std::unexpected(invalid(
        "/roles", {fmt::format("应为逗号分隔的角色：{}", Roles::anybody().names()),
                   fmt::format("roles separated by commas are expected: {}", Roles::anybody().names())}));
  }
  if (auto fault = roles_fault(*roles)) return std::unexpected(invalid("/roles", *std::move(fault)));
  const std::string_view wanted = call.request.head.field("If-Match");
  if (!wanted.empty() && wanted != etag_of(call.entrance.persons().find(act.person))) {
    return std::unexpected(refusal(412, "changed_meanwhile",
                                   {"此人已被他人更改，请重新查看后再办理",
                                    "somebody else has changed this person meanwhile: look again first"}));
  }
  return {};
}

/// Whose credential a call is about; not one's own.
std::expected<Known, Refusal> of_another(const Call& call) {
  const auto known = call.entrance.persons().find(call.arguments.front());
  if (!known) return std::unexpected(nobody());
  if (known->id == call.person) {
    return std::unexpected(refusal(403, "own_credential",
                                   {"不得为自己办理；自己的密码请在会话中修改，或由另一位管理员办理",
                                    "not for oneself: change your password in a session, or ask another "
                                    "administrator"}));
  }
  return *known;
}

}  // namespace

awaitable<Reply> list_persons(const Operations& operations, const Call& call) {
  const auto identities = operations.identities.current();
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("items").begin_array();
  for (const Known& known : call.entrance.persons().all())
    write_person(json, known, *identities, call.entrance.credential(known.id.view()));
  json.end_array().end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> read_person(const Operations& operations, const Call& call) {
  const auto known = call.entrance.persons().find(call.arguments.front());
  if (!known) co_return std::unexpected(nobody());
  std::string body;
  JsonWriter json(body);
  write_person(json, *known, *operations.identities.current(), call.entrance.credential(known->id.view()));
  net::Response response = json_answer(std::move(body));
  response.headers.emplace_back("ETag", etag_of(known));
  co_return response;
}

awaitable<Reply> enter_person(const Operations& operations, const Call& call) {
  const auto dry_run = yes_parameter(call, "dry_run");
  if (!dry_run) co_return std::unexpected(dry_run.error());
  auto body = read_acts(call.act.value(), call.request.body, 1);
  if (!body) co_return std::unexpected(std::move(body.error()));
  const auto act = std::get<PersonEntry>(body->acts.front().act);
  if (auto may = may_enter(act, call); !may) co_return std::unexpected(std::move(may.error()));
  if (*dry_run) co_return co_await try_act(operations, call, std::move(body->acts.front()));
  Reply reply = co_await enter_one(operations, call, std::move(body->acts.front()));
  if (!reply) co_return reply;
  call.entrance.persons().refresh();
  if (act.active == Answer::no) call.entrance.sessions().end_all(PersonId::parse(act.person).value());
  co_return reply;
}

awaitable<Reply> give_one_time_password(const Operations&, const Call& call) {
  auto texts = read_texts(call.request.body, {"reset_second_factor", "reason"});
  if (!texts) co_return std::unexpected(std::move(texts.error()));
  const std::string& reset = texts->front();
  if (!reset.empty() && reset != "yes" && reset != "no")
    co_return std::unexpected(invalid("/reset_second_factor", {"应为 yes 或 no", "yes or no is expected"}));
  if (texts->back().empty() || texts->back().size() > 200)
    co_return std::unexpected(
        invalid("/reason", {"应为理由，1 至 200 字节", "a reason of 1 to 200 bytes is expected"}));
  const auto known = of_another(call);
  if (!known) co_return std::unexpected(known.error());
  auto giving = call.entrance.give_one_time_password(known->id, reset == "yes");
  const auto given = co_await std::move(giving);
  if (!given) co_return std::unexpected(given.error());
  call.entrance.record().note({.event = AccessKind::credential_set,
                               .person = known->id.string(),
                               .by_person = call.person.string(),
                               .address = call.request.peer->address,
                               .call = "POST /v1/persons/{id}/credential",
                               .code = reset == "yes" ? "second_factor_reset" : "one_time_password",
                               .reason = texts->back()});
  std::string answer;
  JsonWriter(answer)
      .begin_object()
      .member("person", known->id.view())
      .member("one_time_password", std::string_view(given->password))
      .member("until", std::string_view(format(given->until)))
      .end_object();
  co_return json_answer(std::move(answer));
}

awaitable<Reply> remove_credential(const Operations&, const Call& call) {
  const auto known = of_another(call);
  if (!known) co_return std::unexpected(known.error());
  auto removing = call.entrance.remove_credential(known->id);
  const auto removed = co_await std::move(removing);
  if (!removed) co_return std::unexpected(removed.error());
  if (!*removed) co_return std::unexpected(not_found({"此人没有密码", "this person has no password"}));
  call.entrance.record().note({.event = AccessKind::credential_set,
                               .person = known->id.string(),
                               .by_person = call.person.string(),
                               .address = call.request.peer->address,
                               .call = "DELETE /v1/persons/{id}/credential",
                               .code = "credential_removed"});
  co_return net::Response{.status = 204, .headers = {{"Cache-Control", "no-store"}}};
}

}  // namespace loangate::ops
