#include "ops/flow/flow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "delivery/flow.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds between_pictures{250};
constexpr milliseconds longest_look{1'000};  // of one BodySource::next()
constexpr seconds longest_without_frame{5};
constexpr seconds between_comments{15};

seconds age(Instant then, Instant now) {
  return seconds(std::max<std::int64_t>(0, (now.micros - then.micros) / 1'000'000));
}

void write_words(JsonWriter& json, std::string_view name, const Words& words) {
  json.key(name)
      .begin_object()
      .member("zh", std::string_view(words.zh))
      .member("en", std::string_view(words.en))
      .end_object();
}

void write_verdict(JsonWriter& json, const FlowVerdict& verdict) {
  json.member("state", name_of(verdict.state));
  if (verdict.state != FlowState::normal) write_words(json, "reason", verdict.reason);
}

void write_time(JsonWriter& json, std::string_view name, const std::optional<Instant>& at) {
  if (at) json.member(name, format(*at));
}

std::uint64_t number(std::uint32_t n) {
  return n;
}

Refusal no_flow_here() {
  return {.status = 404,
          .code = "no_flow",
          .detail = {"本网关不统计流量", "this gateway does not count what flows"}};
}

/// The flow as server-sent events, for as long as somebody looks.
class FlowEvents final : public net::BodySource {
 public:
  FlowEvents(const Flow& flow, const std::atomic<bool>& stopping, std::function<bool()> still_admitted)
      : flow_(flow), seat_(flow), stopping_(stopping), still_admitted_(std::move(still_admitted)) {}

  bool has_seat() const { return static_cast<bool>(seat_); }

  awaitable<std::optional<std::string>> next() override {
    const auto until = steady_clock::now() + longest_look;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (;;) {
      if (stopping_ || (still_admitted_ && !still_admitted_())) co_return std::nullopt;
      std::string piece = due();
      if (!piece.empty() || steady_clock::now() >= until) co_return piece;
      timer.expires_after(between_pictures);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }

 private:
  /// What is to be said now; empty: nothing.
  std::string due() {
    const auto now = steady_clock::now();
    if (!shown_) {
      commented_ = now;
      return "retry: 3000\n\n" + frame(now);
    }
    if (now - framed_ >= between_pictures &&
        (flow_.parts().tally.version() != shown_->version || now - framed_ >= longest_without_frame)) {
      return frame(now);
    }
    if (now - commented_ < between_comments) return {};
    commented_ = now;
    return ": still here\n\n";
  }
  std::string frame(steady_clock::time_point now) {
    framed_ = now;
    shown_ = flow_.look();
    return fmt::format("event: flow\nid: {}\ndata: {}\n\n", shown_->sequence.number, shown_->json);
  }

  const Flow& flow_;
  const Flow::Seat seat_;
  const std::atomic<bool>& stopping_;
  const std::function<bool()> still_admitted_;
  std::shared_ptr<const Flow::Snapshot> shown_;
  steady_clock::time_point framed_;
  steady_clock::time_point commented_;
};

}  // namespace

std::string_view name_of(FlowState state) {
  constexpr std::array<std::string_view, 4> names{"normal", "slow", "silent", "stopped"};
  return names[static_cast<std::size_t>(state)];
}

std::optional<seconds> FlowBounds::silence_of(const PartnerId& partner) const {
  const auto own = silent_after_of.find(partner);
  return own == silent_after_of.end() ? silent_after : own->second;
}

FlowVerdict outbox_verdict(const PartnerFlow& partner, const FlowBounds& bounds, Instant now) {
  if (partner.paused) {
    return {FlowState::stopped,
            {"运维已停用向该机构的投递", "an operator has paused what goes to this partner"}};
  }
  if (partner.unreachable) {
    return {FlowState::stopped,
            {"连续失败，已熔断；网关会自行探测",
             "several failures in a row: the breaker is open, and probes by itself"}};
  }
  if (partner.tally.parked > 0) {
    return {FlowState::stopped,
            {fmt::format("{} 笔搁置，其队列停住", partner.tally.parked),
             fmt::format("{} parked, which stop their lanes", partner.tally.parked)}};
  }
  if (partner.oldest && age(*partner.oldest, now) > bounds.slow_after) {
    return {FlowState::slow,
            {fmt::format("最早一笔已等 {} 秒", age(*partner.oldest, now).count()),
             fmt::format("the oldest has waited {} seconds", age(*partner.oldest, now).count())}};
  }
  return {};
}

FlowVerdict inbound_verdict(const PartnerFlow& partner, std::optional<seconds> silent_after, Instant since,
                            Instant now) {
  const Instant heard = partner.tally.last_message.value_or(since);
  if (!silent_after || age(heard, now) <= *silent_after) return {};
  return {FlowState::silent,
          {fmt::format("已 {} 分钟没有来文", age(heard, now).count() / 60),
           fmt::format("nothing has come for {} minutes", age(heard, now).count() / 60)}};
}

PartnerFlow Flow::partner(const PartnerId& id, const Tally::Now& now,
                          const std::vector<PartnerId>& unreachable) const {
  PartnerFlow flow{.unreachable = std::ranges::find(unreachable, id) != unreachable.end(),
                   .paused = delivery::pause_of(parts_.store, id, real_now()).has_value()};
  if (const auto counted = now.partners.find(id); counted != now.partners.end()) flow.tally = counted->second;
  if (flow.tally.waiting + flow.tally.parked > 0) {
    const auto first = parts_.store.undelivered(id, DeliveryId{}, 1);
    if (!first.empty()) flow.oldest = first.front().created;
  }
  return flow;
}

FlowVerdict Flow::verdict(const PartnerId& id, const PartnerFlow& flow, Instant now) const {
  FlowVerdict in = inbound_verdict(flow, parts_.bounds.silence_of(id), parts_.tally.since(), now);
  FlowVerdict out = outbox_verdict(flow, parts_.bounds, now);
  FlowVerdict& graver = in.state > out.state ? in : out;
  if (graver.state == FlowState::normal) graver.reason = {"正常", "all is well"};
  return std::move(graver);
}

std::vector<PartnerId> Flow::unreachable() const {
  return parts_.unreachable ? parts_.unreachable() : std::vector<PartnerId>{};
}

std::string Flow::picture(Instant now, Sequence sequence) const {
  const Tally::Now counted = parts_.tally.now(now);
  const auto profiles = parts_.profiles();
  const auto unreachable = this->unreachable();
  std::uint64_t trouble = 0;
  const auto note = [&trouble](const FlowVerdict& verdict) {
    trouble += verdict.state != FlowState::normal;
    return verdict;
  };

  std::string partners;
  JsonWriter rows(partners);
  rows.begin_array();
  for (const auto& profile : profiles->all()) {
    const PartnerFlow flow = partner(profile->id, counted, unreachable);
    const FlowVerdict in =
        note(inbound_verdict(flow, parts_.bounds.silence_of(profile->id), parts_.tally.since(), now));
    const FlowVerdict out = note(outbox_verdict(flow, parts_.bounds, now));
    const auto entered = parts_.store.find("institution", profile->id.view());
    const auto* const institution = entered ? &std::get<Institution>(*entered) : nullptr;
    rows.begin_object()
        .member("id", profile->id.view())
        .member("name_zh",
                institution != nullptr ? std::string_view(institution->name_zh) : profile->id.view())
        .member("name_en",
                institution != nullptr ? std::string_view(institution->name_en) : profile->id.view());
    if (institution != nullptr) rows.member("role", spec_of(institution->role).name);
    rows.member("reached_by", profile->push() != nullptr ? "push" : "mailbox");
    rows.key("inbound").begin_object().member("per_minute", number(flow.tally.received_a_minute));
    write_time(rows, "last_at", flow.tally.last_message);
    write_verdict(rows, in);
    rows.end_object();
    rows.key("outbox")
        .begin_object()
        .member("waiting", flow.tally.waiting)
        .member("parked", flow.tally.parked);
    if (flow.oldest) {
      rows.member("oldest_at", format(*flow.oldest))
          .member("oldest_seconds", static_cast<std::uint64_t>(age(*flow.oldest, now).count()));
    }
    rows.member("per_minute", number(flow.tally.delivered_a_minute))
        .member("failed_per_minute", number(flow.tally.failed_a_minute));
    write_time(rows, "last_at", flow.tally.last_delivery);
    write_verdict(rows, out);
    rows.end_object();
    rows.member("state", name_of(std::max(in.state, out.state))).end_object();
  }
  rows.end_array();

  FlowVerdict gateway;
  if (const auto ready = parts_.store.ready(); !ready)
    gateway = {FlowState::stopped,
               {"暂时无法保存：" + ready.error().what, "it cannot store now: " + ready.error().what}};
  note(gateway);

  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("at", format(now))
      .member("sequence", sequence.number)
      .member("trouble", trouble)
      .member("alerts_open",
              static_cast<std::uint64_t>(parts_.alerts_open ? parts_.alerts_open() : std::size_t{0}));
  json.key("gateway")
      .begin_object()
      .member("since", format(parts_.tally.since()))
      .member("per_minute", number(counted.received_a_minute));
  write_verdict(json, gateway);
  json.end_object();
  json.key("registry")
      .begin_object()
      .member("entries", sequence.number)
      .member("per_minute", number(counted.entries_a_minute));
  write_time(json, "last_at", counted.last_entry);
  json.end_object();
  json.key("partners").raw(partners).end_object();
  return body;
}

std::shared_ptr<const Flow::Snapshot> Flow::look() const {
  const std::lock_guard lock(mutex_);
  const auto now = steady_clock::now();
  if (last_ && now - last_->taken < between_pictures) return last_;
  const std::uint64_t version = parts_.tally.version();
  const Sequence sequence = parts_.store.last_sequence();
  last_ = std::make_shared<const Snapshot>(now, version, sequence, picture(real_now(), sequence));
  return last_;
}

awaitable<Reply> read_flow(const Operations& operations, const Call&) {
  if (operations.flow == nullptr) co_return std::unexpected(no_flow_here());
  co_return json_answer(operations.flow->look()->json);
}

awaitable<Reply> read_flow_day(const Operations& operations, const Call& call) {
  if (operations.flow == nullptr) co_return std::unexpected(no_flow_here());
  std::optional<PartnerId> partner;
  if (const auto name = call.request.head.parameter("partner")) {
    partner = PartnerId::parse(*name);
    if (!partner || operations.flow->parts().profiles()->find(*partner) == nullptr) {
      co_return std::unexpected(
          invalid("/partner", {"没有此机构的配置；请用 GET /v1/profiles 所列的标识",
                               "no such partner has a profile here: use an id of GET /v1/profiles"}));
    }
  }
  const Tally::Day day = operations.flow->parts().tally.day(real_now(), partner);
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("bucket_seconds", Tally::bucket_seconds)
      .member("complete_from", format(day.complete_from));
  json.key("buckets").begin_array();
  constexpr std::array<std::string_view, Tally::fates> names{
      "accepted", "held", "rejected", "unreadable", "conflict", "delivered", "failed"};
  for (const Tally::Bucket& bucket : day.buckets) {
    json.begin_object().member("at", format(bucket.at));
    for (std::size_t i = 0; i < names.size(); ++i) json.member(names[i], number(bucket.counts[i]));
    json.end_object();
  }
  json.end_array().end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> stream_flow(const Operations& operations, const Call& call) {
  if (operations.flow == nullptr) co_return std::unexpected(no_flow_here());
  auto events = std::make_shared<FlowEvents>(*operations.flow, call.stopping, call.still_admitted);
  if (!events->has_seat()) {
    co_return std::unexpected(
        Refusal{.status = 503,
                .code = "too_many_streams",
                .detail = {fmt::format("同时打开的事件流已达 {} 条，请稍后再试", Flow::most_streams),
                           fmt::format("{} streams are open already: try again later", Flow::most_streams)},
                .headers = {{"Retry-After", "5"}}});
  }
  net::Response response{.status = 200,
                         .content_type = "text/event-stream",
                         .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}}};
  response.source = std::move(events);
  co_return response;
}

}  // namespace loangate::ops
