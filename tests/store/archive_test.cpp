// Old days go to files of their own and nobody notices, except the disk: every entry reads as before, also
// after a kill or a power cut at any moment, and what was removed leaves its head and its act.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "store/archive.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/audit.hpp"
#include "tests/store/fault_vfs.hpp"
#include "tests/store/samples.hpp"

namespace loangate::store {
namespace {

namespace fs = std::filesystem;
using sample::bank;
using sample::message_id;

constexpr std::int64_t day_micros = 86'400'000'000;
const Date first_day = Date::of(2023, 9, 12).value();
const Date far_off = Date::of(2200, 1, 1).value();
const Archive::GoOn always = [] { return true; };

/// Filing `n`, of the day `day` after the first.
Unit filing_on(std::uint64_t n, std::uint64_t day) {
  return [=](const View& view, Sequence sequence) {
    Writes writes = sample::filing(1 + n % 3, n, 1 + n % 5)(view, sequence);
    if (!writes.entry) return writes;
    writes.entry->real_time = {(first_day.days_since_1970() + static_cast<std::int64_t>(day)) * day_micros +
                               static_cast<std::int64_t>(n)};
    writes.entry->address = "10.0.0.1";
    return writes;
  };
}

void file(Store& store, std::uint64_t from, std::uint64_t count, std::uint64_t day) {
  std::vector<Unit> group;
  for (std::uint64_t n = from; n < from + count; ++n) group.push_back(filing_on(n, day));
  for (const Committed& each : store.transact(group)) ASSERT_TRUE(each);
}

std::unique_ptr<Store> open(const fs::path& dir, const std::string& vfs = "unix-excl") {
  auto store = open_sqlite(dir, {.low_water_bytes = 0, .checkpoint_bytes = 1u << 20, .vfs = vfs});
  EXPECT_TRUE(store) << (store ? "" : store.error());
  return store ? *std::move(store) : nullptr;
}

/// Everything that an entry says.
std::string text_of(const StoredEntry& stored) {
  const JournalEntry& e = stored.entry;
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", stored.sequence.number,
                     e.partner.view(), e.person.view(), e.address, e.kind ? spec_of(*e.kind).name : "none",
                     e.message_id.view(), e.received.micros, e.real_time.micros, e.raw, e.canonical,
                     hex(e.raw_digest), hex(e.content), hex(e.profile), spec_of(e.outcome).name, e.findings,
                     e.status, e.receipt, stored.removed_by ? stored.removed_by->number : 0);
}

std::vector<std::string> all_entries(const Store& store) {
  std::vector<std::string> texts;
  for (const StoredEntry& entry : store.entries_after({0}, 1'000'000)) texts.push_back(text_of(entry));
  return texts;
}

/// Archives whatever can be; how many days.
std::size_t archive_all(Store& store) {
  for (std::size_t days = 0;; ++days) {
    const auto day = store.archive().archive_next(far_off, always);
    EXPECT_TRUE(day) << (day ? "" : day.error());
    if (!day || !*day) return days;
  }
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code absent;
  for (const auto& each : fs::directory_iterator(folder / "archive", absent))
    names.push_back(each.path().filename().string());
  std::ranges::sort(names);
  return names;
}

TEST(Archive, entries_of_archived_days_read_as_before) {
  const TemporaryFolder folder;
  auto store = open(folder.path());
  for (std::uint64_t day = 0; day < 4; ++day) file(*store, day * 100, 100, day);
  const auto before = all_entries(*store);
  const auto changes = store->changes_of({7}, 10);
  ASSERT_EQ(changes.size(), 1u);

  EXPECT_EQ(archive_all(*store), 3u) << "the newest day is not over";
  for (int life = 0; life < 2; ++life) {
    const auto days = store->archive().days();
    ASSERT_TRUE(days);
    ASSERT_EQ(days->size(), 3u);
    EXPECT_EQ(days->back().last, Sequence{300});
    EXPECT_EQ(files_in(folder.path()).size(), 3u);
    EXPECT_EQ(all_entries(*store), before);
    for (std::uint64_t n = 0; n < before.size(); ++n) {
      EXPECT_EQ(text_of(*store->entry({n + 1})), before[n]);
      EXPECT_EQ(text_of(*store->entry(bank(1 + n % 3), message_id(n))), before[n]);
    }
    // A page that begins in one day and ends in the store.
    EXPECT_EQ(store->entries_after({95}, 300).size(), 300u);
    EXPECT_EQ(store->changes_of({7}, 10).size(), 1u);
    EXPECT_EQ(store->last_sequence(), Sequence{400});
    EXPECT_EQ(audit(*store), "");
    store.reset();
    store = open(folder.path());
  }
}

TEST(Archive, acts_are_listed_through_both) {
  const TemporaryFolder folder;
  const auto store = open(folder.path());
  for (std::int64_t day = 0; day < 3; ++day) {
    const Unit act = [day](const View&, Sequence) {
      Writes writes{.entry = sample::act("officer-li")};
      writes.entry->real_time = {day * day_micros};
      return writes;
    };
    ASSERT_TRUE(store->transact({&act, 1}).front());
    ASSERT_TRUE(store->transact({&act, 1}).front());
  }
  archive_all(*store);
  const auto acts = store->acts_before({6}, 4);
  ASSERT_EQ(acts.size(), 4u);
  EXPECT_EQ(acts.front().sequence, Sequence{5});
  EXPECT_EQ(acts.back().sequence, Sequence{2});
}

TEST(Archive, a_message_sent_again_gets_its_first_receipt_and_a_changed_one_is_known) {
  const TemporaryFolder folder;
  const auto store = open(folder.path());
  file(*store, 0, 10, 0);
  file(*store, 10, 1, 1);
  const auto first = store->entry({4});
  ASSERT_EQ(archive_all(*store), 1u);
  const Unit again = [&](const View& view, Sequence) {
    const auto prior = view.message(bank(1), message_id(3));
    EXPECT_TRUE(prior);
    if (prior) {
      EXPECT_EQ(prior->sequence, Sequence{4});
      EXPECT_EQ(prior->receipt, first->entry.receipt);
      EXPECT_EQ(prior->content, first->entry.content);
      EXPECT_FALSE(prior->removed_by);
    }
    return Writes{};
  };
  EXPECT_TRUE(store->transact({&again, 1}).front());
}

TEST(Archive, the_space_returns_to_the_disk) {
  const TemporaryFolder folder;
  const auto store = open(folder.path());
  for (std::uint64_t n = 0; n < 6000; n += 200) file(*store, n, 200, n / 3000);
  file(*store, 6000, 1, 2);
  const auto size = [&] { return fs::file_size(folder.path() / "loangate.db"); };
  const auto settled = [&](auto is) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is() && std::chrono::steady_clock::now() < patience)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return is();
  };
  settled([&] { return size() > 8u << 20; });
  const auto before = size();
  ASSERT_EQ(archive_all(*store), 2u);
  std::uint64_t archived = 0;
  const auto days = store->archive().days();
  ASSERT_TRUE(days);
  for (const ArchivedDay& day : *days) archived += day.bytes;
  EXPECT_TRUE(settled([&] { return size() + archived * 8 / 10 < before; }))
      << before << " bytes before, " << size() << " after, " << archived << " archived";
  EXPECT_EQ(audit(*store), "");
}

