#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "delivery/selection.hpp"
#include "domain/messages.hpp"
#include "ops/call.hpp"

/// Sending parked messages on their way again, many at a time: counted first, approved by a second person for
/// exactly what was counted, at a rate, and stopped by anyone (decisions/0020).
namespace loangate::ops {

/// Messages that one replay sends again at most, and how many a minute.
inline constexpr std::size_t most_replayed = 20'000;
inline constexpr std::int64_t most_per_minute = 6'000;

/// A replay as the record has it. Its number is the sequence of the entry by which it was approved.
struct Replay {
  std::string no;
  DeliveryReplay approved;
  Sequence cause;
  Instant since;                   ///< business time of the approval
  std::int64_t per_minute = 0;     ///< in force; 0: stopped
  ReplayProgress progress;         ///< how far it is; all zero before its first step
  std::optional<Sequence> latest;  ///< the entry of its latest progress

  bool ended() const { return progress.ended == Answer::yes; }
  bool stopped() const { return per_minute == 0; }
};
std::optional<Replay> replay_on_record(const store::Store& store, std::string_view no);
/// The latest first.
std::vector<Replay> replays_on_record(const store::Store& store);

/// A message that a replay is to send again.
struct ToReplay {
  DeliveryId id;
  PartnerId to;
};
/// What it has still to send again, in the order of ids, which is the order of every lane: parked messages
/// that its query names, that lay parked when it was approved, and behind those it has dealt with.
boost::asio::awaitable<std::vector<ToReplay>> still_to_replay(const store::Store& store,
                                                              const Replay& replay);

/// One step of a replay, as it runs on the single writer: the messages' new state and the act that tells how
/// far the replay is commit together. The bytes of the act name the messages and the step before. What is no
/// longer parked is left out: it was confirmed, withdrawn, or released by other hands.
store::Unit replay_step(Replay replay, std::vector<ToReplay> messages, bool ends,
                        const programme::RulebookInForce& rulebook, Instant now);

/// What such an act's bytes say: the ids that one step released, and the entry of the step before it.
struct StepOnRecord {
  std::optional<Sequence> before;
  std::vector<DeliveryId> released;
};
std::optional<StepOnRecord> step_on_record(const store::Store& store, Sequence sequence);

/// POST /v1/replays/count with `{"query": …, "per_minute": …}`: nothing is changed.
boost::asio::awaitable<Reply> count_replay(const Operations& operations, const Call& call);
/// POST /v1/proposals/delivery.replay: refused if the count is no longer the one given.
boost::asio::awaitable<Reply> propose_replay(const Operations& operations, const Call& call);
/// The open proposal of a replay that a call names in its path, if it is one.
std::optional<DeliveryReplay> replay_proposed(const Operations& operations, const Call& call);
/// POST /v1/proposals/{no}/approve, of a replay: counts again first.
boost::asio::awaitable<Reply> approve_replay(const Operations& operations, const Call& call,
                                             DeliveryReplay act);
/// POST /v1/acts/replay.steer
boost::asio::awaitable<Reply> steer_replay(const Operations& operations, const Call& call);
/// GET /v1/replays?limit=N&cursor=…
boost::asio::awaitable<Reply> list_replays(const Operations& operations, const Call& call);
/// GET /v1/replays/{no}: with what became of each message that it sent again.
boost::asio::awaitable<Reply> read_replay(const Operations& operations, const Call& call);

}  // namespace loangate::ops
