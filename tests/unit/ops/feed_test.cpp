// The change feed (settled 1): nothing is missed, nothing comes twice, and who waits hears soon.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "port.hpp"

namespace loangate::ops::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string entries(int from, int count) {
  std::string body = "[";
  for (int i = from; i < from + count; ++i) {
    body += fmt::format(
        R"({}{{"institution":"bank{:04}","role":"bank","name_zh":"银行","name_en":"Bank","sci_tech_branch":"no","admitted_from":"2021-01-01"}})",
        i == from ? "" : ",", i);
  }
  return body + "]";
}

milliseconds since(steady_clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

TEST(OpsFeed, TellsEachChangeWithItsCauseAndWhatToAskForNext) {
  Port port;
  port.post("bureau", "/v1/acts/institution.entry", entries(0, 3));
  const Told page = port.get("/v1/registry/changes?after=0&limit=2");
  EXPECT_EQ(page["changes/0/number"], "1");
  EXPECT_EQ(page["changes/0/kind"], "institution");
  EXPECT_EQ(page["changes/0/key"], "bank0000");
  EXPECT_EQ(page["changes/0/state/role"], "bank");
  EXPECT_EQ(page["changes/0/cause/sequence"], "1");
  EXPECT_EQ(page["changes/0/cause/person"], "bureau");
  EXPECT_EQ(page["changes/0/cause/kind"], "institution.entry");
  EXPECT_EQ(page["changes/2/number"], "");
  EXPECT_EQ(page["next"], "2");
  EXPECT_EQ(port.get("/v1/registry/changes?after=2")["changes/0/number"], "3");
  const Told end = port.get("/v1/registry/changes?after=3");
  EXPECT_EQ(end["changes/0/number"], "");
  EXPECT_EQ(end["next"], "3");
}

TEST(OpsFeed, HasNoGapsWhileManyWrite) {
  constexpr int writers = 4, rounds = 10, batch = 25;
  constexpr std::uint64_t all = std::uint64_t{writers} * rounds * batch;
  Port port;
  std::vector<std::jthread> threads;
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&port, w] {
      for (int r = 0; r < rounds; ++r) {
        const Told told =
            port.post("bureau", "/v1/acts/institution.entry", entries((w * rounds + r) * batch, batch));
        EXPECT_EQ(told.status, 200u);
      }
    });
  }
  std::uint64_t next = 0;
  std::set<std::string> keys;
  const auto start = steady_clock::now();
  while (next < all && since(start) < milliseconds(60'000)) {
    const Told page = port.get(fmt::format("/v1/registry/changes?after={}&wait=5&limit=70", next));
    JsonDocument document;
    ASSERT_TRUE(document.read(page.body, {.max_bytes = 8u << 20, .max_nodes = 500'000}));
    const JsonNode* changes = document.member(document.root(), "changes");
    for (const JsonNode* change = document.first(*changes); change != nullptr;
         change = document.next(*change)) {
      ASSERT_EQ(document.member(*change, "number")->text, std::to_string(++next));
      EXPECT_TRUE(keys.emplace(document.member(*change, "key")->text).second);
    }
  }
  EXPECT_EQ(next, all);
  EXPECT_EQ(keys.size(), all);
}

TEST(OpsFeed, WhoWaitsHearsOfAChangeSoon) {
  Port port;
  std::jthread writer([&port] {
    std::this_thread::sleep_for(milliseconds(500));
    port.post("bureau", "/v1/acts/institution.entry", entries(0, 1));
  });
  const auto start = steady_clock::now();
  const Told page = port.get("/v1/registry/changes?after=0&wait=30");
  EXPECT_EQ(page["changes/0/number"], "1");
  EXPECT_GE(since(start), milliseconds(400));
  EXPECT_LT(since(start), milliseconds(5'000));
}

TEST(OpsFeed, WhatChangesNothingWakesNobody) {
  Port port;
  std::jthread writer([&port] {
    std::this_thread::sleep_for(milliseconds(200));
    const Told told =
        port.post("officer-li", "/v1/proposals/rule.hold", intake::testing::hold_ruling("NONE"));
    EXPECT_EQ(told.status, 422u);
  });
  const auto start = steady_clock::now();
  const Told page = port.get("/v1/registry/changes?after=0&wait=1");
  EXPECT_EQ(page["next"], "0");
  EXPECT_GE(since(start), milliseconds(900));
}

TEST(OpsFeed, LongPollsEndWithTheServer) {
  Port port;
  std::jthread stopper([&port] {
    std::this_thread::sleep_for(milliseconds(500));
    port.stop();
  });
  const auto start = steady_clock::now();
  const Told page = port.get("/v1/registry/changes?after=0&wait=30");
  EXPECT_EQ(page.status, 200u);
  EXPECT_LT(since(start), milliseconds(8'000));
}

}  // namespace
}  // namespace loangate::ops::testing
