#include "store/search/index.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "store/search/search.hpp"

namespace loangate::store {

using namespace std::chrono_literals;
using search::CompanyName;
using search::Window;
using search::window_places;

namespace {

constexpr int reader_cache_kib = 4 * 1024;
// Read at once: short, so that the journal's log can begin anew meanwhile.
constexpr std::size_t entries_a_look = 64;
constexpr std::size_t changes_a_look = 512;
constexpr auto pause_between_looks = 100ms;
constexpr auto pause_after_failure = 2s;
constexpr std::size_t most_names_remembered = 100'000;
// Of the follower: a core that is wanted goes to those who answer partners.
constexpr int niceness = 15;
// To take an entry in costs about as much as to answer for it. While more come than this the follower is
// content with a tenth of a core, and takes the rest in when it is quieter.
constexpr std::uint64_t rush_a_second = 2'000;
constexpr int rests_a_look_in_a_rush = 9;

/// Whether the journal grows so fast that who follows it must stand back.
class Rush {
 public:
  explicit Rush(Sequence last) : seen_(last.number) {}

  bool holds(Sequence last) {
    const auto now = std::chrono::steady_clock::now();
    if (const auto passed = now - seen_at_; passed >= 100ms) {
      const auto grown = static_cast<std::int64_t>(last.number - seen_);
      holds_ = grown * 1s > static_cast<std::int64_t>(rush_a_second) * passed;
      seen_ = last.number;
      seen_at_ = now;
    }
    return holds_;
  }

