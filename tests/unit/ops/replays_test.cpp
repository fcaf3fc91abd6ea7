// What is in trouble, and sending it on its way again: counted, approved by a second person, at a rate.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <future>

#include "app/wait_for.hpp"
#include "ops/flow/replay_work.hpp"
#include "port.hpp"
#include "tests/store/samples.hpp"

namespace loangate::ops::testing {
namespace {

using store::DeliveryState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// A port with messages to banks 1 and 2 in its outbox.
class Outbox : public ::testing::Test {
 protected:
  Outbox() {
    for (unsigned n : {1u, 2u}) {
      port.commits([n](const store::View&, Sequence) {
        return store::Writes{.entry = store::sample::act("bureau"),
                             .changes = {store::sample::institution(store::sample::bank(n))}};
      });
    }
  }
  ~Outbox() override { cores.stop(); }

  DeliveryId put(unsigned bank_no, unsigned company) {
    const Sequence cause = port.commits([=](const store::View&, Sequence) {
      store::Writes writes{.entry = store::sample::act("bureau")};
      writes.entry->real_time = real_now();
      writes.outgoing.push_back(
          store::sample::default_notice(store::sample::uscc(company), store::sample::bank(bank_no)));
      return writes;
    });
    return {cause.number * 100 + 1};
  }
  void becomes(DeliveryId id, DeliveryState state, std::string reason = "", std::uint32_t attempts = 1) {
    port.commits([=](const store::View&, Sequence) {
      return store::Writes{
          .deliveries = {
              {.id = id, .state = state, .attempts = attempts, .reason = reason, .at = real_now()}}};
    });
  }
  DeliveryId put_parked(unsigned bank_no, unsigned company,
                        std::string_view reason = "[refused] 账户已冻结") {
    const DeliveryId id = put(bank_no, company);
    becomes(id, DeliveryState::parked, std::string(reason));
    return id;
  }
  DeliveryState state(DeliveryId id) { return port.store().delivery(id)->state; }

  Told count(const std::string& query) {
    return port.post("operator-zhao", "/v1/replays/count", fmt::format(R"({{"query":"{}"}})", query));
  }
  static std::string wish(const Told& counted, unsigned per_minute = 6000) {
    return fmt::format(
        R"({{"query":"{}","through":{},"deliveries":{},"per_minute":{},"reason":"对方已恢复"}})",
        counted["query"], counted["through"], counted["deliveries"], per_minute);
  }
  Told propose(const Told& counted, unsigned per_minute = 6000) {
    return port.post("operator-zhao", "/v1/proposals/delivery.replay", wish(counted, per_minute));
  }
  Told approve(const Told& proposed, std::string_view person = "approver-wang") {
    return port.post(person, fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
                     fmt::format(R"({{"hash":"{}"}})", proposed["hash"]));
  }
  /// The number of the approved replay.
  std::string approved(const std::string& query, unsigned per_minute = 6000) {
    const Told proposed = propose(count(query), per_minute);
    EXPECT_EQ(proposed.status, 201u) << proposed.body;
    const Told done = approve(proposed);
    EXPECT_EQ(done.status, 200u) << done.body;
    return done["sequence"];
  }

  /// What carries replays out, as it begins after a start.
  std::unique_ptr<ReplayWork> worker() { return std::make_unique<ReplayWork>(port.operations()); }
  bool go(ReplayWork& work, ReplayWork::Moment now) {
    return app::wait_for(*cores.contexts().front(), work.go(now));
  }

