#include "ops/flow/replays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "delivery/release.hpp"
#include "intake/office.hpp"
#include "ops/flow/undelivered.hpp"

namespace loangate::ops {

namespace asio = boost::asio;
using delivery::Selection;

namespace {

constexpr JsonLimits step_bytes{.max_bytes = 256u << 10, .max_depth = 4, .max_nodes = 20'000};

template <class Act>
std::optional<Directive> directive(const store::Store& store, std::string_view about) {
  const auto found = store.find("directive", directive_key(Act::kind, about));
  if (!found) return std::nullopt;
  return std::get<Directive>(*found);
}

/// Written from the declared fields: our own bytes.
template <class Act>
Act act_of(const Directive& directive) {
  return Act::from(read_canonical(Act::spec(), directive.act).value());
}

std::vector<PartnerId> partners_of(const store::Store& store, const Selection& selection) {
  return selection.partners().empty() ? all_partners(store) : selection.partners();
}

std::string step_json(const std::optional<Sequence>& before, const std::vector<DeliveryId>& released) {
  std::string bytes;
  JsonWriter json(bytes);
  json.begin_object();
  if (before) json.member("before", before->number);
  json.key("released").begin_array();
  for (const DeliveryId id : released) json.value(id.number);
  json.end_array().end_object();
  return bytes;
}

}  // namespace

std::optional<Replay> replay_on_record(const store::Store& store, std::string_view no) {
  const auto approved = directive<DeliveryReplay>(store, no);
  if (!approved) return std::nullopt;
  Replay replay{.no = std::string(no),
                .approved = act_of<DeliveryReplay>(*approved),
                .cause = approved->cause,
                .since = approved->since,
                .per_minute = 0,
                .progress = {.replay_no = std::string(no),
                             .through = 0,
                             .released = 0,
                             .left_out = 0,
                             .ended = Answer::no},
                .latest = std::nullopt};
  const auto steered = directive<ReplaySteer>(store, no);
  replay.per_minute = steered ? act_of<ReplaySteer>(*steered).per_minute : replay.approved.per_minute;
  if (const auto step = directive<ReplayProgress>(store, no)) {
    replay.progress = act_of<ReplayProgress>(*step);
    replay.latest = step->cause;
  }
  return replay;
}

std::vector<Replay> replays_on_record(const store::Store& store) {
  std::vector<Replay> replays;
  for (const Change& thing : store.all("directive")) {
    const auto& directive = std::get<Directive>(thing);
    if (directive.kind != DeliveryReplay::kind) continue;
    if (auto replay = replay_on_record(store, directive.about)) replays.push_back(*std::move(replay));
  }
  std::ranges::sort(replays, std::ranges::greater{}, &Replay::cause);
  return replays;
}

asio::awaitable<std::vector<ToReplay>> still_to_replay(const store::Store& store, const Replay& replay) {
  std::vector<ToReplay> messages;
  // The query was read before it was proposed.
  const Selection selection = Selection::parse(replay.approved.query).value();
  const auto approved = store.entry(replay.cause);
  if (!approved) co_return messages;
  const auto through = static_cast<std::uint64_t>(replay.approved.through);
  for (const PartnerId& partner : partners_of(store, selection)) {
    const auto see = [&](const store::Delivery& row) {
      if (row.id.number > through) return false;
      if (!selection.names(row)) return true;
      // What came to lie here since was not counted: among it what this replay sent and was refused again.
      const auto history = store.attempts(row.id);
      if (history.empty() || history.back().at <= approved->entry.real_time)
        messages.push_back({row.id, row.to});
      return true;
    };
    const DeliveryId after{static_cast<std::uint64_t>(replay.progress.through)};
    auto going = go_through_undelivered(store, partner, after, see);
    co_await std::move(going);
  }
  std::ranges::sort(messages, {}, &ToReplay::id);
  const auto left = static_cast<std::size_t>(std::max<std::int64_t>(
      replay.approved.deliveries - replay.progress.released - replay.progress.left_out, 0));
  if (messages.size() > left) messages.resize(left);
  co_return messages;
}

std::optional<StepOnRecord> step_on_record(const store::Store& store, Sequence sequence) {
  const auto entry = store.entry(sequence);
  JsonDocument document;
  if (!entry || !document.read(entry->entry.raw, step_bytes)) return std::nullopt;
  StepOnRecord step;
  if (const JsonNode* before = document.member(document.root(), "before"))
    step.before = Sequence{whole_number(before->text).value_or(0)};
  const JsonNode* released = document.member(document.root(), "released");
  if (released == nullptr) return std::nullopt;
  for (const JsonNode* id = document.first(*released); id != nullptr; id = document.next(*id))
    step.released.push_back(DeliveryId{whole_number(id->text).value_or(0)});
  return step;
}

store::Unit replay_step(Replay replay, std::vector<ToReplay> messages, bool ends,
                        const programme::RulebookInForce& rulebook, Instant now) {
  return [replay = std::move(replay), messages = std::move(messages), ends, &rulebook, now](
             const store::View& view, Sequence sequence) {
    const std::string reason = fmt::format("重放 · replay {}: {}", replay.no, replay.approved.reason);
    ReplayProgress progress = replay.progress;
    std::vector<store::DeliveryChange> changes;
    std::vector<DeliveryId> released;
    for (const ToReplay& message : messages) {
      auto change = delivery::release(view, message.id, true, reason, real_now());
      if (!change) continue;
      released.push_back(message.id);
      changes.push_back(*std::move(change));
    }
    progress.released += static_cast<std::int64_t>(released.size());
    progress.left_out += static_cast<std::int64_t>(messages.size() - released.size());
    if (!messages.empty()) progress.through = static_cast<std::int64_t>(messages.back().id.number);
    if (ends) {
      progress.ended = Answer::yes;
      // With those that lay parked no longer when it began, or began again after a restart.
      if (!replay.stopped()) progress.left_out = replay.approved.deliveries - progress.released;
    }
    const auto act =
        intake::given_act(ReplayProgress::kind, progress.record(), step_json(replay.latest, released));
    intake::ActReply reply;
    auto writes =
        intake::enter(act, {intake::gateway_itself, now}, *rulebook.current(), view, sequence, reply);
    std::ranges::move(changes, std::back_inserter(writes.deliveries));
    return writes;
  };
}

}  // namespace loangate::ops
