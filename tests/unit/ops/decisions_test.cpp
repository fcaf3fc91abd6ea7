// The queue of what waits for a decision, and what a ruling would do before it is made.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "compensated.hpp"
#include "programme/deadline.hpp"

namespace loangate::ops::testing {
namespace {

namespace stage = intake::testing;
using ::testing::ElementsAre;

/// A case that waits beside one that was paid, with a held filing and an application for write-off.
struct Office : Compensated {
  Office() {
    commits(stage::held_filing("H1"));
    for (const store::Unit& unit : stage::applied_for("C2")) commits(unit);
    applies_for_write_off();
    for (const Change& change : store().all("case")) {
      if (!std::get<Case>(change).ruling) waiting = std::get<Case>(change).no.string();
    }
  }
  std::string compensation(std::string_view principal = "300000.00") const {
    return fmt::format(
        R"({{"case_no":"{}","ruling":"approved","meeting_no":"2023-2","meeting_on":"2023-07-20","approved_principal":"{}","approved_interest":"0.00","reason":"经审议"}})",
        waiting, principal);
  }
  Told preview(std::string_view act, std::string body) {
    return post("approver-wang", fmt::format("/v1/decisions/preview?act={}", act), std::move(body));
  }
  std::vector<std::string> kinds(const Told& queue) {
    std::vector<std::string> found;
    for (int i = 0; !queue[fmt::format("items/{}/kind", i)].empty(); ++i)
      found.push_back(queue[fmt::format("items/{}/kind", i)]);
    return found;
  }
  std::string waiting;
};

TEST(OpsDecisions, AreOneQueueTheMostUrgentFirst) {
  Office port;
  const Told queue = port.get("/v1/decisions");
  ASSERT_EQ(queue.status, 200u) << queue.body;
  // The held filing by five working days (R-22), the case by sixty days (R-36), the write-off has no time
  // limit.
  EXPECT_THAT(port.kinds(queue), ElementsAre("hold", "compensation", "writeoff"));
  EXPECT_EQ(queue["total"], "3");
  EXPECT_EQ(queue["items/0/due_on"], "2023-07-10");
  EXPECT_EQ(queue["items/0/loan_no"], "H1");
  EXPECT_EQ(queue["items/0/clause/rule"], "filing");
  EXPECT_EQ(queue["items/0/waits_for"], "office");
  EXPECT_EQ(queue["items/0/may/0"], "officer");
  EXPECT_EQ(queue["items/1/due_on"], "2023-09-02");
  EXPECT_EQ(queue["items/1/amount"], "300000.00");
  EXPECT_EQ(queue["items/1/link"], "/v1/cases/" + port.waiting);
  EXPECT_EQ(queue["items/1/waits_for"], "conference");
  EXPECT_EQ(queue["items/2/due_on"], "");
  EXPECT_THAT(port.kinds(port.get("/v1/decisions?kind=writeoff")), ElementsAre("writeoff"));
}

TEST(OpsDecisions, WhatIsProposedWaitsForTheSecondPerson) {
  Office port;
  const Told proposed = port.post("officer-li", "/v1/proposals/rule.hold", stage::hold_ruling("H1"));
  const Told queue = port.get("/v1/decisions");
  EXPECT_EQ(queue["total"], "3") << "one thing, one item";
  EXPECT_EQ(queue["items/0/waits_for"], "second_person");
  EXPECT_EQ(queue["items/0/may/0"], "approver");
  EXPECT_EQ(queue["items/0/proposal/hash"], proposed["hash"]);
  EXPECT_EQ(queue["items/0/proposal/proposed_by"], "officer-li");
  approved(port, proposed);
  EXPECT_THAT(port.kinds(port.get("/v1/decisions")), ElementsAre("compensation", "writeoff"));
}

TEST(OpsDecisions, PagesGiveEachOnce) {
  Office port;
  std::set<std::string> seen;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    const Told told = port.get("/v1/decisions?limit=1" + (cursor.empty() ? "" : "&cursor=" + cursor));
    EXPECT_TRUE(seen.insert(told["items/0/id"]).second);
    EXPECT_EQ(told["items/1/id"], "");
    cursor = told["next"];
    EXPECT_EQ(cursor.empty(), page == 2);
  }
  EXPECT_EQ(port.get("/v1/decisions?cursor=zz").status, 400u);
  EXPECT_EQ(port.get("/v1/decisions?kind=tea").status, 400u);
}

TEST(OpsDecisions, ThePreviewShowsTheSplitAndKeepsNothing) {
  Office port;
  const Sequence before = port.store().last_sequence();
  const Told told = port.preview("rule.compensation", port.compensation());
  ASSERT_EQ(told.status, 200u) << told.body;
  EXPECT_EQ(told["outcome"], "accepted");
  EXPECT_EQ(told["split/loss"], "300000.00");
  EXPECT_EQ(told["split/lines/0/role"], "fund");
  EXPECT_EQ(told["split/lines/0/amount"], "180000.00");
  EXPECT_EQ(told["split/lines/0/clause/rule"], "loss");
  EXPECT_EQ(told["split/lines/1/role"], "bank");
  EXPECT_EQ(told["split/lines/1/amount"], "120000.00");
  EXPECT_EQ(told["split/balanced"], "true");
  EXPECT_EQ(told["caps/0/used_before"], "180000.00");
  EXPECT_EQ(told["caps/0/used_after"], "360000.00");
  EXPECT_EQ(told["caps/0/left_after"], "9640000.00");
  EXPECT_EQ(port.store().last_sequence(), before);
  EXPECT_FALSE(std::get<Case>(port.store().find("case", port.waiting).value()).ruling);
}

TEST(OpsDecisions, ThePreviewShowsWhatTheCapCuts) {
  Office port;
  const Told cap =
      port.post("officer-li", "/v1/acts/opening.cap",
                R"({"as_of":"2024-01-10","institution":"phrcb","year":2024,"approved":"9900000.00"})");
  ASSERT_EQ(cap.status, 200u) << cap.body;
  const Told told = port.preview(
      "rule.compensation",
      fmt::format(
          R"({{"case_no":"{}","ruling":"approved","meeting_no":"2024-1","meeting_on":"2024-01-20","approved_principal":"300000.00","approved_interest":"0.00"}})",
          port.waiting));
  ASSERT_EQ(told["outcome"], "accepted") << told.body;
  EXPECT_EQ(told["split/lines/0/nominal"], "180000.00");
  EXPECT_EQ(told["split/lines/0/cut"], "80000.00");
  EXPECT_EQ(told["split/lines/0/amount"], "100000.00");
  EXPECT_EQ(told["split/lines/0/clause/rule"], "yearly_cap");
  EXPECT_EQ(told["split/lines/1/nominal"], "120000.00");
  EXPECT_EQ(told["split/lines/1/cut"], "-80000.00") << "what is cut moves to the bank";
  EXPECT_EQ(told["split/lines/1/amount"], "200000.00");
  EXPECT_EQ(told["split/balanced"], "true");
  EXPECT_EQ(told["caps/0/left_before"], "100000.00");
  EXPECT_EQ(told["caps/0/left_after"], "0.00");
  EXPECT_THAT(told.body, ::testing::HasSubstr("yearly_cap_reached"));
}

TEST(OpsDecisions, WhatWasPreviewedIsWhatHappens) {
  Office port;
  const Told told = port.preview("rule.compensation", port.compensation("250000.00"));
  approved(port, port.post("officer-li", "/v1/proposals/rule.compensation", port.compensation("250000.00")));
  const Told file = port.get("/v1/cases/" + port.waiting);
  EXPECT_EQ(file["case/loss"], told["split/loss"]);
  EXPECT_EQ(file["instructions/0/amount"], told["split/lines/0/amount"]);
  EXPECT_EQ(file["case/bank_share"], told["split/lines/1/amount"]);
  EXPECT_EQ(file["instructions/0/pay_by"], told["split/pay_by"]);
}

TEST(OpsDecisions, AnImpossibleRulingIsPreviewedWithEveryReason) {
  Office port;
  const Told told = port.preview("rule.compensation", port.compensation("400000.00"));
  EXPECT_EQ(told.status, 200u);
  EXPECT_EQ(told["outcome"], "rejected");
  EXPECT_EQ(told["findings/0/code"], "approved_exceeds_asked");
  EXPECT_EQ(told["findings/0/place"], "/approved_principal");
  EXPECT_EQ(told["split/loss"], "");
  EXPECT_EQ(told["changes/0/kind"], "");
  EXPECT_EQ(port.preview("rule.profile", "{}").status, 400u);
}

TEST(OpsDecisions, ACaseShowsItsHistoryAndWhichDocumentsAreMissing) {
  Office port;
  const Told file = port.get("/v1/cases/" + port.case_no);
  EXPECT_EQ(file["history/0/zh"], "放款备案");
  EXPECT_EQ(file["history/1/zh"], "逾期报告");
  EXPECT_EQ(file["history/2/zh"], "风险代偿申请");
  EXPECT_EQ(file["history/4/amount"], "180000.00");
  EXPECT_EQ(file["loan/ref/number"], "C1");
  EXPECT_EQ(file["documents/0/there"], "false");
  EXPECT_FALSE(file["documents/0/kind"].empty());
}

TEST(OpsDecisions, WorkingDaysAreCountedOverHolidaysAndMakeUpDays) {
  const Calendar& calendar = stage::rulebook().calendar();
  const auto left = [&](const char* today, const char* due) {
    return programme::working_days_left(calendar, parse_date(today).value(), parse_date(due).value());
  };
  // National day of 2023: off from 29 September to 6 October, work on Saturday 7 and Sunday 8.
  EXPECT_EQ(left("2023-09-28", "2023-10-09").days, 3);
  EXPECT_EQ(left("2023-10-09", "2023-09-28").days, -3);
  EXPECT_EQ(left("2023-10-09", "2023-10-09").days, 0);
  EXPECT_FALSE(left("2023-09-28", "2023-10-09").provisional);
  EXPECT_TRUE(left("2023-09-28", "2099-10-09").provisional);
}

}  // namespace
}  // namespace loangate::ops::testing