TEST(Archive, its_files_are_for_their_owner_alone) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  const auto store = open(folder.path());
  file(*store, 0, 5, 0);
  file(*store, 5, 1, 1);
  ASSERT_EQ(archive_all(*store), 1u);
  ::umask(before);
  struct stat about{};
  ASSERT_EQ(::stat((folder.path() / "archive" / files_in(folder.path()).front()).c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat((folder.path() / "archive").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700u);
}

TEST(Archive, a_file_that_is_gone_or_damaged_stops_only_who_needs_it) {
  const TemporaryFolder folder;
  const auto store = open(folder.path());
  file(*store, 0, 5, 0);
  file(*store, 5, 5, 1);
  file(*store, 10, 1, 2);
  ASSERT_EQ(archive_all(*store), 2u);
  const auto files = files_in(folder.path());
  fs::remove(folder.path() / "archive" / files[0]);
  std::ofstream(folder.path() / "archive" / files[1]) << "something else altogether";
  EXPECT_FALSE(store->entry({1}));
  EXPECT_FALSE(store->entry({6}));
  EXPECT_TRUE(store->entry({11}));
  EXPECT_TRUE(store->ready());
  const std::vector<Unit> group{[](const View& view, Sequence) {
                                  static_cast<void>(view.message(bank(1), message_id(0)));
                                  return Writes{};
                                },
                                filing_on(11, 2)};
  const auto results = store->transact(group);
  EXPECT_FALSE(results[0]) << "whether it is the same cannot be said";
  EXPECT_TRUE(results[1]);
}

/// Removes from a day what does not stay, by an act.
Archive::Remainder remove(Store& store, const ArchivedDay& day,
                          const std::function<bool(const StoredEntry&)>& stays) {
  auto remainder = store.archive().keep_only(day, stays, always);
  EXPECT_TRUE(remainder) << (remainder ? "" : remainder.error());
  if (!remainder) return {};
  const Unit act = [&](const View&, Sequence) {
    Writes writes{.entry = sample::act("gateway"), .archived = remainder->day};
    writes.entry->real_time = {(first_day.days_since_1970() + 10LL) * day_micros};
    return writes;
  };
  EXPECT_TRUE(store.transact({&act, 1}).front());
  store.archive().sweep();
  return *remainder;
}

TEST(Archive, what_is_removed_leaves_its_head_and_its_act) {
  const TemporaryFolder folder;
  auto store = open(folder.path());
  file(*store, 0, 10, 0);
  file(*store, 10, 1, 1);
  const auto before = store->entries_after({0}, 100);
  ASSERT_EQ(archive_all(*store), 1u);
  const auto even = [](const StoredEntry& entry) { return entry.sequence.number % 2 == 0; };
  const auto removed = remove(*store, store->archive().days()->front(), even);
  EXPECT_EQ(removed.removed, 5u);
  EXPECT_GT(removed.bytes, 0u);
  EXPECT_EQ(files_in(folder.path()), std::vector<std::string>{"2023-09-12-000000000001.1.day"});

  store.reset();
  store = open(folder.path());
  for (const StoredEntry& was : before) {
    const auto is = store->entry(was.sequence);
    ASSERT_TRUE(is);
    if (was.sequence.number == 11 || even(was)) {
      EXPECT_EQ(text_of(*is), text_of(was));
      continue;
    }
    EXPECT_EQ(is->removed_by, Sequence{12});
    EXPECT_EQ(is->entry.raw + is->entry.canonical + is->entry.receipt + is->entry.findings, "");
    EXPECT_EQ(is->entry.raw_digest, was.entry.raw_digest);
    EXPECT_EQ(is->entry.content, was.entry.content);
    EXPECT_EQ(is->entry.message_id, was.entry.message_id);
    EXPECT_EQ(is->entry.outcome, was.entry.outcome);
  }
  const Unit again = [](const View& view, Sequence) {
    const auto prior = view.message(bank(1), message_id(0));
    EXPECT_TRUE(prior && prior->removed_by == Sequence{12} && prior->receipt.empty());
    return Writes{};
  };
  EXPECT_TRUE(store->transact({&again, 1}).front());

  const auto none = [](const StoredEntry&) { return false; };
  EXPECT_EQ(remove(*store, store->archive().days()->front(), none).removed, 5u);
  EXPECT_EQ(files_in(folder.path()), std::vector<std::string>{});
  EXPECT_EQ(store->entry({2})->removed_by, Sequence{13});
  EXPECT_EQ(store->entries_after({0}, 100).size(), 13u);
}

TEST(Archive, nothing_goes_while_everything_stays_or_before_the_act) {
  const TemporaryFolder folder;
  const auto store = open(folder.path());
  file(*store, 0, 10, 0);
  file(*store, 10, 1, 1);
  ASSERT_EQ(archive_all(*store), 1u);
  const auto before = all_entries(*store);
  const ArchivedDay day = store->archive().days()->front();
  const auto all = store->archive().keep_only(day, [](const StoredEntry&) { return true; }, always);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->removed, 0u);
  EXPECT_EQ(files_in(folder.path()).size(), 1u);
  // The new file is there, the act is not: the old one counts.
  ASSERT_TRUE(store->archive().keep_only(
      day, [](const StoredEntry& entry) { return entry.sequence.number > 5; }, always));
  EXPECT_EQ(files_in(folder.path()).size(), 2u);
  store->archive().sweep();
  EXPECT_EQ(files_in(folder.path()), std::vector<std::string>{"2023-09-12-000000000001.0.day"});
  EXPECT_EQ(all_entries(*store), before);
}

