// Classes of failure, queries about deliveries, and the groups of what is in trouble.
#include "delivery/trouble.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "delivery/selection.hpp"
#include "delivery/verdict.hpp"
#include "tests/support/property.hpp"

using namespace loangate;
using namespace loangate::delivery;
using adapters::OnUnknown;
using store::DeliveryState;

namespace {

store::Delivery row(std::uint64_t id, std::string_view to, MessageKind kind, DeliveryState state,
                    std::string reason, std::uint32_t attempts = 1) {
  return {.id = {id},
          .cause = {id / 100},
          .to = PartnerId::parse(to).value(),
          .kind = kind,
          .lane = "lane",
          .message = "{}",
          .state = state,
          .attempts = attempts,
          .reason = std::move(reason),
          .created = {static_cast<std::int64_t>(id) * 1'000'000}};
}

store::Delivery parked(std::uint64_t id, std::string_view to, Failure failure) {
  return row(id, to, MessageKind::default_notice, DeliveryState::parked, stamped(failure, "why"));
}

std::string reason_of(const Step& step) {
  const auto* park = std::get_if<Park>(&step);
  return park != nullptr ? park->reason : std::get<Again>(step).reason;
}

TEST(Failure, TheClassStandsAtTheHeadOfTheReasonAndComesBackFromIt) {
  for (std::size_t i = 0; i < failure_count; ++i) {
    const auto failure = static_cast<Failure>(i);
    const std::string reason = stamped(failure, "[refused] by whom");
    EXPECT_EQ(failure_of(reason), failure) << reason;
    EXPECT_EQ(words_of(reason), "[refused] by whom");
  }
  EXPECT_EQ(failure_of("connection refused"), Failure::other);
  EXPECT_EQ(words_of("connection refused"), "connection refused");
  EXPECT_EQ(failure_of("[refused"), Failure::other);
  EXPECT_EQ(failure_of(""), Failure::other);
}

TEST(Failure, IsDecidedWhereTheAnswerIsRead) {
  const auto failure = [](const Meaning& meaning, OnUnknown policy = OnUnknown::resend) {
    return failure_of(reason_of(step_after(meaning, policy, 0, 20)));
  };
  EXPECT_EQ(failure(Refused{"account frozen"}), Failure::refused);
  EXPECT_EQ(failure(Unreached{"no route"}), Failure::unreached);
  EXPECT_EQ(failure(NeverCame{}), Failure::never_came);
  EXPECT_EQ(failure(Unclear{"HTTP 500", true, Failure::outage}), Failure::outage);
  EXPECT_EQ(failure(Unclear{"cut", true, Failure::no_answer}, OnUnknown::park), Failure::no_answer);
  EXPECT_EQ(failure(Unclear{"HTTP 200: <html>", false}), Failure::nonsense);
}

TEST(Selection, HasOneTextHoweverItWasWritten) {
  const auto text = [](std::string_view query) { return Selection::parse(query).value().text(); };
  EXPECT_EQ(text("  class:refused   partner:fund kind:default.notice partner:bank01 partner:fund"),
            "partner:bank01 partner:fund kind:default.notice class:refused");
  EXPECT_EQ(text("id:4200..4300 id:7"), "id:7 id:4200..4300");
  EXPECT_EQ(text("before:2026-11-22 kind:default.notice"),
            "kind:default.notice before:2026-11-22T00:00:00.000000+08:00");
  for (const std::string_view query :
       {"partner:bank01 class:outage since:2026-01-02T03:04:05+08:00", "id:1..9"})
    EXPECT_EQ(text(text(query)), text(query));
}

TEST(Selection, SaysWhichWordIsWrong) {
  for (const std::string_view query :
       {"bank01", "partner:", "partner:a_name_that_is_much_too_long", "kind:default", "class:refuse",
        "id:", "id:7x", "id:9..7", "id:-1", "since:yesterday", "before:2026-02-30", "colour:red", ":",
        "partner", "since:2026-01-01 since:2026-01-02"}) {
    const auto selection = Selection::parse(query);
    ASSERT_FALSE(selection) << query;
    EXPECT_NE(selection.error().find(query.substr(query.rfind(' ') + 1)), std::string::npos)
        << selection.error();
  }
  EXPECT_FALSE(Selection::parse(""));
  EXPECT_FALSE(Selection::parse("   "));
  EXPECT_FALSE(Selection::parse("partner:bank01 " + std::string(600, ' ')));
}

TEST(Selection, NamesParkedMessagesByAllItsWords) {
  const auto names = [](std::string_view query, const store::Delivery& of) {
    return Selection::parse(query).value().names(of);
  };
  const auto message = parked(4201, "bank01", Failure::refused);
  EXPECT_TRUE(names("partner:bank01", message));
  EXPECT_TRUE(names("partner:fund partner:bank01 class:refused kind:default.notice id:4000..4300", message));
  EXPECT_FALSE(names("partner:fund", message));
  EXPECT_FALSE(names("partner:bank01 class:outage", message));
  EXPECT_FALSE(names("kind:credit.event", message));
  EXPECT_FALSE(names("id:4202", message));
  EXPECT_TRUE(names("since:1970-01-01T01:10:01Z before:1970-01-01T01:10:02Z", message)) << "of its commit";
  EXPECT_FALSE(names("before:1970-01-01T01:10:01Z", message));
  auto waiting = message;
  waiting.state = DeliveryState::waiting;
  EXPECT_FALSE(names("partner:bank01", waiting));
  EXPECT_TRUE(Selection::parse("partner:bank01").value().covers(waiting));
  auto confirmed = message;
  confirmed.state = DeliveryState::delivered;
  EXPECT_FALSE(names("id:4201", confirmed));
}

TEST(Troubles, WhatOnlyWaitsIsInNoTrouble) {
  Troubles troubles;
  troubles.add(row(101, "bank01", MessageKind::default_notice, DeliveryState::waiting, "", 0));
  troubles.add(row(201, "bank01", MessageKind::default_notice, DeliveryState::waiting,
                   stamped(Failure::unreached, "refused"), 3));
  troubles.add(parked(301, "bank01", Failure::refused));
  const auto groups = troubles.groups();
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].key(), "bank01/default.notice/unreached");
  EXPECT_EQ(groups[0].retrying, 1u);
  EXPECT_EQ(groups[0].reason, "refused") << "the reason is shown without its code";
  EXPECT_EQ(groups[1].key(), "bank01/default.notice/refused");
  EXPECT_EQ(groups[1].oldest, DeliveryId{301});
}

