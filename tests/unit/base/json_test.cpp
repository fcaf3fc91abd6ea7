// JSON as we need it (hazard 10): no duplicates, numbers as written.
#include "base/json.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/json_writer.hpp"
#include "tests/support/property.hpp"

namespace loangate {
namespace {

std::string fault(std::string_view text, const JsonLimits& limits = {}) {
  JsonDocument document;
  const auto read = document.read(text, limits);
  return read ? "" : read.error().what;
}

TEST(Json, ADuplicateKeyIsRefusedAtAnyDepth) {
  EXPECT_EQ(fault(R"({"a":1,"b":{"a":1}})"), "");
  for (const char* text : {R"({"a":1,"a":1})", R"({"b":{"a":1,"a":2}})", R"([{"a":1,"c":2,"a":3}])",
                           R"({"a":1,"\u0061":2})", R"({"":1,"":2})"}) {
    EXPECT_NE(fault(text), "") << text;
  }
}

TEST(Json, ANumberKeepsItsText) {
  for (const char* number :
       {"1e400", "0.10", "-0", "123456789012345678901234567890", "1E+2", "10000000.00"}) {
    JsonDocument document;
    ASSERT_TRUE(document.read(fmt::format("{{\"n\":{}}}", number))) << number;
    const JsonNode* node = document.member(document.root(), "n");
    ASSERT_NE(node, nullptr);
    EXPECT_EQ(node->kind, JsonNode::Kind::number);
    EXPECT_EQ(node->text, number);
  }
}

TEST(Json, WhatIsNotJsonIsRefused) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "{\"a\":1}x", "01", "1.", "NaN", "'a'", "{a:1}",
                           "\"\xff\"", "\"\xed\xa0\x80\"", "\"\\ud800\"", "\"\t\"", "/**/1", "tru"}) {
    EXPECT_NE(fault(text), "") << text;
  }
}

TEST(Json, BoundsHold) {
  std::string deep(32, '[');
  deep += std::string(32, ']');
  EXPECT_EQ(fault(deep, {.max_depth = 32}), "");
  EXPECT_NE(fault(deep, {.max_depth = 31}), "");
  EXPECT_NE(fault("[1,2,3]", {.max_nodes = 3}), "");
  EXPECT_EQ(fault("[1,2,3]", {.max_nodes = 4}), "");
  EXPECT_NE(fault("[1,2,3]", {.max_bytes = 6}), "");
}

TEST(Json, ADocumentIsUsedAgain) {
  JsonDocument document;
  ASSERT_TRUE(document.read(R"({"a":"first"})"));
  ASSERT_FALSE(document.read(R"({"a":"second")"));
  ASSERT_TRUE(document.read(R"({"a":"third"})"));
  EXPECT_EQ(document.member(document.root(), "a")->text, "third");
  EXPECT_EQ(document.member(document.root(), "b"), nullptr);
}

TEST(Json, WhatTheWriterWritesIsReadBack) {
  support::holds([](const std::string& bytes) {
    // Any bytes below 0x80: with control characters, quotes and backslashes.
    std::string text;
    for (const char c : bytes) text += static_cast<char>(c & 0x7f);
    std::string out;
    JsonWriter json(out);
    json.begin_object().member("text", std::string_view(text)).member("n", std::int64_t{-7});
    json.key("list").begin_array().value(true).null().end_array().end_object();
    JsonDocument document;
    RC_ASSERT(document.read(out).has_value());
    RC_ASSERT(document.member(document.root(), "text")->text == text);
    RC_ASSERT(document.member(document.root(), "n")->text == "-7");
    RC_ASSERT(document.member(document.root(), "list")->children == 2u);
  });
}

}  // namespace
}  // namespace loangate