TEST(Archive, once_the_act_is_there_the_old_file_counts_no_more_and_goes_with_the_next_sweep) {
  const TemporaryFolder folder;
  auto store = open(folder.path());
  file(*store, 0, 10, 0);
  file(*store, 10, 1, 1);
  ASSERT_EQ(archive_all(*store), 1u);
  const auto rest = store->archive().keep_only(
      store->archive().days()->front(), [](const StoredEntry& entry) { return entry.sequence.number > 5; },
      always);
  ASSERT_TRUE(rest) << rest.error();
  const Unit act = [&](const View&, Sequence) {
    return Writes{.entry = sample::act("gateway"), .archived = rest->day};
  };
  ASSERT_TRUE(store->transact({&act, 1}).front());
  store.reset();  // as a crash would leave it
  store = open(folder.path());
  EXPECT_EQ(files_in(folder.path()).size(), 2u);
  EXPECT_TRUE(store->entry({5})->removed_by);
  EXPECT_FALSE(store->entry({6})->removed_by);
  store->archive().sweep();
  EXPECT_EQ(files_in(folder.path()), std::vector<std::string>{"2023-09-12-000000000001.1.day"});
  EXPECT_FALSE(store->entry({6})->entry.receipt.empty());
}

TEST(Archive, two_removals_of_one_file_do_not_both_count) {
  const TemporaryFolder folder;
  const auto store = open(folder.path());
  file(*store, 0, 10, 0);
  file(*store, 10, 1, 1);
  ASSERT_EQ(archive_all(*store), 1u);
  ArchivedDay next = store->archive().days()->front();
  ++next.generation;
  next.entries = 0;
  const Unit act = [&](const View&, Sequence) {
    return Writes{.entry = sample::act("gateway"), .archived = next};
  };
  EXPECT_TRUE(store->transact({&act, 1}).front());
  EXPECT_FALSE(store->transact({&act, 1}).front());
}

