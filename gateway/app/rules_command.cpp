#include "app/rules_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "app/config.hpp"
#include "app/rules_page.hpp"

namespace loangate::app {
namespace {

struct RulesOptions {
  std::filesystem::path config = "config";
  std::string on;
  std::string code;
  bool json = false;
};

std::optional<programme::Rulebook> load(const RulesOptions& options) {
  const auto print = [](const ConfigErrors& errors) {
    for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  };
  const auto config = load_config(options.config, "data");
  if (!config) {
    print(config.error());
    return std::nullopt;
  }
  auto rulebook = programme::load_rulebook(config->programmes, config->calendar, config->lpr);
  if (rulebook) return *std::move(rulebook);
  print(rulebook.error());
  return std::nullopt;
}

int print_rules(const RulesOptions& options) {
  const auto on = parse_date(options.on);
  if (!options.on.empty() && !on) throw CLI::ValidationError("--on", "write a day such as 2023-09-12");
  const auto rulebook = load(options);
  if (!rulebook) return 1;
  if (options.json) {
    fmt::print("{}\n", rules_json(*rulebook, on));
  } else {
    fmt::print("{}", rules_page(*rulebook, on));
  }
  return 0;
}

int explain(const RulesOptions& options) {
  const FindingSpec* const finding = find_finding(options.code);
  if (finding == nullptr) {
    fmt::print(stderr, "没有审核意见 {} · there is no finding {}", options.code, options.code);
    std::string like;
    for (const FindingSpec& other : all_findings()) {
      if (other.name.find(options.code) == std::string_view::npos) continue;
      like += fmt::format("{}{}", like.empty() ? "" : ", ", other.name);
    }
    fmt::print(stderr, "{}\n", like.empty() ? "" : "; 近似 like it: " + like);
    return 2;
  }
  const auto rulebook = load(options);
  if (!rulebook) return 1;
  if (options.json) {
    fmt::print("{}\n", finding_json(*finding, *rulebook));
  } else {
    fmt::print("{}", finding_page(*finding, *rulebook));
  }
  return 0;
}

void add_options(CLI::App& command, const std::shared_ptr<RulesOptions>& options) {
  command.add_option("--config", options->config, "folder with gateway.yaml")
      ->envname("LOANGATE_CONFIG")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  command.add_flag("--json", options->json, "print one JSON object");
}

}  // namespace

void add_rules(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("rules", "办法与规则 · the programmes' rules as a page; no server needed");
  command->footer(
      "  loangate rules --config config\n  loangate rules --on 2021-03-25 --json\n"
      "  loangate rules explain ceiling_exceeded");
  auto options = std::make_shared<RulesOptions>();
  add_options(*command, options);
  command->add_option("--on", options->on, "只列该日生效的 · only what is in force on this day");

  auto explained = std::make_shared<RulesOptions>();
  auto* explaining = command->add_subcommand("explain", "说明一条审核意见 · explain a finding");
  explaining->footer("  loangate rules explain rate_above_ceiling\n  loangate rules explain 501 --json");
  explaining->add_option("code", explained->code, "名称或编号 · its name or number")->required();
  add_options(*explaining, explained);
  explaining->callback([=, &exit_code] { exit_code = explain(*explained); });
  command->callback([=, &exit_code] {
    if (!explaining->parsed()) exit_code = print_rules(*options);
  });
}

}  // namespace loangate::app
