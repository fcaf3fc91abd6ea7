// What Prometheus is served, and that the list in config/monitoring says the same.
#include "ops/flow/metrics.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "base/json.hpp"
#include "ops/alerts/rules.hpp"
#include "port.hpp"
#include "tests/store/samples.hpp"

namespace loangate::ops::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path monitoring = fs::path(LOANGATE_SOURCE_DIR) / "config" / "monitoring";

std::string read(const fs::path& file) {
  std::ifstream in(file);
  EXPECT_TRUE(in) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}

int run(const std::string& command) {
  return std::system(command.c_str());
}

/// The families that a scrape declares.
std::set<std::string> families(const std::string& text) {
  std::set<std::string> names;
  for (std::size_t at = 0; (at = text.find("# TYPE ", at)) != std::string::npos; ++at)
    names.insert(text.substr(at + 7, text.find(' ', at + 7) - at - 7));
  return names;
}

/// The names of metrics that a file speaks of, without what a histogram adds.
std::set<std::string> named_in(const std::string& text) {
  std::set<std::string> names;
  const std::regex name("loangate_[a-z_]+");
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
    std::string one = at->str();
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"})
      if (one.ends_with(suffix)) one.resize(one.size() - suffix.size());
    names.insert(one);
  }
  return names;
}

TEST(Metrics, AreCleanByPrometheusOwnTool) {
  Port port({.flow = true});
  const Told told = port.get("/metrics", "bureau");
  EXPECT_EQ(told.status, 200u);
  EXPECT_EQ(told.content_type, "text/plain; version=0.0.4; charset=utf-8");
  const fs::path file = port.folder() / "metrics.txt";
  std::ofstream(file) << told.body;
  EXPECT_EQ(run(fmt::format("promtool check metrics < '{}'", file.string())), 0) << told.body;
}

TEST(Metrics, AreThoseOfTheList) {
  Port port({.flow = true});
  const auto served = families(port.get("/metrics").body);
  EXPECT_EQ(served, named_in(read(monitoring / "metrics.md")));
  for (const char* file : {"dashboard.json", "alerts.rules.yml", "alerts.test.yml"}) {
    for (const std::string& name : named_in(read(monitoring / file)))
      EXPECT_TRUE(served.contains(name)) << file << " speaks of " << name;
  }
}

TEST(Metrics, HaveEverySeriesOfEveryPartnerFromTheStart) {
  Port port({.flow = true});
  const std::string body = port.get("/metrics").body;
  for (const std::string partner : {"bank07", "sxbph"}) {
    for (const char* outcome : {"accepted", "held", "rejected", "unreadable", "conflict", "duplicate"}) {
      EXPECT_THAT(body, HasSubstr(fmt::format("loangate_messages_total{{partner=\"{}\",outcome=\"{}\"}} 0\n",
                                              partner, outcome)));
    }
    EXPECT_THAT(body, HasSubstr(fmt::format("loangate_outbox_messages{{partner=\"{}\",state=\"parked\"}} 0\n",
                                            partner)));
    EXPECT_THAT(body, HasSubstr(fmt::format("loangate_outbox_oldest_timestamp_seconds{{partner=\"{}\"}} 0\n",
                                            partner)));
  }
}

TEST(Metrics, FollowWhatIsCommitted) {
  Port port({.flow = true});
  port.commits([](const store::View&, Sequence) {
    store::Writes writes;
    writes.entry =
        store::sample::entry(PartnerId::parse("sxbph").value(), store::sample::message_id(1), Outcome::held);
    writes.outgoing.push_back(
        store::sample::default_notice(store::sample::uscc(1), PartnerId::parse("bank07").value()));
    return writes;
  });
  const std::string body = port.get("/metrics").body;
  EXPECT_THAT(body, HasSubstr("loangate_messages_total{partner=\"sxbph\",outcome=\"held\"} 1\n"));
  EXPECT_THAT(body, HasSubstr("loangate_outbox_messages{partner=\"bank07\",state=\"waiting\"} 1\n"));
  EXPECT_THAT(body, HasSubstr("loangate_commit_duration_seconds_count 1\n"));
  EXPECT_THAT(body, HasSubstr("loangate_journal_entries_total 1\n"));
}

TEST(Monitoring, RulesAndTheirUnitTestsHold) {
  EXPECT_EQ(run(fmt::format("cd '{}' && promtool check rules alerts.rules.yml", monitoring.string())), 0);
  EXPECT_EQ(run(fmt::format("cd '{}' && promtool test rules alerts.test.yml", monitoring.string())), 0);
}

TEST(Monitoring, TheDashboardIsJson) {
  JsonDocument document;
  EXPECT_TRUE(document.read(read(monitoring / "dashboard.json")));
}

TEST(Monitoring, EveryRuleHasItsRunbookAndEveryRunbookItsRule) {
  std::set<std::string> pages;
  for (const auto& entry : fs::directory_iterator(monitoring / "runbooks")) pages.insert(entry.path().stem());
  std::set<std::string> rules;
  for (const auto& rule : alerts::all_rules()) rules.insert(std::string(rule.name));
  EXPECT_EQ(pages, rules);
  for (const auto& rule : alerts::all_rules()) {
    EXPECT_EQ(&alerts::spec_of(rule.rule), &rule) << rule.name << " stands in the order of the rules";
    const std::string page = read(monitoring / "runbooks" / fmt::format("{}.md", rule.name));
    EXPECT_THAT(page, ::testing::StartsWith(fmt::format("# {}：{}\n", rule.name, rule.zh)));
    EXPECT_THAT(page, HasSubstr(fmt::format("\n# {}: {}\n", rule.name, rule.en)));
    for (const char* part : {"什么意思", "看什么", "怎么办", "何时找谁", "What it means", "What to look at",
                             "What to do", "When to call whom"})
      EXPECT_THAT(page, HasSubstr(fmt::format("\n## {}\n", part))) << rule.name;
  }
  const std::string prometheus = read(monitoring / "alerts.rules.yml");
  const std::regex runbook("runbooks/([a-z_]+)\\.md");
  for (std::sregex_iterator at(prometheus.begin(), prometheus.end(), runbook), end; at != end; ++at)
    EXPECT_TRUE(pages.contains((*at)[1].str())) << (*at)[1];
}

}  // namespace
}  // namespace loangate::ops::testing
