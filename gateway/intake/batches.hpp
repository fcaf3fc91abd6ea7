#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "intake/batch_file.hpp"
#include "programme/rulebook_in_force.hpp"
#include "store/committer.hpp"

namespace loangate::intake {

/// What became of a file.
struct BatchResult {
  /// 200 judged; 400 refused, with a receipt that says why, and nothing kept but that; 409 its id is another
  /// file's, with a receipt; 422 all or nothing, and a record was bad; 503 not now: the same file again later
  /// goes on where it stopped.
  unsigned status = 503;
  std::string batch_id = {};               ///< empty: it could not be read
  bool duplicate = false;                  ///< the same file came before: this is its result
  std::optional<Sequence> sequence = {};   ///< of the journal's entry for the file
  std::string receipt = {};                ///< 400, 409: in the partner's own format
  std::filesystem::path return_file = {};  ///< 200, 422: in the partner's own format
  std::vector<Batch::Tally> tallies = {};  ///< 200, 422: records by outcome
  std::uint64_t records = 0;

  bool refused() const { return status == 400 || status == 409; }
  bool failed_for_now() const { return status == 503; }
};

/// Partners' files of many records (settled 40, 41). A file is first read through: framing, count and totals.
/// What is wrong there refuses it as a whole. Then its records are judged in groups, the same way as single
/// messages, each group with the file's progress in one transaction. A few files at a time, of one partner
/// one.
///
/// What a crash can leave behind: the file, the lines of the return file so far, and the progress in the
/// store, which lags behind the records by at most one group. That group is judged again, and its records are
/// found known, with the same answers. If lines are missing (a power cut), all of them are written anew in
/// this way.
class Batches {
 public:
  /// Called after a commit for each partner to whom something now goes out. Any thread; must be quick.
  using OnOutgoing = std::function<void(const PartnerId&)>;
  using Done = std::move_only_function<void(const BatchResult&)>;
  /// Told the batch id once the file has been read through and has its entry: from then on it is not lost.
  using Begun = std::move_only_function<void(std::string batch_id)>;
  using Profiles = std::function<std::shared_ptr<const adapters::Profile>(const PartnerId&)>;

  /// `folder` is made if it is not there. What stopped half way goes on at once, by the profiles in force.
  Batches(std::filesystem::path folder, const store::Store& store, store::Committer& committer,
          const programme::RulebookInForce& rulebook, const Profiles& profiles, OnOutgoing on_outgoing);
  ~Batches();
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;

  const std::filesystem::path& folder() const { return folder_; }

  /// Judges a complete file of the partner, whose profile has a `batch:` block. `complete` is when it was:
  /// business time of all its records (settled 9). Called again with the same bytes, also after a restart, it
  /// goes on where it stopped, or gives the same result. The file stays where it is and must not change.
  /// `done` is called once, on a thread of this.
  void take(std::shared_ptr<const adapters::Profile> profile, std::filesystem::path file, Instant complete,
            Done done);
  boost::asio::awaitable<BatchResult> take(std::shared_ptr<const adapters::Profile> profile,
                                           std::filesystem::path file, Instant complete);
  /// The same with a file that becomes this object's own: it is removed when it has been judged, and goes on
  /// by itself when the store had failed.
  void take_spooled(std::shared_ptr<const adapters::Profile> profile, std::filesystem::path file,
                    Instant complete, Begun begun, Done done);

  /// The partner's batch of this id, as far as it has come.
  std::optional<Batch> find(const PartnerId& partner, std::string_view id) const;
  /// Its return file; complete when the batch has ended.
  std::filesystem::path return_file(const Batch& batch) const;

  /// Stops between two groups; what has begun goes on at the next start. Before the committer is stopped.
  void stop();

 private:
  struct Task {
    std::shared_ptr<const adapters::Profile> profile;
    std::filesystem::path file;
    bool ours = false;
    Instant complete = {};
    Begun begun = [](const std::string&) {};
    Done done = {};
    std::chrono::steady_clock::time_point not_before = {};
  };
  class Judging;
  struct Judged {
    BatchResult result;
    bool begun;  ///< the file is the gateway's to finish: it has an entry
  };
  Judged judge(Task& task);
  void enqueue(Task task);
  void resume(const Profiles& profiles);
  void work();
  std::optional<Task> next_task(std::unique_lock<std::mutex>& lock);

  const std::filesystem::path folder_;
  const store::Store& store_;
  store::Committer& committer_;
  const programme::RulebookInForce& rulebook_;
  const OnOutgoing on_outgoing_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> waiting_;
  std::unordered_set<PartnerId> busy_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::jthread> threads_;
};

/// Whether a record with this outcome is among those that a result counts as good.
bool passed(Outcome outcome);

/// How far a batch is, for partner and office: `{"batch_id":"…","state":"judging","records":…,"judged":…,
/// "per_second":…,"outcomes":{…}}`.
std::string progress_json(const Batch& batch);

}  // namespace loangate::intake
