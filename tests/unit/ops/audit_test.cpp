// What was done, by whom and from where; and that a call sent again is done once.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <mutex>
#include <thread>

#include "port.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::HasSubstr;

std::string bank_entry(std::string_view name) {
  return fmt::format(
      R"({{"institution":"bank22","role":"bank","name_zh":"{}","name_en":"Bank","sci_tech_branch":"no",)"
      R"("admitted_from":"2020-01-01"}})",
      name);
}

/// The committer takes events in its own time.
Told audit(Port& port, const std::string& query, std::string_view until) {
  Told told;
  for (int i = 0; i < 100; ++i) {
    told = port.get("/v1/audit" + query, "auditor-sun");
    if (told.body.contains(until)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return told;
}

TEST(OpsAudit, SaysWhoFromWhereWhatAndWhatWasThereBefore) {
  Port port;
  port.post("bureau", "/v1/acts/institution.entry", bank_entry("旧名"));
  port.post("officer-li", "/v1/acts/institution.entry", bank_entry("新名"));
  port.post("bureau", "/v1/acts/institution.entry",
            R"({"institution":"bank23","role":"bank","name_zh":"x","name_en":"x","sci_tech_branch":"no",)"
            R"("admitted_from":"2020-01-01","admitted_until":"2019-01-01"})");
  const Told told = port.get("/v1/audit", "auditor-sun");
  ASSERT_EQ(told.status, 200u) << told.body;
  EXPECT_EQ(told["items/0/outcome"], "rejected");
  EXPECT_EQ(told["items/0/status"], "422");
  EXPECT_EQ(told["items/1/person"], "officer-li");
  EXPECT_EQ(told["items/1/address"], "127.0.0.1");
  EXPECT_EQ(told["items/1/kind"], "institution.entry");
  EXPECT_EQ(told["items/1/step"], "entered");
  EXPECT_EQ(told["items/1/act/name_zh"], "新名");
  EXPECT_EQ(told["items/1/changes/0/key"], "bank22");
  EXPECT_EQ(told["items/1/changes/0/before/name_zh"], "旧名");
  EXPECT_EQ(told["items/1/changes/0/after/name_zh"], "新名");
  EXPECT_EQ(told["items/2/changes/0/before_known"], "true");
  EXPECT_EQ(told["items/2/changes/0/before/name_zh"], "") << "it was new";
  EXPECT_EQ(told["next"], "");

  const Told one = port.get("/v1/audit?limit=1&person=bureau", "administrator-qian");
  EXPECT_EQ(one["items/0/outcome"], "rejected");
  ASSERT_NE(one["next"], "");
  const Told next = port.get("/v1/audit?limit=5&person=bureau&cursor=" + one["next"], "administrator-qian");
  EXPECT_EQ(next["items/0/act/name_zh"], "旧名");
  EXPECT_EQ(next["items/1/person"], "");
  EXPECT_EQ(port.get("/v1/audit?to=2020-01-01", "auditor-sun")["items/0/person"], "");
  EXPECT_EQ(port.get("/v1/audit?kind=rule.hold", "auditor-sun")["items/0/person"], "");
  EXPECT_EQ(port.get("/v1/audit?kind=nothing", "auditor-sun").status, 400u);
}

TEST(OpsAudit, RefusedCallsAndSignInsAreOnRecord) {
  Port port;
  port.gives_password("officer-li");
  port.post("viewer-he", "/v1/acts/lane.release", "{}");
  Browser browser(port);
  browser.signs_in("officer-li", "wrong password indeed");
  browser.as("officer-li").call("DELETE", "/v1/session");
  const Told told = audit(port, "?kind=access.event", "signed_out");
  EXPECT_EQ(told["items/0/act/event"], "signed_out");
  EXPECT_EQ(told["items/1/act/event"], "signed_in");
  EXPECT_EQ(told["items/2/act/event"], "sign_in_refused");
  EXPECT_EQ(told["items/2/act/person"], "officer-li");
  EXPECT_EQ(told["items/2/address"], "127.0.0.1");
  EXPECT_EQ(told["items/3/act/event"], "call_refused");
  EXPECT_EQ(told["items/3/act/person"], "viewer-he");
  EXPECT_EQ(told["items/3/act/call"], "POST /v1/acts/lane.release");
  EXPECT_EQ(told["items/3/act/code"], "role_missing");
  EXPECT_EQ(port.get("/v1/audit?person=viewer-he", "auditor-sun")["items/0/act/call"],
            "POST /v1/acts/lane.release");
  // What others read of the journal does not say who came from where.
  const Told entry = port.get("/v1/journal/" + told["items/3/sequence"], "officer-li");
  EXPECT_EQ(entry.status, 200u);
  EXPECT_EQ(entry["canonical/person"], "");
}

TEST(OpsAudit, WhoKnocksAgainAndAgainDoesNotFillTheRecord) {
  Port port;
  Browser browser(port);
  for (int i = 0; i < 300; ++i) browser.post("/v1/acts/lane.release", "{}");
  for (int i = 0; i < 40; ++i) browser.signs_in(fmt::format("nobody-{}", i % 20), "x");
  const Told told = audit(port, "?kind=access.event", "call_refused");
  const std::size_t written = port.store().last_sequence().number;
  EXPECT_LE(written, 2 * AccessRecord::most_in_a_turn);
  port.stop();
  std::uint64_t counted = 0;
  for (int i = 0; i < 100 && counted < 300; ++i) {
    counted = 0;
    for (const store::StoredEntry& entry : port.store().entries_after({}, 500)) {
      const auto event =
          AccessEvent::from(read_canonical(AccessEvent::spec(), entry.entry.canonical).value());
      if (event.event == AccessKind::call_refused)
        counted += static_cast<std::uint64_t>(event.more.value_or(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(counted, 300u) << "and none is forgotten";
}

// --- Idempotency-Key

const std::string release = R"({"delivery_id":7,"resend":"yes","reason":"x"})";

TEST(OpsKeyed, ACallSentAgainIsDoneOnceAndGetsTheFirstAnswer) {
  Port port;
  port.post("bureau", "/v1/acts/institution.entry", bank_entry("银行"));
  port.gives_password("officer-li");
  Browser browser(port);
  browser.as("officer-li");
  const std::string ruling =
      R"({"institution":"bank22","ruling":"removed","effective_on":"2024-03-01","meeting_no":"2024-1",)"
      R"("meeting_on":"2024-02-20","reason":"上年未发放"})";
  const auto propose = [&](const std::string& body, std::string key) {
    Browser::Headers headers;
    if (!key.empty()) headers.emplace_back("Idempotency-Key", std::move(key));
    return browser.post("/v1/proposals/rule.institution", body, headers);
  };
  EXPECT_EQ(propose(ruling, "")["code"], "idempotency_key_missing");
  EXPECT_EQ(propose(ruling, std::string(101, 'k'))["code"], "idempotency_key_wrong");
  const Told first = propose(ruling, "a1");
  ASSERT_EQ(first.status, 201u) << first.body;
  EXPECT_EQ(first.header("Idempotency-Replayed"), "");
  const Sequence before = port.store().last_sequence();
  const Told again = propose(ruling, "a1");
  EXPECT_EQ(again.status, 201u);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(port.store().last_sequence(), before) << "nothing was written";
  std::string other = ruling;
  other.replace(other.find("2024-1"), 6, "2024-2");
  EXPECT_EQ(propose(other, "a1")["code"], "idempotency_key_reused");
  EXPECT_EQ(propose(ruling, "a2").status, 201u) << "another key is another call";
  // A key says nothing about another person's.
  auto client = Client::open(port.access("both-chen")).value();
  const auto theirs = client.call("POST", "/v1/proposals/rule.institution", ruling, std::chrono::seconds(10),
                                  {{"Idempotency-Key", "a1"}});
  EXPECT_EQ(theirs->status, 201u);
  EXPECT_TRUE(theirs->header("Idempotency-Replayed").empty());
}

TEST(OpsKeyed, ARefusalIsAnAnswerToo) {
  Port port;
  auto client = Client::open(port.access("operator-zhao")).value();
  const auto call = [&] {
    return client
        .call("POST", "/v1/acts/lane.release", release, std::chrono::seconds(10), {{"Idempotency-Key", "r1"}})
        .value();
  };
  const net::Response first = call();
  EXPECT_EQ(first.status, 422u);
  const net::Response again = call();
  EXPECT_EQ(again.status, 422u);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_THAT(again.body, HasSubstr(R"("code":"delivery_unknown")"));
  EXPECT_EQ(port.store().last_sequence(), Sequence{1});
  EXPECT_EQ(port.post("operator-zhao", "/v1/acts/lane.release", release).status, 422u)
      << "by certificate the key may be missing";
}

TEST(OpsKeyed, ManyAtOnceAreDoneOnce) {
  Port port;
  std::vector<std::jthread> callers;
  std::mutex mutex;
  std::map<unsigned, int> statuses;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      auto client = Client::open(port.access("operator-zhao")).value();
      const auto answer = client.call("POST", "/v1/acts/lane.release", release, std::chrono::seconds(10),
                                      {{"Idempotency-Key", "m1"}});
      const std::lock_guard lock(mutex);
      ++statuses[answer ? answer->status : 0];
    });
  }
  callers.clear();
  EXPECT_EQ(statuses[422] + statuses[409], 8) << "the act's answer, or 'under way'";
  EXPECT_GE(statuses[422], 1);
  EXPECT_EQ(port.store().last_sequence(), Sequence{1});
}

}  // namespace
}  // namespace loangate::ops::testing
