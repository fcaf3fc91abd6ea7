#include "store/committer.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace loangate::store {

namespace {

/// A caller's mistake in its own `done` must not take the others' answers with it.
void tell(Committer::Done& done, Committed result) {
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

void Committer::submit(Unit unit, Done done) {
  std::optional<StoreFault> refusal;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refusal = {StoreFault::Kind::stopping, "the gateway is stopping"};
    } else if (waiting_.size() >= max_waiting_) {
      refusal = {StoreFault::Kind::busy, fmt::format("{} units are waiting", waiting_.size())};
    } else {
      waiting_.push_back({std::move(unit), std::move(done)});
    }
  }
  if (refusal) {
    tell(done, std::unexpected(*std::move(refusal)));
  } else {
    wake_.notify_one();
  }
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Committer::run() {
  std::vector<Unit> units;
  std::vector<Done> dones;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      while (!waiting_.empty() && units.size() < max_group_) {
        units.push_back(std::move(waiting_.front().unit));
        dones.push_back(std::move(waiting_.front().done));
        waiting_.pop_front();
      }
    }
    auto results = transact(store_, units);
    for (std::size_t i = 0; i < dones.size(); ++i) tell(dones[i], std::move(results[i]));
    units.clear();
    dones.clear();
  }
}

}  // namespace loangate::store
