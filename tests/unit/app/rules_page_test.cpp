// The rulebook as a page, and what a finding means.
#include "app/rules_page.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "app/rules_words.hpp"
#include "base/json.hpp"
#include "tests/support/play.hpp"

namespace loangate::app {
namespace {

using support::rulebook;
using testing::HasSubstr;
using testing::Not;

Date day(std::string_view text) {
  return parse_date(text).value();
}

TEST(RulesPage, EveryRuleAndParameterOfTheProgrammesHasItsWords) {
  for (const programme::Programme& programme : rulebook().programmes()) {
    for (const programme::Version& version : programme.versions) {
      for (const programme::Clause& clause : version.clauses) {
        EXPECT_TRUE(words_of_rule(clause.rule)) << clause.rule;
        for (const auto& parameter : clause.parameters) {
          EXPECT_TRUE(words_of_parameter(clause.rule, parameter.key)) << clause.rule << '.' << parameter.key;
        }
      }
    }
  }
}

TEST(RulesPage, WhatFollowsFromAFindingIsAParameterOfTheRuleItNames) {
  // Both ways: each parameter that says what follows belongs to a finding, and each finding's is such a
  // parameter.
  std::set<std::string> stated;
  for (const programme::Programme& programme : rulebook().programmes()) {
    for (const programme::Version& version : programme.versions) {
      for (const programme::Clause& clause : version.clauses) {
        for (const auto& parameter : clause.parameters) {
          const bool follows = parameter.values.size() == 1 &&
                               std::ranges::any_of(severity_codes().codes, [&](const CodeSpec& code) {
                                 return code.name == parameter.values.front();
                               });
          if (follows) stated.insert(fmt::format("{}.{}", clause.rule, parameter.key));
        }
      }
    }
  }
  std::set<std::string> named;
  for (const FindingSpec& finding : all_findings()) {
    if (const RestsOn* on = rests_on(finding.code); on != nullptr && !on->severity.empty())
      named.emplace(on->severity);
  }
  EXPECT_EQ(named, stated);
}

TEST(RulesPage, ARuleStandsWithItsClauseItsWordsAndItsValues) {
  const std::string page = rules_page(rulebook(), day("2023-09-12"));
  EXPECT_THAT(page, HasSubstr("# 平湖市科创贷款风险补偿办法（2022年）"));
  EXPECT_THAT(page, HasSubstr("## 单户限额 · Ceiling of a company   [R-18]\n依据 clause: "
                              "四(二)\n单户科创贷款余额最高1000万元\n"));
  EXPECT_THAT(page, HasSubstr("- 限额（元） · Limit (yuan): 10,000,000.00\n"));
  EXPECT_THAT(page, HasSubstr("风险补偿金 fund 4 : 担保机构 guarantor 4 : 银行 bank 2"));
  EXPECT_THAT(page, HasSubstr("# 鲁科贷"));
  EXPECT_THAT(page, Not(HasSubstr("2017年两文件"))) << "not in force on that day";
}

TEST(RulesPage, WhatIsNotStatedIsSaidSo) {
  const std::string page = rules_page(rulebook(), day("2021-03-25"));
  EXPECT_THAT(page, HasSubstr("2017年两文件"));
  EXPECT_THAT(page,
              HasSubstr("## 利率上限 · Ceiling of the rate   [R-12 R-13 R-14]\n未规定，不检验 · not stated"));
  EXPECT_THAT(rules_page(rulebook(), day("2016-01-01")),
              HasSubstr("no version of any programme is in force"));
}

TEST(RulesPage, HowFarTheDataReachesIsOnItToo) {
  EXPECT_THAT(rules_page(rulebook(), std::nullopt), HasSubstr("vouched for until 2026-10-19"));
  EXPECT_THAT(rules_page(rulebook(), std::nullopt), HasSubstr("2021-01-01 – 2026-12-31"));
}

TEST(RulesPage, AFindingIsExplainedByNameOrNumber) {
  ASSERT_NE(find_finding("501"), nullptr);
  EXPECT_EQ(find_finding("501"), find_finding("ceiling_exceeded"));
  EXPECT_EQ(find_finding("5010"), nullptr);
  const std::string page = finding_page(*find_finding("501"), rulebook());
  EXPECT_THAT(page, HasSubstr("ceiling_exceeded (501)\n依据 clause: R-18 · 四(二)\n"));
  EXPECT_THAT(page, HasSubstr("最多可备案"));
  EXPECT_THAT(page, HasSubstr("no, take a new id"));
  EXPECT_THAT(page, HasSubstr("what follows is a parameter: ceiling.broken"));
  EXPECT_THAT(page, HasSubstr("pinghu-sci-tech-loans 2017 (2017-01-01 – 2022-06-25)\n  - 限额（元） · Limit "
                              "(yuan): 3,000,000.00"));
  EXPECT_THAT(page, HasSubstr("luke-loans 2021 (2021-01-01 –)\n  未规定"));
  EXPECT_THAT(finding_page(*find_finding("lpr_not_vouched"), rulebook()), HasSubstr("loangate lpr add"));
  EXPECT_THAT(finding_page(*find_finding("encoding_invalid"), rulebook()),
              HasSubstr("yes, the id was not used up"));
}

TEST(RulesPage, EveryFindingCanBeExplained) {
  for (const FindingSpec& finding : all_findings()) {
    EXPECT_THAT(finding_page(finding, rulebook()), HasSubstr("怎么办")) << finding.name;
    JsonDocument document;
    EXPECT_TRUE(document.read(finding_json(finding, rulebook()))) << finding.name;
  }
}

TEST(RulesPage, TheJsonSaysTheSame) {
  JsonDocument document;
  ASSERT_TRUE(
      document.read(rules_json(rulebook(), std::nullopt), {.max_bytes = 1u << 20, .max_nodes = 20'000}));
  const JsonNode* versions = document.member(document.root(), "versions");
  ASSERT_NE(versions, nullptr);
  std::size_t count = 0;
  for (const programme::Programme& programme : rulebook().programmes()) count += programme.versions.size();
  EXPECT_EQ(versions->children, count);
}

}  // namespace
}  // namespace loangate::app
