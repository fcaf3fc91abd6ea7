#include "store/committer.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace loangate::store {

namespace {

constexpr std::chrono::milliseconds longest_quick_commit{2};
// Somebody who calls again sooner than this after a commit is not alone.
constexpr std::chrono::microseconds rest{60};
constexpr std::chrono::microseconds gathering{150};
constexpr std::size_t small_group = 4;
constexpr std::size_t large_group = 24;

/// A caller's mistake in its own `done` must not take the others' answers with it.
template <class Done, class Result>
void tell(Done& done, Result result) {
  try {
    done(std::move(result));
  } catch (const std::exception& error) {
    LogLine(LogLevel::error, "store.answer_failed").reason(error.what());
  } catch (...) {
    LogLine(LogLevel::error, "store.answer_failed").reason("something that is no std::exception");
  }
}

std::vector<Committed> transact(Store& store, std::span<const Unit> group) {
  std::string what;
  try {
    auto results = store.transact(group);
    if (results.size() == group.size()) return results;
    what = fmt::format("{} results for {} units", results.size(), group.size());
  } catch (const std::exception& error) {
    what = error.what();
  }
  LogLine(LogLevel::error, "store.transact_failed").reason(what);
  return {group.size(), std::unexpected(StoreFault{StoreFault::Kind::broken, what})};
}

}  // namespace

Committer::Committer(Store& store, std::size_t max_group, std::size_t max_waiting)
    : store_(store), max_group_(max_group), max_waiting_(max_waiting), thread_([this] { run(); }) {}

Committer::~Committer() {
  stop();
}

std::optional<StoreFault> Committer::refusal() const {
  if (stopping_) return StoreFault{StoreFault::Kind::stopping, "the gateway is stopping"};
  if (waiting_.size() < max_waiting_) return std::nullopt;
  return StoreFault{StoreFault::Kind::busy, fmt::format("{} units are waiting", waiting_.size())};
}

void Committer::submit(Unit unit, Done done) {
  std::unique_lock lock(mutex_);
  if (auto refused = refusal()) {
    lock.unlock();
    return tell(done, Committed(std::unexpected(*std::move(refused))));
  }
  if (may_commit_here()) {
    std::vector<Job> alone;
    alone.push_back({std::move(unit), std::move(done)});
    commit(lock, alone);
    if (!waiting_.empty() || stopping_) wake_.notify_one();
    return;
  }
  waiting_.push_back({std::move(unit), std::move(done)});
  lock.unlock();
  wake_.notify_one();
}

void Committer::submit_whole(std::vector<Unit> units, std::function<bool()> keep, WholeDone done) {
  std::unique_lock lock(mutex_);
  if (auto refused = refusal()) {
    lock.unlock();
    return tell(done, Kept(std::unexpected(*std::move(refused))));
  }
  waiting_.push_back({.unit = {},
                      .done = {},
                      .whole = std::make_unique<Whole>(std::move(units), std::move(keep), std::move(done))});
  lock.unlock();
  wake_.notify_one();
}

bool Committer::may_commit_here() const {
  return !committing_ && waiting_.empty() && quick_ && std::chrono::steady_clock::now() - ended_ > rest;
}

void Committer::commit(std::unique_lock<std::mutex>& lock, std::vector<Job>& group) {
  committing_ = true;
  lock.unlock();
  std::vector<Unit> units;
  units.reserve(group.size());
  for (Job& job : group) units.push_back(std::move(job.unit));
  const auto begin = std::chrono::steady_clock::now();
  auto results = transact(store_, units);
  const bool quick = std::chrono::steady_clock::now() - begin < longest_quick_commit;
  for (std::size_t i = 0; i < group.size(); ++i) tell(group[i].done, std::move(results[i]));
  lock.lock();
  quick_ = quick;
  ended_ = std::chrono::steady_clock::now();
  committing_ = false;
}

void Committer::commit_whole(std::unique_lock<std::mutex>& lock, Whole& whole) {
  committing_ = true;
  lock.unlock();
  Kept kept = false;
  try {
    kept = store_.transact_whole(whole.units, whole.keep);
  } catch (const std::exception& error) {
    LogLine(LogLevel::error, "store.transact_failed").reason(error.what());
    kept = std::unexpected(StoreFault{StoreFault::Kind::broken, error.what()});
  }
  tell(whole.done, std::move(kept));
  lock.lock();
  ended_ = std::chrono::steady_clock::now();
  committing_ = false;
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

/// Under load more is on its way: a little later twice as many share the flush and the pages. Whoever is
/// alone waits for nobody.
void Committer::gather(std::unique_lock<std::mutex>& lock) {
  if (last_size_ < small_group || waiting_.size() >= large_group) return;
  lock.unlock();
  std::this_thread::sleep_for(gathering);
  lock.lock();
}

void Committer::run() {
  ::prctl(PR_SET_TIMERSLACK, 1);  // else a short sleep lasts 50 us longer
  std::vector<Job> group;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return !committing_ && (stopping_ || !waiting_.empty()); });
    if (waiting_.empty()) return;
    gather(lock);
    if (waiting_.front().whole) {
      const auto whole = std::move(waiting_.front().whole);
      waiting_.pop_front();
      commit_whole(lock, *whole);
      continue;
    }
    while (!waiting_.empty() && !waiting_.front().whole && group.size() < max_group_) {
      group.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    last_size_ = group.size();
    commit(lock, group);
    group.clear();
  }
}

}  // namespace loangate::store
