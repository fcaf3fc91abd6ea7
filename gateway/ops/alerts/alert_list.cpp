#include "ops/alerts/alert_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/json_writer.hpp"
#include "ops/acts.hpp"
#include "ops/alerts/watch.hpp"
#include "ops/body.hpp"

namespace loangate::ops {
namespace {

using alerts::OnRecord;
using boost::asio::awaitable;

constexpr std::int64_t longest_silence_micros = 30LL * 86'400 * 1'000'000;

std::string name_of(const OnRecord& alert) {
  return fmt::format("{}/{}", alerts::spec_of(alert.key.first).name, alert.key.second);
}

/// Open ones first: the gravest, then the oldest; then closed ones, the newest first.
bool before(const OnRecord& a, const OnRecord& b) {
  const auto rank = [](const OnRecord& alert) {
    const bool ticket = alerts::spec_of(alert.key.first).severity == "ticket";
    const auto turn = static_cast<std::int64_t>(alert.turn.number);
    return std::tuple(!alert.open, alert.open && ticket, alert.open ? turn : -turn);
  };
  return rank(a) < rank(b);
}

void write_answer(JsonWriter& json, const store::Store& store, const alerts::Answered& answer) {
  const auto act = store.entry(answer.act);
  json.key(answer.answer == AlertResponse::muted ? "muted" : "acknowledged")
      .begin_object()
      .member("by", act ? act->entry.person.view() : std::string_view())
      .member("at", format(answer.at));
  if (answer.until) json.member("until", format(*answer.until));
  json.member("reason", std::string_view(answer.reason)).end_object();
}

void write_alert(JsonWriter& json, const store::Store& store, const OnRecord& alert) {
  const alerts::Notice notice = alerts::notice_of(alert);
  json.begin_object()
      .member("rule", std::string_view(notice.rule))
      .member("about", std::string_view(notice.about))
      .member("severity", std::string_view(notice.severity))
      .member("state", alert.open ? "open" : "closed")
      .member("since", format(notice.at))
      .member("title_zh", std::string_view(notice.title_zh))
      .member("title_en", std::string_view(notice.title_en))
      .member("zh", std::string_view(notice.zh))
      .member("en", std::string_view(notice.en))
      .member("runbook", std::string_view(notice.runbook))
      .member("command", std::string_view(notice.command));
  const auto answer = alerts::answered(store, alert.key, real_now());
  const bool stands = answer && answer->answer != AlertResponse::resumed &&
                      (answer->answer == AlertResponse::muted || (alert.open && answer->act > alert.turn));
  if (stands) write_answer(json, store, *answer);
  json.end_object();
}

std::optional<Refusal> fault_of(const AlertAnswer& act, const std::string& place) {
  if (alerts::find_rule(act.rule) == nullptr) {
    return invalid(place + "/rule", {"没有此规则；请用 GET /v1/alerts 所列的 rule",
                                     "no such rule: use one that GET /v1/alerts names"});
  }
  if (act.answer != AlertResponse::muted) return std::nullopt;
  const Instant now = real_now();
  if (!act.until || *act.until <= now || act.until->micros - now.micros > longest_silence_micros) {
    return invalid(place + "/until", {"静默须有截止时间：晚于现在，至多 30 天",
                                      "a silence needs an end: later than now and at most 30 days ahead"});
  }
  return std::nullopt;
}

}  // namespace

awaitable<Reply> list_alerts(const Operations& operations, const Call& call) {
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());
  const auto state = call.request.head.parameter("state").value_or("open");
  if (state != "open" && state != "closed" && state != "all") {
    co_return std::unexpected(
        invalid("/state", {"state 应为 open、closed 或 all", "`state` must be open, closed or all"}));
  }
  std::vector<OnRecord> found = alerts::on_record(operations.store);
  std::erase_if(found,
                [&](const OnRecord& alert) { return state != "all" && alert.open != (state == "open"); });
  std::ranges::sort(found, before);
  auto at = found.begin();
  if (const auto cursor = call.request.head.parameter("cursor")) {
    at = std::ranges::find_if(found, [&](const OnRecord& alert) { return name_of(alert) == *cursor; });
    if (at == found.end()) {
      co_return std::unexpected(invalid(
          "/cursor",
          {"此页之后的内容已变化；请从头再取", "what came after has changed: begin again without a cursor"}));
    }
    ++at;
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("items").begin_array();
  std::uint64_t written = 0;
  for (; at != found.end() && written < *limit; ++at, ++written) write_alert(json, operations.store, *at);
  json.end_array();
  if (at != found.end()) json.member("next", name_of(*std::prev(at)));
  json.end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> answer_alert(const Operations& operations, const Call& call) {
  const auto body = read_acts(call.act.value(), call.request.body, most_acts);
  if (!body) co_return std::unexpected(body.error());
  for (std::size_t i = 0; i < body->acts.size(); ++i) {
    auto fault = fault_of(std::get<AlertAnswer>(body->acts[i].act), body->array ? fmt::format("/{}", i) : "");
    if (fault) co_return std::unexpected(*std::move(fault));
  }
  co_return co_await enter_acts(operations, call);
}

}  // namespace loangate::ops
