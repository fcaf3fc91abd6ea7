#include "store/sqlite/sqlite_store.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "store/sqlite/archive.hpp"
#include "store/sqlite/copy.hpp"
#include "store/sqlite/day_file.hpp"
#include "store/sqlite/group.hpp"
#include "store/sqlite/group_view.hpp"
#include "store/sqlite/memory.hpp"
#include "store/sqlite/reader_pool.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/wal.hpp"
#include "store/sqlite/wal_blocks.hpp"

namespace loangate::store {

namespace {

using namespace std::chrono_literals;

// How long a store that failed waits before it tries to open its file again, and a checkpoint that failed
// before its next.
constexpr auto pause_after_failure = 200ms;
// The WAL is copied in parts while it grows: one great flush would hold up the commits beside it.
constexpr std::uint64_t copies_in_a_wal = 48;
constexpr int most_rounds_of_copying = 6;
constexpr auto pause_between_looks = 20ms;  // at the free space

/// The writer's connection to a file that is there, recovered, durable and of today's schema.
Connection open_for_writing(const std::filesystem::path& file, const SqliteOptions& options,
                            const std::string& vfs, LeftBehind left) {
  create_file(file, options.vfs);
  settle_wal(file, options.vfs, left);
  Connection connection(file, {.vfs = vfs, .cache_kib = options.writer_cache_kib});
  {
    const Statement mode(connection, "PRAGMA journal_mode = WAL");
    auto run = mode.use();
    if (!run.step() || run.text(0) != "wal")
      throw SqliteError(SQLITE_ERROR, "the file cannot be put into WAL mode");
  }
  migrate(connection, schema_steps());
  return connection;
}

/// The open file with all that stands on it; constructed in this order, closed in reverse.
struct OpenFile {
  OpenFile(const std::filesystem::path& file, const SqliteOptions& options, LeftBehind left)
      : vfs(options.vfs),
        writer(open_for_writing(file, options, vfs.name(), left)),
        readers(file, reading(options)),
        checkpointer(file, vfs.name()),
        rows(writer),
        group(writer, memory),
        view(memory, rows) {
    memory.load(file, reading(options));
    sqlite3_wal_hook(writer.handle(), count_wal, this);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  ConnectionOptions reading(const SqliteOptions& options) const {
    return {.vfs = vfs.name(), .cache_kib = options.reader_cache_kib, .read_only = true};
  }
  static int count_wal(void* self, sqlite3*, const char*, int frames) {
    static_cast<OpenFile*>(self)->wal_frames = static_cast<std::uint64_t>(frames);
    return SQLITE_OK;
  }

  WalInBlocks vfs;
  Connection writer;
  ReaderPool<RowReader> readers;
  Checkpointer checkpointer;
  Memory memory;
  RowReader rows;
  Group group;
  GroupView view;
  std::uint64_t wal_frames = 0;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(std::filesystem::path file, SqliteOptions options)
      : file_(std::move(file)),
        options_(std::move(options)),
        open_(std::make_unique<OpenFile>(file_, options_, LeftBehind::by_exit)),
        last_sequence_(open_->group.committed().sequence),
        upkeep_([this](const std::stop_token& stop) { upkeep(stop); }) {
    const std::lock_guard turn(turn_);
    if (options_.witness != nullptr) options_.witness->opened(undelivered_counts(open_->writer));
  }

  std::vector<Committed> transact(std::span<const Unit> group) override;
  std::expected<bool, StoreFault> transact_whole(std::span<const Unit> units,
                                                 const std::function<bool()>& keep) override;

  Sequence last_sequence() const override { return {last_sequence_.load()}; }
  std::optional<StoredEntry> entry(Sequence sequence) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.entry(sequence); });
  }
  std::optional<StoredEntry> entry(const PartnerId& partner, const MessageId& id) const override {
    return read([&](const OpenFile& open, const RowReader& rows) -> std::optional<StoredEntry> {
      const auto sequence = open.memory.find_committed(message_fingerprint(partner, id));
      if (!sequence) return std::nullopt;
      auto found = rows.entry(*sequence);
      if (found && (found->entry.partner != partner || found->entry.message_id != id)) return std::nullopt;
      return found;
    });
  }
  std::vector<StoredEntry> entries_after(Sequence sequence, std::size_t limit) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.entries_after(sequence, limit); });
  }
  std::vector<StoredChange> changes_after(std::uint64_t number, std::size_t limit) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.changes_after(number, limit); });
  }
  std::vector<StoredEntry> acts_before(Sequence sequence, std::size_t limit) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.acts_before(sequence, limit); });
  }
  std::vector<StoredChange> changes_of(Sequence sequence, std::size_t limit) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.changes_of(sequence, limit); });
  }
  std::vector<Change> all(std::string_view kind) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.all(kind); });
  }
  std::optional<Change> find(std::string_view kind, std::string_view key) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.thing(kind, key); });
  }
  std::optional<Loan> loan(const LoanRef& ref) const override {
    return read([&](const OpenFile& open, const RowReader& rows) -> std::optional<Loan> {
      const auto filing = open.memory.find_committed(loan_fingerprint(ref));
      if (!filing) return std::nullopt;
      auto found = rows.loan(*filing);
      if (found && found->ref != ref) return std::nullopt;
      return found;
    });
  }
  std::vector<Loan> loans_after(Sequence filing, std::size_t limit) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.loans_after(filing, limit); });
  }
  std::vector<Loan> open_loans_after(Sequence filing, std::size_t limit) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.open_loans_after(filing, limit); });
  }
  std::vector<Loan> open_loans(const Uscc& company, std::size_t limit) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.open_loans(company, limit); });
  }
  std::vector<Loan> pending_loans(std::size_t limit) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.pending_loans(limit); });
  }
  std::vector<Delivery> undelivered(const PartnerId& to, DeliveryId after, std::size_t limit) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.undelivered(to, after, limit); });
  }
  std::optional<Delivery> delivery(DeliveryId id) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.delivery(id); });
  }
  std::vector<DeliveryChange> attempts(DeliveryId id) const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.attempts(id); });
  }
  std::vector<DeliveryTotals> delivery_totals() const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.delivery_totals(); });
  }
  std::vector<EntryTotals> entry_totals() const override {
    return read([&](const OpenFile&, const RowReader& rows) { return rows.entry_totals(); });
  }
  std::expected<Sequence, std::string> copy_to(const std::filesystem::path& file,
                                               const std::function<void()>& at_that_moment,
                                               const std::function<bool()>& go_on) const override;
  Archive& archive() override { return archive_; }
  std::expected<void, StoreFault> ready() const override;

 private:
  /// How an attempt at a whole group failed. Nothing of it was kept.
  struct GroupFailure {
    StoreFault fault;
    bool alone_may_pass;  ///< the trouble may be with one of the units, or with their number
  };

  /// Asked when all units of a group have run.
  using MayCommit = std::function<bool(const std::vector<Committed>& results)>;

  std::expected<std::vector<Committed>, GroupFailure> attempt(std::span<const Unit> group,
                                                              const MayCommit& may_commit = {});
  Committed run(const Unit& unit);
  void work_between_groups(const std::function<void(Connection&)>& work);
  void copy_soon();
  std::vector<Committed> each_alone(std::span<const Unit> group);
  void note_commit();

  std::uint64_t free_bytes() const;
  void fail(std::string_view what) const;
  bool open_anew();
  void upkeep(const std::stop_token& stop);
  bool try_to_recover();
  bool checkpoint();

  template <class Read>
  auto read(Read read) const
      -> decltype(read(std::declval<const OpenFile&>(), std::declval<const RowReader&>())) {
    const std::shared_lock opened(open_mutex_);
    if (!open_) {
      ++failed_reads_;
      return {};
    }
    try {
      const auto reader = open_->readers.lend();
      return read(*open_, reader.rows());
    } catch (const SqliteError& error) {
      ++failed_reads_;
      // Out of file descriptors, or a row that makes no sense: opening anew would not help.
      if (error.storage_failed() && (error.code() & 0xff) != SQLITE_CANTOPEN) {
        fail(error.what());
      } else {
        LogLine(LogLevel::error, "store.read_failed").reason(error.what());
      }
      return {};
    }
  }

  const std::filesystem::path file_;
  const SqliteOptions options_;

  // The writer's turn: held for a group, for the end of a checkpoint, and for opening anew.
  std::mutex turn_;
  // Held shared by whoever uses open_ without having the turn; alone by who opens anew.
  mutable std::shared_mutex open_mutex_;
  std::unique_ptr<OpenFile> open_;  // null while the file cannot be opened
  std::atomic<std::uint64_t> last_sequence_;

  mutable std::atomic<std::chrono::steady_clock::duration> free_looked_at_{};
  mutable std::atomic<std::uint64_t> free_bytes_ = 0;

  mutable std::atomic<std::uint64_t> failed_reads_ = 0;
  mutable std::atomic<int> copies_ =
      0;  // under way: each holds its moment, so that the WAL cannot begin again

  mutable std::mutex state_mutex_;
  mutable std::condition_variable_any wake_;    // of upkeep
  mutable std::optional<std::string> failure_;  // why the file must be opened anew
  std::uint64_t wal_bytes_ = 0;
  std::uint64_t copy_at_ = options_.checkpoint_bytes / copies_in_a_wal;  // bytes of WAL

  SqliteArchive archive_{
      archive_folder(file_),
      options_.vfs,
      {.work = [this](const std::function<void(Connection&)>& work) { work_between_groups(work); },
       .look =
           [this](const std::function<void(const RowReader&)>& look) {
             return read([&](const OpenFile&, const RowReader& rows) {
               look(rows);
               return true;
             });
           },
       .copy_soon = [this] { copy_soon(); },
       .failed_reads = [this] { return failed_reads_.load(); }}};

  std::jthread upkeep_;
};