std::vector<store::Delivery> any_rows() {
  const auto count = *rc::gen::inRange(0, 30).as("messages");
  std::mt19937 chance(*rc::gen::arbitrary<std::uint32_t>().as("seed"));
  const std::string_view partners[] = {"bank01", "bank02", "fund"};
  const MessageKind kinds[] = {MessageKind::default_notice, MessageKind::credit_event};
  std::vector<store::Delivery> rows;
  for (int i = 1; i <= count; ++i) {
    const auto failure = static_cast<Failure>(chance() % failure_count);
    // Texts that differ within a class, and texts that are the same in two.
    std::string reason = stamped(failure, "reason " + std::to_string(chance() % 3));
    if (failure == Failure::other) reason = "from before";
    rows.push_back(row(static_cast<std::uint64_t>(i) * 100 + 1, partners[chance() % 3], kinds[chance() % 2],
                       static_cast<DeliveryState>(chance() % 4), reason, chance() % 3));
  }
  return rows;
}

std::vector<std::string> told(const std::vector<store::Delivery>& rows) {
  Troubles troubles;
  for (const auto& one : rows) troubles.add(one);
  std::vector<std::string> groups;
  for (const auto& group : troubles.groups()) {
    groups.push_back(fmt::format("{} {} {} {} {} {} {}", group.key(), group.parked, group.retrying,
                                 group.oldest.number, group.first.micros, group.last.micros, group.reason));
  }
  return groups;
}

TEST(Troubles, RegroupingGivesTheSameGroups) {
  support::holds([] {
    auto rows = any_rows();
    const auto groups = told(rows);
    std::ranges::shuffle(rows, std::mt19937(*rc::gen::arbitrary<std::uint32_t>().as("order")));
    RC_ASSERT(told(rows) == groups);

    // A group is what it is whatever else is there: of its own messages alone it is the same.
    Troubles all;
    for (const auto& one : rows) all.add(one);
    std::uint64_t in_groups = 0;
    for (const auto& group : all.groups()) {
      std::vector<store::Delivery> own;
      std::ranges::copy_if(rows, std::back_inserter(own), [&](const store::Delivery& one) {
        Troubles alone;
        alone.add(one);
        const auto groups_of_it = alone.groups();
        return !groups_of_it.empty() && groups_of_it.front().key() == group.key();
      });
      RC_ASSERT(own.size() == group.count());
      RC_ASSERT(told(own).size() == 1u);
      in_groups += own.size();
      const Selection selection = Selection::parse(group.query()).value();
      RC_ASSERT(std::cmp_equal(
          std::ranges::count_if(rows, [&](const auto& one) { return selection.names(one); }), group.parked));
    }
    const auto in_trouble = std::ranges::count_if(rows, [](const store::Delivery& one) {
      return one.state == DeliveryState::parked || (one.state == DeliveryState::waiting && one.attempts > 0);
    });
    RC_ASSERT(std::cmp_equal(in_trouble, in_groups));
  });
}

}  // namespace
