#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "store/store.hpp"

namespace loangate::store {

/// The single writer: it takes all waiting units as one group, so that many messages share a commit. While a
/// group commits, the next one gathers.
///
/// Groups are committed on a thread of its own. Only a unit that finds nobody at work is committed on its
/// caller's thread, if the last commit was quick: two changes of threads cost as much as the flush.
class Committer {
 public:
  using Done = std::move_only_function<void(Committed)>;

  /// At most `max_waiting` units wait (more are refused as busy: the answer is 503), at most `max_group`
  /// share a commit.
  explicit Committer(Store& store, std::size_t max_group = 256, std::size_t max_waiting = 8192);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Hands a unit over; `done` is called after the commit, exactly once, on the committer's thread or, before
  /// this returns, on the caller's; so too if the unit is refused (busy, stopping). It must be quick: post to
  /// an executor.
  void submit(Unit unit, Done done);

  /// Hands units over that are to be kept whole or not at all; `keep` and `done` are called on the
  /// committer's thread. `done` is told what `keep` said.
  using Kept = std::expected<bool, StoreFault>;
  using WholeDone = std::move_only_function<void(Kept)>;
  void submit_whole(std::vector<Unit> units, std::function<bool()> keep, WholeDone done);

  /// Commits what has been submitted and then refuses.
  void stop();

 private:
  struct Whole {
    std::vector<Unit> units;
    std::function<bool()> keep;
    WholeDone done;
  };
  struct Job {
    Unit unit;
    Done done;
    std::unique_ptr<Whole> whole = {};  ///< then the others are empty
  };
  void run();
  std::optional<StoreFault> refusal() const;
  void gather(std::unique_lock<std::mutex>& lock);
  bool may_commit_here() const;
  /// With the lock let go meanwhile.
  void commit(std::unique_lock<std::mutex>& lock, std::vector<Job>& group);
  void commit_whole(std::unique_lock<std::mutex>& lock, Whole& whole);

  Store& store_;
  const std::size_t max_group_;
  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> waiting_;
  bool stopping_ = false;
  bool committing_ = false;
  bool quick_ = true;                            ///< whether the last commit was
  std::chrono::steady_clock::time_point ended_;  ///< when it ended
  std::size_t last_size_ = 0;                    ///< of a group
  std::thread thread_;
};

}  // namespace loangate::store