std::expected<Sequence, std::string> SqliteStore::copy_to(const std::filesystem::path& file,
                                                          const std::function<void()>& at_that_moment,
                                                          const std::function<bool()>& go_on) const {
  const std::shared_lock opened(open_mutex_);
  if (!open_) return std::unexpected("the store cannot be read now");
  // Who opens the file anew waits for this lock: a copy of a store that failed is given up.
  const auto healthy = [this] {
    const std::lock_guard lock(state_mutex_);
    return !failure_;
  };
  struct Counted {
    explicit Counted(std::atomic<int>& of) : of_(of) { ++of_; }
    ~Counted() { --of_; }
    std::atomic<int>& of_;
  };
  const Counted counted(copies_);
  try {
    Connection from(file_, open_->reading(options_));
    return copy_store(from, file, at_that_moment, [&] { return healthy() && go_on(); });
  } catch (const SqliteError& error) {
    return std::unexpected(error.what());
  }
}

std::expected<void, StoreFault> SqliteStore::ready() const {
  {
    const std::lock_guard lock(state_mutex_);
    if (failure_) return std::unexpected(StoreFault{StoreFault::Kind::broken, *failure_});
  }
  const std::uint64_t free = free_bytes();
  if (free >= options_.low_water_bytes) return {};
  return std::unexpected(StoreFault{
      StoreFault::Kind::full, fmt::format("{} bytes free, {} are needed", free, options_.low_water_bytes)});
}

