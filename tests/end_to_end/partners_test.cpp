// The partners as operations sees them, with everything behind: health, connection test, pause, maintenance.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/json.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

using support::Town;
using ::testing::HasSubstr;

Town& town() {
  static Town one(*Date::of(2026, 9, 21));
  return one;
}

/// The text at a path such as `steps/0/passed`; "" if there is none.
std::string at(const net::Response& answer, std::string_view path) {
  JsonDocument document;
  if (!document.read(answer.body, {.max_bytes = 8u << 20, .max_nodes = 500'000})) return {};
  const JsonNode* node = &document.root();
  while (node != nullptr && !path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (node->kind == JsonNode::Kind::array) {
      std::size_t index = std::stoul(std::string(part));
      node = document.first(*node);
      while (node != nullptr && index-- > 0) node = document.next(*node);
    } else {
      node = document.member(*node, part);
    }
  }
  return node == nullptr ? std::string() : std::string(node->text);
}

net::Response ask(const std::string& target) {
  return town().operate("operator-zhao", "GET", target);
}
net::Response act(const std::string& target, std::string body = {}) {
  return town().operate("operator-zhao", "POST", target, std::move(body));
}

simulate::Answer file(std::string_view bank, const std::string& loan_no, std::uint32_t company) {
  return town().say(
      bank, MessageKind::loan_disbursement,
      support::filing(town().partner(bank), loan_no, company, Fen::yuan(1'000), town().today()));
}

TEST(Partners, AreListedWithAllThatAnOperatorAsks) {
  ASSERT_EQ(file("phrcb", "PA1", 1).status, 200u);
  const auto list = ask("/v1/partners");
  ASSERT_EQ(list.status, 200u) << list.body;
  EXPECT_EQ(at(list, "items/0/id"), "bank04") << "in the order of their ids";

  const auto pushed = ask("/v1/partners/phrcb");
  EXPECT_EQ(at(pushed, "role"), "bank");
  EXPECT_EQ(at(pushed, "transport"), "push");
  EXPECT_EQ(at(pushed, "breaker"), "closed");
  EXPECT_EQ(at(pushed, "health/state"), "normal") << pushed.body;
  EXPECT_EQ(at(pushed, "flow/state"), "running");
  EXPECT_FALSE(at(pushed, "last_received").empty());
  EXPECT_EQ(at(pushed, "certificates/0/sender"), "phrcb");
  EXPECT_EQ(at(pushed, "certificates/0/key").size(), 64u);
  EXPECT_EQ(at(pushed, "profile_version").size(), 64u);
  EXPECT_FALSE(at(pushed, "push/host").empty());
  EXPECT_GT(std::stoi(at(pushed, "messages_per_second")), 0);

  const auto fetching = ask("/v1/partners/sxbph");
  EXPECT_EQ(at(fetching, "transport"), "mailbox");
  EXPECT_EQ(at(fetching, "breaker"), "");
  EXPECT_EQ(at(fetching, "last_received"), "") << "nothing came from it since the start";
  EXPECT_EQ(ask("/v1/partners/nobody").status, 404u);
}

TEST(Partners, AConnectionIsTestedStepByStepAndNothingIsSent) {
  const auto calls = [] {
    return app::wait_for(town().sandbox().context(),
                         [](simulate::Partner& partner) -> boost::asio::awaitable<std::size_t> {
                           co_return partner.endpoint()->calls();
                         }(town().partner("phrcb")));
  };
  const auto before = calls();
  const auto good = act("/v1/partners/phrcb/test");
  ASSERT_EQ(good.status, 200u) << good.body;
  EXPECT_EQ(at(good, "passed"), "true") << good.body;
  EXPECT_EQ(at(good, "steps/0/step"), "resolve");
  EXPECT_EQ(at(good, "steps/1/step"), "connect");
  EXPECT_EQ(at(good, "steps/2/step"), "handshake");
  EXPECT_THAT(at(good, "steps/2/en"), HasSubstr("TLSv1."));
  EXPECT_EQ(at(good, "steps/3/step"), "accepted");
  EXPECT_EQ(at(good, "certificate/spki_sha256").size(), 64u);
  EXPECT_GT(std::stoi(at(good, "certificate/days_left")), 0);
  EXPECT_EQ(calls(), before);

  const auto mailbox = act("/v1/partners/sxbph/test");
  EXPECT_EQ(mailbox.status, 409u);
  EXPECT_EQ(at(mailbox, "code"), "not_pushed_to");
  EXPECT_EQ(act("/v1/partners/nobody/test").status, 404u);
}

TEST(Partners, APausedOneIsSentNothingAndStillServed) {
  // citicph has lent to the company too, and is to be told of its default.
  ASSERT_EQ(file("citicph", "PB1", 2).status, 200u);
  ASSERT_EQ(file("phrcb", "PB2", 2).status, 200u);
  const auto paused =
      act("/v1/acts/partner.flow", R"({"institution":"citicph","flow":"paused","reason":"割接"})");
  ASSERT_EQ(paused.status, 200u) << paused.body;
  EXPECT_EQ(at(ask("/v1/partners/citicph"), "health/state"), "stopped");
  EXPECT_EQ(at(ask("/v1/partners/citicph"), "flow/reason"), "割接");
  EXPECT_EQ(file("citicph", "PB3", 3).status, 200u) << "its own messages are taken on";

  ASSERT_TRUE(town().sandbox().restart().empty());
  EXPECT_EQ(at(ask("/v1/partners/citicph"), "health/state"), "stopped") << "a restart does not resume it";
  const auto resumed =
      act("/v1/acts/partner.flow", R"({"institution":"citicph","flow":"running","reason":"割接完成"})");
  EXPECT_EQ(resumed.status, 200u) << resumed.body;
  EXPECT_EQ(at(ask("/v1/partners/citicph"), "health/state"), "normal");
}

net::OutRequest get(std::string target) {
  return {.method = "GET", .target = std::move(target), .content_type = "", .body = "", .headers = {}};
}

std::string window(Instant from, Instant until, bool cancelled = false) {
  return fmt::format(R"({{"maintenance_from":"{}","maintenance_until":"{}","cancelled":"{}",)"
                     R"("notice_zh":"数据库升级","notice_en":"Database upgrade"}})",
                     format(from), format(until), cancelled ? "yes" : "no");
}

TEST(Maintenance, IsAnnouncedThenRefusesNewMessagesAndNothingElse) {
  const Instant now = real_now();
  const Instant soon{now.micros + 3'600'000'000}, end{now.micros + 7'200'000'000};
  const auto receipts = [] { return town().call("senders/phrcb", get("/v1/receipts/77777")); };
  ASSERT_EQ(receipts()->status, 404u);
  EXPECT_EQ(receipts()->header("Loangate-Maintenance"), "");

  ASSERT_EQ(act("/v1/acts/maintenance.entry", window(soon, end)).status, 200u);
  EXPECT_EQ(receipts()->header("Loangate-Maintenance"), format(soon) + "/" + format(end));
  EXPECT_EQ(file("phrcb", "MA1", 4).status, 200u) << "before its begin everything is taken";
  const auto nowhere = town().call("special/stranger", get("/v1/mailbox"));
  EXPECT_EQ(nowhere->header("Loangate-Maintenance"), format(soon) + "/" + format(end))
      << "refusals carry it, too";

  ASSERT_EQ(act("/v1/acts/maintenance.entry", window(now, end)).status, 200u);
  for (const char* path : {"/v1/messages", "/v1/documents"}) {
    const auto refused = town().call(
        "senders/phrcb", {.method = "POST", .target = path, .content_type = "", .body = "x", .headers = {}});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 503u) << path;
    EXPECT_GT(std::stol(std::string(refused->header("Retry-After"))), 7'000) << "until its end";
    EXPECT_LE(std::stol(std::string(refused->header("Retry-After"))), 7'201);
    EXPECT_THAT(refused->body, HasSubstr("数据库升级"));
    EXPECT_THAT(refused->body, HasSubstr("Database upgrade"));
  }
  EXPECT_EQ(receipts()->status, 404u) << "receipts are served";
  EXPECT_EQ(town().call("senders/sxbph", get("/v1/mailbox"))->status / 100, 2u) << "and the mailbox";
  EXPECT_EQ(at(ask("/v1/maintenance"), "state"), "open");

  ASSERT_TRUE(town().sandbox().restart().empty());
  EXPECT_EQ(receipts()->header("Loangate-Maintenance"), format(now) + "/" + format(end)) << "it is on record";
  ASSERT_EQ(act("/v1/acts/maintenance.entry", window(now, end, true)).status, 200u);
  EXPECT_EQ(file("phrcb", "MA2", 5).status, 200u);
  EXPECT_EQ(receipts()->header("Loangate-Maintenance"), "");
}

TEST(Maintenance, EndsByItself) {
  const Instant now = real_now();
  ASSERT_EQ(act("/v1/acts/maintenance.entry", window(now, Instant{now.micros + 1'500'000})).status, 200u);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'600));
  EXPECT_EQ(file("phrcb", "ME1", 6).status, 200u);
  EXPECT_EQ(at(ask("/v1/maintenance"), "state"), "none");
}

}  // namespace
}  // namespace loangate
