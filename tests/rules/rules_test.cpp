// Runs the tables of this folder: each line is a test of its own.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/yaml.hpp"
#include "tests/support/play.hpp"

namespace loangate::support {
namespace {

/// One message of a table or of the world.
struct Step {
  MessageKind kind;
  std::string from;
  std::string on;
  Fields fields;
};

struct Row {
  int line = 0;
  std::string name;
  std::vector<std::string> before;
  Step step;
  std::string outcome;
  std::vector<std::string> finds;
  std::vector<std::string> finds_not;
};

struct World {
  std::vector<Step> acts;
  std::map<std::string, Step> messages;  // by kind: the usual one
  std::map<std::string, Step> steps;
};

struct Table {
  std::string name;
  std::string path;
  std::vector<Row> rows;
};

MessageKind kind_of(const YamlNode& node) {
  const auto kind = message_kind(node.text());
  if (!kind) node.error("no such message");
  return kind.value_or(MessageKind::loan_disbursement);
}

Fields fields_of(const YamlNode& node) {
  Fields fields;
  for (const auto& [name, value] : node.members()) {
    fields[name] = value.is_null() ? std::nullopt : std::optional(value.text());
  }
  return fields;
}

Step take(Fields fields, MessageKind kind) {
  Step step{kind, fields["from"].value_or(""), fields["on"].value_or(""), {}};
  for (const char* name : {"from", "on", "act"}) fields.erase(name);
  step.fields = std::move(fields);
  return step;
}

/// The usual message, with what this one says otherwise.
Step step_of(const YamlNode& node, MessageKind kind, const World& world) {
  Step step{kind, "", "", {}};
  if (const auto usual = world.messages.find(std::string(spec_of(kind).name));
      usual != world.messages.end()) {
    step = usual->second;
  }
  step.from = node["from"].text_or(step.from);
  step.on = node["on"].text_or(step.on);
  step.fields = with(step.fields, fields_of(node["with"]));
  return step;
}

std::vector<std::string> words(const YamlNode& list) {
  std::vector<std::string> result;
  for (const YamlNode& item : list.items()) result.push_back(item.text());
  return result;
}

void stop_on(const ConfigErrors& errors) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  if (!errors.empty()) std::exit(2);
}

World load_world(const std::string& path) {
  const YamlFile file{std::filesystem::path(path)};
  World world;
  for (const YamlNode& act : file.root()["acts"].items()) {
    Step step = take(fields_of(act), kind_of(act["act"]));
    step.from = "office";
    step.on = "2021-01-01";
    world.acts.push_back(std::move(step));
  }
  for (const auto& [name, node] : file.root()["messages"].members()) {
    const auto kind = message_kind(name);
    if (!kind) node.error("no such message");
    world.messages.emplace(name, take(fields_of(node), kind.value_or(MessageKind::receipt)));
  }
  for (const auto& [name, node] : file.root()["steps"].members()) {
    world.steps.emplace(name, step_of(node, kind_of(node["say"]), world));
  }
  file.refuse_unread();
  stop_on(file.errors());
  return world;
}

Table load_table(const std::string& name, const World& world) {
  Table table{name, fmt::format("{}/tests/rules/{}.yaml", LOANGATE_SOURCE_DIR, name), {}};
  const YamlFile file{std::filesystem::path(table.path)};
  for (const YamlNode& node : file.root()["cases"].items()) {
    const MessageKind kind = kind_of(node.has("say") ? node["say"] : file.root()["say"]);
    Row row{.line = node.line(),
            .name = fmt::format("{} {}", node["rule"].text(), node["case"].text()),
            .before = words(node["before"]),
            .step = step_of(node, kind, world),
            .outcome = node["is"].text(),
            .finds = words(node["finds"]),
            .finds_not = words(node["not"])};
    for (const std::string& step : row.before) {
      if (!world.steps.contains(step)) node.error(fmt::format("`{}` is no step of world.yaml", step));
    }
    table.rows.push_back(std::move(row));
  }
  file.refuse_unread();
  stop_on(file.errors());
  return table;
}

const World& world() {
  static const World loaded = load_world(LOANGATE_SOURCE_DIR "/tests/rules/world.yaml");
  return loaded;
}

const std::vector<Table>& tables() {
  static const std::vector<Table> loaded = [] {
    std::vector<Table> all;
    for (const char* name : {"filing", "servicing", "default", "payment", "office"}) {
      all.push_back(load_table(name, world()));
    }
    return all;
  }();
  return loaded;
}

std::vector<std::string> found(const programme::Decision& decision) {
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

class RuleCase : public testing::Test {
 public:
  explicit RuleCase(const Row& row) : row_(row) {}

  void TestBody() override {
    SCOPED_TRACE(row_.name);
    Play play;
    for (const Step& act : world().acts) play.say(act.kind, act.from, act.on, act.fields);
    for (const std::string& name : row_.before) {
      const Step& step = world().steps.at(name);
      const auto decision = play.say(step.kind, step.from, step.on, step.fields);
      ASSERT_NE(decision.outcome, Outcome::rejected) << name << ": " << codes(decision.findings);
    }
    const auto decision = play.judge(row_.step.kind, row_.step.from, row_.step.on, row_.step.fields);
    EXPECT_EQ(spec_of(decision.outcome).name, row_.outcome);
    EXPECT_EQ(found(decision), row_.finds);
    for (const std::string& code : row_.finds_not) {
      EXPECT_EQ(std::ranges::count(row_.finds, code), 0) << "the line says both `finds` and `not`";
    }
    if (decision.outcome == Outcome::rejected) {
      EXPECT_TRUE(decision.changes.empty() && decision.outgoing.empty()) << "a refusal changes nothing";
    }
    for (const Finding& finding : decision.findings) expect_complete(finding);
  }

 private:
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

TEST(Rules, EveryReasonHasALineThatRaisesItAndOneThatJustDoesNot) {
  std::set<std::string> raised;
  std::set<std::string> avoided;
  for (const Table& table : tables()) {
    for (const Row& row : table.rows) {
      raised.insert(row.finds.begin(), row.finds.end());
      avoided.insert(row.finds_not.begin(), row.finds_not.end());
    }
  }
  for (const FindingSpec& spec : all_findings()) {
    // Up to 201 a reason is the codec's or the intake's to give, from 701 that of proposals and deliveries.
    const int number = static_cast<int>(spec.code);
    if (number <= 201 || number >= 701) continue;
    EXPECT_TRUE(raised.contains(std::string(spec.name))) << spec.name << " is raised by no line";
    EXPECT_TRUE(avoided.contains(std::string(spec.name)))
        << spec.name << " has no neighbour that just does not raise it";
  }
  for (const std::string& name : avoided) EXPECT_TRUE(raised.contains(name)) << name << " is no reason";
}

}  // namespace
}  // namespace loangate::support
