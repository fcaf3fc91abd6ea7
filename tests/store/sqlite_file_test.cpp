#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/audit.hpp"
#include "tests/store/samples.hpp"

// What the SQLite store promises of its file, beyond the contract that every store keeps.

namespace loangate::store {
namespace {

using sample::bank;
using sample::filing;
using sample::loan_ref;

std::unique_ptr<Store> open(const std::filesystem::path& dir,
                            SqliteOptions options = {.low_water_bytes = 0}) {
  auto store = open_sqlite(dir, options);
  EXPECT_TRUE(store) << (store ? "" : store.error());
  return store ? *std::move(store) : nullptr;
}

void file(Store& store, std::uint64_t n) {
  const Unit unit = filing(1, n, 1);
  ASSERT_TRUE(store.transact({&unit, 1}).front());
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

/// Changes the file behind the store's back, while it is closed.
void meddle(const std::filesystem::path& file, const char* sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

/// A number from the file, while it is closed.
std::int64_t number_in(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* handle = nullptr;
  sqlite3_stmt* row = nullptr;
  EXPECT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_prepare_v2(handle, sql.c_str(), -1, &row, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  EXPECT_EQ(sqlite3_step(row), SQLITE_ROW) << sql;
  const std::int64_t number = sqlite3_column_int64(row, 0);
  sqlite3_finalize(row);
  sqlite3_close(handle);
  return number;
}

TEST(SqliteFile, messages_of_one_form_are_packed_against_what_they_share_and_read_back_anew) {
  const TemporaryFolder folder;
  const auto formed = [](std::uint64_t n) {
    return [n](const View&, Sequence) -> Writes {
      JournalEntry entry = sample::entry(bank(1), sample::message_id(n));
      entry.raw = fmt::format(
          "<Filing><Bank>PHRCB</Bank><LoanNumber>JJ{0:012}</LoanNumber><Amount>{1}.00</Amount><DisbursedOn>"
          "2026-09-21</DisbursedOn><Purpose>working capital</Purpose></Filing>",
          n, n * 7'919);
      entry.canonical = entry.receipt = "";
      return {.entry = entry};
    };
  };
  {
    const auto store = open(folder.path());
    for (std::uint64_t n = 1; n <= 6; ++n) {
      const Unit unit = formed(n);
      ASSERT_TRUE(store->transact({&unit, 1}).front());
    }
    // Of a whole that is not kept nothing is left, a dictionary neither: the next group writes it.
    const std::vector<Unit> never{[](const View&, Sequence) -> Writes {
                                    JournalEntry entry = sample::entry(bank(2), sample::message_id(1));
                                    return {.entry = entry};
                                  },
                                  [](const View&, Sequence) -> Writes {
                                    JournalEntry entry = sample::entry(bank(2), sample::message_id(2));
                                    return {.entry = entry};
                                  }};
    ASSERT_TRUE(store->transact_whole(never, [] { return false; }));
  }
  const auto file = folder.path() / "loangate.db";
  EXPECT_EQ(number_in(file, "SELECT count(*) FROM dictionary"), 1);
  EXPECT_LT(number_in(file, "SELECT length(texts) FROM entry WHERE sequence = 6"),
            number_in(file, "SELECT length(texts) FROM entry WHERE sequence = 1") / 2);

  meddle(file, "UPDATE dictionary SET kind = 'of.another.program'");
  const auto again = open(folder.path());
  for (std::uint64_t n = 20; n < 24; ++n) {
    const Unit other = [n](const View&, Sequence) -> Writes {
      return {.entry = sample::entry(bank(3), sample::message_id(n))};
    };
    ASSERT_TRUE(again->transact({&other, 1}).front()) << "the number of a dictionary was given out again";
  }
  const Unit later = formed(7);
  ASSERT_TRUE(again->transact({&later, 1}).front());
  for (std::uint64_t n = 1; n <= 7; ++n) {
    const auto entry = again->entry(bank(1), sample::message_id(n));
    ASSERT_TRUE(entry) << n;
    EXPECT_NE(entry->entry.raw.find(fmt::format("<LoanNumber>JJ{:012}</LoanNumber>", n)), std::string::npos)
        << entry->entry.raw;
  }
}

TEST(SqliteFile, only_its_owner_can_read_it_whatever_the_umask) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  const auto store = open(folder.path());
  file(*store, 1);
  ::umask(before);
  EXPECT_EQ(mode_of(folder.path() / "loangate.db"), 0600u);
  EXPECT_EQ(mode_of(folder.path() / "loangate.db-wal"), 0600u);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "loangate.db-shm"))
      << "a map that a full disk turns into SIGBUS";
}

TEST(SqliteFile, another_process_is_kept_out) {
  const TemporaryFolder folder;
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  // It is there before the store is opened: a child made afterwards would inherit SQLite's own idea of who
  // holds the lock.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    char go = 0;
    if (::read(pipe[0], &go, 1) != 1) _exit(2);
    const auto second = open_sqlite(folder.path(), {.low_water_bytes = 0});
    _exit(!second && second.error().contains("another process") ? 0 : 1);
  }
  const auto store = open(folder.path());
  file(*store, 1);
  ASSERT_EQ(::write(pipe[1], "x", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
  file(*store, 2);
  EXPECT_EQ(audit(*store), "");
}

TEST(SqliteFile, a_newer_schema_is_refused_with_a_sentence) {
  const TemporaryFolder folder;
  open(folder.path()).reset();
  meddle(folder.path() / "loangate.db", "PRAGMA user_version = 99");
  const auto store = open_sqlite(folder.path(), {.low_water_bytes = 0});
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().find("schema version 99"), std::string::npos) << store.error();
}

TEST(SqliteFile, a_file_of_another_program_is_refused) {
  const TemporaryFolder folder;
  meddle(folder.path() / "loangate.db", "PRAGMA user_version = 3; CREATE TABLE theirs (x)");
  const auto store = open_sqlite(folder.path(), {.low_water_bytes = 0});
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().find("another program"), std::string::npos) << store.error();
}

TEST(SqliteFile, a_folder_that_is_not_there_is_an_error_and_not_made) {
  const auto store = open_sqlite("/nowhere/at/all", {});
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().find("/nowhere/at/all"), std::string::npos);
}

TEST(SqliteFile, it_can_be_vacuumed_in_steps_from_the_first_day) {
  const TemporaryFolder folder;
  open(folder.path()).reset();
  create_file(folder.path() / "loangate.db", "unix-excl");  // leaves what is there
  Connection connection(folder.path() / "loangate.db", {.vfs = "unix-excl", .cache_kib = 1024});
  EXPECT_EQ(connection.query_number("PRAGMA auto_vacuum"), 2);
  EXPECT_EQ(connection.query_number("PRAGMA page_size"), store_page_bytes);
  EXPECT_EQ(connection.query_number("PRAGMA synchronous"), 2);
  EXPECT_EQ(connection.query_number("PRAGMA mmap_size"), 0);
}

/// How often the log has begun again from its start: the counter in its header (bytes 12 to 15).
unsigned log_generation(const std::filesystem::path& dir) {
  std::ifstream log(dir / "loangate.db-wal", std::ios::binary);
  unsigned char header[16] = {};
  log.read(reinterpret_cast<char*>(header), sizeof header);
  return unsigned{header[12]} << 24 | unsigned{header[13]} << 16 | unsigned{header[14]} << 8 | header[15];
}

TEST(SqliteFile, the_log_begins_again_while_the_work_goes_on) {
  const TemporaryFolder folder;
  const auto store = open(folder.path(), {.low_water_bytes = 0, .checkpoint_bytes = 1u << 20});
  file(*store, 0);
  const unsigned first = log_generation(folder.path());
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::uint64_t n = 1;
  while (log_generation(folder.path()) < first + 3 && std::chrono::steady_clock::now() < patience) {
    std::vector<Unit> group;
    for (int i = 0; i < 20; ++i) group.push_back(filing(1, n++, 1));
    for (const Committed& result : store->transact(group)) ASSERT_TRUE(result);
  }
  EXPECT_GE(log_generation(folder.path()), first + 3) << "after " << n << " filings";
  EXPECT_EQ(audit(*store), "");
}

TEST(SqliteFile, a_row_that_makes_no_sense_stops_only_who_needs_it) {
  const TemporaryFolder folder;
  {
    const auto store = open(folder.path());
    file(*store, 1);
    file(*store, 2);
  }
  meddle(folder.path() / "loangate.db", "UPDATE change SET json = '{' WHERE number = 1");
  const auto store = open(folder.path());
  ASSERT_NE(store, nullptr);
  const std::vector<Unit> group{[](const View& view, Sequence) {
                                  static_cast<void>(view.loan(loan_ref(1, 1)));
                                  return Writes{};
                                },
                                [](const View& view, Sequence) {
                                  EXPECT_TRUE(view.loan(loan_ref(1, 2)));
                                  return Writes{};
                                },
                                filing(1, 3, 1)};
  const auto results = store->transact(group);
  ASSERT_FALSE(results[0]);
  EXPECT_NE(results[0].error().what.find("change 1"), std::string::npos) << results[0].error().what;
  EXPECT_TRUE(results[1]);
  EXPECT_EQ(results[2].value(), Sequence{3});
  EXPECT_FALSE(store->loan(loan_ref(1, 1)));
  EXPECT_TRUE(store->ready());
}

TEST(SqliteFile, an_older_schema_is_brought_forward_step_by_step) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "steps.db";
  create_file(path, "unix-excl");
  Connection connection(path, {.vfs = "unix-excl", .cache_kib = 1024});
  const char* const first[] = {"CREATE TABLE a (x); INSERT INTO a VALUES (1)"};
  migrate(connection, first);
  EXPECT_EQ(connection.query_number("PRAGMA user_version"), 1);
  const char* const both[] = {"CREATE TABLE a (x)", "CREATE TABLE b (y); INSERT INTO b SELECT x + 1 FROM a"};
  migrate(connection, both);
  EXPECT_EQ(connection.query_number("PRAGMA user_version"), 2);
  EXPECT_EQ(connection.query_number("SELECT y FROM b"), 2);

  // A step that fails leaves the version before it, whole.
  const char* const failing[] = {"", "", "CREATE TABLE c (z); INSERT INTO nowhere VALUES (1)"};
  EXPECT_THROW(migrate(connection, failing), SqliteError);
  EXPECT_EQ(connection.query_number("PRAGMA user_version"), 2);
  EXPECT_EQ(connection.query_number("SELECT count(*) FROM sqlite_master WHERE name = 'c'"), 0);
}

TEST(SqliteFile, a_file_of_the_first_schema_keeps_its_entries_whose_profile_is_not_known) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "loangate.db";
  create_file(path, "unix-excl");
  {
    Connection connection(path, {.vfs = "unix-excl", .cache_kib = 1024});
    migrate(connection, schema_steps().first(1));
    connection.execute(
        "INSERT INTO entry VALUES (1, 'bank01', '', '', '', 'unreadable', 400, 1, 1, zeroblob(32), "
        "zeroblob(32), "
        "zeroblob(16))");
  }
  const auto store = open_sqlite(folder.path(), {});
  ASSERT_TRUE(store) << store.error();
  EXPECT_EQ((*store)->last_sequence(), Sequence{1});
}

}  // namespace
}  // namespace loangate::store
