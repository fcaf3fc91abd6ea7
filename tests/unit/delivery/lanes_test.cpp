#include "delivery/lanes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

using namespace loangate;
using namespace loangate::delivery;
using namespace std::chrono_literals;

namespace {

constexpr Moment at_once{};
constexpr Moment noon = at_once + 12h;

DeliveryId id(std::uint64_t number) {
  return DeliveryId{number};
}

std::vector<std::uint64_t> take_all(Lanes& lanes, Moment now) {
  std::vector<std::uint64_t> taken;
  while (const auto next = lanes.take(now)) taken.push_back(next->number);
  return taken;
}

TEST(Lanes, OnlyTheFirstOfEachLaneGoes) {
  Lanes lanes(100);
  lanes.add(id(1), "loan/a/1", at_once);
  lanes.add(id(2), "loan/a/1", at_once);
  lanes.add(id(3), "loan/a/2", at_once);
  EXPECT_EQ(take_all(lanes, noon), (std::vector<std::uint64_t>{1, 3}));
  lanes.finished(id(1));
  EXPECT_EQ(take_all(lanes, noon), (std::vector<std::uint64_t>{2}));
}

TEST(Lanes, AParkedMessageStopsItsLaneAndNoOther) {
  Lanes lanes(100);
  lanes.add_parked(id(1), "loan/a/1");
  lanes.add(id(2), "loan/a/1", at_once);
  lanes.add(id(3), "loan/a/2", at_once);
  lanes.add(id(4), "loan/a/2", at_once);
  EXPECT_EQ(take_all(lanes, noon), (std::vector<std::uint64_t>{3}));
  lanes.parked(id(3));
  EXPECT_TRUE(take_all(lanes, noon).empty());
  lanes.add(id(5), "loan/a/2", at_once);
  lanes.add(id(6), "loan/a/3", at_once);
  EXPECT_EQ(take_all(lanes, noon), (std::vector<std::uint64_t>{6}));
}

TEST(Lanes, AMessageWaitsForItsTimeAndHoldsItsLaneMeanwhile) {
  Lanes lanes(100);
  lanes.add(id(1), "loan/a/1", at_once);
  lanes.add(id(2), "loan/a/1", at_once);
  ASSERT_EQ(lanes.take(noon), id(1));
  lanes.again(id(1), noon + 5s, false);
  EXPECT_EQ(lanes.take(noon), std::nullopt);
  EXPECT_EQ(lanes.due_at(), noon + 5s);
  EXPECT_EQ(lanes.take(noon + 5s), id(1));
}

TEST(Lanes, AnswersWithoutSenseAreCounted) {
  Lanes lanes(100);
  lanes.add(id(1), "loan/a/1", at_once);
  for (std::uint32_t count = 0; count < 3; ++count) {
    ASSERT_EQ(lanes.take(noon), id(1));
    EXPECT_EQ(lanes.unclear(id(1)), count);
    lanes.again(id(1), at_once, true);
  }
  ASSERT_EQ(lanes.take(noon), id(1));
  lanes.again(id(1), at_once, false);
  EXPECT_EQ(lanes.unclear(id(1)), 3u);
}

TEST(Lanes, ALongLaneDoesNotFillTheWindow) {
  Lanes lanes(8, 3);
  for (std::uint64_t n = 1; n <= 5; ++n) lanes.add(id(n), "loan/a/slow", at_once);
  lanes.add(id(6), "loan/a/2", at_once);
  EXPECT_EQ(lanes.room(), 4u);
  EXPECT_EQ(lanes.read_from(), id(6));
  ASSERT_EQ(take_all(lanes, noon), (std::vector<std::uint64_t>{1, 6}));
  EXPECT_FALSE(lanes.finished(id(1)));
  ASSERT_EQ(lanes.take(noon), id(2));
  EXPECT_FALSE(lanes.finished(id(2)));
  ASSERT_EQ(lanes.take(noon), id(3));
  EXPECT_TRUE(lanes.finished(id(3)));  // 4 and 5 were left in the store
  EXPECT_EQ(lanes.read_from(), id(3));
}

TEST(Lanes, WhatIsUnderWayStaysSoWhenALaneIsReleased) {
  Lanes lanes(100);
  lanes.add_parked(id(1), "loan/a/1");
  lanes.add(id(2), "loan/a/2", at_once);
  lanes.add(id(3), "loan/a/2", at_once);
  ASSERT_EQ(lanes.take(noon), id(2));
  lanes.forget();
  EXPECT_EQ(lanes.read_from(), id(0));
  // As the store has them now: 1 released, 2 not yet recorded.
  lanes.add(id(1), "loan/a/1", at_once);
  lanes.add(id(2), "loan/a/2", at_once);
  lanes.add(id(3), "loan/a/2", at_once);
  EXPECT_EQ(take_all(lanes, noon), (std::vector<std::uint64_t>{1}));
  lanes.finished(id(2));
  EXPECT_EQ(take_all(lanes, noon), (std::vector<std::uint64_t>{3}));
}

TEST(Lanes, AMessageThatWeNotedAsParkedBeforeItWentOutIsStillUnderWay) {
  Lanes lanes(100);
  lanes.add(id(1), "loan/a/1", at_once);
  ASSERT_EQ(lanes.take(noon), id(1));
  lanes.add_parked(id(1), "loan/a/1");
  lanes.add(id(2), "loan/a/1", at_once);
  lanes.finished(id(1));
  EXPECT_EQ(lanes.take(noon), id(2));
}

// A store of rows, read the way the pump does; whatever the fates, each lane goes out in order and nothing is
// left behind.
RC_GTEST_PROP(LanesProperty, EverythingGoesOnceInTheOrderOfItsLane, ()) {
  const auto lane_of =
      *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6)).as("lane of each message");
  const auto window = *rc::gen::inRange<std::size_t>(1, 12).as("window");
  const auto per_lane = *rc::gen::inRange<std::size_t>(1, 4).as("per lane");
  const auto hands = *rc::gen::inRange<std::size_t>(1, 5).as("in flight");
  // One pick for all that chance decides on the way: a pick each would make a run take seconds.
  std::mt19937 chance(*rc::gen::arbitrary<std::uint32_t>().as("seed of what happens"));

  std::set<std::uint64_t> stored;
  for (std::uint64_t n = 1; n <= lane_of.size(); ++n) stored.insert(n);
  const auto lane = [&](std::uint64_t n) { return "lane " + std::to_string(lane_of[n - 1]); };

  Lanes lanes(window, per_lane);
  std::vector<std::uint64_t> out;
  std::vector<std::uint64_t> under_way;
  bool more = true;
  Moment now = noon;
  while (!stored.empty()) {
    while (under_way.size() < hands) {
      if (const auto next = lanes.take(now)) {
        under_way.push_back(next->number);
      } else if (more && lanes.room() > 0) {
        const std::size_t limit = std::min<std::size_t>(lanes.room(), 3);
        std::size_t read = 0;
        for (auto row = stored.upper_bound(lanes.read_from().number); row != stored.end() && read < limit;
             ++row, ++read) {
          lanes.add(id(*row), lane(*row), at_once);
        }
        more = read == limit;
      } else {
        break;
      }
    }
    if (under_way.empty()) {
      RC_ASSERT(lanes.due_at().has_value());
      now = *lanes.due_at();
      continue;
    }
    RC_ASSERT(lanes.under_way() == under_way.size());
    const auto which = chance() % under_way.size();
    const auto message = under_way[which];
    under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(which));
    if (chance() % 4 == 0) {
      lanes.again(id(message), now + 1s, false);
    } else {
      out.push_back(message);
      stored.erase(message);
      if (lanes.finished(id(message))) more = true;
    }
  }
  RC_ASSERT(out.size() == lane_of.size());
  std::map<std::string, std::uint64_t> last;
  for (const auto message : out) {
    RC_ASSERT(last[lane(message)] < message);
    last[lane(message)] = message;
  }
}

}  // namespace
