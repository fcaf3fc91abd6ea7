// The search index: it follows the journal, goes on where it stopped, is built again from nothing, finds what
// a look at every entry finds, and costs no more when there is more.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "store/search/index.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/numbered.hpp"

namespace loangate::store {
namespace {

using namespace std::chrono_literals;
using numbered::entry_of;
using numbered::first_instant;
using numbered::hour;
using numbered::Message;
using sample::bank;

/// Commits messages up to `last`, those that are not there yet.
void fill(Store& store, std::uint64_t last) {
  for (std::uint64_t n = store.last_sequence().number + 1; n <= last;) {
    std::vector<Unit> group;
    for (; group.size() < 500 && n <= last; ++n) {
      group.emplace_back([n](const View&, Sequence) { return Writes{.entry = entry_of({n})}; });
    }
    for (const Committed& result : store.transact(group)) ASSERT_TRUE(result);
  }
}

/// A store with its index, in a folder.
struct Site {
  explicit Site(const std::filesystem::path& dir)
      : store(open_sqlite(dir, {.low_water_bytes = 0}).value()), index(dir / "search.db", *store) {}
  void indexed() const { ASSERT_TRUE(index.wait_for(store->last_sequence(), 120s)); }
  SearchFound find(std::string_view text, const SearchPage& page = {}) const {
    const auto found = index.find(search::parse_query(text).value(), page);
    EXPECT_TRUE(found) << found.error();
    return found.value_or(SearchFound{});
  }
  /// All that the text finds, page by page.
  std::vector<std::uint64_t> all(std::string_view text, std::size_t limit = 500) const {
    std::vector<std::uint64_t> numbers;
    SearchPage page{.limit = limit, .most_time = 10s};
    do {
      const SearchFound found = find(text, page);
      EXPECT_TRUE(found.complete);
      for (const Sequence sequence : found.entries) numbers.push_back(sequence.number);
      page.before = found.next;
    } while (page.before);
    return numbers;
  }

  std::unique_ptr<Store> store;
  SearchIndex index;
};

/// What looking at every message finds, newest first.
std::vector<std::uint64_t> looked_for(std::uint64_t last, const std::function<bool(const Message&)>& wanted) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t n = last; n > 0; --n) {
    if (wanted({n})) numbers.push_back(n);
  }
  return numbers;
}

void expect_whole(const Site& site, std::uint64_t last) {
  site.indexed();
  EXPECT_EQ(site.index.through().number, last);
  EXPECT_EQ(site.all("partner:bank03"), looked_for(last, [](const Message& m) { return m.n % 5 == 3; }));
  EXPECT_EQ(site.all("outcome:rejected partner:bank01"),
            looked_for(last, [](const Message& m) { return m.n % 7 == 0 && m.n % 5 == 1; }));
  for (const std::uint64_t n : {std::uint64_t{1}, last / 2, last}) {
    EXPECT_EQ(site.all(fmt::format("message:{}", Message{n}.id())), std::vector{n});
    EXPECT_EQ(site.all(fmt::format("loan:{}/{}", Message{n}.partner().view(), Message{n}.loan())),
              std::vector{n});
  }
}

TEST(Search, FindsByEveryKeyWhatWasCommittedAMomentAgo) {
  const TemporaryFolder folder;
  Site site(folder.path());
  fill(*site.store, 300);
  site.indexed();
  const auto expect = [&](std::string_view text, const std::function<bool(const Message&)>& wanted) {
    EXPECT_EQ(site.all(text, 50), looked_for(300, wanted)) << text;
  };
  expect("partner:bank02", [](const Message& m) { return m.n % 5 == 2; });
  expect("kind:放款备案", [](const Message&) { return true; });
  expect("outcome:rejected", [](const Message& m) { return m.n % 7 == 0; });
  expect("finding:ceiling_exceeded", [](const Message& m) { return m.n % 7 == 0; });
  expect("amount:100200", [](const Message& m) { return m.n == 2; });
  expect("loan:JJ0000000042", [](const Message& m) { return m.n == 42; });
  expect("JJ0000000042", [](const Message& m) { return m.n == 42; });
  expect("20230912-0000000042", [](const Message& m) { return m.n == 42; });
  expect("company:91330482MA20000042", [](const Message& m) { return m.n % 97 == 42; });
  expect("第42号", [](const Message& m) { return m.n % 97 == 42; });
  expect("company:第42号 outcome:accepted", [](const Message& m) { return m.n % 97 == 42 && m.n % 7 != 0; });
  expect("采购", [](const Message& m) { return m.n % 50 == 0; });
  expect("text:原材料 partner:bank00", [](const Message& m) { return m.n % 50 == 0; });
  expect("#17", [](const Message& m) { return m.n == 17; });
  expect("partner:bank01 partner:bank02", [](const Message& m) { return m.n % 5 == 1 || m.n % 5 == 2; });
  expect("", [](const Message&) { return true; });
  expect("company:没有这家", [](const Message&) { return false; });
}