/// As of a moment ago: the question is asked for each request, and the answer takes a call into the kernel.
std::uint64_t SqliteStore::free_bytes() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  if (now - free_looked_at_.load(std::memory_order_relaxed) >= pause_between_looks) {
    struct statvfs disk{};
    const bool told = ::statvfs(file_.parent_path().c_str(), &disk) == 0;  // if not, the next write will tell
    free_bytes_ =
        told ? std::uint64_t{disk.f_bavail} * disk.f_frsize : std::numeric_limits<std::uint64_t>::max();
    free_looked_at_ = now;
  }
  return free_bytes_;
}

std::vector<Committed> SqliteStore::transact(std::span<const Unit> group) {
  const std::lock_guard turn(turn_);
  if (const auto able = ready(); !able) return {group.size(), std::unexpected(able.error())};
  auto results = attempt(group);
  if (results) return *std::move(results);
  LogLine(LogLevel::error, "store.group_failed")
      .number("store.units", group.size())
      .reason(results.error().fault.what);
  if (group.size() > 1 && results.error().alone_may_pass) return each_alone(group);
  return {group.size(), std::unexpected(results.error().fault)};
}

std::expected<bool, StoreFault> SqliteStore::transact_whole(std::span<const Unit> units,
                                                            const std::function<bool()>& keep) {
  const std::lock_guard turn(turn_);
  if (const auto able = ready(); !able) return std::unexpected(able.error());
  bool kept = false;
  std::optional<StoreFault> fault;
  const auto attempted = attempt(units, [&](const std::vector<Committed>& results) {
    const auto failed = std::ranges::find_if(results, [](const Committed& each) { return !each; });
    if (failed != results.end()) fault = failed->error();
    kept = !fault && keep();
    return kept;
  });
  if (!attempted) fault = attempted.error().fault;
  if (fault) return std::unexpected(*std::move(fault));
  return kept;
}

