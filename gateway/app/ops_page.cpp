#include "app/ops_page.hpp"

#include <fmt/format.h>

#include <utility>

namespace loangate::app {
namespace {

/// 5 if only some of an array were accepted, 3 if none was.
Exit exit_of_acts(const JsonDocument& document) {
  const JsonNode* results = document.member(document.root(), "results");
  if (results == nullptr) return Exit::done;
  std::size_t good = 0;
  for (const JsonNode* item = document.first(*results); item != nullptr; item = document.next(*item)) {
    const JsonNode* status = document.member(*item, "status");
    if (status != nullptr && status->text == "200") ++good;
  }
  if (good == results->children) return Exit::done;
  return good == 0 ? Exit::refused : Exit::partly;
}

}  // namespace

std::shared_ptr<OpsOptions> with_ops_options(CLI::App& command, std::string_view examples) {
  auto options = std::make_shared<OpsOptions>();
  add_ops_options(command, options);
  command.footer(std::string("例 · examples:\n") + std::string(examples));
  return options;
}

CLI::App& add_noun(CLI::App& app, const std::string& name, const std::string& words) {
  const auto same_name = [&](const CLI::App* command) { return command->get_name() == name; };
  if (const auto known = app.get_subcommands(same_name); !known.empty()) return *known.front();
  CLI::App* const added = app.add_subcommand(name, words);
  added->require_subcommand(1);
  return *added;
}

Exit enter(const OpsOptions& options, std::string target, std::string acts) {
  Exit exit{};
  const auto response = OpsSession(options).send("POST", std::move(target), std::move(acts), exit);
  JsonDocument document;
  if (!response || !document.read(response->body, greatest_answer)) return exit;
  const bool counted = document.member(document.root(), "kept") != nullptr;
  if (!options.json) counted ? print_effects(document) : print_outcomes(document);
  return exit_of_acts(document);
}

Exit show(const OpsOptions& options, const std::vector<Section>& sections) {
  for (const Section& section : sections) {
    Exit exit{};
    const auto response = OpsSession(options).send("GET", section.target, {}, exit);
    if (!response) return exit;
    JsonDocument document;
    if (options.json || !document.read(response->body, {.max_bytes = 8u << 20, .max_nodes = 200'000}))
      continue;
    const JsonNode* rows = document.member(document.root(), section.array);
    if (rows != nullptr) fmt::print("{}\n{}\n", section.title, table(document, *rows, section.columns));
  }
  return Exit::done;
}

void add_reading(CLI::App& noun, std::string verb, std::string words, std::string_view examples,
                 const std::vector<Section>& sections, int& exit_code) {
  auto* command = noun.add_subcommand(std::move(verb), std::move(words));
  auto options = with_ops_options(*command, examples);
  command->callback([=, &exit_code] { exit_code = static_cast<int>(show(*options, sections)); });
}

}  // namespace loangate::app
