// `loangate demo --json` as a user calls it: one JSON object on standard output, nothing else there, exit
// code 0.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "base/json.hpp"
#include "tests/support/command.hpp"

namespace loangate {
namespace {

support::Ran loangate_ends(const std::string& arguments) {
  return support::run(fmt::format("'{}/loangate' {} 2>/dev/null", LOANGATE_BINARY_DIR, arguments));
}

std::uint64_t count_at(const JsonDocument& document, const JsonNode& object, std::string_view name) {
  const JsonNode* member = document.member(object, name);
  return member == nullptr ? ~0ull : std::stoull(std::string(member->text));
}

TEST(Demo, PrintsOneJsonObjectWithoutASurprise) {
  const support::Ran ran =
      loangate_ends(fmt::format("demo --json --config '{}/config'", LOANGATE_SOURCE_DIR));
  EXPECT_EQ(ran.status, 0);
  JsonDocument document;
  ASSERT_TRUE(document.read(ran.output)) << ran.output;
  const JsonNode& summary = document.root();
  const auto count = [&](std::string_view name) { return count_at(document, summary, name); };
  const auto object = [&](std::string_view name) -> const JsonNode& {
    const JsonNode* member = document.member(summary, name);
    EXPECT_NE(member, nullptr) << name;
    return member == nullptr ? summary : *member;
  };

  EXPECT_EQ(object("surprises").children, 0u) << ran.output;
  EXPECT_EQ(count("undelivered"), 0u);
  EXPECT_EQ(count("partners"), 21u);
  std::uint64_t messages = 0;
  for (const char* format : {"xml", "json", "fixed"})
    messages += count_at(document, object("messages"), format);
  EXPECT_EQ(messages, count("accepted") + count("held") + count("rejected") + count("unreadable") +
                          count("duplicates") + count("conflicts"));
  for (const char* what : {"notices", "instructions", "remittances"}) {
    EXPECT_GT(count(fmt::format("{}_expected", what)), 0u) << what;
    EXPECT_EQ(count(fmt::format("{}_delivered", what)), count(fmt::format("{}_expected", what))) << what;
  }
  const auto text = [&](std::string_view outer, std::string_view name) {
    const JsonNode* member = document.member(object(outer), name);
    return member == nullptr ? std::string_view() : member->text;
  };
  EXPECT_EQ(text("first_case", "loss"), "300000.00");
  EXPECT_EQ(text("first_case", "fund"), "180000.00");
  EXPECT_EQ(text("first_case", "guarantor"), "0.00");
  EXPECT_EQ(text("first_case", "bank"), "120000.00");
  EXPECT_EQ(text("first_months", "loans"), "37");
  EXPECT_EQ(text("first_months", "principal"), "112000000.00");
  EXPECT_EQ(text("second_programme", "instructed"), "1400000.00");
  for (const char* security : {"unsecured", "guarantee", "mortgage", "pledge", "ip_pledge"}) {
    const JsonNode* ends = document.member(object("full_lives"), security);
    ASSERT_NE(ends, nullptr) << security;
    EXPECT_EQ(count_at(document, *ends, "settled"), 1u) << security;
    EXPECT_EQ(count_at(document, *ends, "written_off"), 1u) << security;
  }
}

}  // namespace
}  // namespace loangate
