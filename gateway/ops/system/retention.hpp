#pragma once
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ops/call.hpp"
#include "ops/system/retention_rules.hpp"
#include "store/archive.hpp"

namespace loangate::ops {

/// One round through the old days.
struct RetentionRound {
  Instant began = {};  ///< real time
  std::optional<Instant> ended = {};
  std::uint64_t archived_days = 0;
  std::uint64_t removed_entries = 0;
  std::uint64_t removed_bytes = 0;           ///< of their texts, packed
  std::map<Stays, std::uint64_t> kept = {};  ///< of the entries that were looked at, why they stay
  std::string fault = {};                    ///< why it did not come to its end
};

/// Moves old days out of the store and removes what is over, at the start and every night, on a thread of its
/// own. What it is given outlives it.
///
/// A removal is an act of the gateway itself (`retention.removal`) in one commit with the day's new file; the
/// old file goes after it. So nothing is gone without its evidence, and a crash leaves both or the old.
class Retention {
 public:
  struct Parts {
    store::Store& store;
    store::Committer& committer;
    const programme::RulebookInForce& rulebook;
    const BusinessClock& clock;
    std::filesystem::path data;  ///< folder
    RetentionLimits limits = {};
    /// Called when texts were removed, so that nobody finds them any more. Any thread; quick.
    std::function<void()> on_removed = [] {};
  };
  explicit Retention(Parts parts) : parts_(std::move(parts)) {}
  /// Gives up the round under way.
  ~Retention() = default;

  /// Goes a round now, and then each night.
  void keep_going();
  /// One round. `today`: the civil day of real time. Not while another goes.
  RetentionRound go(Date today, const store::Archive::GoOn& go_on);

  const RetentionLimits& limits() const { return parts_.limits; }
  const std::filesystem::path& data() const { return parts_.data; }
  const store::Archive& archive() const { return parts_.store.archive(); }
  /// The round under way, or the last.
  std::optional<RetentionRound> last() const;

 private:
  void run(const std::stop_token& stop);
  void look_at(const store::ArchivedDay& day, Date today, const store::Archive::GoOn& go_on,
               RetentionRound& round);
  bool remove(const store::Archive::Remainder& remainder, RetentionRules& rules, std::uint64_t failed_before);
  void publish(const RetentionRound& round);

  const Parts parts_;
  std::map<Sequence, Date> not_before_;  // days of which something stays: when it is worth another look
  mutable std::mutex mutex_;
  std::optional<RetentionRound> last_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

/// GET /v1/retention: what is archived, what goes next and when, the holds in force, what it takes on the
/// disk.
boost::asio::awaitable<Reply> read_retention(const Operations& operations, const Call& call);

}  // namespace loangate::ops
