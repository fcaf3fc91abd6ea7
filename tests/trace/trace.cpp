#include "tests/trace/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <regex>
#include <stdexcept>

#include "base/yaml.hpp"

namespace loangate::trace {
namespace {

namespace fs = std::filesystem;

constexpr std::array built_in{"gateway", "adapters/profile", "adapters/codec", "schemas", "config"};
constexpr std::array shown_in{"tests"};

bool carries_tags(const fs::path& file) {
  const auto extension = file.extension();
  // Texts about the code are not the code; the list of rules is not a test.
  return (extension == ".cpp" || extension == ".hpp" || extension == ".yaml") &&
         file.parent_path().filename() != "trace";
}

/// Calls `found` with rule and place for each tag, in the order of files and lines.
void find_tags(const fs::path& root, std::string_view folder,
               const std::function<void(const std::string&, const std::string&)>& found) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (entry.is_regular_file() && carries_tags(entry.path())) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  static const std::regex tag("R-([0-9]{2})(?![0-9])");
  for (const fs::path& file : files) {
    std::ifstream in(file);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      const std::string place = fmt::format("{}:{}", fs::relative(file, root).string(), number);
      for (std::sregex_iterator at(line.begin(), line.end(), tag), end; at != end; ++at)
        found(at->str(), place);
    }
  }
}

void note(std::vector<std::string>& places, const std::string& place) {
  if (places.empty() || places.back() != place) places.push_back(place);
}

std::map<std::string, Rule> read_rules(const fs::path& file) {
  const YamlFile yaml(file);
  std::map<std::string, Rule> rules;
  for (const auto& [number, node] : yaml.root().members()) {
    Rule rule{.zh = node["zh"].text(), .en = node["en"].text()};
    if (node.has("asks_nothing")) rule.asks_nothing = node["asks_nothing"].text();
    rules.emplace(number, std::move(rule));
  }
  for (const ConfigError& error : yaml.errors()) throw std::runtime_error(error.text());
  return rules;
}

}  // namespace

std::map<std::string, Rule> trace(const fs::path& root) {
  auto rules = read_rules(root / "tests/trace/rules.yaml");
  const auto collect = [&](const auto& folders, std::vector<std::string> Rule::* places) {
    for (const std::string_view folder : folders) {
      find_tags(root, folder, [&](const std::string& number, const std::string& place) {
        if (const auto rule = rules.find(number); rule != rules.end()) note(rule->second.*places, place);
      });
    }
  };
  collect(built_in, &Rule::places);
  collect(shown_in, &Rule::tests);
  return rules;
}

std::vector<std::string> gaps(const fs::path& root) {
  const auto rules = trace(root);
  std::vector<std::string> missing;
  for (int number = 1; number <= 52; ++number) {
    if (!rules.contains(fmt::format("R-{:02}", number)))
      missing.push_back(fmt::format("R-{:02} is not in tests/trace/rules.yaml", number));
  }
  for (const auto& [number, rule] : rules) {
    if (!rule.asks_nothing.empty()) continue;
    if (rule.places.empty())
      missing.push_back(fmt::format("{} {}: no place names it: build it, and say so there", number, rule.en));
    if (rule.tests.empty())
      missing.push_back(fmt::format("{} {}: no test names it: show it, and say so there", number, rule.en));
  }
  const auto refuse_unknown = [&](const std::string& number, const std::string& place) {
    if (!rules.contains(number)) missing.push_back(fmt::format("{}: {} is no rule", place, number));
  };
  for (const std::string_view folder : built_in) find_tags(root, folder, refuse_unknown);
  for (const std::string_view folder : shown_in) find_tags(root, folder, refuse_unknown);
  return missing;
}

}  // namespace loangate::trace
