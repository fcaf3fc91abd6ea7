// Runs the tables of this folder: each line is a test of its own. README.md says how they are written.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/contains.hpp"
#include "base/json.hpp"
#include "tests/rules/table.hpp"
#include "tests/support/rulebooks.hpp"

namespace loangate::support {
namespace {

using programme::Decision;

std::vector<std::string> found(const Decision& decision) {
  std::vector<std::string> codes;
  for (const Finding& finding : decision.findings) codes.emplace_back(spec_of(finding.code).name);
  return codes;
}

/// `{`: a value that the text asks for and the finding does not give is left out by fill(), so look for the
/// name itself.
void expect_complete(const Finding& finding) {
  for (const std::string_view text : {spec_of(finding.code).zh, spec_of(finding.code).en}) {
    for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
      const std::string_view name = text.substr(open + 1, text.find('}', open) - open - 1);
      const bool given =
          std::ranges::any_of(finding.values, [&](const auto& value) { return value.first == name; });
      EXPECT_TRUE(given) << spec_of(finding.code).name << " leaves {" << name << "} open";
    }
  }
}

void flatten(const JsonDocument& document, const JsonNode& node, const std::string& at,
             std::map<std::string, std::string>& values) {
  if (node.kind != JsonNode::Kind::object && node.kind != JsonNode::Kind::array) {
    values[at] = node.text;
    return;
  }
  int place = 0;
  for (const JsonNode* child = document.first(node); child != nullptr; child = document.next(*child)) {
    const std::string name =
        node.kind == JsonNode::Kind::object ? std::string(child->key) : std::to_string(place++);
    flatten(document, *child, at.empty() ? name : at + '.' + name, values);
  }
}

/// The values of a canonical JSON text by their paths: `course.due_on`, `returns.0.amount`.
std::map<std::string, std::string> values_in(const std::string& json) {
  JsonDocument document;
  std::map<std::string, std::string> values;
  if (!document.read(json)) return values;
  flatten(document, document.root(), "", values);
  return values;
}

/// Where the values are not as expected, a line each; nothing if they are.
std::string differences(const Fields& expected, const std::string& json) {
  const auto values = values_in(json);
  std::string lines;
  for (const auto& [path, value] : expected) {
    const auto given = values.find(path);
    if (value && (given == values.end() || given->second != *value)) {
      lines += fmt::format("  {}: expected {}, is {}\n", path, *value,
                           given == values.end() ? "absent" : given->second);
    } else if (!value && given != values.end()) {
      lines += fmt::format("  {}: expected to be absent, is {}\n", path, given->second);
    }
  }
  return lines;
}

/// Of the decision's postings: what each account of each payer is debited, below zero what it is credited.
std::vector<std::string> booked(const Decision& decision) {
  std::vector<std::pair<std::string, Fen>> accounts;
  for (const Change& change : decision.changes) {
    const auto* posting = std::get_if<Posting>(&change);
    if (posting == nullptr) continue;
    EXPECT_TRUE(posting->balanced());
    for (const Posting::Line& line : posting->lines) {
      const std::string name = fmt::format("{} {}", line.payer.view(), spec_of(line.account).name);
      auto at = std::ranges::find(accounts, name, &std::pair<std::string, Fen>::first);
      if (at == accounts.end()) at = accounts.insert(at, {name, Fen::zero()});
      at->second += line.debit - line.credit;
    }
  }
  std::vector<std::string> lines;
  for (const auto& [name, amount] : accounts)
    lines.push_back(fmt::format("{} {}", name, format_yuan(amount)));
  return lines;
}

class RuleCase : public testing::Test {
 public:
  explicit RuleCase(const Row& row) : row_(row) {}

  void TestBody() override {
    SCOPED_TRACE(fmt::format("{} {}", row_.shows.front(), row_.name));
    Play play(row_.under.empty() ? rulebook() : rulebook_under(row_.under));
    enter_world(play);
    for (const Step& step : row_.before) {
      for (int i = 1; i <= step.times; ++i) {
        const Decision decision = play.say(step.kind, step.from, step.on, numbered(step.fields, i));
        ASSERT_NE(decision.outcome, Outcome::rejected) << step.name << ": " << codes(decision.findings);
      }
    }
    const Decision decision = play.judge(row_.step.kind, row_.step.from, row_.step.on, row_.step.fields);
    EXPECT_EQ(spec_of(decision.outcome).name, row_.outcome);
    EXPECT_EQ(found(decision), row_.finds);
    for (const std::string& code : row_.finds_not) {
      EXPECT_FALSE(contains(row_.finds, code)) << "the line says both `finds` and `not`";
    }
    if (decision.outcome == Outcome::rejected) {
      EXPECT_TRUE(decision.changes.empty() && decision.outgoing.empty()) << "a refusal changes nothing";
    }
    for (const Finding& finding : decision.findings) expect_complete(finding);
    expect_said(decision);
    expect_sent(decision, play);
    expect_kept(decision, play);
    if (row_.books) EXPECT_EQ(booked(decision), *row_.books);
    expect_answered(decision);
  }

