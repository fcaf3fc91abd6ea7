#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "store/search/query.hpp"
#include "store/search/segments.hpp"
#include "store/sqlite/reader_pool.hpp"
#include "store/store.hpp"

namespace loangate::store {

/// What is asked of the index beside the words of the search.
struct SearchPage {
  std::size_t limit = 100;
  std::optional<Sequence> before = {};  ///< only entries before this one: where the page before ended
  bool count_earlier = false;           ///< also count what is older than query.from
  /// Bounds of the work: what was found until then is given, and where to go on.
  std::uint64_t most_lookups = 20'000;
  std::chrono::milliseconds most_time{150};
};

struct SearchFound {
  std::vector<Sequence> entries = {};  ///< newest first
  std::optional<Sequence> next = {};   ///< `before` of the next page; none: the range ends here
  bool complete = true;                ///< false: a bound of the work was met
  std::uint64_t earlier = 0;           ///< matches older than query.from
  bool earlier_exact = true;
  Sequence through = {};      ///< the index knows all entries up to this one
  std::uint64_t lookups = 0;  ///< rows of the index that were looked at: what the search cost
  std::vector<search::Clause> understood = {};  ///< the query's, with companies in the place of their names
};

/// Which changes an entry caused.
struct CausedChanges {
  std::uint64_t first;  ///< number in the change feed
  std::uint64_t count;
};

/// Finds entries of the journal (decision 0017). It is no part of any commit: a thread of its own follows the
/// journal, and the thread steps back when the machine is busy. `search.db` beside the store can be deleted
/// at any time and is then built again; so it is if it is damaged, or is of another store.
///
/// What a crash can leave behind: a file that ends at an earlier window; the rest is read from the journal
/// again.
class SearchIndex {
 public:
  /// `vfs` as in SqliteOptions. The store outlives the index.
  SearchIndex(std::filesystem::path file, const Store& store, std::string vfs = "unix-excl");
  ~SearchIndex();
  SearchIndex(const SearchIndex&) = delete;
  SearchIndex& operator=(const SearchIndex&) = delete;

  /// Any thread. The error is a sentence for the log: the file cannot be read now.
  std::expected<SearchFound, std::string> find(const search::Query& query, const SearchPage& page) const;
  /// Builds the index again from the journal as it is now, so that nothing finds what was removed from it.
  /// Until it has caught up, searches say how far it is. Any thread; quick.
  void rebuild();
  /// Nothing: the index does not know the entry yet, or cannot be read.
  std::optional<CausedChanges> caused(Sequence sequence) const;
  /// All entries up to this one are in the index.
  Sequence through() const { return {through_.load()}; }
  /// Waits until they are, up to this one; false: not in time.
  bool wait_for(Sequence sequence, std::chrono::milliseconds most) const;

 private:
  struct OpenFile;
  class Search;

  void follow(const std::stop_token& stop);
  bool take_some();
  bool tidy();
  void open_anew();
  void give_up_file(int code);
  void take_in(std::vector<StoredEntry> entries);
  std::map<Sequence, std::vector<StoredChange>> changes_through(Sequence last, Sequence first);
  std::string batch_of(const JournalEntry& entry) const;
  void gap(std::uint64_t place);
  void keep_if_full();
  bool belongs_to_the_store(const search::Standing& standing) const;

  const std::filesystem::path file_;
  const Store& store_;
  const std::string vfs_;

  // Held shared by who searches, alone by the follower for the moment in which he adds.
  mutable std::shared_mutex mutex_;
  std::unique_ptr<OpenFile> open_;
  search::Standing standing_;        // as searches see it: lags behind the file's for a moment
  std::vector<search::Span> spans_;  // of the windows on disk
  search::Window window_;            // the last, in memory
  std::atomic<std::uint64_t> through_ = 0;
  std::atomic<bool> rebuild_ = false;

  // Of the follower alone.
  std::vector<StoredChange> changes_read_;  // not yet taken in, in order
  std::uint64_t changes_taken_ = 0;
  Digest last_digest_{};
  std::map<std::pair<PartnerId, Instant>, std::string> batches_;  // by what their records have in common
  std::unordered_set<std::string> names_seen_;

  mutable std::mutex wake_mutex_;
  mutable std::condition_variable_any wake_;
  std::jthread follower_;  // the last: it ends first
};

}  // namespace loangate::store
