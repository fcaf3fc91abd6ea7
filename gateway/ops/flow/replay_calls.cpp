// The calls about replays.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <utility>

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "ops/acts.hpp"
#include "ops/body.hpp"
#include "ops/flow/replays.hpp"
#include "ops/flow/undelivered.hpp"

namespace loangate::ops {

namespace asio = boost::asio;
using asio::awaitable;
using delivery::Selection;

namespace {

/// What became of ids that a query names one by one.
struct Named {
  std::uint64_t confirmed = 0, withdrawn = 0;
};

/// What a replay of a selection would do.
struct Counted {
  struct Row {
    std::uint64_t deliveries = 0;
    Instant oldest;
  };
  std::map<std::pair<PartnerId, MessageKind>, Row> rows;
  std::uint64_t deliveries = 0;
  std::uint64_t through = 0;
  std::optional<Instant> oldest;
  std::uint64_t moving = 0;
  /// Of the ids that the query names one by one; there is no list of all that was ever confirmed.
  std::optional<Named> named;

  void add(const store::Delivery& row) {
    Row& place = rows[{row.to, row.kind}];
    if (place.deliveries++ == 0 || row.created < place.oldest) place.oldest = row.created;
    if (!oldest || row.created < *oldest) oldest = row.created;
    ++deliveries;
    through = std::max(through, row.id.number);
  }
};

Refusal too_many() {
  return {.status = 422,
          .code = "replay_too_large",
          .detail = {fmt::format("筛选条件超过 {} 条；请缩小范围，分次重放", most_replayed),
                     fmt::format("the query names more than {} messages: narrow it, and replay in parts",
                                 most_replayed)}};
}

void count_named(const store::Store& store, const Selection& selection, Counted& counted) {
  for (const Selection::Ids& ids : selection.ids()) {
    if (ids.first != ids.last) continue;
    if (!counted.named) counted.named.emplace();
    const auto row = store.delivery(DeliveryId{ids.first});
    if (!row || !selection.covers(*row)) continue;
    if (row->state == store::DeliveryState::delivered) ++counted.named->confirmed;
    if (row->state == store::DeliveryState::withdrawn) ++counted.named->withdrawn;
  }
}

/// Undelivered messages that one count goes through: some seconds' work, in turns with others.
constexpr std::size_t most_gone_through = 500'000;

/// Counts up to and with the delivery `through`.
awaitable<std::expected<Counted, Refusal>> count(const store::Store& store, const Selection& selection,
                                                 std::uint64_t through) {
  Counted counted;
  count_named(store, selection, counted);
  const std::uint64_t last = std::min(through, selection.greatest_id());
  const auto partners = selection.partners().empty() ? all_partners(store) : selection.partners();
  std::size_t gone_through = 0;
  const auto too_much = [&] {
    return counted.deliveries > most_replayed || gone_through > most_gone_through;
  };
  for (const PartnerId& partner : partners) {
    const auto see = [&](const store::Delivery& row) {
      ++gone_through;
      if (row.id.number > last || too_much()) return false;
      if (selection.names(row)) {
        counted.add(row);
      } else if (row.state == store::DeliveryState::waiting && selection.covers(row)) {
        ++counted.moving;
      }
      return true;
    };
    auto going = go_through_undelivered(store, partner, DeliveryId{}, see);
    co_await std::move(going);
  }
  if (too_much()) co_return std::unexpected(too_many());
  co_return counted;
}

std::string counted_json(const Selection& selection, const Counted& counted, std::uint64_t per_minute) {
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("query", selection.text())
      .member("through", counted.through)
      .member("deliveries", counted.deliveries)
      .key("items")
      .begin_array();
  for (const auto& [of, row] : counted.rows) {
    json.begin_object()
        .member("partner", of.first.view())
        .member("kind", spec_of(of.second).name)
        .member("deliveries", row.deliveries)
        .member("oldest", format(row.oldest))
        .end_object();
  }
  json.end_array().key("left_out").begin_object().member("moving", counted.moving);
  if (counted.named) {
    json.key("named")
        .begin_object()
        .member("confirmed", counted.named->confirmed)
        .member("withdrawn", counted.named->withdrawn)
        .end_object();
  }
  json.end_object();
  if (counted.oldest) json.member("oldest", format(*counted.oldest));
  // The first goes at once.
  const std::uint64_t pauses = counted.deliveries == 0 ? 0 : counted.deliveries - 1;
  json.member("per_minute", per_minute)
      .member("estimated_seconds", (pauses * 60 + per_minute - 1) / per_minute)
      .end_object();
  return body;
}

std::expected<Selection, Refusal> selection_of(std::string_view query) {
  auto selection = Selection::parse(query);
  if (selection) return *std::move(selection);
  return std::unexpected(invalid("/query", {fmt::format("无法识别的筛选条件：{}", selection.error()),
                                            fmt::format("the query cannot be read: {}", selection.error())}));
}

struct CountRequest {
  std::string query;
  std::uint64_t per_minute = 60;
};

/// `{"query": "partner:bank01 …", "per_minute": 60}`; the rate may be left out.
std::expected<CountRequest, Refusal> read_count_request(std::string_view body) {
  JsonDocument document;
  const auto read = document.read(body, {.max_bytes = 8u << 10, .max_depth = 2, .max_nodes = 10});
  if (!read || document.root().kind != JsonNode::Kind::object)
    return std::unexpected(invalid("", {"应为 JSON 对象", "an object is expected"}));
  CountRequest request;
  for (const JsonNode* member = document.first(document.root()); member != nullptr;
       member = document.next(*member)) {
    if (member->key == "query" && member->kind == JsonNode::Kind::string) {
      request.query = member->text;
    } else if (member->key == "per_minute" && member->kind == JsonNode::Kind::number) {
      request.per_minute = whole_number(member->text).value_or(0);
    } else {
      return std::unexpected(invalid(fmt::format("/{}", member->key),
                                     {"只接受 query（文本）和 per_minute（整数）",
                                      "only `query`, a string, and `per_minute`, a number, are known"}));
    }
  }
  return request;
}

Refusal rate_out_of_range() {
  return invalid("/per_minute", {fmt::format("每分钟条数应为 1 至 {}", most_per_minute),
                                 fmt::format("`per_minute` must be from 1 to {}", most_per_minute)});
}

/// Whether what was counted then is what there is now.
awaitable<std::expected<void, Refusal>> still_as_counted(const Operations& operations,
                                                         const DeliveryReplay& act) {
  const auto selection = selection_of(act.query);
  if (!selection) co_return std::unexpected(selection.error());
  if (act.per_minute < 1 || act.per_minute > most_per_minute) co_return std::unexpected(rate_out_of_range());
  const auto through = static_cast<std::uint64_t>(std::max<std::int64_t>(act.through, 0));
  auto counting = count(operations.store, *selection, through);
  const auto counted = co_await std::move(counting);
  if (!counted) co_return std::unexpected(counted.error());
  if (counted->deliveries > 0 && std::cmp_equal(counted->deliveries, act.deliveries) &&
      counted->through == through) {
    co_return std::expected<void, Refusal>();
  }
  co_return std::unexpected(Refusal{
      .status = 409,
      .code = "count_changed",
      .detail = {fmt::format("现有 {} 条，与试算的 {} 条不符，未办理；请重新试算并提案", counted->deliveries,
                             act.deliveries),
                 fmt::format(
                     "there are {} now, {} were counted, so nothing was done: count again, and propose "
                     "that",
                     counted->deliveries, act.deliveries)},
      .result = counted_json(*selection, *counted, static_cast<std::uint64_t>(act.per_minute))});
}

Refusal no_such_replay() {
  return not_found({"没有这个重放", "there is no such replay"});
}

std::string_view state_of(const Replay& replay) {
  if (replay.stopped()) return "stopped";
  return replay.ended() ? "ended" : "running";
}

void write_replay(JsonWriter& json, const Operations& operations, const Replay& replay) {
  const auto entry = operations.store.entry(replay.cause);
  json.member("no", replay.no)
      .member("state", state_of(replay))
      .member("query", replay.approved.query)
      .member("deliveries", replay.approved.deliveries)
      .member("through", replay.approved.through)
      .member("per_minute", replay.per_minute)
      .member("released", replay.progress.released)
      .member("left_out", replay.progress.left_out)
      .member("approved", format(replay.since))
      .member("approved_by", entry ? entry->entry.person.view() : std::string_view())
      .member("reason", replay.approved.reason);
}

/// What became of the messages that a replay sent again.
struct Fates {
  std::uint64_t confirmed = 0, failed_again = 0, waiting = 0, withdrawn = 0;

