// What flows, counted at commit.
#include "ops/flow/tally.hpp"

#include <gtest/gtest.h>

#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"

namespace loangate::ops {
namespace {

using store::DeliveryState;

const PartnerId bank = PartnerId::parse("bank07").value();
const PartnerId other = PartnerId::parse("sxbph").value();
constexpr std::int64_t second = 1'000'000;

Instant at(std::int64_t seconds) {
  return Instant{(1'700'000'000 + seconds) * second};
}

store::EntryFact message(std::int64_t seconds, Outcome outcome = Outcome::accepted, PartnerId from = bank) {
  return {from, MessageKind::loan_disbursement, outcome, at(seconds)};
}
store::DeliveryFact change(std::int64_t seconds, std::optional<DeliveryState> before, DeliveryState after) {
  return {bank, before, after, at(seconds)};
}
void tell(Tally& tally, std::vector<store::EntryFact> entries,
          std::vector<store::DeliveryFact> deliveries = {}) {
  tally.committed({std::move(entries), std::move(deliveries)}, std::chrono::microseconds(150));
}

TEST(Tally, TellsTheRateOfTheLastMinute) {
  Tally tally(at(0));
  for (int i = 0; i < 120; ++i) tell(tally, {message(i), message(i, Outcome::rejected, other)});
  EXPECT_EQ(tally.now(at(119)).partners.at(bank).received_a_minute, 60u);
  EXPECT_EQ(tally.now(at(119)).received_a_minute, 120u);
  EXPECT_EQ(tally.now(at(149)).partners.at(bank).received_a_minute, 30u);
  EXPECT_EQ(tally.now(at(180)).partners.at(bank).received_a_minute, 0u);
  EXPECT_EQ(tally.now(at(180)).partners.at(bank).last_message, at(119));
}

TEST(Tally, CountsActsAsEntriesOfNoPartner) {
  Tally tally(at(0));
  tell(tally, {{{}, MessageKind::company_entry, Outcome::accepted, at(1)}});
  EXPECT_TRUE(tally.now(at(1)).partners.empty());
  EXPECT_EQ(tally.now(at(1)).entries_a_minute, 1u);
}

TEST(Tally, KnowsWhatWaitsAndWhatIsParked) {
  Tally tally(at(0));
  tally.opened({{bank, DeliveryState::waiting, 7}, {bank, DeliveryState::parked, 2}});
  tell(tally, {},
       {change(1, {}, DeliveryState::waiting), change(2, DeliveryState::waiting, DeliveryState::waiting),
        change(3, DeliveryState::waiting, DeliveryState::delivered),
        change(4, DeliveryState::waiting, DeliveryState::parked),
        change(5, DeliveryState::parked, DeliveryState::withdrawn),
        change(6, DeliveryState::parked, DeliveryState::waiting)});
  const Tally::Partner now = tally.now(at(6)).partners.at(bank);
  EXPECT_EQ(now.waiting, 7u);
  EXPECT_EQ(now.parked, 1u);
  EXPECT_EQ(now.attempts_delivered, 1u);
  EXPECT_EQ(now.attempts_failed, 1u) << "a release by hand is no attempt";
  EXPECT_EQ(now.attempts_parked, 1u);
  EXPECT_EQ(now.delivered_a_minute, 1u);
  EXPECT_EQ(now.last_delivery, at(3));
}

TEST(Tally, HasTheLastDayInBucketsOfFiveMinutes) {
  Tally tally(at(0));
  constexpr std::int64_t day = 86'400;
  for (std::int64_t i = 0; i < 2 * day; i += 60) tell(tally, {message(i), message(i, Outcome::held, other)});
  const Tally::Day all = tally.day(at(2 * day - 1), std::nullopt);
  ASSERT_EQ(all.buckets.size(), Tally::buckets_a_day);
  EXPECT_EQ(all.buckets[10].counts[Tally::accepted], 5u);
  EXPECT_EQ(all.buckets[10].counts[Tally::held], 5u);
  EXPECT_EQ(tally.day(at(2 * day - 1), other).buckets[10].counts[Tally::accepted], 0u);
  const Tally::Day later = tally.day(at(2 * day + 3600), bank);
  EXPECT_EQ(later.buckets.back().counts[Tally::accepted], 0u) << "nothing came in the last hour";
  std::uint32_t sum = 0;
  for (const auto& bucket : later.buckets) sum += bucket.counts[Tally::accepted];
  EXPECT_NEAR(sum, 23 * 60, 6);
}

TEST(Tally, AClockThatIsSetBackLosesNothingThatWasCounted) {
  Tally tally(at(0));
  tell(tally, {message(1000)});
  tell(tally, {message(990), message(-100'000)});
  EXPECT_EQ(tally.now(at(1000)).received_a_minute, 2u);
  EXPECT_EQ(tally.now(at(990)).received_a_minute, 2u);
  EXPECT_EQ(tally.now(at(1000)).partners.at(bank).last_message, at(1000));
}

TEST(Tally, FollowsARealStoreAndIsReadBackFromItsJournal) {
  const TemporaryFolder folder;
  const Instant now = real_now();
  {
    Tally tally;
    auto opened = store::open_sqlite(folder.path(), {.low_water_bytes = 0, .witness = &tally}).value();
    for (std::uint64_t i = 1; i <= 5; ++i) {
      const store::Unit unit = [i, now](const store::View&, Sequence) {
        store::Writes writes;
        writes.entry = store::sample::entry(other, store::sample::message_id(i));
        writes.entry->real_time = now;
        writes.outgoing.push_back(
            store::sample::default_notice(store::sample::uscc(static_cast<unsigned>(i)), bank));
        return writes;
      };
      ASSERT_TRUE(opened->transact(std::span(&unit, 1)).front());
    }
    EXPECT_EQ(tally.now(now).partners.at(bank).waiting, 5u);
    EXPECT_EQ(tally.now(now).partners.at(other).received_a_minute, 5u);
    const store::Unit failing = [](const store::View&, Sequence) -> store::Writes {
      throw std::runtime_error("no");
    };
    EXPECT_FALSE(opened->transact(std::span(&failing, 1)).front());
    EXPECT_EQ(tally.now(now).received_a_minute, 5u);
    std::uint64_t commits = 0;
    for (std::size_t i = 0; i <= tally.commits().bounds().size(); ++i) commits += tally.commits().count(i);
    EXPECT_GE(commits, 5u);
  }
  Tally anew;
  const auto opened = store::open_sqlite(folder.path(), {.low_water_bytes = 0, .witness = &anew}).value();
  EXPECT_EQ(anew.now(now).partners.at(bank).waiting, 5u);
  anew.recall(*opened);
  EXPECT_EQ(anew.now(now).partners.at(other).last_message, now);
  EXPECT_EQ(anew.day(now, other).buckets.back().counts[Tally::accepted], 5u);
}

}  // namespace
}  // namespace loangate::ops
