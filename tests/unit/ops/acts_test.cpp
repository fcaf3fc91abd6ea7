// The acts of persons over the port: alone, by two, many at a time; and the clock.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "port.hpp"

namespace loangate::ops::testing {
namespace {

using intake::testing::bank;
using intake::testing::held_filing;
using intake::testing::hold_ruling;
using intake::testing::loan_ref;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string bank_entry(std::string_view id = "phrcb", std::string_view role = "bank") {
  return intake::testing::institution(id, role).raw;
}

std::string listing(std::string_view uscc = intake::testing::company_one) {
  return intake::testing::listing(uscc).raw;
}

/// A port with a bank, a listed company, and the filing H1 held.
struct HeldFiling : Port {
  HeldFiling() {
    EXPECT_EQ(post("bureau", "/v1/acts/institution.entry", bank_entry()).status, 200u);
    EXPECT_EQ(post("bureau", "/v1/acts/company.entry", listing()).status, 200u);
    commits(held_filing("H1"));
  }
  bool filed() {
    return std::holds_alternative<standing::Filed>(store().loan(loan_ref("H1")).value().standing);
  }
};

TEST(OpsActs, AnEntryIsDoneAndKeptInThePersonsName) {
  Port port;
  const Told told = port.post("bureau", "/v1/acts/company.entry", listing());
  EXPECT_EQ(told.status, 200u);
  EXPECT_EQ(told["outcome"], "accepted");
  EXPECT_EQ(told["changed"], "true");
  const Told entry = port.get("/v1/journal/" + told["sequence"]);
  EXPECT_EQ(entry["person"], "bureau");
  EXPECT_EQ(entry["kind"], "company.entry");
  EXPECT_EQ(entry["receipt/sequence"], told["sequence"]);
  EXPECT_EQ(port.get(fmt::format("/v1/companies/{}", intake::testing::company_one))["company/name"],
            "平湖市某某科技有限公司");
}

TEST(OpsActs, TheSameEntryAgainIsAcceptedUnchanged) {
  Port port;
  port.post("bureau", "/v1/acts/company.entry", listing());
  const Told again = port.post("bureau", "/v1/acts/company.entry", listing());
  EXPECT_EQ(again.status, 200u);
  EXPECT_EQ(again["changed"], "false");
  EXPECT_EQ(port.store().changes_after(0, 10).size(), 1u);
}

TEST(OpsActs, AnArrayIsJudgedItemByItemInItsOrder) {
  Port port;
  const std::string bad =
      R"({"company_uscc":"91330482MA2C00028X","company_name":"x","category":"gazelle","document_no":"1","valid_from":"2023-01-01"})";
  const Told told =
      port.post("bureau", "/v1/acts/company.entry",
                fmt::format("[{},{}, {} ]", listing(), bad, listing(intake::testing::company_two)));
  ASSERT_EQ(told.status, 200u) << told.body;
  EXPECT_EQ(told["results/0/status"], "200");
  EXPECT_EQ(told["results/1/status"], "422");
  EXPECT_EQ(told["results/1/result/findings/0/code"], "company_code_invalid");
  EXPECT_EQ(told["results/2/status"], "200");
  EXPECT_EQ(told["results/0/result/sequence"], "1");
  EXPECT_EQ(told["results/2/result/sequence"], "3");
  EXPECT_EQ(port.store().all("company").size(), 2u);
}

TEST(OpsActs, AThousandEntriesGoInOneArray) {
  Port port;
  std::string body = "[";
  for (int i = 0; i < 1000; ++i) {
    body += fmt::format(
        R"({}{{"institution":"bank{:03}","role":"bank","name_zh":"银行","name_en":"Bank","sci_tech_branch":"no","admitted_from":"2021-01-01"}})",
        i == 0 ? "" : ",", i);
  }
  const Told told = port.post("bureau", "/v1/acts/institution.entry", body + "]");
  ASSERT_EQ(told.status, 200u);
  EXPECT_EQ(told["results/999/status"], "200");
  EXPECT_EQ(port.store().all("institution").size(), 1000u);
}

TEST(OpsActs, AWholeIsKeptIfEveryActIsAccepted) {
  Port port;
  const std::string both = fmt::format("[{},{}]", listing(), listing(intake::testing::company_two));
  const Told told = port.post("bureau", "/v1/acts/company.entry?whole=yes", both);
  ASSERT_EQ(told.status, 200u) << told.body;
  EXPECT_EQ(told["kept"], "true");
  EXPECT_EQ(told["added"], "2");
  EXPECT_EQ(port.post("bureau", "/v1/acts/company.entry?whole=yes", both)["same"], "2");
}

TEST(OpsActs, OfAWholeWithOneBadActNothingIsKept) {
  Port port;
  const Told told = port.post(
      "bureau", "/v1/acts/company.entry?whole=yes",
      fmt::format("[{},{},{}]", listing(), listing("91330482MA2C00028X"), listing("91330482MA2C00036X")));
  EXPECT_EQ(told.status, 422u);
  EXPECT_EQ(told["code"], "acts_refused");
  EXPECT_EQ(told["errors/0/pointer"], "/1/company_uscc");
  EXPECT_EQ(told["errors/1/pointer"], "/2/company_uscc") << "every reason at once";
  EXPECT_EQ(port.store().last_sequence(), Sequence{0});
  EXPECT_EQ(port.post("bureau", "/v1/acts/company.entry", listing()).status, 200u) << "the writer goes on";
}

TEST(OpsActs, ADryRunSaysWhatWouldBecomeOfAnActAndKeepsNothing) {
  Port port;
  const Told told = port.post("bureau", "/v1/acts/company.entry?dry_run=yes", listing());
  EXPECT_EQ(told.status, 200u);
  EXPECT_EQ(told["kept"], "false");
  EXPECT_EQ(told["effects/0"], "added");
  EXPECT_EQ(port.store().last_sequence(), Sequence{0});
  EXPECT_THAT(port.told(), IsEmpty());
  EXPECT_EQ(port.post("bureau", "/v1/acts/company.entry?dry_run=perhaps", listing()).status, 400u);
}

TEST(OpsActs, TheBanksAreToldOfAChangeOfTheListOnce) {
  HeldFiling port;
  const std::string changed = intake::testing::listing(intake::testing::company_one, "2020-01-01").raw;
  port.post("bureau", "/v1/acts/company.entry", changed);
  EXPECT_EQ(port.store().undelivered(bank(), {}, 10).size(), 1u);
  port.post("bureau", "/v1/acts/company.entry", changed);
  EXPECT_EQ(port.store().undelivered(bank(), {}, 10).size(), 1u) << "entered again, nothing has changed";
}

TEST(OpsProposals, OnePersonProposesAndAnotherApproves) {
  HeldFiling port;
  const Told proposed = port.post("officer-li", "/v1/proposals/rule.hold", hold_ruling("H1"));
  ASSERT_EQ(proposed.status, 201u) << proposed.body;
  EXPECT_FALSE(port.filed());
  const Told listed = port.get("/v1/proposals?state=open", "approver-wang");
  EXPECT_EQ(listed["proposals/0/no"], proposed["proposal"]);
  EXPECT_EQ(listed["proposals/0/hash"], proposed["hash"]);
  EXPECT_EQ(listed["proposals/0/proposed_by"], "officer-li");

  const Told approved =
      port.post("approver-wang", fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
                fmt::format(R"({{"hash":"{}"}})", listed["proposals/0/hash"]));
  EXPECT_EQ(approved.status, 200u) << approved.body;
  EXPECT_TRUE(port.filed());
  EXPECT_THAT(port.told(), Contains(bank()));
  EXPECT_EQ(port.get("/v1/proposals?state=open")["proposals/0/no"], "");
  EXPECT_EQ(port.get("/v1/proposals/" + proposed["proposal"])["approved_by"], "approver-wang");
}

TEST(OpsProposals, WhoHasBothRolesStillCannotApproveHisOwn) {
  HeldFiling port;
  const Told proposed = port.post("both-chen", "/v1/proposals/rule.hold", hold_ruling("H1"));
  const std::string path = fmt::format("/v1/proposals/{}/approve", proposed["proposal"]);
  const std::string hash = fmt::format(R"({{"hash":"{}"}})", proposed["hash"]);
  const Told own = port.post("both-chen", path, hash);
  EXPECT_EQ(own.status, 403u);
  EXPECT_EQ(own["code"], "approver_is_proposer");
  EXPECT_FALSE(port.filed());
  EXPECT_EQ(port.get("/v1/journal/" + own["result/sequence"])["outcome"], "rejected")
      << "the attempt is kept";
  EXPECT_EQ(port.post("approver-wang", path, hash).status, 200u);
}

TEST(OpsProposals, AnotherHashIsRefused) {
  HeldFiling port;
  const Told proposed = port.post("officer-li", "/v1/proposals/rule.hold", hold_ruling("H1"));
  const std::string path = fmt::format("/v1/proposals/{}/approve", proposed["proposal"]);
  const Told refused = port.post("approver-wang", path, fmt::format(R"({{"hash":"{:0>64}"}})", 1));
  EXPECT_EQ(refused.status, 409u);
  EXPECT_EQ(refused["code"], "proposal_hash_differs");
  EXPECT_THAT(refused.body, ::testing::Not(HasSubstr(R"("detail":{"zh":")" + proposed["hash"])));
  EXPECT_FALSE(port.filed());
}

TEST(OpsProposals, AWithdrawnOneIsOver) {
  HeldFiling port;
  const Told proposed = port.post("officer-li", "/v1/proposals/rule.hold", hold_ruling("H1"));
  const std::string path = "/v1/proposals/" + proposed["proposal"];
  EXPECT_EQ(port.post("officer-li", path + "/withdraw", R"({"reason":"金额有误"})").status, 200u);
  const Told late =
      port.post("approver-wang", path + "/approve", fmt::format(R"({{"hash":"{}"}})", proposed["hash"]));
  EXPECT_EQ(late.status, 409u);
  EXPECT_EQ(late["code"], "proposal_not_open");
  EXPECT_EQ(port.get(path)["state"], "withdrawn");
}

TEST(OpsLanes, AParkedMessageIsReleasedWithAReason) {
  HeldFiling port;
  const Told proposed = port.post("officer-li", "/v1/proposals/rule.hold", hold_ruling("H1"));
  port.post("approver-wang", fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
            fmt::format(R"({{"hash":"{}"}})", proposed["hash"]));
  const auto out = port.store().undelivered(bank(), {}, 10);
  ASSERT_EQ(out.size(), 1u);
  const std::string release =
      fmt::format(R"({{"delivery_id":{},"resend":"yes","reason":"对方已恢复"}})", out.front().id.number);

  const Told early = port.post("operator-zhao", "/v1/acts/lane.release", release);
  EXPECT_EQ(early.status, 422u);
  EXPECT_EQ(early["code"], "delivery_not_parked");
  EXPECT_THAT(port.released(), IsEmpty());

  port.commits([id = out.front().id](const store::View&, Sequence) {
    return store::Writes{.deliveries = {{.id = id,
                                         .state = store::DeliveryState::parked,
                                         .attempts = 3,
                                         .reason = "answer made no sense",
                                         .at = real_now(),
                                         .answer = "<?>"}}};
  });
  const Told shown = port.get("/v1/deliveries?partner=phrcb");
  EXPECT_EQ(shown["deliveries/0/state"], "parked");
  EXPECT_EQ(shown["deliveries/0/reason"], "answer made no sense");
  const Told whole = port.get(fmt::format("/v1/deliveries/{}", out.front().id.number));
  EXPECT_EQ(whole["history/0/answer"], "PD8+") << "what the partner answered is kept and shown";

  EXPECT_EQ(port.post("operator-zhao", "/v1/acts/lane.release", release).status, 200u);
  EXPECT_THAT(port.released(), ElementsAre(bank()));
  EXPECT_EQ(port.get("/v1/deliveries?partner=phrcb")["deliveries/0/state"], "waiting");
  EXPECT_EQ(port.get("/v1/deliveries?partner=phrcb")["deliveries/0/id"],
            std::to_string(out.front().id.number))
      << "under the id that it always had";
}

TEST(OpsClock, StaysAsItIsWithoutTheSwitch) {
  Port port;
  EXPECT_EQ(port.get("/v1/clock")["can_be_set"], "false");
  const Told told = port.call("operator-zhao", "PUT", "/v1/clock", R"({"now":"2099-01-01T00:00:00+08:00"})");
  EXPECT_EQ(told.status, 403u);
  EXPECT_EQ(told["code"], "clock_not_settable");
  EXPECT_LT(port.clock().now(), parse_instant("2098-01-01T00:00:00+08:00").value());
}

TEST(OpsClock, GoesForwardOnlyAndDatesWhatFollows) {
  Port port({.demo_clock = true});
  EXPECT_EQ(port.call("operator-zhao", "PUT", "/v1/clock", R"({"now":"2099-01-01T09:00:00+08:00"})").status,
            200u);
  EXPECT_THAT(port.get("/v1/clock")["now"], HasSubstr("2099-01-01T09:00"));
  const Told back = port.call("operator-zhao", "PUT", "/v1/clock", R"({"now":"2098-12-31T09:00:00+08:00"})");
  EXPECT_EQ(back.status, 409u);
  EXPECT_EQ(back["code"], "clock_goes_forward_only");
  EXPECT_EQ(back["errors/0/pointer"], "/now");
  const Told entered = port.post("bureau", "/v1/acts/company.entry", listing());
  const Told entry = port.get("/v1/journal/" + entered["sequence"]);
  EXPECT_THAT(entry["received"], HasSubstr("2099-01-01T09:00"));
  EXPECT_THAT(entry["real_time"], ::testing::Not(HasSubstr("2099"))) << "the record keeps both";
}

}  // namespace
}  // namespace loangate::ops::testing
