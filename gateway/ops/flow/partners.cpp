#include "ops/flow/partners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/seal/seal.hpp"
#include "base/json_writer.hpp"
#include "delivery/flow.hpp"
#include "net/connection_test.hpp"
#include "ops/acts.hpp"
#include "ops/flow/flow.hpp"
#include "ops/system/configuration.hpp"

namespace loangate::ops {

using boost::asio::awaitable;

namespace {

constexpr std::int64_t micros_a_day = 86'400LL * 1'000'000;

/// What is known of a partner at this moment.
struct Standing {
  const net::Terms& terms;
  Instant now;  ///< real time
  PartnerFlow flow;
  FlowVerdict health;
  std::optional<delivery::Pause> pause;

  bool pushed_to() const { return terms.profile.push() != nullptr; }
};

std::int64_t days_between(Instant now, Instant then) {
  const std::int64_t micros = then.micros - now.micros;
  return micros >= 0 ? micros / micros_a_day : -((-micros + micros_a_day - 1) / micros_a_day);
}

void write_certificates(JsonWriter& json, const net::Identities& identities, const Standing& s) {
  json.key("certificates").begin_array();
  for (const net::Sender& sender : identities.senders) {
    if (!sender.may_speak_for(s.terms.profile.id.view())) continue;
    for (const net::Pin& pin : sender.pins) {
      json.begin_object()
          .member("sender", sender.name)
          .member("key",
                  pin.spki_sha256.empty() ? pin.issuer_key_sha256 + "/" + pin.serial : pin.spki_sha256);
      if (pin.from) json.member("from", format(*pin.from));
      if (pin.until) {
        json.member("until", format(*pin.until)).member("days_left", days_between(s.now, *pin.until));
      }
      if (!pin.comment.empty()) json.member("comment", pin.comment);
      json.end_object();
    }
  }
  json.end_array();
}

void write_seal_keys(JsonWriter& json, std::string_view name, const adapters::Seal* seal, Instant now) {
  json.key(name).begin_array();
  if (seal != nullptr) {
    for (const adapters::SealKey& key : seal->keys) {
      if (key.counts(now)) json.value(key.id);
    }
  }
  json.end_array();
}

void write_push(JsonWriter& json, const Standing& s) {
  if (!s.pushed_to()) return;
  json.member("breaker", s.flow.unreachable ? "open" : "closed");
  if (!s.terms.push) return;
  const net::Endpoint& to = s.terms.push->endpoint;
  json.key("push")
      .begin_object()
      .member("host", to.host)
      .member("port", static_cast<std::uint64_t>(to.port))
      .member("server_name", to.server_name.empty() ? to.host : to.server_name)
      .end_object();
}

void write_queue(JsonWriter& json, const PartnerFlow& flow, Instant now) {
  json.key("queue").begin_object().member("waiting", flow.tally.waiting).member("parked", flow.tally.parked);
  if (flow.oldest) {
    json.member("oldest", format(*flow.oldest))
        .member("oldest_age_seconds",
                std::max<std::int64_t>(now.micros - flow.oldest->micros, 0) / 1'000'000);
  }
  json.end_object();
}

void write_flow(JsonWriter& json, const Standing& s) {
  json.key("flow").begin_object().member("state", s.pause ? "paused" : "running");
  if (s.pause) {
    if (s.pause->until) json.member("until", format(*s.pause->until));
    json.member("reason", s.pause->reason).member("since", format(s.pause->since));
  }
  json.end_object();
}

void write(JsonWriter& json, const Standing& s, const net::Identities& identities) {
  const adapters::Profile& profile = s.terms.profile;
  json.begin_object()
      .member("id", profile.id.view())
      .member("role", spec_of(profile.role).name)
      .key("name")
      .begin_object()
      .member("zh", profile.name_zh)
      .member("en", profile.name_en)
      .end_object()
      .member("transport", s.pushed_to() ? "push" : "mailbox")
      .member("files", profile.files != nullptr)
      .key("health")
      .begin_object()
      .member("state", name_of(s.health.state))
      .member("zh", s.health.reason.zh)
      .member("en", s.health.reason.en)
      .end_object();
  write_flow(json, s);
  write_push(json, s);
  write_queue(json, s.flow, s.now);
  if (const auto& last = s.flow.tally.last_message) json.member("last_received", format(*last));
  if (const auto& last = s.flow.tally.last_delivery) json.member("last_delivered", format(*last));
  write_certificates(json, identities, s);
  json.member("profile_version", hex(profile.version)).key("seals").begin_object();
  write_seal_keys(json, "from_partner", adapters::seal_of(profile, adapters::Way::from_partner), s.now);
  write_seal_keys(json, "to_partner", adapters::seal_of(profile, adapters::Way::to_partner), s.now);
  json.end_object()
      .member("messages_per_second", static_cast<std::uint64_t>(profile.bounds.messages_per_second))
      .end_object();
}

/// The same judgement as the picture of the flow has.
Standing standing_of(const Operations& operations, const Tally::Now& counted,
                     const std::vector<PartnerId>& unreachable, const net::Terms& terms) {
  const Flow& flow = *operations.flow;
  const PartnerId& partner = terms.profile.id;
  const Instant now = real_now();
  const PartnerFlow standing = flow.partner(partner, counted, unreachable);
  return {.terms = terms,
          .now = now,
          .flow = standing,
          .health = flow.verdict(partner, standing, now),
          .pause = delivery::pause_of(operations.store, partner, now)};
}

std::shared_ptr<const net::Configuration> configuration_of(const Operations& operations) {
  return operations.configuring == nullptr ? nullptr : operations.configuring->in_force.current();
}

/// The terms that the call's path names.
std::expected<const net::Terms*, Refusal> terms_of(const net::Configuration* configuration,
                                                   const Call& call) {
  const auto partner = PartnerId::parse(call.arguments.front());
  const net::Terms* terms = partner && configuration != nullptr ? configuration->find(*partner) : nullptr;
  if (terms != nullptr) return terms;
  return std::unexpected(not_found({"没有这家机构的接入配置", "the institution has no profile here"}));
}

/// What a step's name and end mean, for people.
Words words_of(const net::ConnectionTest::Step& step) {
  if (step.name == "resolve") {
    return step.passed ? Words{fmt::format("地址：{}", step.found), fmt::format("addresses: {}", step.found)}
                       : Words{fmt::format("无法解析主机名：{}", step.found),
                               fmt::format("the host name has no address: {}", step.found)};
  }
  if (step.name == "connect") {
    return step.passed
               ? Words{fmt::format("已连接 {}", step.found), fmt::format("connected to {}", step.found)}
               : Words{fmt::format("无法建立 TCP 连接：{}；请核对地址、端口和防火墙", step.found),
                       fmt::format("no TCP connection: {}: check address, port and firewall", step.found)};
  }
  if (step.name == "handshake") {
    return step.passed
               ? Words{fmt::format("{}，对方证书的名称、签发者和公钥相符", step.found),
                       fmt::format("{}; name, issuer and key of its certificate are as agreed", step.found)}
               : Words{fmt::format("TLS 握手失败：{}", step.found),
                       fmt::format("the TLS handshake failed: {}", step.found)};
  }
  return step.passed
             ? Words{"对方未拒绝本网关的证书", "it has not turned our certificate down"}
             : Words{fmt::format("对方拒绝本网关的证书：{}；请对方登记本网关的客户端证书", step.found),
                     fmt::format("it turned our certificate down: {}: it must admit the gateway's "
                                 "client certificate",
                                 step.found)};
}

std::string test_json(const net::PushTarget& to, const PartnerId& partner, const net::ConnectionTest& test) {
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("partner", partner.view())
      .member("host", to.endpoint.host)
      .member("port", static_cast<std::uint64_t>(to.endpoint.port))
      .member("passed", test.passed())
      .key("steps")
      .begin_array();
  for (const auto& step : test.steps) {
    const Words words = words_of(step);
    json.begin_object()
        .member("step", step.name)
        .member("passed", step.passed)
        .member("milliseconds", static_cast<std::int64_t>(step.took.count()))
        .member("zh", words.zh)
        .member("en", words.en)
        .end_object();
  }
  json.end_array();
  if (test.peer) {
    json.key("certificate")
        .begin_object()
        .member("subject", test.peer->subject)
        .member("issuer", test.peer->issuer)
        .member("spki_sha256", test.peer->spki_sha256)
        .member("not_after", format(test.peer->not_after))
        .member("days_left", days_between(real_now(), test.peer->not_after))
        .end_object();
  }
  json.end_object();
  return body;
}

}  // namespace

awaitable<Reply> list_partners(const Operations& operations, const Call&) {
  const auto identities = operations.identities.current();
  const auto configuration = configuration_of(operations);
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("items").begin_array();
  if (configuration != nullptr) {
    std::vector<PartnerId> partners;
    for (const auto& profile : configuration->partners().all()) partners.push_back(profile->id);
    std::ranges::sort(partners);
    const Tally::Now counted = operations.flow->parts().tally.now(real_now());
    const auto unreachable = operations.flow->unreachable();
    for (const PartnerId& partner : partners) {
      write(json, standing_of(operations, counted, unreachable, *configuration->find(partner)), *identities);
    }
  }
  json.end_array().end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> read_partner(const Operations& operations, const Call& call) {
  const auto identities = operations.identities.current();
  const auto configuration = configuration_of(operations);
  const auto terms = terms_of(configuration.get(), call);
  if (!terms) co_return std::unexpected(terms.error());
  const Tally::Now counted = operations.flow->parts().tally.now(real_now());
  std::string body;
  JsonWriter json(body);
  write(json, standing_of(operations, counted, operations.flow->unreachable(), **terms), *identities);
  co_return json_answer(std::move(body));
}

awaitable<Reply> test_partner(const Operations& operations, const Call& call) {
  const auto configuration = configuration_of(operations);
  const auto terms = terms_of(configuration.get(), call);
  if (!terms) co_return std::unexpected(terms.error());
  if (!(*terms)->push) {
    co_return std::unexpected(
        Refusal{.status = 409,
                .code = "not_pushed_to",
                .detail = {"该机构自取信箱，无需连接",
                           "it fetches its messages itself: there is nothing to connect "
                           "to"}});
  }
  const net::PushTarget to = *(*terms)->push;
  auto testing = net::test_connection(to.endpoint, to.within);
  const auto test = co_await std::move(testing);
  co_return json_answer(test_json(to, (*terms)->profile.id, test));
}

awaitable<Reply> read_maintenance(const Operations& operations, const Call&) {
  const Instant now = real_now();
  const auto window = net::maintenance_on_record(operations.store, now);
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("state", !window             ? "none"
                       : window->open(now) ? "open"
                                           : "announced")
      .member("now", format(now));
  if (window) {
    json.member("from", format(window->from))
        .member("until", format(window->until))
        .key("notice")
        .begin_object()
        .member("zh", window->notice_zh)
        .member("en", window->notice_en)
        .end_object();
  }
  json.end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> enter_maintenance(const Operations& operations, const Call& call) {
  Reply reply = co_await enter_acts(operations, call);
  if (operations.maintenance != nullptr) operations.maintenance->look(operations.store);
  co_return reply;
}

}  // namespace loangate::ops
