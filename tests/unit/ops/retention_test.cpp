// What is old goes to the archive, what is over goes altogether; what is held, not final or an act stays, and
// what went leaves its head and the act of its removal.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

#include "port.hpp"
#include "tests/store/samples.hpp"

namespace loangate::ops::testing {
namespace {

namespace sample = store::sample;
using ::testing::HasSubstr;
using ::testing::Not;

const Date today = Date::of(2040, 1, 1).value();
const store::Archive::GoOn always = [] { return true; };
const RetentionLimits two_years{.archive_after_days = 90,
                                .keep_days = {{"all", 730}, {"limit.query", 40'000}}};

/// A filing of 2023 as a bank's, with its loan as it stands now.
store::Unit filed(unsigned bank, std::uint64_t n, const Course& course, bool sends = false) {
  return [=](const store::View&, Sequence sequence) {
    Loan loan = sample::loan(sample::loan_ref(bank, n), sequence, sample::uscc(1));
    loan.course = course;
    store::Writes writes{.entry = sample::entry(sample::bank(bank), sample::message_id(n)),
                         .changes = {loan}};
    if (sends) writes.outgoing.push_back(sample::credit_event(loan));
    return writes;
  };
}

const Course settled = course::Settled{Date::of(2023, 12, 1).value()};

/// A port with a day of 2023 that is over, and what follows it.
class Old : public ::testing::Test {
 protected:
  explicit Old(RetentionLimits limits = two_years) : port({.retention = std::move(limits)}) {}

  Sequence is(store::Unit unit) { return port.commits(std::move(unit)); }
  void day_ends() {
    is([](const store::View&, Sequence) {
      store::Writes writes{.entry = sample::entry(sample::bank(9), sample::message_id(999'999))};
      writes.entry->real_time = real_now();
      return writes;
    });
  }
  RetentionRound goes_round(Date on = today) {
    auto round = port.retention().go(on, always);
    EXPECT_EQ(round.fault, "");
    return round;
  }
  bool is_there(Sequence sequence) {
    const auto entry = port.store().entry(sequence);
    EXPECT_TRUE(entry) << sequence.number;
    return entry && !entry->removed_by;
  }
  Told holds(std::string_view person, std::string_view institution, std::string_view loan, bool held) {
    std::string body = fmt::format(R"({{"institution":"{}",)", institution);
    if (!loan.empty()) body += fmt::format(R"("loan_no":"{}",)", loan);
    return port.post(
        person, "/v1/acts/legal.hold",
        fmt::format(R"({}"held":"{}","reason":"(2039)浙0482民初17号"}})", body, held ? "yes" : "no"));
  }
  static std::string loan_no(std::uint64_t n) { return fmt::format("JJ{:010}", n); }

  Port port;
};

TEST_F(Old, WhatIsOverGoesAndLeavesItsHeadAndItsAct) {
  const Sequence first = is(filed(1, 1, settled));
  const Sequence second = is(filed(1, 2, settled));
  day_ends();
  const std::string raw_sha256 = port.get(fmt::format("/v1/journal/{}", first.number))["raw_sha256"];
  const RetentionRound round = goes_round();
  EXPECT_EQ(round.archived_days, 1u);
  EXPECT_EQ(round.removed_entries, 2u);

  const Told told = port.get(fmt::format("/v1/journal/{}", first.number));
  const std::string act = told["removed_by"];
  ASSERT_NE(act, "");
  EXPECT_EQ(told["partner"], "bank01");
  EXPECT_EQ(told["kind"], "loan.disbursement");
  EXPECT_EQ(told["outcome"], "accepted");
  EXPECT_EQ(told["raw_sha256"], raw_sha256);
  EXPECT_THAT(told.body, HasSubstr(R"("raw":null)"));
  EXPECT_THAT(told.body, Not(HasSubstr("filler")));
  EXPECT_EQ(port.get(fmt::format("/v1/messages/{}", second.number))["head/removed_by"], act);
  EXPECT_EQ(port.store().entry(second)->removed_by->number, std::stoull(act));

  const Told evidence = port.get("/v1/journal/" + act);
  EXPECT_EQ(evidence["kind"], "retention.removal");
  EXPECT_EQ(evidence["person"], "gateway");
  EXPECT_EQ(evidence["canonical/day"], "2023-11-15");
  EXPECT_EQ(evidence["canonical/entries"], "2");
  EXPECT_EQ(evidence["canonical/digest"].size(), 64u);
  EXPECT_EQ(port.get("/v1/loans/bank01/" + loan_no(1)).status, 200u) << "the registry is no message";
}

TEST_F(Old, WhatIsNotFinalStays) {
  const Sequence open = is(filed(1, 1, course::Current{}));
  const Sequence applied = is(filed(1, 2,
                                    course::Overdue{.due_on = today,
                                                    .principal = Fen::yuan(1),
                                                    .interest = Fen::zero(),
                                                    .reported_on = today,
                                                    .late = false,
                                                    .report = {2}}));
  const Sequence undelivered = is(filed(1, 3, settled, true));
  const Sequence person =
      is([](const store::View&, Sequence) { return store::Writes{.entry = sample::act("officer-li")}; });
  // Refused, so it changed nothing; but it speaks of the loan that is open.
  const Sequence about = is([](const store::View&, Sequence) {
    store::Writes writes{.entry = sample::entry(sample::bank(1), sample::message_id(50), Outcome::rejected)};
    writes.entry->canonical = fmt::format(R"({{"rows":[{{"loan_no":"{}"}}]}})", loan_no(1));
    return writes;
  });
  const Sequence young = is([](const store::View&, Sequence) {
    store::Writes writes{.entry = sample::entry(sample::bank(1), sample::message_id(51))};
    writes.entry->kind = MessageKind::limit_query;
    return writes;
  });
  const Sequence over = is(filed(1, 4, settled));
  day_ends();
  const RetentionRound round = goes_round();
  EXPECT_EQ(round.removed_entries, 1u);
  EXPECT_EQ(round.kept.at(Stays::not_final), 4u);
  EXPECT_EQ(round.kept.at(Stays::act), 1u);
  EXPECT_EQ(round.kept.at(Stays::not_yet), 1u);
  for (const Sequence stays : {open, applied, undelivered, person, about, young})
    EXPECT_TRUE(is_there(stays));
  EXPECT_FALSE(is_there(over));
  EXPECT_FALSE(port.store().entry(open)->entry.receipt.empty());
}

TEST_F(Old, NothingOverridesALegalHoldUntilItIsLifted) {
  const Sequence held = is(filed(1, 1, settled));
  const Sequence free = is(filed(1, 2, settled));
  const Sequence of_partner = is(filed(2, 3, settled));
  ASSERT_EQ(holds("officer-li", "bank01", loan_no(1), true).status, 200u);
  ASSERT_EQ(holds("auditor-sun", "bank02", "", true).status, 200u);
  EXPECT_EQ(holds("operator-zhao", "bank01", loan_no(1), false).status, 403u);
  const Told told = port.get("/v1/retention");
  EXPECT_EQ(told.status, 200u);
  EXPECT_EQ(told["holds/0/institution"], "bank01");
  EXPECT_EQ(told["holds/0/loan_no"], loan_no(1));
  EXPECT_EQ(told["holds/1/institution"], "bank02");

  EXPECT_EQ(goes_round().removed_entries, 1u);
  EXPECT_TRUE(is_there(held));
  EXPECT_TRUE(is_there(of_partner));
  EXPECT_FALSE(is_there(free));

  ASSERT_EQ(holds("officer-li", "bank01", loan_no(1), false).status, 200u);
  EXPECT_EQ(goes_round(today.plus_days(8)).removed_entries, 1u);
  EXPECT_FALSE(is_there(held));
  EXPECT_TRUE(is_there(of_partner));
  EXPECT_EQ(port.get("/v1/retention")["holds/0/institution"], "bank02");
  EXPECT_EQ(goes_round(today.plus_days(16)).removed_entries, 0u);
}

TEST_F(Old, AHoldThatComesWhileTextsAreBeingLookedAtCounts) {
  const Sequence first = is(filed(1, 1, settled));
  is(filed(1, 2, settled));
  day_ends();
  ASSERT_TRUE(port.store().archive().archive_next(today, always));
  RetentionRules rules(port.store(), two_years, today);
  EXPECT_FALSE(rules.stays(*port.store().entry(first), Date::of(2023, 11, 15).value()));
  EXPECT_TRUE(rules.still_so());
  is(filed(3, 70, settled));
  EXPECT_TRUE(rules.still_so()) << "of another loan";
  is([](const store::View&, Sequence) {
    store::Writes writes{.entry = sample::entry(sample::bank(1), sample::message_id(71))};
    writes.entry->canonical = fmt::format(R"({{"loan_no":"{}"}})", loan_no(1));
    return writes;
  });
  EXPECT_FALSE(rules.still_so()) << "something new about the loan";
  RetentionRules others(port.store(), two_years, today);
  ASSERT_EQ(holds("officer-li", "bank09", "", true).status, 200u);
  EXPECT_FALSE(others.still_so());
}

TEST_F(Old, ItIsToldWhatIsArchivedAndWhatGoesNext) {
  is(filed(1, 1, settled));
  day_ends();
  ASSERT_TRUE(port.store().archive().archive_next(today, always));
  const Told told = port.get("/v1/retention", "auditor-sun");
  EXPECT_EQ(told["archived/files"], "1");
  EXPECT_EQ(told["archived/entries"], "1");
  EXPECT_EQ(told["next/0/day"], "2023-11-15");
  EXPECT_EQ(told["next/0/from"], "2025-11-15");
  EXPECT_NE(told["space/archive"], "0");
  goes_round();
  const Told after = port.get("/v1/retention", "auditor-sun");
  EXPECT_EQ(after["archived/removed"], "1");
  EXPECT_EQ(after["next/0/day"], "");
  EXPECT_EQ(after["space/archive"], "0");
  EXPECT_EQ(after["last_round/removed_entries"], "1");
}

class ForEver : public Old {
 protected:
  ForEver() : Old({.archive_after_days = 90}) {}
};

TEST_F(ForEver, WithoutALimitNothingIsEverRemoved) {
  const Sequence entry = is(filed(1, 1, settled));
  day_ends();
  const RetentionRound round = goes_round(Date::of(2200, 1, 1).value());
  EXPECT_EQ(round.archived_days, 1u);
  EXPECT_EQ(round.removed_entries, 0u);
  EXPECT_TRUE(is_there(entry));
}

TEST_F(Old, TheIndexForgetsAndFollowsAgain) {
  is(filed(1, 1, settled));
  day_ends();
  port.indexed();
  goes_round();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  Told told;
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    told = port.get("/v1/messages?q=" + percent_encoded("message:20230912-0000000001 from:2020-01-01"));
  } while ((told.status != 200 || told["behind"] != "0") && std::chrono::steady_clock::now() < patience);
  EXPECT_EQ(told["items/0/partner"], "bank01") << told.body;
  EXPECT_NE(told["items/0/removed_by"], "");
}

}  // namespace
}  // namespace loangate::ops::testing
