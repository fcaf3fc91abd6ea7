// The checked loader in front of yaml-cpp (hazard 11): every mistake at once, with its line.
#include "base/yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loangate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> texts(const YamlFile& file) {
  std::vector<std::string> all;
  for (const ConfigError& error : file.errors()) all.push_back(error.text());
  return all;
}

TEST(Yaml, ADuplicateKeyIsRefusedWithBothLines) {
  const YamlFile file("f.yaml", "a: 1\nb: 2\na: 3\n");
  EXPECT_THAT(texts(file), ElementsAre("f.yaml:3: `a` stands twice (first in line 1): keep one"));
}

TEST(Yaml, AnUnknownKeyIsRefused) {
  const YamlFile file("f.yaml", "known: 1\nunknwon: 2\ninner:\n  other: 3\n");
  file.root()["known"].text();
  file.root()["inner"];
  file.refuse_unread();
  EXPECT_THAT(texts(file), ElementsAre("f.yaml:2: `unknwon` is not known here: remove or correct it",
                                       "f.yaml:4: `other` is not known here: remove or correct it"));
}

TEST(Yaml, ScalarsAreTheTextInTheFile) {
  const YamlFile file("f.yaml", "a: 010\nb: off\nc: \"4.65\"\nd: 2022-06-26\ne: null\n");
  EXPECT_EQ(file.root()["a"].text(), "010");
  EXPECT_EQ(file.root()["a"].integer(0, 100), 10) << "decimal";
  EXPECT_EQ(file.root()["b"].text(), "off");
  EXPECT_EQ(file.root()["c"].text(), "4.65");
  EXPECT_EQ(file.root()["d"].text(), "2022-06-26");
  EXPECT_TRUE(file.root()["e"].is_null());
  EXPECT_THAT(file.errors(), IsEmpty());
}

TEST(Yaml, AWrongTypeIsAnErrorAndAHarmlessValue) {
  const YamlFile file("f.yaml", "n: 12abc\nb: yes\nm: [1]\ns: {x: 1}\n");
  const YamlNode root = file.root();
  EXPECT_EQ(root["n"].integer(5, 9), 5);
  EXPECT_FALSE(root["b"].boolean_or(true));
  EXPECT_EQ(root["m"].text(), "");
  EXPECT_TRUE(root["s"].items().empty());
  EXPECT_EQ(root["missing"].text(), "");
  EXPECT_EQ(file.errors().size(), 5u);
  EXPECT_EQ(file.errors()[4].what, "`missing` is missing: write it");
}

TEST(Yaml, NumbersAreBounded) {
  const YamlFile file("f.yaml", "a: 10\nb: 11\nc: 99999999999999999999\n");
  EXPECT_EQ(file.root()["a"].integer(1, 10), 10);
  EXPECT_THAT(file.errors(), IsEmpty());
  file.root()["b"].integer(1, 10);
  file.root()["c"].integer(1, 10);
  EXPECT_EQ(file.errors().size(), 2u);
}

TEST(Yaml, AnchorsAliasesTagsAndSecondDocumentsAreRefused) {
  for (const char* text :
       {"a: &x 1\nb: 2\n", "a: &x 1\nb: *x\n", "a: !!int 1\n", "a: 1\n---\nb: 2\n", "? [a]\n: 1\n"}) {
    EXPECT_FALSE(YamlFile("f.yaml", text).errors().empty()) << text;
  }
}

TEST(Yaml, WhatIsNotYamlIsNamedWithItsLine) {
  const YamlFile file("f.yaml", "a: 1\nb: [1, 2\nc: 3\n");
  ASSERT_EQ(file.errors().size(), 1u);
  EXPECT_THAT(file.errors()[0].text(), HasSubstr("f.yaml:"));
  EXPECT_THAT(file.errors()[0].text(), HasSubstr("not YAML"));
  EXPECT_TRUE(file.root().is_null());
}

TEST(Yaml, AMissingFileIsNamed) {
  const YamlFile file{std::filesystem::path("/nowhere/at/all.yaml")};
  ASSERT_EQ(file.errors().size(), 1u);
  EXPECT_THAT(file.errors()[0].text(), HasSubstr("/nowhere/at/all.yaml"));
}

TEST(Yaml, WrittenAnewItReadsAsTheSameScalars) {
  const std::string text =
      "a: [\"0\", 010, \"null\", \"\", \"~\", \"x: y\", \"#\", \"- \", \"\\r\\n\\t\\x01\\\\\", 甲, 'it''s', "
      "\" \", \"@no\"]\n"
      "m: {n: null, e: {}, l: [], \"odd: key\": 1}\nrows:\n  - {a: 1}\n  - - nested\n";
  const YamlFile first("f.yaml", text);
  ASSERT_THAT(texts(first), IsEmpty());
  const YamlFile second("f.yaml", first.written());
  ASSERT_THAT(texts(second), IsEmpty()) << first.written();
  const auto before = first.root()["a"].items();
  const auto after = second.root()["a"].items();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].text(), after[i].text());
  EXPECT_TRUE(second.root()["m"]["n"].is_null());
  EXPECT_EQ(second.root()["m"]["odd: key"].text(), "1");
  EXPECT_EQ(first.text(), text) << "of one file its own bytes";
}

TEST(Yaml, DepthIsBounded) {
  const std::string deep = std::string(70, '[') + std::string(70, ']');
  EXPECT_FALSE(YamlFile("f.yaml", deep).errors().empty());
}

}  // namespace
}  // namespace loangate