std::vector<Committed> SqliteStore::each_alone(std::span<const Unit> group) {
  std::vector<Committed> results;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (const auto able = ready(); !able) {
      results.emplace_back(std::unexpected(able.error()));
    } else if (auto one = attempt(group.subspan(i, 1)); one) {
      results.push_back(std::move(one->front()));
    } else {
      results.emplace_back(std::unexpected(std::move(one.error().fault)));
    }
  }
  return results;
}

Committed SqliteStore::run(const Unit& unit) {
  Writes writes;
  const auto poisoned = [](const char* what) {
    return std::unexpected(StoreFault{StoreFault::Kind::broken, what});
  };
  try {
    writes = unit(open_->view, open_->group.next_sequence());
  } catch (const SqliteError& error) {
    if (error.storage_failed() || error.full()) throw;
    return poisoned(error.what());
  } catch (const std::exception& error) {
    return poisoned(error.what());
  } catch (...) {
    return poisoned("something that is no std::exception");
  }
  auto written = open_->group.write(writes);
  if (!written) return poisoned(written.error().c_str());
  return *written;
}

std::expected<std::vector<Committed>, SqliteStore::GroupFailure> SqliteStore::attempt(
    std::span<const Unit> group, const MayCommit& may_commit) {
  using enum StoreFault::Kind;
  std::vector<Committed> results;
  results.reserve(group.size());
  try {
    open_->group.begin();
    for (const Unit& unit : group) results.push_back(run(unit));
    if (may_commit && !may_commit(results)) {
      open_->group.rollback();
      return results;
    }
    const auto began = std::chrono::steady_clock::now();
    open_->group.commit();
    const auto took = std::chrono::steady_clock::now() - began;
    note_commit();
    if (options_.witness != nullptr) {
      options_.witness->committed(open_->group.facts(),
                                  std::chrono::duration_cast<std::chrono::microseconds>(took));
    }
    return results;
  } catch (const SqliteError& error) {
    const Group::Numbers wanted = open_->group.written();
    open_->group.rollback();
    if (!error.storage_failed())
      return std::unexpected(GroupFailure{{error.full() ? full : broken, error.what()}, true});
    // Whether the COMMIT came through is unknown: the file opened anew tells.
    fail(error.what());
    const bool all_ran = results.size() == group.size();
    if (open_anew() && all_ran && open_->group.committed() == wanted) return results;
    return std::unexpected(GroupFailure{{broken, error.what()}, false});
  } catch (const std::exception& error) {
    open_->group.rollback();
    return std::unexpected(GroupFailure{{broken, error.what()}, true});
  }
}