// Settled 40: the records of a partner's file say nothing of it themselves.
TEST(Search, AFilesRecordsAreFoundByItsId) {
  const TemporaryFolder folder;
  const Instant complete{first_instant + 17};
  const Batch batch{
      .partner = bank(0), .id = "B7", .file = {}, .received = complete, .began = complete, .records = 2};
  const auto record = [&](std::uint64_t n, Instant received) {
    return [=](const View&, Sequence) {
      Writes writes{.entry = entry_of({n})};
      writes.entry->partner = bank(0);
      writes.entry->received = received;
      return writes;
    };
  };
  {
    Site site(folder.path());
    const std::vector<Unit> units{
        [&](const View&, Sequence) {
          Writes writes{.entry = sample::entry(bank(0), MessageId::parse("batch/B7").value())};
          writes.entry->received = complete;
          writes.changes.emplace_back(batch);
          return writes;
        },
        record(2, complete),
        [&](const View&, Sequence) { return Writes{.changes = {batch}, .cause = Sequence{1}}; },
        record(3, complete), record(4, {first_instant})};
    for (const Unit& unit : units) ASSERT_TRUE(site.store->transact({&unit, 1}).front());
    site.indexed();
    EXPECT_EQ(site.all("batch:B7"), (std::vector<std::uint64_t>{3, 2, 1}));
    EXPECT_EQ(site.all("批次:bank00/B7 outcome:accepted"), (std::vector<std::uint64_t>{3, 2, 1}));
  }
  const Site again(folder.path());
  again.indexed();
  EXPECT_EQ(again.all("batch:B7"), (std::vector<std::uint64_t>{3, 2, 1}));
}

// Settled 43.
TEST(Search, PersonalFieldsAreFoundByNobody) {
  const TemporaryFolder folder;
  Site site(folder.path());
  fill(*site.store, 20);
  site.indexed();
  EXPECT_TRUE(site.all("张小明").empty());
  EXPECT_TRUE(site.all("text:13800001234").empty());
}

