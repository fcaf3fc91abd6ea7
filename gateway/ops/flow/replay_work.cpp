#include "ops/flow/replay_work.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <set>

#include "base/log.hpp"
#include "delivery/commit.hpp"

namespace loangate::ops {

namespace asio = boost::asio;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds between_looks{200};
constexpr std::size_t most_in_a_step = 100;  // messages of one commit

}  // namespace

/// How many messages may go now; a rate that could not be kept up with is not made up for.
std::size_t ReplayWork::allowed(const Replay& replay, Running& running, Moment now) const {
  const microseconds pause{60'000'000 / replay.per_minute};
  std::size_t count = 0;
  while (running.due <= now && count < most_in_a_step) {
    running.due += pause;
    ++count;
  }
  if (count == most_in_a_step) running.due = std::max(running.due, now);
  return std::min(count, running.messages.size() - running.next);
}

/// False if the replay is at its end.
asio::awaitable<bool> ReplayWork::step(const std::string& no, Running& running, Moment now) {
  const auto replay = replay_on_record(operations_.store, no);
  if (!replay || replay->ended()) co_return !operations_.store.ready();  // it may be there, and unreadable
  const std::size_t count = replay->stopped() ? 0 : allowed(*replay, running, now);
  const bool ends = replay->stopped() || running.next + count == running.messages.size();
  if (count == 0 && !ends) co_return true;

  const auto first = running.messages.begin() + static_cast<std::ptrdiff_t>(running.next);
  std::vector<ToReplay> messages(first, first + static_cast<std::ptrdiff_t>(count));
  std::set<PartnerId> partners;
  for (const ToReplay& message : messages) partners.insert(message.to);
  auto unit = replay_step(*replay, std::move(messages), ends, operations_.rulebook, operations_.clock.now());
  const auto committed = co_await delivery::commit(operations_.committer, std::move(unit));
  if (!committed) {
    LogLine(LogLevel::error, "replay.not_recorded").reason(committed.error().what);
    running.due = now + std::chrono::seconds(1);
    co_return true;
  }
  running.next += count;
  for (const PartnerId& partner : partners) operations_.on_released(partner);
  LogLine(LogLevel::info, ends ? "replay.ended" : "replay.step")
      .number("loangate.replay", replay->cause.number)
      .number("loangate.released", count);
  co_return !ends;
}

asio::awaitable<bool> ReplayWork::go(Moment now) {
  if (look_again_.exchange(false)) {
    for (const Replay& replay : replays_on_record(operations_.store)) {
      if (replay.ended() || running_.contains(replay.no)) continue;
      auto reading = still_to_replay(operations_.store, replay);
      auto messages = co_await std::move(reading);
      // A store that cannot be read gives nothing, which is not the end.
      if (!operations_.store.ready()) {
        look_again_ = true;
        continue;
      }
      running_.emplace(replay.no, Running{.messages = std::move(messages), .due = now});
    }
  }
  for (auto at = running_.begin(); at != running_.end();) {
    auto stepping = step(at->first, at->second, now);
    const bool goes_on = co_await std::move(stepping);
    at = goes_on ? std::next(at) : running_.erase(at);
  }
  co_return !running_.empty();
}

void ReplayWork::keep_going(asio::io_context& context) {
  const auto look = [this]() -> asio::awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
      if (look_again_ || !running_.empty()) co_await go(std::chrono::steady_clock::now());
      timer.expires_after(between_looks);
      co_await timer.async_wait(asio::use_awaitable);
    }
  };
  asio::co_spawn(context, look, [](const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
  });
}

}  // namespace loangate::ops