 private:
  static Fields numbered(Fields fields, int number) {
    for (auto& [_, value] : fields) {
      if (!value) continue;
      if (const auto at = value->find("<n>"); at != value->npos)
        value->replace(at, 3, std::to_string(number));
    }
    return fields;
  }

  void expect_said(const Decision& decision) const {
    for (const std::string& part : row_.says) {
      const bool said = std::ranges::any_of(decision.findings, [&](const Finding& finding) {
        return text_zh(finding).contains(part) || text_en(finding).contains(part);
      });
      EXPECT_TRUE(said) << "no finding says: " << part;
    }
  }

  /// Everything that goes out, in its order.
  void expect_sent(const Decision& decision, const Play& play) const {
    if (!row_.sends) return;
    std::vector<std::string> sent;
    for (const Outgoing& outgoing : decision.outgoing) {
      sent.push_back(fmt::format("{} {}", outgoing.to.view(), spec_of(outgoing.kind).name));
    }
    std::vector<std::string> expected;
    for (const Expected& each : *row_.sends) expected.push_back(each.what);
    ASSERT_EQ(sent, expected);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::string json = canonical_json(decision.outgoing[i].message);
      EXPECT_EQ(differences(play.filled((*row_.sends)[i].values), json), "") << expected[i] << ' ' << json;
    }
  }

  /// Each expected thing is among the changes.
  void expect_kept(const Decision& decision, const Play& play) const {
    for (const Expected& expected : row_.keeps) {
      const Fields values = play.filled(expected.values);
      std::string nearest;
      const bool kept = std::ranges::any_of(decision.changes, [&](const Change& change) {
        if (kind_name(change) != expected.what) return false;
        const std::string json = to_json(change);
        const std::string wrong = differences(values, json);
        if (!wrong.empty()) nearest += fmt::format("{}\n{}", json, wrong);
        return wrong.empty();
      });
      EXPECT_TRUE(kept) << "no " << expected.what << " is kept like that\n" << nearest;
    }
    for (const Change& change : decision.changes) {
      EXPECT_FALSE(contains(row_.leaves, kind_name(change))) << to_json(change);
    }
  }

  void expect_answered(const Decision& decision) const {
    if (!row_.answers) return;
    ASSERT_TRUE(decision.limit) << "there is no answer";
    std::map<std::string, std::string> given{{"headroom", format_yuan(decision.limit->headroom)},
                                             {"reserved", format_yuan(decision.limit->reserved)}};
    if (decision.limit->reserved_until) given["reserved_until"] = format(*decision.limit->reserved_until);
    for (const auto& [name, value] : *row_.answers) {
      EXPECT_EQ(given.contains(name) ? std::optional(given[name]) : std::nullopt, value) << name;
    }
  }

  const Row& row_;
};

const bool registered = [] {
  for (const Table& table : tables()) {
    for (const Row& row : table.rows) {
      testing::RegisterTest(fmt::format("rules_{}", table.name).c_str(),
                            fmt::format("line_{:03}", row.line).c_str(), nullptr, nullptr, table.path.c_str(),
                            row.line, [&row]() -> testing::Test* { return new RuleCase(row); });
    }
  }
  return true;
}();

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(LOANGATE_SOURCE_DIR "/" + file).rdbuf();
  return text.str();
}

/// The tables and messages in which some row says so of each finding.
using Where = std::map<std::string, std::set<std::pair<std::string, MessageKind>>>;

TEST(Tables, EveryFindingHasARowThatRaisesItAndBesideItOneThatJustDoesNot) {
  Where raised;
  Where avoided;
  for (const Table& table : tables()) {
    for (const Row& row : table.rows) {
      for (const std::string& code : row.finds) raised[code].emplace(table.name, row.step.kind);
      for (const std::string& code : row.finds_not) avoided[code].emplace(table.name, row.step.kind);
    }
  }
  for (const FindingSpec& spec : all_findings()) {
    const std::string name(spec.name);
    if (found_elsewhere().contains(name)) continue;
    EXPECT_FALSE(raised[name].empty()) << name << " is raised by no row";
    const bool beside =
        std::ranges::any_of(avoided[name], [&](const auto& where) { return raised[name].contains(where); });
    EXPECT_TRUE(beside) << name << " has no neighbour of the same message that just does not raise it";
  }
}

TEST(Tables, WhatNoTableCanRaiseIsRaisedByTheTestsThatAreNamed) {
  for (const auto& [code, test] : found_elsewhere()) {
    EXPECT_TRUE(contains(all_findings(), code, &FindingSpec::name)) << code << " is no finding";
    EXPECT_TRUE(text_of(test).contains(code)) << test << " does not name " << code;
    for (const Table& table : tables()) {
      for (const Row& row : table.rows) {
        EXPECT_FALSE(contains(row.finds, code))
            << table.path << ':' << row.line << " raises it: take " << code << " out of elsewhere.yaml";
      }
    }
  }
}

}  // namespace
}  // namespace loangate::support
