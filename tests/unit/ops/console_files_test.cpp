// What the operations port serves of the console: whole, small, cached rightly, and under a policy that lets
// nothing else in.
#include "ops/console_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "ops/console_table.hpp"
#include "ops/service.hpp"
#include "port.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::HasSubstr;

struct Asked {
  std::string_view path;
  std::string_view accept_encoding = {};
  std::string_view if_none_match = {};
  std::string_view method = "GET";
};

std::optional<net::Response> ask(const Asked& asked) {
  std::vector<net::Field> fields;
  if (!asked.accept_encoding.empty()) fields.push_back({"Accept-Encoding", asked.accept_encoding});
  if (!asked.if_none_match.empty()) fields.push_back({"If-None-Match", asked.if_none_match});
  return console_answer({.method = asked.method,
                         .target = asked.path,
                         .path = asked.path,
                         .query = {},
                         .fields = fields,
                         .content_length = {}});
}

TEST(OpsConsole, EachPageIsTheDocumentAndIsAskedForAnew) {
  for (const std::string_view path :
       {"/", "/flow", "/messages/77", "/loans/phrcb/2024%2F001", "/index.html"}) {
    const auto page = ask({path});
    ASSERT_TRUE(page) << path;
    EXPECT_EQ(page->status, 200u);
    EXPECT_THAT(page->body, HasSubstr("<div id=\"app\">")) << path;
    EXPECT_EQ(page->header("Cache-Control"), "no-cache");
    EXPECT_THAT(std::string(page->header("Content-Security-Policy")), HasSubstr("default-src 'none'"));
    EXPECT_EQ(page->header("X-Content-Type-Options"), "nosniff");
  }
}

TEST(OpsConsole, PathsOfTheApiAreNotTheConsoles) {
  for (const Route& route : routes()) {
    std::string path(route.pattern);
    while (path.contains('{')) path.replace(path.find('{'), path.find('}') - path.find('{') + 1, "7");
    EXPECT_FALSE(ask({path})) << path;
  }
  for (const std::string_view path :
       {"/v1", "/v1/nothing", "/nowhere", "/assets/none.js", "//flow", "/flowx"})
    EXPECT_FALSE(ask({path})) << path;
  EXPECT_FALSE(ask({.path = "/flow", .method = "POST"}));
}

TEST(OpsConsole, AFileGoesOutInTheSmallestFormThatIsTaken) {
  for (const ConsoleFile& file : console_table()) {
    SCOPED_TRACE(file.path);
    const auto plain = ask({file.path});
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->header("Content-Encoding"), "");
    EXPECT_EQ(plain->body.size(), file.plain.size);
    EXPECT_EQ(ask({file.path, "gzip, br;q=0"})->header("Content-Encoding"), file.gzip.size ? "gzip" : "");
    const auto small = ask({file.path, "gzip, deflate, br"});
    EXPECT_EQ(small->header("Content-Encoding"), file.brotli.size ? "br" : "");
    EXPECT_LE(small->body.size(), plain->body.size());
    EXPECT_EQ(small->header("Vary"), "Accept-Encoding");
    EXPECT_NE(small->header("ETag"), "");
    if (file.named_by_content)
      EXPECT_THAT(std::string(small->header("Cache-Control")), HasSubstr("immutable"));
  }
}

TEST(OpsConsole, WhatTheBrowserHasIsNotSentAgain) {
  const std::string tag(ask({"/flow", "br"})->header("ETag"));
  const auto same = ask({"/flow", "br", "\"other\", W/" + tag});
  EXPECT_EQ(same->status, 304u);
  EXPECT_EQ(same->body, "");
  EXPECT_EQ(ask({"/flow", "", tag})->status, 200u) << "another form has another tag";
}

TEST(OpsConsole, TheFirstPageIsSmall) {
  std::size_t script = 0;
  std::size_t style = 0;
  const std::string page = ask({"/"})->body;
  for (const ConsoleFile& file : console_table()) {
    if (!page.contains(file.path)) continue;
    const std::size_t size = ask({file.path, "br"})->body.size();
    if (file.path.ends_with(".js")) script += size;
    if (file.path.ends_with(".css")) style += size;
  }
  EXPECT_GT(script, 0u);
  EXPECT_LE(script, 180u * 1024);
  EXPECT_LE(style, 30u * 1024);
}

TEST(OpsConsole, IsThereWithoutARole) {
  Port port;
  const Told page = port.call("senders/bank01", "GET", "/flow");
  EXPECT_EQ(page.status, 200u);
  EXPECT_THAT(page.content_type, HasSubstr("text/html"));
  EXPECT_EQ(port.call("senders/bank01", "GET", "/v1/flow").status, 403u);
}

}  // namespace
}  // namespace loangate::ops::testing
