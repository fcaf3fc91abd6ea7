// What a search of the Messages page costs where there are ten times as many messages: counted, not timed, so
// that no machine is too slow for this test. The index is written as its follower writes it, without the
// journal that it follows.
#include <gtest/gtest.h>

#include "store/search/search.hpp"
#include "store/search/segments.hpp"
#include "tests/store/numbered.hpp"

namespace loangate::store {
namespace {

using numbered::Message;
using search::window_places;

constexpr std::uint64_t little = 100'000;
constexpr std::uint64_t much = 1'000'000;
constexpr std::int64_t day = 24 * numbered::hour;
constexpr const char* vfs = "unix-excl";

/// Work of one search, in what it asks of SQLite.
struct Cost {
  std::uint64_t lookups = 0;  ///< rows of the index that were looked at, as every answer counts them
  std::uint64_t steps = 0;    ///< instructions of SQLite's machine
  std::uint64_t pages = 0;    ///< pages of the file, from the cache or not
};

/// An index of so many messages, which came within the same sixty days however many they are.
class Index {
 public:
  Index(const std::filesystem::path& file, std::uint64_t messages)
      : file_(file), messages_(messages), writer_(file, vfs) {
    while (window_.end() < messages) {
      const Message message{window_.end() + 1};
      JournalEntry entry = numbered::entry_of(message);
      entry.received = received(message.n);
      const search::Extract extract = search::extract(entry, {}, {});
      const auto place = static_cast<std::uint16_t>(window_.end());
      for (const search::Term term : extract.terms) window_.rows[term].push_back(place);
      if (message.n <= 97) std::ranges::copy(extract.names, std::back_inserter(window_.names));
      window_.heads.push_back({entry.received, 0, 0});
      if (window_.full()) keep();
    }
  }

  /// As the page asks: fifty of the last thirty days, and how many there were before.
  std::pair<SearchFound, Cost> find(std::string_view text) {
    Connection connection(file_, {.vfs = vfs, .cache_kib = 4 * 1024, .read_only = true});
    const search::SegmentReader reader(connection);
    search::Query query = search::parse_query(text).value();
    SearchPage page{.limit = 50, .most_time = std::chrono::hours(1)};
    if (!query.from && !query.until) {
      query.from = Instant{received(messages_).micros - 30 * day};
      page.count_earlier = true;
    }
    const std::uint64_t before = pages(connection);
    const search::Snapshot snapshot{writer_.standing(), spans_, window_, reader};
    SearchFound found = search::Search(snapshot, query, page).run();
    Cost cost{.lookups = found.lookups, .pages = pages(connection) - before};
    for (sqlite3_stmt* each = nullptr; (each = sqlite3_next_stmt(connection.handle(), each)) != nullptr;)
      cost.steps += static_cast<std::uint64_t>(sqlite3_stmt_status(each, SQLITE_STMTSTATUS_VM_STEP, 0));
    return {std::move(found), cost};
  }

 private:
  Instant received(std::uint64_t n) const {
    return {numbered::first_instant +
            static_cast<std::int64_t>(n) * (60 * day / static_cast<std::int64_t>(messages_))};
  }

  void keep() {
    writer_.keep(window_, 0, {});
    search::Span span{window_.heads.front().received, window_.heads.front().received};
    for (const search::Head& head : window_.heads)
      span = {std::min(span.earliest, head.received), std::max(span.latest, head.received)};
    spans_.push_back(span);
    window_ = {.first = writer_.standing().places()};
    while (writer_.tidy([](const search::Standing&) {})) {
    }
  }

  static std::uint64_t pages(Connection& connection) {
    std::uint64_t sum = 0;
    for (const int kind : {SQLITE_DBSTATUS_CACHE_HIT, SQLITE_DBSTATUS_CACHE_MISS}) {
      int now = 0;
      int most = 0;
      sqlite3_db_status(connection.handle(), kind, &now, &most, 0);
      sum += static_cast<std::uint64_t>(now);
    }
    return sum;
  }

  const std::filesystem::path file_;
  const std::uint64_t messages_;
  search::SegmentWriter writer_;
  std::vector<search::Span> spans_;
  search::Window window_;
};

/// One search of each kind that the page offers, as the bench has them, about messages that both have.
const std::string_view mix[] = {"message:20230912-0000004242",
                                "JJ0000004242",
                                "loan:bank02/JJ0000004242 from:2020-01-01",
                                "company:91330482MA20000042",
                                "第42号",
                                "company:科技有限公司",
                                "amount:142400",
                                "partner:bank03 outcome:rejected",
                                "finding:ceiling_exceeded",
                                "采购原材料 from:2020-01-01",
                                "partner:bank01 kind:loan.disbursement from:2023-10-20 to:2023-10-22",
                                "amount:142400 from:2023-10-20 to:2023-10-22",
                                "outcome:rejected amount:1000.01 from:2020-01-01",
                                "outcome:rejected kind:loan.settlement from:2020-01-01",
                                "#4242",
                                "message:there-is-none",
                                ""};

/// A term is looked up in sixteen segments of a level at the most, so ten times as many messages are a few
/// more look-ups for each term; a cost that went with their number would be ten times as high.
std::uint64_t allowed(std::uint64_t before, std::uint64_t of_one_lookup) {
  return 3 * before + 32 * of_one_lookup;
}

TEST(SearchCost, DoesNotGrowFromAHundredThousandMessagesToAMillion) {
  const TemporaryFolder folder;
  Index few(folder.path() / "few.db", little);
  Index many(folder.path() / "many.db", much);
  for (const std::string_view text : mix) {
    const auto [found, before] = few.find(text);
    const auto [found_in_many, after] = many.find(text);
    EXPECT_EQ(found_in_many.complete, found.complete) << text;
    EXPECT_LE(after.lookups, allowed(before.lookups, 1)) << text;
    EXPECT_LE(after.steps, allowed(before.steps, 20)) << text;
    EXPECT_LE(after.pages, allowed(before.pages, 5)) << text;
  }
}

}  // namespace
}  // namespace loangate::store
