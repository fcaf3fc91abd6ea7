#include "ops/partners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/seal/seal.hpp"
#include "base/contains.hpp"
#include "base/json_writer.hpp"
#include "delivery/flow.hpp"
#include "net/connection_test.hpp"
#include "ops/acts.hpp"
#include "ops/configuration.hpp"
#include "ops/undelivered.hpp"

namespace loangate::ops {

using boost::asio::awaitable;

namespace {

constexpr std::int64_t micros_a_day = 86'400LL * 1'000'000;
constexpr std::int64_t slow_after = 15LL * 60 * 1'000'000;
constexpr std::int64_t silent_after = 3 * micros_a_day;
constexpr std::size_t counted_in_list = 500;
constexpr std::size_t counted_of_one = 10'000;

struct Queue {
  std::uint64_t waiting = 0, parked = 0;
  bool complete = true;
  std::optional<Instant> oldest;
};

awaitable<Queue> queue_of(const store::Store& store, PartnerId partner, std::size_t most) {
  Queue queue;
  const auto see = [&](const store::Delivery& row) {
    if (queue.waiting + queue.parked == most) return queue.complete = false;
    ++(row.state == store::DeliveryState::parked ? queue.parked : queue.waiting);
    queue.oldest = std::min(queue.oldest.value_or(row.created), row.created);
    return true;
  };
  auto going = go_through_undelivered(store, partner, DeliveryId{}, see);
  co_await std::move(going);
  co_return queue;
}

/// What is known of a partner at this moment.
struct Standing {
  const net::Terms& terms;
  Instant now;  ///< real time
  Queue queue;
  std::optional<delivery::Pause> pause;
  bool unreachable;
  std::optional<Instant> last_received, last_delivered;

  bool pushed_to() const { return terms.profile.push() != nullptr; }
};

struct Health {
  std::string_view state;
  Words why;
};

Health health_of(const Standing& s) {
  if (s.pause)
    return {"paused",
            {fmt::format("已停用：{}", s.pause->reason), fmt::format("paused: {}", s.pause->reason)}};
  if (s.unreachable) {
    return {
        "stopped",
        {"连续推送失败，仅定时试探", "several sendings in a row failed; only probes go from time to time"}};
  }
  if (s.queue.parked > 0) {
    return {"slow",
            {fmt::format("{} 条被搁置，等待处理", s.queue.parked),
             fmt::format("{} parked: somebody must look at them", s.queue.parked)}};
  }
  if (s.queue.oldest && s.now.micros - s.queue.oldest->micros > slow_after) {
    return {"slow",
            {fmt::format("最早一条已等待 {} 分钟", (s.now.micros - s.queue.oldest->micros) / 60'000'000),
             fmt::format("the oldest has waited for {} minutes",
                         (s.now.micros - s.queue.oldest->micros) / 60'000'000)}};
  }
  if (s.last_received && s.now.micros - s.last_received->micros > silent_after) {
    return {"silent",
            {fmt::format("{} 后未收到其报文", format(*s.last_received)),
             fmt::format("nothing came from it after {}", format(*s.last_received))}};
  }
  return {"ok", {"正常", "all is well"}};
}

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
  json.member("breaker", s.unreachable ? "open" : "closed");
  if (!s.terms.push) return;
  const net::Endpoint& to = s.terms.push->endpoint;
  json.key("push")
      .begin_object()
      .member("host", to.host)
      .member("port", static_cast<std::uint64_t>(to.port))
      .member("server_name", to.server_name.empty() ? to.host : to.server_name)
      .end_object();
}

void write_queue(JsonWriter& json, const Standing& s) {
  json.key("queue")
      .begin_object()
      .member("waiting", s.queue.waiting)
      .member("parked", s.queue.parked)
      .member("complete", s.queue.complete);
  if (s.queue.oldest) {
    json.member("oldest", format(*s.queue.oldest))
        .member("oldest_age_seconds",
                std::max<std::int64_t>(s.now.micros - s.queue.oldest->micros, 0) / 1'000'000);
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
  const Health health = health_of(s);
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
      .member("state", health.state)
      .member("zh", health.why.zh)
      .member("en", health.why.en)
      .end_object();
  write_flow(json, s);
  write_push(json, s);
  write_queue(json, s);
  if (s.last_received) json.member("last_received", format(*s.last_received));
  if (s.last_delivered) json.member("last_delivered", format(*s.last_delivered));
  write_certificates(json, identities, s);
  json.member("profile_version", hex(profile.version)).key("seals").begin_object();
  write_seal_keys(json, "from_partner", adapters::seal_of(profile, adapters::Way::from_partner), s.now);
  write_seal_keys(json, "to_partner", adapters::seal_of(profile, adapters::Way::to_partner), s.now);
  json.end_object()
      .member("messages_per_second", static_cast<std::uint64_t>(profile.bounds.messages_per_second))
      .end_object();
}

awaitable<Standing> standing_of(const Operations& operations, const net::Terms& terms, std::size_t most) {
  const PartnerId partner = terms.profile.id;
  auto counting = queue_of(operations.store, partner, most);
  Queue queue = co_await std::move(counting);
  const Instant now = real_now();
  const std::int64_t received = terms.last_received->load(std::memory_order_relaxed);
  const auto& pushing = operations.pushing;
  co_return Standing{
      .terms = terms,
      .now = now,
      .queue = std::move(queue),
      .pause = delivery::pause_of(operations.store, partner, now),
      .unreachable = pushing.unreachable && contains(pushing.unreachable(), partner),
      .last_received = received == 0 ? std::nullopt : std::optional(Instant{received}),
      .last_delivered = pushing.last_delivered ? pushing.last_delivered(partner) : std::nullopt};
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
    for (const PartnerId& partner : partners) {
      auto looking = standing_of(operations, *configuration->find(partner), counted_in_list);
      const Standing standing = co_await std::move(looking);
      write(json, standing, *identities);
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
  auto looking = standing_of(operations, **terms, counted_of_one);
  const Standing standing = co_await std::move(looking);
  std::string body;
  JsonWriter json(body);
  write(json, standing, *identities);
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