TEST(Search, APageSaysHowManyEarlierMatchesThereAre) {
  const TemporaryFolder folder;
  Site site(folder.path());
  fill(*site.store, 9'000);
  site.indexed();
  search::Query query = search::parse_query("company:第42号").value();
  query.from = Instant{first_instant + 5 * hour};
  const auto found = site.index.find(query, {.count_earlier = true}).value();
  std::vector<std::uint64_t> in_range;
  std::uint64_t earlier = 0;
  for (const std::uint64_t n : looked_for(9'000, [](const Message& m) { return m.n % 97 == 42; })) {
    if (Message{n}.received() >= *query.from) {
      in_range.push_back(n);
    } else {
      ++earlier;
    }
  }
  std::vector<std::uint64_t> numbers;
  for (const Sequence sequence : found.entries) numbers.push_back(sequence.number);
  EXPECT_EQ(numbers, in_range);
  EXPECT_EQ(found.earlier, earlier);
  EXPECT_TRUE(found.earlier_exact);
  EXPECT_GT(earlier, 0u);
}

TEST(Search, GoesOnWhereItStopped) {
  const TemporaryFolder folder;
  for (const std::uint64_t last : {3'000u, 4'096u, 4'097u, 9'500u}) {
    Site site(folder.path());
    fill(*site.store, last);
    expect_whole(site, last);
  }
}

TEST(Search, IsBuiltAgainFromNothing) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "search.db";
  {
    Site site(folder.path());
    fill(*site.store, 5'000);
    site.indexed();
  }
  std::filesystem::remove(file);
  expect_whole(Site(folder.path()), 5'000);
  // What is no index, or a damaged one, is as nothing.
  std::ofstream(file, std::ios::trunc) << std::string(20'000, 'x');
  expect_whole(Site(folder.path()), 5'000);
}

TEST(Search, AnIndexOfAnotherStoreIsBuiltAgain) {
  const TemporaryFolder folder;
  const TemporaryFolder other;
  {
    Site site(folder.path());
    fill(*site.store, 4'200);
    site.indexed();
  }
  {
    auto store = open_sqlite(other.path(), {.low_water_bytes = 0}).value();
    std::vector<Unit> shifted;
    for (std::uint64_t n = 1; n <= 5'000; ++n) {
      shifted.emplace_back([n](const View&, Sequence) { return Writes{.entry = entry_of({n + 1})}; });
    }
    for (const Committed& result : store->transact(shifted)) ASSERT_TRUE(result);
  }
  std::filesystem::copy_file(folder.path() / "search.db", other.path() / "search.db");
  const Site site(other.path());
  site.indexed();
  EXPECT_EQ(site.all("message:20230912-0000000042"), std::vector<std::uint64_t>{41});
}

/// Commits and follows until it is killed.
[[noreturn]] void follow_for_ever(const std::filesystem::path& dir, int pipe) {
  Site site(dir);
  for (std::uint64_t last = site.store->last_sequence().number;;) {
    fill(*site.store, last += 500);
    if (::write(pipe, &last, sizeof last) != sizeof last) _exit(4);
  }
}

TEST(Search, AKilledProcessLeavesAnIndexThatGoesOn) {
  const TemporaryFolder folder;
  for (int round = 0; round < 6; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      follow_for_ever(folder.path(), pipe[1]);
    }
    ::close(pipe[1]);
    std::uint64_t last = 0;
    for (int i = 0; i < 5 + round; ++i)
      ASSERT_EQ(::read(pipe[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
    std::this_thread::sleep_for(std::chrono::milliseconds(37 * round));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ::close(pipe[0]);
  }
  const Site site(folder.path());
  expect_whole(site, site.store->last_sequence().number);
}

constexpr std::uint64_t little = 10'000;
constexpr std::uint64_t much = 100'000;  // several levels of segments

const std::string_view mix[] = {"message:20230912-0000004242",
                                "loan:JJ0000004242",
                                "20230912-0000004242",
                                "company:91330482MA20000042",
                                "第42号",
                                "amount:142400",
                                "partner:bank03",
                                "outcome:rejected partner:bank01",
                                "finding:ceiling_exceeded",
                                "text:采购原材料",
                                "#4242",
                                "message:there-is-none"};

// The cost is counted, not timed: no machine is too slow for this test.
TEST(LargeSearch, CostsNoMoreWhereThereIsMoreAndFindsTheSameAsLookingAtAll) {
  const TemporaryFolder folder;
  Site site(folder.path());
  const auto costs = [&] {
    std::vector<std::uint64_t> lookups;
    for (const std::string_view text : mix)
      lookups.push_back(site.find(text, {.limit = 50, .most_time = 10s}).lookups);
    return lookups;
  };
  fill(*site.store, little);
  site.indexed();
  const auto with_little = costs();
  fill(*site.store, much);
  site.indexed();
  // Until the merges are done: then nothing moves any more.
  std::vector<std::uint64_t> with_much = costs();
  for (int i = 0; i < 200; ++i) {
    std::this_thread::sleep_for(50ms);
    auto now = costs();
    if (now == with_much && i > 4) break;
    with_much = std::move(now);
  }
  for (std::size_t i = 0; i < std::size(mix); ++i) {
    // A term is looked up in sixteen segments of a level at the most, however many messages there are; a word
    // that may mean ten things is ten terms.
    EXPECT_LE(with_much[i], with_little[i] * 4 + 16) << mix[i];
  }
  expect_whole(site, much);
  EXPECT_EQ(site.all("amount:142400 from:2023-09-13 to:2023-09-14"), looked_for(much, [](const Message& m) {
              const Date day = civil_day(m.received());
              return m.yuan() == 142'400 && day >= Date::of(2023, 9, 13).value() &&
                     day <= Date::of(2023, 9, 14).value();
            }));
  // A bound of the work: what is given is told to be a part, and the next page goes on.
  std::vector<std::uint64_t> numbers;
  SearchPage page{.limit = 500, .most_lookups = 1};
  bool cut = false;
  do {
    const SearchFound found = site.find("company:91330482MA20000042", page);
    cut = cut || !found.complete;
    for (const Sequence sequence : found.entries) numbers.push_back(sequence.number);
    page.before = found.next;
  } while (page.before);
  EXPECT_TRUE(cut);
  EXPECT_EQ(numbers, looked_for(much, [](const Message& m) { return m.n % 97 == 42; }));
}

}  // namespace
}  // namespace loangate::store