  void add(const store::Delivery& row) {
    switch (row.state) {
      case store::DeliveryState::delivered:
        ++confirmed;
        break;
      case store::DeliveryState::withdrawn:
        ++withdrawn;
        break;
      case store::DeliveryState::parked:
        ++failed_again;
        break;
      case store::DeliveryState::waiting:
        ++(row.attempts == 0 ? waiting : failed_again);
        break;
    }
  }
};

}  // namespace

awaitable<Reply> count_replay(const Operations& operations, const Call& call) {
  auto given = read_count_request(call.request.body);
  if (!given) co_return std::unexpected(std::move(given.error()));
  if (given->per_minute < 1 || std::cmp_greater(given->per_minute, most_per_minute))
    co_return std::unexpected(rate_out_of_range());
  const auto selection = selection_of(given->query);
  if (!selection) co_return std::unexpected(selection.error());
  auto counting = count(operations.store, *selection, UINT64_MAX);
  const auto counted = co_await std::move(counting);
  if (!counted) co_return std::unexpected(counted.error());
  co_return json_answer(counted_json(*selection, *counted, given->per_minute));
}

awaitable<Reply> propose_replay(const Operations& operations, const Call& call) {
  auto body = read_acts(call.act.value(), call.request.body, 1);
  if (!body) co_return std::unexpected(std::move(body.error()));
  auto asking = still_as_counted(operations, std::get<DeliveryReplay>(body->acts.front().act));
  const auto same = co_await std::move(asking);
  if (!same) co_return std::unexpected(same.error());
  co_return co_await propose(operations, call);
}

std::optional<DeliveryReplay> replay_proposed(const Operations& operations, const Call& call) {
  const auto no = ProposalNo::parse(call.arguments.front());
  const auto found = no ? operations.store.find("proposal", no->view()) : std::nullopt;
  const auto* proposal = found ? std::get_if<Proposal>(&*found) : nullptr;
  if (proposal == nullptr || proposal->kind != DeliveryReplay::kind ||
      proposal->state != Proposal::State::open) {
    return std::nullopt;
  }
  return DeliveryReplay::from(read_canonical(DeliveryReplay::spec(), proposal->act).value());
}

awaitable<Reply> approve_replay(const Operations& operations, const Call& call, DeliveryReplay act) {
  auto asking = still_as_counted(operations, act);
  const auto same = co_await std::move(asking);
  if (!same) co_return std::unexpected(same.error());
  Reply reply = co_await approve_with(operations, call, {});
  if (reply && operations.on_replay) operations.on_replay();
  co_return reply;
}

awaitable<Reply> steer_replay(const Operations& operations, const Call& call) {
  auto body = read_acts(call.act.value(), call.request.body, 1);
  if (!body) co_return std::unexpected(std::move(body.error()));
  const auto& act = std::get<ReplaySteer>(body->acts.front().act);
  const auto replay = replay_on_record(operations.store, act.replay_no);
  if (!replay) co_return std::unexpected(no_such_replay());
  if (replay->ended() || replay->stopped()) {
    co_return std::unexpected(
        Refusal{.status = 409,
                .code = "replay_over",
                .detail = {"该重放已结束或已停止", "the replay has ended, or was stopped"}});
  }
  if (act.per_minute < 0 || act.per_minute >= replay->per_minute) {
    co_return std::unexpected(Refusal{
        .status = 409,
        .code = "replay_only_slower",
        .detail = {fmt::format("只能调慢：应低于现行的每分钟 {} 条；0 为停止", replay->per_minute),
                   fmt::format("a replay only becomes slower: give less than the {} a minute in force, "
                               "or 0 to stop it",
                               replay->per_minute)}});
  }
  Reply reply = co_await enter_acts(operations, call);
  if (reply && operations.on_replay) operations.on_replay();
  co_return reply;
}

awaitable<Reply> list_replays(const Operations& operations, const Call& call) {
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());
  const auto cursor = number_parameter(call, "cursor", INT64_MAX, 1, INT64_MAX);
  if (!cursor) co_return std::unexpected(cursor.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("items").begin_array();
  std::uint64_t written = 0;
  std::optional<Sequence> last;
  bool more = false;
  for (const Replay& replay : replays_on_record(operations.store)) {
    if (replay.cause.number >= *cursor) continue;
    more = written == *limit;
    if (more) break;
    json.begin_object();
    write_replay(json, operations, replay);
    json.end_object();
    last = replay.cause;
    ++written;
  }
  json.end_array();
  if (more) json.member("next", std::to_string(last->number));
  json.end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> read_replay(const Operations& operations, const Call& call) {
  const auto replay = replay_on_record(operations.store, call.arguments.front());
  if (!replay) co_return std::unexpected(no_such_replay());
  const auto executor = co_await asio::this_coro::executor;
  Fates fates;
  for (auto at = replay->latest; at;) {
    const auto step = step_on_record(operations.store, *at);
    if (!step) break;
    for (const DeliveryId id : step->released) {
      if (const auto row = operations.store.delivery(id)) fates.add(*row);
    }
    at = step->before;
    co_await asio::post(executor, asio::use_awaitable);
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  write_replay(json, operations, *replay);
  json.member("confirmed", fates.confirmed)
      .member("failed_again", fates.failed_again)
      .member("waiting", fates.waiting)
      .member("withdrawn", fates.withdrawn)
      .end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