 private:
  std::uint64_t seen_;
  std::chrono::steady_clock::time_point seen_at_ = std::chrono::steady_clock::now();
  bool holds_ = false;
};

}  // namespace

struct SearchIndex::OpenFile {
  OpenFile(const std::filesystem::path& file, const std::string& vfs)
      : writer(file, vfs), readers(file, {.vfs = vfs, .cache_kib = reader_cache_kib, .read_only = true}) {}
  search::SegmentWriter writer;
  mutable ReaderPool<search::SegmentReader> readers;
};

SearchIndex::SearchIndex(std::filesystem::path file, const Store& store, std::string vfs)
    : file_(std::move(file)),
      store_(store),
      vfs_(std::move(vfs)),
      follower_([this](const std::stop_token& stop) { follow(stop); }) {}

SearchIndex::~SearchIndex() = default;

bool SearchIndex::wait_for(Sequence sequence, std::chrono::milliseconds most) const {
  std::unique_lock lock(wake_mutex_);
  return wake_.wait_for(lock, most, [&] { return through() >= sequence; });
}

void SearchIndex::rebuild() {
  rebuild_ = true;
  wake_.notify_all();
}

void SearchIndex::follow(const std::stop_token& stop) {
  // On Linux of this thread alone. Where it is not allowed the index costs more; that is all.
  ::setpriority(PRIO_PROCESS, 0, niceness);
  Rush rush(store_.last_sequence());
  while (!stop.stop_requested()) {
    std::chrono::steady_clock::duration pause{};
    const auto began = std::chrono::steady_clock::now();
    try {
      // The last room on the disk is the store's.
      const bool room = store_.ready().has_value();
      if (rebuild_.exchange(false)) give_up_file(SQLITE_NOTADB);
      if (room && !open_) open_anew();
      const bool took = room && take_some();
      const bool tidied = room && tidy();
      if (!took && !tidied) {
        pause = pause_between_looks;
      } else if (rush.holds(store_.last_sequence())) {
        pause = rests_a_look_in_a_rush * (std::chrono::steady_clock::now() - began);
      }
    } catch (const SqliteError& error) {
      LogLine(LogLevel::error, "search.failed").reason(error.what());
      if (error.storage_failed()) give_up_file(error.code() & 0xff);
      pause = pause_after_failure;
    } catch (const std::exception& error) {
      LogLine(LogLevel::error, "search.failed").reason(error.what());
      pause = pause_after_failure;
    }
    if (pause <= 0ns) continue;
    std::unique_lock lock(wake_mutex_);
    wake_.wait_for(lock, stop, pause, [] { return false; });
  }
}

/// Opens the file anew the next time; one that makes no sense is built again.
void SearchIndex::give_up_file(int code) {
  const std::unique_lock lock(mutex_);
  open_.reset();
  if (code != SQLITE_CORRUPT && code != SQLITE_NOTADB) return;
  for (const char* part : {"", "-wal"}) {
    std::error_code ignored;
    std::filesystem::remove(file_.string() + part, ignored);
  }
}

bool SearchIndex::belongs_to_the_store(const search::Standing& standing) const {
  if (standing.places() == 0) return true;
  const auto last = store_.entry(Sequence{standing.places()});
  if (!last && !store_.ready()) throw std::runtime_error("the store cannot be read now");
  return last && last->entry.raw_digest == standing.last;
}

void SearchIndex::open_anew() {
  auto opened = std::make_unique<OpenFile>(file_, vfs_);
  if (!belongs_to_the_store(opened->writer.standing())) {
    throw SqliteError(SQLITE_NOTADB, "the index is of another store; it is built again");
  }
  auto spans = opened->writer.spans();
  batches_.clear();
  for (const Change& change : store_.all("batch")) {
    const Batch& batch = std::get<Batch>(change);
    batches_[{batch.partner, batch.received}] = batch.id;
  }
  names_seen_.clear();
  changes_read_.clear();
  const std::unique_lock lock(mutex_);
  open_ = std::move(opened);
  standing_ = open_->writer.standing();
  spans_ = std::move(spans);
  window_ = {.first = standing_.places()};
  changes_taken_ = standing_.changes;
  last_digest_ = standing_.last;
  through_ = standing_.places();
}

bool SearchIndex::take_some() {
  keep_if_full();  // if it could not be kept before
  const std::uint64_t taken = window_.end();
  if (store_.last_sequence().number <= taken) return false;
  const std::uint64_t room = window_places - window_.heads.size();
  auto entries = store_.entries_after(
      Sequence{taken}, static_cast<std::size_t>(std::min<std::uint64_t>(room, entries_a_look)));
  if (entries.empty()) return false;
  // Sequences have no gaps, unless entries were taken away.
  const std::uint64_t end = window_.first + window_places;
  std::erase_if(entries, [end](const StoredEntry& entry) { return entry.sequence.number > end; });
  if (entries.empty()) {
    gap(end);
    keep_if_full();
  } else {
    take_in(std::move(entries));
  }
  return true;
}

/// The changes that entries from `first` to `last` caused. Those of earlier entries are passed over: they say
/// how far a partner's file has been judged, and it is found by its first.
std::map<Sequence, std::vector<StoredChange>> SearchIndex::changes_through(Sequence last, Sequence first) {
  std::map<Sequence, std::vector<StoredChange>> caused;
  std::size_t used = 0;
  while (true) {
    if (used == changes_read_.size()) {
      changes_read_ = store_.changes_after(changes_taken_, changes_a_look);
      used = 0;
      if (changes_read_.empty()) break;
    }
    StoredChange& next = changes_read_[used];
    if (next.cause > last) break;
    changes_taken_ = next.number;
    ++used;
    if (next.cause >= first) caused[next.cause].push_back(std::move(next));
  }
  changes_read_.erase(changes_read_.begin(), changes_read_.begin() + static_cast<std::ptrdiff_t>(used));
  return caused;
}

/// The records of a partner's file all have the instant at which it was complete.
std::string SearchIndex::batch_of(const JournalEntry& entry) const {
  const auto found = batches_.find({entry.partner, entry.received});
  return found == batches_.end() ? std::string() : found->second;
}

void SearchIndex::gap(std::uint64_t place) {
  const std::unique_lock lock(mutex_);
  while (window_.end() < place) {
    const Instant as_before = window_.heads.empty() ? Instant{} : window_.heads.back().received;
    window_.heads.push_back({as_before, 0, 0});
  }
  through_ = window_.end();
}

void SearchIndex::take_in(std::vector<StoredEntry> entries) {
  auto caused = changes_through(entries.back().sequence, entries.front().sequence);
  for (const StoredEntry& stored : entries) {
    const std::vector<StoredChange>& changes = caused[stored.sequence];
    for (const StoredChange& change : changes) {
      if (change.kind != "batch") continue;
      if (const auto state = change_from_json(change.kind, change.json)) {
        const Batch& batch = std::get<Batch>(*state);
        batches_[{batch.partner, batch.received}] = batch.id;
      }
    }
    search::Extract extract = search::extract(stored.entry, changes, batch_of(stored.entry));
    std::erase_if(extract.names, [this](const CompanyName& name) {
      if (names_seen_.size() >= most_names_remembered) names_seen_.clear();
      return !names_seen_.insert(name.uscc + name.name).second;
    });
    const std::uint64_t place = stored.sequence.number - 1;
    gap(place);
    {
      const std::unique_lock lock(mutex_);
      const auto within = static_cast<std::uint16_t>(place);
      for (const search::Term term : extract.terms) window_.rows[term].push_back(within);
      std::ranges::move(extract.names, std::back_inserter(window_.names));
      window_.heads.push_back(
          {stored.entry.received, changes.empty() ? 0 : changes.front().number, changes.size()});
      through_ = stored.sequence.number;
    }
    last_digest_ = stored.entry.raw_digest;
  }
  keep_if_full();
  const std::lock_guard lock(wake_mutex_);
  wake_.notify_all();
}

void SearchIndex::keep_if_full() {
  if (!window_.full()) return;
  // Changes of the entries that follow have been read ahead, but not taken.
  open_->writer.keep(window_, changes_taken_, last_digest_);
  search::Span span{window_.heads.front().received, window_.heads.front().received};
  for (const search::Head& head : window_.heads)
    span = {std::min(span.earliest, head.received), std::max(span.latest, head.received)};
  const std::unique_lock lock(mutex_);
  standing_ = open_->writer.standing();
  spans_.push_back(span);
  window_ = {.first = standing_.places()};
}

bool SearchIndex::tidy() {
  return open_->writer.tidy([this](const search::Standing& standing) {
    const std::unique_lock lock(mutex_);
    standing_ = standing;
  });
}

std::optional<CausedChanges> SearchIndex::caused(Sequence sequence) const {
  const std::shared_lock lock(mutex_);
  if (!open_ || sequence.number == 0 || sequence.number > window_.end()) return std::nullopt;
  const std::uint64_t place = sequence.number - 1;
  if (place >= window_.first) {
    const search::Head& head = window_.heads[place - window_.first];
    return CausedChanges{head.first_change, head.changes};
  }
  try {
    const auto reader = open_->readers.lend();
    const auto head = reader.rows().head(place);
    if (!head) return std::nullopt;
    return CausedChanges{head->first_change, head->changes};
  } catch (const SqliteError& error) {
    LogLine(LogLevel::error, "search.read_failed").reason(error.what());
    return std::nullopt;
  }
}

std::expected<SearchFound, std::string> SearchIndex::find(const search::Query& query,
                                                          const SearchPage& page) const {
  const std::shared_lock lock(mutex_);
  if (!open_) return std::unexpected("the search index is being opened");
  try {
    const auto reader = open_->readers.lend();
    search::Search search({standing_, spans_, window_, reader.rows()}, query, page);
    return search.run();
  } catch (const SqliteError& error) {
    LogLine(LogLevel::error, "search.read_failed").reason(error.what());
    return std::unexpected(std::string(error.what()));
  }
}

}  // namespace loangate::store
