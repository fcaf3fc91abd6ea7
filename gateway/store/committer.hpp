#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "store/store.hpp"

namespace loangate::store {

/// The single writer: a thread that takes all waiting units as one group, so that many messages share a
/// commit. While a group commits, the next one gathers.
class Committer {
 public:
  using Done = std::move_only_function<void(Committed)>;

  /// At most `max_waiting` units wait (more are refused as busy: the answer is 503), at most `max_group`
  /// share a commit.
  explicit Committer(Store& store, std::size_t max_group = 256, std::size_t max_waiting = 8192);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Hands a unit over; `done` is called on the committer's thread after the commit, exactly once; if the
  /// unit is refused (busy, stopping), at once and on the caller's thread. It must be quick: post to an
  /// executor.
  void submit(Unit unit, Done done);

  /// Commits what has been submitted and then refuses.
  void stop();

 private:
  struct Job {
    Unit unit;
    Done done;
  };
  void run();

  Store& store_;
  const std::size_t max_group_;
  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace loangate::store
