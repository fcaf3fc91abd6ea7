#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "tests/unit/delivery/site.hpp"

using namespace loangate;
using namespace loangate::delivery;
using namespace loangate::delivery::testing;
using namespace std::chrono_literals;

namespace {

const PartnerId bank = partner("phrcb");
const PartnerId fund = partner("fund");
const PartnerId guarantor = partner("jxguar");
const PartnerId other_bank = partner("bank07");

TEST(Pump, EveryMessageArrivesOnceInTheOrderOfItsLane) {
  Site site;
  std::vector<DeliveryId> lane[3];
  for (unsigned i = 0; i < 30; ++i) lane[i % 3].push_back(site.put_notice(bank, i % 3));
  site.start();
  for (unsigned i = 0; i < 30; ++i) lane[i % 3].push_back(site.put_notice(bank, i % 3));
  for (const auto& ids : lane) ASSERT_TRUE(site.becomes(ids.back(), DeliveryState::delivered));
  const auto came = site.came(bank);
  EXPECT_EQ(came.size(), 60u);
  for (const auto& ids : lane) {
    auto last = came.begin();
    for (const DeliveryId id : ids) {
      const auto at = std::find(last, came.end(), id);
      ASSERT_NE(at, came.end()) << "delivery " << id.number << " came before one ahead of it";
      last = at;
    }
  }
  EXPECT_EQ(site.calls(bank), 60u);
}

TEST(Pump, ADeadPartnerSlowsNobodyElse) {
  Site site;
  site.kill(other_bank);
  site.start();
  const auto lost = site.put_notice(other_bank, 1);
  const auto found = site.put_notice(bank, 1);
  EXPECT_TRUE(site.becomes(found, DeliveryState::delivered));
  EXPECT_TRUE(Site::within_ten_seconds([&] { return site.row(lost).attempts >= 2; }));
  EXPECT_EQ(site.row(lost).state, DeliveryState::waiting);
  EXPECT_FALSE(site.row(lost).reason.empty());
}

TEST(Pump, AnUnreachablePartnerIsToldAndComesBackByItself) {
  Site site;
  site.order(bank, Mood::failing);
  site.start();
  std::vector<DeliveryId> ids;
  for (unsigned i = 0; i < 6; ++i) ids.push_back(site.put_notice(bank, i));
  EXPECT_TRUE(Site::within_ten_seconds([&] { return site.pump->unreachable() == std::vector{bank}; }));
  site.order(bank, Mood::well);
  for (const auto id : ids) EXPECT_TRUE(site.becomes(id, DeliveryState::delivered));
  EXPECT_TRUE(site.pump->unreachable().empty());
}

TEST(Pump, ARefusedMessageIsParkedWithThePartnersReasonAndStopsItsLaneOnly) {
  Site site;
  site.order(bank, Mood::refusing);
  site.start();
  const auto refused = site.put_notice(bank, 1);
  ASSERT_TRUE(site.becomes(refused, DeliveryState::parked));
  EXPECT_NE(site.row(refused).reason.find("账户已冻结"), std::string::npos) << site.row(refused).reason;
  site.order(bank, Mood::well);
  const auto behind = site.put_notice(bank, 1);
  const auto beside = site.put_notice(bank, 2);
  ASSERT_TRUE(site.becomes(beside, DeliveryState::delivered));
  EXPECT_EQ(site.row(behind).state, DeliveryState::waiting);

  EXPECT_EQ(site.release(behind, true), ReleaseFault::moving);
  EXPECT_EQ(site.release(refused, true), std::nullopt);
  ASSERT_TRUE(site.becomes(behind, DeliveryState::delivered));
  EXPECT_EQ(site.row(refused).state, DeliveryState::delivered);
  EXPECT_EQ(site.came(bank), (std::vector{beside, refused, behind}));
  EXPECT_EQ(site.release(refused, true), ReleaseFault::delivered);
}

TEST(Pump, AWithdrawnMessageNeverGoesAndItsLaneGoesOn) {
  Site site;
  site.order(bank, Mood::refusing);
  site.start();
  const auto refused = site.put_notice(bank, 1);
  ASSERT_TRUE(site.becomes(refused, DeliveryState::parked));
  site.order(bank, Mood::well);
  const auto behind = site.put_notice(bank, 1);
  EXPECT_EQ(site.release(refused, false), std::nullopt);
  ASSERT_TRUE(site.becomes(behind, DeliveryState::delivered));
  EXPECT_EQ(site.came(bank), (std::vector{behind}));
  EXPECT_EQ(site.row(refused).state, DeliveryState::withdrawn);
  EXPECT_EQ(site.release(refused, true), ReleaseFault::withdrawn);
  EXPECT_EQ(site.release(DeliveryId{99'999'901}, true), ReleaseFault::unknown);
}

TEST(Pump, AfterATimeoutItGoesAgainUnderTheSameIdAndHasEffectOnce) {
  Site site;
  site.order(bank, Mood::silent);
  site.start(Site::quick(), 400ms);
  const auto id = site.put_notice(bank, 1);
  ASSERT_TRUE(Site::within_ten_seconds([&] { return site.row(id).attempts >= 1; }));
  EXPECT_EQ(site.row(id).state, DeliveryState::waiting);
  site.order(bank, Mood::well);
  ASSERT_TRUE(site.becomes(id, DeliveryState::delivered));
  EXPECT_GE(site.times(bank, id), 2u);
  EXPECT_EQ(site.came(bank), std::vector{id});
}

TEST(Pump, AnInstructionWithoutAClearAnswerIsParkedNotRepeated) {
  Site site;
  site.order(guarantor, Mood::silent);
  site.start(Site::quick(), 400ms);
  const auto id = site.put_instruction(guarantor, 1);
  // Already while it is out the store says so: a crash here leaves nothing that would be sent again blindly.
  ASSERT_TRUE(site.becomes(id, DeliveryState::parked));
  ASSERT_TRUE(Site::within_ten_seconds(
      [&] { return site.row(id).reason.starts_with("[no_answer] unknown whether it was taken"); }));
  EXPECT_EQ(site.row(id).state, DeliveryState::parked);
  EXPECT_EQ(site.times(guarantor, id), 1u);
  site.order(guarantor, Mood::well);
  EXPECT_EQ(site.release(id, true), std::nullopt);
  ASSERT_TRUE(site.becomes(id, DeliveryState::delivered));
  EXPECT_EQ(site.came(guarantor), std::vector{id});
}

TEST(Pump, WhereThePartnerCanBeAskedItIsAskedBeforeAnythingIsSentAgain) {
  Site site;
  site.order(fund, Mood::silent);
  site.start(Site::quick(), 400ms);
  const auto id = site.put_instruction(fund, 1);
  ASSERT_TRUE(site.becomes(id, DeliveryState::delivered)) << site.row(id).reason;
  EXPECT_EQ(site.calls(fund), 1u);
  EXPECT_EQ(site.times(fund, id), 1u);
}

TEST(Pump, WhatThePartnerSaysNeverCameIsSentAgain) {
  Site site;
  site.order(fund, Mood::nonsense);  // not taken; asked later, it says 404
  site.start();
  const auto id = site.put_instruction(fund, 1);
  ASSERT_TRUE(Site::within_ten_seconds([&] { return site.calls(fund) >= 2; }));
  site.order(fund, Mood::well);
  ASSERT_TRUE(site.becomes(id, DeliveryState::delivered)) << site.row(id).reason;
  EXPECT_EQ(site.times(fund, id), 1u);
}

TEST(Pump, AnAnswerThatMakesNoSenseIsKeptAndParkedAfterSomeTries) {
  Site site;
  site.order(bank, Mood::nonsense);
  site.start();
  const auto id = site.put_notice(bank, 1);
  ASSERT_TRUE(site.becomes(id, DeliveryState::parked));
  EXPECT_EQ(site.row(id).attempts, 3u);
  EXPECT_NE(site.row(id).reason.find("make no sense"), std::string::npos) << site.row(id).reason;
  const auto attempts = site.store->attempts(id);
  ASSERT_FALSE(attempts.empty());
  EXPECT_EQ(attempts.back().answer, "<html>welcome</html>");
}

TEST(Pump, TwoHundredAloneIsNotYes) {
  Site site;
  site.order(bank, Mood::blind_yes);
  site.start();
  const auto id = site.put_notice(bank, 1);
  ASSERT_TRUE(Site::within_ten_seconds([&] { return site.row(id).attempts >= 1; }));
  EXPECT_NE(site.row(id).state, DeliveryState::delivered);
  site.order(bank, Mood::well);
  EXPECT_TRUE(site.becomes(id, DeliveryState::delivered));
}

TEST(Pump, AnAcknowledgementOfAnotherDeliveryIsNotYes) {
  Site site;
  site.order(bank, Mood::wrong_id);
  site.start();
  const auto id = site.put_notice(bank, 1);
  ASSERT_TRUE(site.becomes(id, DeliveryState::parked));
  EXPECT_NE(site.row(id).reason.find("names delivery"), std::string::npos) << site.row(id).reason;
}

TEST(Pump, ASlowPartnerIsWaitedFor) {
  Site site;
  site.order(bank, Mood::slow);
  site.start();
  const auto id = site.put_notice(bank, 1);
  ASSERT_TRUE(site.becomes(id, DeliveryState::delivered));
  EXPECT_EQ(site.times(bank, id), 1u);
}

TEST(Pump, ARestartGoesOnWhereItStopped) {
  Site site;
  site.kill(bank);
  site.start();
  std::vector<DeliveryId> ids;
  for (unsigned i = 0; i < 5; ++i) ids.push_back(site.put_notice(bank, 1));
  ASSERT_TRUE(Site::within_ten_seconds([&] { return site.row(ids.front()).attempts >= 1; }));
  site.stop();
  site.revive();
  site.start();
  ASSERT_TRUE(site.becomes(ids.back(), DeliveryState::delivered));
  EXPECT_EQ(site.came(bank), ids);
}

TEST(Pump, MoreThanTheWindowHoldsAllArrives) {
  Site site;
  std::vector<DeliveryId> ids;
  for (unsigned i = 0; i < 120; ++i) ids.push_back(site.put_notice(bank, i % 5 == 0 ? i : 1000));
  auto bounds = Site::quick();
  bounds.window = 20;
  site.start(bounds);
  for (const auto id : ids) ASSERT_TRUE(site.becomes(id, DeliveryState::delivered)) << id.number;
  EXPECT_EQ(site.came(bank).size(), ids.size());
}

TEST(Pump, ANameThatTheCharsetLacksIsMarkedOrParkedAsTheProfileSays) {
  Site site;
  site.start();
  const auto marked = site.put_notice(partner("bank04"), 1, "平湖𠮷祥软件有限公司");
  const auto parked = site.put_notice(partner("bank07"), 1, "平湖𠮷祥软件有限公司");  // as its profile says
  const auto instruction = site.put_instruction(fund, 1, "平湖𠮷祥软件有限公司");
  EXPECT_TRUE(site.becomes(marked, DeliveryState::delivered)) << site.row(marked).reason;
  EXPECT_TRUE(site.becomes(parked, DeliveryState::parked));
  ASSERT_TRUE(site.becomes(instruction, DeliveryState::parked));
  EXPECT_NE(site.row(instruction).reason.find("company_name"), std::string::npos)
      << site.row(instruction).reason;
  EXPECT_EQ(site.calls(fund), 0u);
}

/// What operations say of the pushes to a partner, as the act of an operator puts it on record.
void set_flow(Site& site, const PartnerId& to, FlowState flow, std::optional<Instant> until = {}) {
  const PartnerFlow act{.institution = to, .flow = flow, .until = until, .reason = "cut-over"};
  std::promise<void> done;
  site.committer->submit(
      [&](const store::View&, Sequence sequence) {
        store::Writes writes;
        writes.entry = store::sample::act("operator-zhao");
        writes.changes.push_back(Directive{.kind = PartnerFlow::kind,
                                           .about = to.string(),
                                           .act = canonical_json(act.record()),
                                           .cause = sequence,
                                           .since = real_now()});
        return writes;
      },
      [&](const store::Committed& committed) {
        EXPECT_TRUE(committed.has_value());
        done.set_value();
      });
  done.get_future().get();
  if (site.pump) site.pump->released(to);
}

TEST(Pump, NothingNewGoesToAPausedPartnerUntilItIsResumed) {
  Site site;
  set_flow(site, bank, FlowState::paused);
  site.start();
  const auto kept = site.put_notice(bank, 1);
  const auto sent = site.put_notice(other_bank, 1);
  ASSERT_TRUE(site.becomes(sent, DeliveryState::delivered)) << "the others go on";
  EXPECT_EQ(site.calls(bank), 0u);
  site.stop();
  site.start();
  const auto behind = site.put_notice(bank, 2);
  const auto beside = site.put_notice(other_bank, 2);
  ASSERT_TRUE(site.becomes(beside, DeliveryState::delivered));
  EXPECT_EQ(site.calls(bank), 0u) << "a restart does not resume it";

  set_flow(site, bank, FlowState::running);
  EXPECT_TRUE(site.becomes(kept, DeliveryState::delivered));
  EXPECT_TRUE(site.becomes(behind, DeliveryState::delivered));
  set_flow(site, bank, FlowState::paused);
  const auto again = site.put_notice(bank, 3);
  const auto other = site.put_notice(other_bank, 3);
  ASSERT_TRUE(site.becomes(other, DeliveryState::delivered));
  EXPECT_EQ(site.row(again).state, DeliveryState::waiting);
  EXPECT_EQ(site.row(again).attempts, 0u) << "it was not tried";
}

TEST(Pump, APauseWithAnEndEndsByItself) {
  Site site;
  site.start();
  const Instant begun = real_now();
  const Instant until{begun.micros + 700'000};
  set_flow(site, bank, FlowState::paused, until);
  const auto kept = site.put_notice(bank, 1);
  ASSERT_TRUE(site.becomes(kept, DeliveryState::delivered));
  EXPECT_GE(real_now(), until);
}

}  // namespace