  Port port;
  net::Cores cores{1};
  const ReplayWork::Moment noon{1'000'000s};
};

TEST_F(Outbox, TroubleIsGroupedByPartnerKindAndClass) {
  const DeliveryId first = put_parked(1, 1);
  put_parked(1, 2, "[refused] 另一个理由");
  put_parked(1, 3, "[nonsense] HTTP 200: <html>");
  put_parked(2, 1);
  put(2, 2);  // waits for its first attempt: no trouble
  const DeliveryId failing = put(2, 3);
  becomes(failing, DeliveryState::waiting, "[unreached] connecting: refused", 4);

  const Told told = port.get("/v1/trouble");
  ASSERT_EQ(told.status, 200u) << told.body;
  EXPECT_EQ(told["complete"], "true");
  EXPECT_EQ(told["looked_at"], "6");
  EXPECT_EQ(told["items/0/key"], "bank01/default.notice/refused");
  EXPECT_EQ(told["items/0/count"], "2");
  EXPECT_EQ(told["items/0/parked"], "2");
  EXPECT_EQ(told["items/0/example"], std::to_string(first.number));
  EXPECT_EQ(told["items/0/reason"], "账户已冻结");
  EXPECT_EQ(told["items/0/query"], "partner:bank01 kind:default.notice class:refused");
  EXPECT_EQ(told["items/0/runbook/id"], "delivery-refused");
  EXPECT_FALSE(told["items/0/why/zh"].empty());
  EXPECT_EQ(told["items/1/key"], "bank01/default.notice/nonsense");
  EXPECT_EQ(told["items/2/key"], "bank02/default.notice/refused");
  EXPECT_EQ(told["items/3/key"], "bank02/default.notice/unreached");
  EXPECT_EQ(told["items/3/retrying"], "1");
  EXPECT_EQ(port.get("/v1/trouble?partner=bank02")["items/0/key"], "bank02/default.notice/refused");
  EXPECT_EQ(port.get("/v1/trouble?partner=nobody").status, 400u);
}

TEST_F(Outbox, TheCountIsExactAndTellsWhatIsLeftOut) {
  const DeliveryId one = put_parked(1, 1);
  const DeliveryId two = put_parked(1, 2);
  put_parked(2, 1);
  put_parked(1, 3, "[outage] HTTP 500");
  put(1, 4);
  const DeliveryId confirmed = put(1, 5);
  becomes(confirmed, DeliveryState::delivered);

  const Told told = count("class:refused partner:bank01");
  ASSERT_EQ(told.status, 200u) << told.body;
  EXPECT_EQ(told["query"], "partner:bank01 class:refused");
  EXPECT_EQ(told["deliveries"], "2");
  EXPECT_EQ(told["through"], std::to_string(two.number));
  EXPECT_EQ(told["items/0/partner"], "bank01");
  EXPECT_EQ(told["items/0/deliveries"], "2");
  EXPECT_EQ(told["left_out/moving"], "1");
  EXPECT_EQ(told["estimated_seconds"], "1") << "the first at once, the second after a second";
  EXPECT_EQ(count(fmt::format("id:{} id:{}", one.number, confirmed.number))["left_out/named/confirmed"], "1");
  EXPECT_EQ(count(fmt::format("id:{} id:{}", one.number, confirmed.number))["deliveries"], "1");
  EXPECT_EQ(count("partner:bank02")["deliveries"], "1");
  EXPECT_EQ(count("kind:credit.event")["deliveries"], "0");

  const Told wrong = count("partner:bank01 colour:red");
  EXPECT_EQ(wrong.status, 400u);
  EXPECT_EQ(wrong["errors/0/pointer"], "/query");
  EXPECT_THAT(wrong["errors/0/detail/en"], HasSubstr("colour:red"));
  EXPECT_EQ(port.post("operator-zhao", "/v1/replays/count", R"({"query":"id:1","per_minute":0})").status,
            400u);
}

TEST_F(Outbox, AReplayIsBoundToWhatWasCountedAndNeedsASecondPerson) {
  const DeliveryId one = put_parked(1, 1);
  put_parked(1, 2);
  const Told counted = count("partner:bank01");
  const Told proposed = propose(counted);
  ASSERT_EQ(proposed.status, 201u) << proposed.body;
  EXPECT_EQ(approve(proposed, "operator-zhao").status, 403u) << "an operator does not approve";

  // Another hand releases one of them: what would be approved is no longer what was counted.
  EXPECT_EQ(port.post("operator-zhao", "/v1/acts/lane.release",
                      fmt::format(R"({{"delivery_id":{},"resend":"yes","reason":"x"}})", one.number))
                .status,
            200u);
  const Told late = approve(proposed);
  EXPECT_EQ(late.status, 409u);
  EXPECT_EQ(late["code"], "count_changed");
  EXPECT_EQ(late["result/deliveries"], "1") << "with the new count";
  EXPECT_EQ(propose(counted).status, 409u);
  EXPECT_EQ(port.get("/v1/replays")["items/0/no"], "");

  const Told anew = propose(count("partner:bank01"));
  ASSERT_EQ(anew.status, 201u);
  EXPECT_EQ(approve(anew).status, 200u);
  EXPECT_EQ(port.get("/v1/replays")["items/0/state"], "running");
  EXPECT_EQ(port.get("/v1/replays")["items/0/approved_by"], "approver-wang");
}

TEST_F(Outbox, WhoProposedAReplayCanTakeItBackAndNobodyElsesProposal) {
  put_parked(1, 1);
  const auto withdraw = [&](const Told& proposed) {
    return port.post("operator-zhao", fmt::format("/v1/proposals/{}/withdraw", proposed["proposal"]),
                     R"({"reason":"对方尚未恢复"})");
  };
  const Told mine = propose(count("partner:bank01"));
  ASSERT_EQ(mine.status, 201u) << mine.body;
  EXPECT_EQ(withdraw(mine).status, 200u);
  EXPECT_EQ(approve(mine)["code"], "proposal_not_open");

  port.post(
      "bureau", "/v1/acts/institution.entry",
      R"({"institution":"bank22","role":"bank","name_zh":"银行","name_en":"Bank","sci_tech_branch":"no",)"
      R"("admitted_from":"2020-01-01"})");
  const Told others = port.post(
      "officer-li", "/v1/proposals/rule.institution",
      R"({"institution":"bank22","ruling":"removed","effective_on":"2024-03-01","meeting_no":"2024-1",)"
      R"("meeting_on":"2024-02-20","reason":"上年未发放"})");
  ASSERT_EQ(others.status, 201u) << others.body;
  const Told refused = withdraw(others);
  EXPECT_EQ(refused.status, 403u);
  EXPECT_EQ(refused["code"], "not_own_proposal");
  EXPECT_EQ(port.get("/v1/proposals/" + others["proposal"])["state"], "open");
  const Told replay = propose(count("partner:bank01"));
  EXPECT_EQ(
      port.post("approver-wang", fmt::format("/v1/proposals/{}/withdraw", replay["proposal"]), "").status,
      200u)
      << "the office keeps order";
}

TEST_F(Outbox, SteeringSentAgainIsDoneOnce) {
  put_parked(1, 1);
  const std::string no = approved("partner:bank01", 60);
  auto client = Client::open(port.access("operator-zhao")).value();
  const auto steer = [&](unsigned per_minute, std::string key) {
    return client
        .call("POST", "/v1/acts/replay.steer",
              fmt::format(R"({{"replay_no":"{}","per_minute":{},"reason":"放慢"}})", no, per_minute),
              std::chrono::seconds(10), {{"Idempotency-Key", std::move(key)}})
        .value();
  };
  const auto first = steer(30, "s1");
  EXPECT_EQ(first.status, 200u) << first.body;
  const auto again = steer(30, "s1");
  EXPECT_EQ(again.status, 200u) << "and not: goes no faster than that already";
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(steer(30, "s2").status, 409u);
  EXPECT_EQ(port.get("/v1/replays/" + no)["per_minute"], "30");
}

TEST_F(Outbox, NothingCountedIsNothingToPropose) {
  EXPECT_EQ(propose(count("partner:bank01")).status, 409u);
}

TEST_F(Outbox, GoesAtItsRateInOrderUnderTheSameIds) {
  std::vector<DeliveryId> ids;
  for (unsigned i = 1; i <= 5; ++i) ids.push_back(put_parked(1 + i % 2, i));
  const std::string no = approved("class:refused", 60);
  const auto work = worker();
  EXPECT_TRUE(go(*work, noon));
  EXPECT_EQ(state(ids[0]), DeliveryState::waiting) << "the first at once";
  EXPECT_EQ(state(ids[1]), DeliveryState::parked);
  EXPECT_TRUE(go(*work, noon + 900ms));
  EXPECT_EQ(state(ids[1]), DeliveryState::parked);
  EXPECT_TRUE(go(*work, noon + 1s));
  EXPECT_EQ(state(ids[1]), DeliveryState::waiting) << "one a second";
  EXPECT_TRUE(go(*work, noon + 3s));
  EXPECT_EQ(state(ids[3]), DeliveryState::waiting);
  EXPECT_EQ(state(ids[4]), DeliveryState::parked);
  EXPECT_EQ(port.get("/v1/replays/" + no)["released"], "4");
  EXPECT_FALSE(go(*work, noon + 4s));
  for (const DeliveryId id : ids) EXPECT_EQ(state(id), DeliveryState::waiting);
  EXPECT_EQ(port.get("/v1/replays/" + no)["state"], "ended");
  EXPECT_FALSE(go(*work, noon + 5s)) << "nothing is left to do";
  EXPECT_THAT(port.released(), ::testing::Contains(store::sample::bank(1)));
  EXPECT_THAT(port.store().delivery(ids[0])->reason, HasSubstr("replay " + no));
}

TEST_F(Outbox, WhatWasConfirmedMeanwhileIsNeverSentAgain) {
  const DeliveryId confirmed = put_parked(1, 1);
  const DeliveryId withdrawn = put_parked(1, 2);
  const DeliveryId goes = put_parked(1, 3);
  const std::string no = approved("partner:bank01");
  becomes(confirmed, DeliveryState::delivered);
  becomes(withdrawn, DeliveryState::withdrawn);
  const auto work = worker();
  EXPECT_FALSE(go(*work, noon));
  EXPECT_EQ(state(confirmed), DeliveryState::delivered);
  EXPECT_EQ(state(withdrawn), DeliveryState::withdrawn);
  EXPECT_EQ(state(goes), DeliveryState::waiting);
  const Told told = port.get("/v1/replays/" + no);
  EXPECT_EQ(told["state"], "ended");
  EXPECT_EQ(told["released"], "1");
  EXPECT_EQ(told["left_out"], "2");
  EXPECT_EQ(told["waiting"], "1");
}

TEST_F(Outbox, GoesOnAfterARestartWhereItStoodAndSendsNothingTwice) {
  std::vector<DeliveryId> ids;
  for (unsigned i = 1; i <= 4; ++i) ids.push_back(put_parked(1, i));
  const std::string no = approved("partner:bank01", 60);
  auto work = worker();
  EXPECT_TRUE(go(*work, noon));
  EXPECT_TRUE(go(*work, noon + 1s));
  // The second is refused again; a new one comes to lie beside them.
  becomes(ids[1], DeliveryState::parked, "[refused] again");
  const DeliveryId later = put_parked(1, 9);

  work = worker();
  EXPECT_TRUE(go(*work, noon + 10s));
  EXPECT_FALSE(go(*work, noon + 11s));
  EXPECT_EQ(state(ids[1]), DeliveryState::parked) << "once only";
  EXPECT_EQ(state(ids[2]), DeliveryState::waiting);
  EXPECT_EQ(state(ids[3]), DeliveryState::waiting);
  EXPECT_EQ(state(later), DeliveryState::parked) << "it was not counted";
  becomes(ids[0], DeliveryState::delivered);
  const Told told = port.get("/v1/replays/" + no);
  EXPECT_EQ(told["released"], "4");
  EXPECT_EQ(told["confirmed"], "1");
  EXPECT_EQ(told["failed_again"], "1");
  EXPECT_EQ(told["waiting"], "2");
}

TEST_F(Outbox, IsSlowedDownAndStoppedButNeverMadeFaster) {
  std::vector<DeliveryId> ids;
  for (unsigned i = 1; i <= 4; ++i) ids.push_back(put_parked(1, i));
  const std::string no = approved("partner:bank01", 60);
  const auto steer = [&](int per_minute) {
    return port.post(
        "operator-zhao", "/v1/acts/replay.steer",
        fmt::format(R"({{"replay_no":"{}","per_minute":{},"reason":"对方负荷过高"}})", no, per_minute));
  };
  const auto work = worker();
  EXPECT_TRUE(go(*work, noon));
  EXPECT_EQ(steer(60)["code"], "replay_only_slower");
  EXPECT_EQ(steer(600)["code"], "replay_only_slower");
  EXPECT_EQ(steer(-1)["code"], "replay_only_slower");
  EXPECT_EQ(steer(6).status, 200u);
  EXPECT_TRUE(go(*work, noon + 1s));
  EXPECT_EQ(state(ids[1]), DeliveryState::waiting);
  EXPECT_TRUE(go(*work, noon + 10s));
  EXPECT_EQ(state(ids[2]), DeliveryState::parked) << "ten seconds between two";
  EXPECT_TRUE(go(*work, noon + 11s));
  EXPECT_EQ(state(ids[2]), DeliveryState::waiting);

  EXPECT_EQ(steer(0).status, 200u);
  EXPECT_EQ(steer(0)["code"], "replay_over");
  EXPECT_FALSE(go(*work, noon + 60s));
  EXPECT_EQ(state(ids[3]), DeliveryState::parked);
  EXPECT_EQ(port.get("/v1/replays/" + no)["state"], "stopped");
  EXPECT_EQ(port.get("/v1/replays/" + no)["released"], "3");
  EXPECT_EQ(
      port.post("operator-zhao", "/v1/acts/replay.steer", R"({"replay_no":"77","per_minute":0,"reason":"x"})")
          .status,
      404u);
}

TEST_F(Outbox, ReplaysAreListedPageByPage) {
  for (unsigned i = 1; i <= 3; ++i) {
    put_parked(1, i);
    approved("partner:bank01");
    go(*worker(), noon);
  }
  const Told first = port.get("/v1/replays?limit=2");
  EXPECT_EQ(first["items/2/no"], "");
  const Told rest = port.get(fmt::format("/v1/replays?limit=2&cursor={}", first["next"]));
  EXPECT_LT(std::stoul(rest["items/0/no"]), std::stoul(first["items/1/no"]));
  EXPECT_EQ(rest["items/1/no"], "");
  EXPECT_EQ(rest["next"], "");
  EXPECT_EQ(port.get("/v1/replays/x").status, 404u);
}

TEST_F(Outbox, PartnerFlowIsToldToWhoPushesAndNamesAKnownInstitution) {
  const auto set = [&](std::string_view partner, std::string_view flow) {
    return port.post("operator-zhao", "/v1/acts/partner.flow",
                     fmt::format(R"({{"institution":"{}","flow":"{}","reason":"割接"}})", partner, flow));
  };
  EXPECT_EQ(set("bank77", "paused")["code"], "institution_unknown");
  EXPECT_THAT(port.released(), ::testing::IsEmpty());
  EXPECT_EQ(set("bank01", "paused").status, 200u);
  EXPECT_THAT(port.released(), ElementsAre(store::sample::bank(1)));
}

TEST(OpsMaintenance, TheLastWordHoldsAndTheEndComesAfterTheBegin) {
  Port port;
  const auto enter = [&](std::string_view from, std::string_view until, std::string_view cancelled = "no") {
    return port.post("operator-zhao", "/v1/acts/maintenance.entry",
                     fmt::format(R"({{"maintenance_from":"{}","maintenance_until":"{}","cancelled":"{}",)"
                                 R"("notice_zh":"升级","notice_en":"Upgrade"}})",
                                 from, until, cancelled));
  };
  EXPECT_EQ(port.get("/v1/maintenance")["state"], "none");
  const Told wrong = enter("2099-01-01T10:00:00+08:00", "2099-01-01T09:59:59+08:00");
  EXPECT_EQ(wrong["code"], "dates_out_of_order") << "within one day, too";
  EXPECT_EQ(wrong["errors/0/pointer"], "/maintenance_until");
  EXPECT_EQ(enter("2099-01-01T10:00:00+08:00", "2099-01-01T10:00:00+08:00").status, 422u);
  EXPECT_EQ(port.get("/v1/maintenance")["state"], "none");
  EXPECT_EQ(enter("2099-01-01T10:00:00+08:00", "2099-01-01T11:00:00+08:00").status, 200u);
  EXPECT_EQ(port.get("/v1/maintenance")["state"], "announced");
  EXPECT_THAT(port.get("/v1/maintenance")["until"], HasSubstr("2099-01-01T11:00:00"));
  EXPECT_EQ(enter("2020-01-01T10:00:00+08:00", "2099-01-01T11:00:00+08:00").status, 200u);
  EXPECT_EQ(port.get("/v1/maintenance")["state"], "open");
  EXPECT_EQ(enter("2020-01-01T10:00:00+08:00", "2099-01-01T11:00:00+08:00", "yes").status, 200u);
  EXPECT_EQ(port.get("/v1/maintenance")["state"], "none");
}

}  // namespace
}  // namespace loangate::ops::testing