/// In a transaction of its own, flushed as a group's is. Throws SqliteError; then nothing of it is kept, or,
/// after a failed flush, it is not known.
void SqliteStore::work_between_groups(const std::function<void(Connection&)>& work) {
  const std::lock_guard turn(turn_);
  {
    const std::lock_guard lock(state_mutex_);
    if (failure_ || !open_) throw SqliteError(SQLITE_MISMATCH, "the store cannot be written now");
  }
  Connection& writer = open_->writer;
  try {
    writer.execute("BEGIN IMMEDIATE");
    work(writer);
    writer.execute("COMMIT");
    note_commit();
  } catch (const SqliteError& error) {
    if (sqlite3_get_autocommit(writer.handle()) == 0)
      sqlite3_exec(writer.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    if (error.storage_failed()) fail(error.what());
    throw;
  }
}

void SqliteStore::copy_soon() {
  const std::lock_guard lock(state_mutex_);
  copy_at_ = 0;
  wake_.notify_all();
}

void SqliteStore::note_commit() {
  last_sequence_ = open_->group.committed().sequence;
  const std::uint64_t bytes = open_->wal_frames * store_page_bytes;
  const std::lock_guard lock(state_mutex_);
  wal_bytes_ = bytes;
  if (wal_bytes_ >= copy_at_) wake_.notify_all();
}

void SqliteStore::fail(std::string_view what) const {
  const std::lock_guard lock(state_mutex_);
  if (failure_ != what) LogLine(LogLevel::error, "store.failed").reason(what);
  failure_ = what;
  wake_.notify_all();
}

/// The turn must be held. Closing leaves the WAL as it is: what is in it is asked of the disk, not of our
/// memory.
bool SqliteStore::open_anew() {
  const std::unique_lock opened(open_mutex_);
  if (open_) sqlite3_db_config(open_->writer.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  open_.reset();
  try {
    open_ = std::make_unique<OpenFile>(file_, options_, LeftBehind::by_failed_flush);
    if (options_.witness != nullptr) options_.witness->opened(undelivered_counts(open_->writer));
  } catch (const std::exception& error) {
    fail(error.what());
    return false;
  }
  last_sequence_ = open_->group.committed().sequence;
  const std::lock_guard lock(state_mutex_);
  failure_.reset();
  LogLine(LogLevel::warn, "store.opened_anew").sequence(last_sequence_);
  return true;
}

void SqliteStore::upkeep(const std::stop_token& stop) {
  std::unique_lock lock(state_mutex_);
  while (wake_.wait(lock, stop, [this] { return failure_ || wal_bytes_ >= copy_at_; }) &&
         !stop.stop_requested()) {
    const bool failed = failure_.has_value();
    lock.unlock();
    const bool done = failed ? try_to_recover() : checkpoint();
    lock.lock();
    if (!done) wake_.wait_for(lock, stop, pause_after_failure, [] { return false; });
  }
}

bool SqliteStore::try_to_recover() {
  const std::lock_guard turn(turn_);
  {
    const std::lock_guard lock(state_mutex_);
    if (!failure_) return true;  // the writer was quicker
  }
  return open_anew();
}

bool SqliteStore::checkpoint() {
  const std::uint64_t step = options_.checkpoint_bytes / copies_in_a_wal;
  const auto may_begin_again = [this] {
    const std::lock_guard lock(state_mutex_);
    return wal_bytes_ >= options_.checkpoint_bytes && copies_ == 0;
  };
  try {
    {
      const std::shared_lock opened(open_mutex_);
      if (!open_) return false;
      const bool begins_again = may_begin_again();
      open_->checkpointer.copy(begins_again ? most_rounds_of_copying : 1);
    }
    std::unique_lock turn(turn_, std::defer_lock);
    const bool begins_again = may_begin_again();
    if (begins_again) {
      turn.lock();
      if (!open_ || !open_->checkpointer.finish()) return false;
    }
    const std::lock_guard lock(state_mutex_);
    if (begins_again) wal_bytes_ = 0;
    copy_at_ = wal_bytes_ + step;
    return true;
  } catch (const SqliteError& error) {
    if (error.storage_failed()) fail(error.what());
    LogLine(LogLevel::warn, "store.checkpoint_failed").reason(error.what());
    return false;
  }
}

}  // namespace

std::expected<std::unique_ptr<Store>, std::string> open_sqlite(const std::filesystem::path& dir,
                                                               const SqliteOptions& options) {
  const std::filesystem::path file = dir / "loangate.db";
  try {
    return std::make_unique<SqliteStore>(file, options);
  } catch (const SqliteError& error) {
    if ((error.code() & 0xff) == SQLITE_BUSY) {
      return std::unexpected(fmt::format("{}: another process has it open; stop that first", file.string()));
    }
    return std::unexpected(fmt::format("{}: {}", file.string(), error.what()));
  } catch (const std::exception& error) {
    return std::unexpected(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace loangate::store