/// Files day after day and archives all but the newest; the last day that is acknowledged goes to the pipe.
[[noreturn]] void file_and_archive_for_ever(const fs::path& dir, int pipe) {
  auto store = open_sqlite(dir, {.low_water_bytes = 0, .checkpoint_bytes = 1u << 20});
  if (!store) _exit(2);
  constexpr std::uint64_t a_day = 150;
  for (std::uint64_t n = (*store)->last_sequence().number;;) {
    std::vector<Unit> group;
    for (std::uint64_t i = 0; i < a_day; ++i) group.push_back(filing_on(n + i, (n + i) / a_day));
    for (const Committed& result : (*store)->transact(group)) {
      if (!result) _exit(3);
    }
    n += a_day;
    if (::write(pipe, &n, sizeof n) != sizeof n) _exit(4);
    if (!(*store)->archive().archive_next(far_off, always)) _exit(5);
  }
}

void expect_all(Store& store, std::uint64_t acknowledged) {
  EXPECT_GE(store.last_sequence().number, acknowledged);
  const auto entries = store.entries_after({0}, 1'000'000);
  ASSERT_EQ(entries.size(), store.last_sequence().number);
  for (std::uint64_t n = 0; n < entries.size(); ++n) {
    const JournalEntry expected = sample::entry(bank(1 + n % 3), message_id(n));
    ASSERT_EQ(entries[n].sequence.number, n + 1);
    ASSERT_EQ(entries[n].entry.raw, expected.raw);
    ASSERT_EQ(entries[n].entry.receipt, expected.receipt);
  }
  EXPECT_EQ(audit(store), "");
}

TEST(Archive, a_process_killed_while_it_archives_leaves_every_entry_readable) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const TemporaryFolder folder;
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 20; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      file_and_archive_for_ever(folder.path(), pipe[1]);
    }
    ::close(pipe[1]);
    std::uint64_t number = 0;
    ASSERT_EQ(::read(pipe[0], &number, sizeof number), static_cast<ssize_t>(sizeof number));
    acknowledged = number;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 80'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit status " << WEXITSTATUS(status);
    while (::read(pipe[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number))
      acknowledged = number;
    ::close(pipe[0]);
    const auto store = open(folder.path());
    ASSERT_NE(store, nullptr);
    expect_all(*store, acknowledged);
  }
  const auto store = open(folder.path());
  archive_all(*store);
  store->archive().sweep();
  EXPECT_EQ(files_in(folder.path()).size(), store->archive().days()->size());
  EXPECT_GT(store->archive().days()->size(), 5u);
  expect_all(*store, acknowledged);
}

TEST(Archive, a_power_cut_while_it_archives_leaves_every_entry_readable) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 25; ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    const TemporaryFolder folder;
    FaultVfs vfs;
    std::uint64_t filed = 0;
    for (int life = 0; life < 3; ++life) {
      auto store = open(folder.path(), vfs.name());
      ASSERT_NE(store, nullptr);
      for (int day = 0; day < 2; ++day, filed += 60) file(*store, filed, 60, filed / 60);
      vfs.cut_after(1 + random() % 300);
      for (int day = 0; day < 3; ++day) {
        if (!store->archive().archive_next(far_off, always)) break;
      }
      vfs.cut();
      store.reset();
      vfs.restore_power(random() % 2 == 0 ? FaultVfs::Reached::nothing : FaultVfs::Reached::some, random());
      store = open(folder.path(), vfs.name());
      ASSERT_NE(store, nullptr);
      expect_all(*store, filed);
    }
  }
}

}  // namespace
}  // namespace loangate::store
