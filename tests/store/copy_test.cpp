#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <map>
#include <thread>

#include "store/sqlite/look.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"

// A store is copied while it is written to, and looked at without a trace.

namespace loangate::store {
namespace {

namespace fs = std::filesystem;
using sample::filing;

std::unique_ptr<Store> open(const fs::path& dir, SqliteOptions options = {.low_water_bytes = 0}) {
  auto store = open_sqlite(dir, options);
  EXPECT_TRUE(store) << (store ? "" : store.error());
  return store ? *std::move(store) : nullptr;
}

void file(Store& store, std::uint64_t n) {
  const Unit unit = filing(1, n, 1);
  ASSERT_TRUE(store.transact({&unit, 1}).front());
}

/// The filings 1 … n, in one commit.
void file_up_to(Store& store, std::uint64_t n) {
  std::vector<Unit> group;
  for (std::uint64_t each = 1; each <= n; ++each) group.push_back(filing(1, each, 1));
  for (const Committed& kept : store.transact(group)) ASSERT_TRUE(kept);
}

/// Everything that looking could change.
std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>> traces(const fs::path& folder) {
  std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>> found;
  for (const auto& each : fs::directory_iterator(folder))
    found[each.path().filename().string()] = {each.file_size(), each.last_write_time()};
  return found;
}

/// What a kill leaves behind: the file, and the log with what was committed last.
void leave_behind(const fs::path& from, const fs::path& to) {
  for (const char* name : {"loangate.db", "loangate.db-wal"}) fs::copy_file(from / name, to / name);
}

TEST(StoreCopy, IsOfOneMomentWhileTheWriterGoesOn) {
  const TemporaryFolder folder;
  // A log that begins again often, were it not for the copy.
  const auto store = open(folder.path(), {.low_water_bytes = 0, .checkpoint_bytes = 1u << 20});
  file_up_to(*store, 300);

  std::atomic<bool> enough = false;
  std::atomic<std::uint64_t> written = 300;
  std::chrono::steady_clock::duration longest{};
  std::jthread writer([&] {
    while (!enough) {
      const auto begin = std::chrono::steady_clock::now();
      file(*store, written + 1);
      longest = std::max(longest, std::chrono::steady_clock::now() - begin);
      ++written;
    }
  });
  Sequence at_the_moment{};
  const fs::path copy = folder.path() / "copy.db";
  const auto last = store->copy_to(
      copy,
      [&] {
        at_the_moment = store->last_sequence();
        // Whatever is committed from here on is not in it.
        for (const auto now = written.load(); written < now + 20;) std::this_thread::yield();
      },
      [] { return true; });
  enough = true;
  writer.join();
  ASSERT_TRUE(last) << last.error();
  EXPECT_GE(last->number, 300u);
  EXPECT_LE(last->number, at_the_moment.number + 1);
  EXPECT_LT(last->number, written);
  EXPECT_LT(longest, std::chrono::milliseconds(500)) << "the writer waited";

  struct stat about{};
  ASSERT_EQ(::stat(copy.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  const TemporaryFolder restored;
  fs::rename(copy, restored.path() / "loangate.db");
  const auto again = open(restored.path());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->last_sequence(), *last);
  for (std::uint64_t n = 1; n <= last->number; ++n) {
    const auto kept = again->entry({n});
    ASSERT_TRUE(kept) << n;
    EXPECT_EQ(kept->entry.receipt, store->entry({n})->entry.receipt);
  }
}

TEST(StoreCopy, IsGivenUpWhenAsked) {
  const TemporaryFolder folder;
  const auto store = open(folder.path());
  file_up_to(*store, 2000);
  const auto none = store->copy_to(folder.path() / "copy.db", [] {}, [] { return false; });
  ASSERT_FALSE(none);
  EXPECT_TRUE(none.error().contains("given up")) << none.error();
  file(*store, 2001);
}

TEST(StoreCopy, OfAClosedStoreHasWhatStandsInItsLogAndKeepsOthersOut) {
  const TemporaryFolder folder, dead;
  const auto store = open(folder.path());
  file_up_to(*store, 50);
  leave_behind(folder.path(), dead.path());
  const auto before = traces(dead.path());
  const TemporaryFolder into;
  bool shut_out = false;
  const auto last = copy_closed_store(
      dead.path() / "loangate.db", into.path() / "loangate.db",
      [&] { shut_out = !open_sqlite(dead.path(), {.low_water_bytes = 0}); }, [] { return true; });
  ASSERT_TRUE(last) << last.error();
  EXPECT_EQ(last->number, 50u);
  EXPECT_TRUE(shut_out);
  EXPECT_EQ(traces(dead.path()), before);
  EXPECT_EQ(open(into.path())->last_sequence().number, 50u);
}

TEST(StoreLook, ChangesNothingWhetherTheStoreWasClosedOrKilled) {
  const TemporaryFolder folder, dead;
  {
    const auto store = open(folder.path());
    file_up_to(*store, 50);
    leave_behind(folder.path(), dead.path());
  }
  for (const fs::path& place : {folder.path(), dead.path()}) {
    const auto before = traces(place);
    const auto look = look_at_store(place / "loangate.db", Thoroughness::indexes);
    ASSERT_TRUE(look) << look.error();
    EXPECT_TRUE(look->whole) << look->fault;
    EXPECT_EQ(look->last_sequence.number, 50u);
    EXPECT_EQ(traces(place), before);
  }
}

TEST(StoreLook, SeesADamagedPage) {
  const TemporaryFolder folder;
  {
    const auto store = open(folder.path());
    file_up_to(*store, 200);
  }
  const fs::path damaged = folder.path() / "loangate.db";
  {
    std::fstream bytes(damaged, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(fs::file_size(damaged) - 8192));
    bytes << std::string(4096, '\xa5');
  }
  const auto look = look_at_store(damaged, Thoroughness::pages);
  EXPECT_FALSE(look && look->whole);
}

TEST(StoreLook, OfNoStoreSaysSo) {
  const TemporaryFolder folder;
  EXPECT_FALSE(look_at_store(folder.path() / "loangate.db", Thoroughness::contents));
  std::ofstream(folder.path() / "loangate.db") << "something else altogether";
  EXPECT_FALSE(look_at_store(folder.path() / "loangate.db", Thoroughness::contents));
}

}  // namespace
}  // namespace loangate::store
