#include "app/activation_command.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "app/ops_commands.hpp"
#include "app/ops_page.hpp"
#include "base/json_writer.hpp"
#include "domain/messages.hpp"
#include "ops/client.hpp"

namespace loangate::app {
namespace {

std::string profile_target(const std::string& partner) {
  return "/v1/profiles/" + ops::percent_encoded(partner);
}

void print_versions(const JsonDocument& document) {
  const JsonNode& root = document.root();
  const auto text = [&](std::string_view name) {
    const JsonNode* node = at(document, root, name);
    return node == nullptr ? std::string_view("-") : node->text;
  };
  fmt::print("{} 在用 · in force: {} ({})\n", text("partner"), text("no"), text("version"));
  if (const JsonNode* versions = document.member(root, "versions")) {
    fmt::print("{}\n", table(document, *versions,
                             {{"序号 no", "no"},
                              {"版本 version", "version"},
                              {"承接 follows", "follows"},
                              {"提出人 by", "by"},
                              {"批准人 approved by", "approved_by"},
                              {"生效 since", "since"},
                              {"理由 reason", "reason"}}));
  }
}

Exit show_history(const OpsOptions& options, const std::string& partner) {
  Exit exit{};
  const auto response = OpsSession(options).send("GET", profile_target(partner), {}, exit);
  JsonDocument document;
  if (response && !options.json && document.read(response->body, greatest_answer)) print_versions(document);
  return exit;
}

/// The version that a candidate would replace: the one in force now.
std::optional<std::string> version_in_force(const OpsOptions& options, const std::string& partner,
                                            Exit& exit) {
  const auto response = OpsSession(options).ask("GET", profile_target(partner), {}, exit);
  if (!response) return std::nullopt;
  JsonDocument document;
  if (exit != Exit::done || !document.read(response->body, greatest_answer)) {
    print_problem(*response);
    return std::nullopt;
  }
  return std::string(at(document, document.root(), "version")->text);
}

void add_propose(CLI::App& profile, int& exit_code) {
  auto* command = profile.add_subcommand("propose", "提出新配置 · propose a changed profile for activation");
  auto options = with_ops_options(
      *command,
      "  loangate profile propose --partner citicph --file new.yaml --reason 新增字段 --data build/data --as "
      "operator-zhao\n"
      "      (退出码 4：待他人批准 · exit code 4: waits for another person; try `loangate backtest` first)\n"
      "  loangate profile propose --partner citicph --file new.yaml --reason \"a new field\" --json");
  struct Given {
    std::string partner, file, reason;
  };
  auto given = std::make_shared<Given>();
  command->add_option("--partner", given->partner, "机构 · whose profile")->required();
  command->add_option("--file", given->file, "新配置 · the changed profile.yaml")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--reason", given->reason, "理由 · why, for the record")->required();
  command->callback([=, &exit_code] {
    Exit exit{};
    if (const auto replaces = version_in_force(*options, given->partner, exit)) {
      std::ifstream in(given->file, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      std::string body;
      JsonWriter(body)
          .begin_object()
          .member("institution", std::string_view(given->partner))
          .member("replaces", std::string_view(*replaces))
          .member("text", std::string_view(text))
          .member("reason", std::string_view(given->reason))
          .end_object();
      exit = enter(*options, fmt::format("/v1/proposals/{}", spec_of(RuleProfile::kind).name), body);
    }
    exit_code = static_cast<int>(exit == Exit::done ? Exit::second_person : exit);
  });
}

void add_history(CLI::App& profile, int& exit_code) {
  auto* command = profile.add_subcommand("history", "历次版本 · a profile's versions on record");
  auto options = with_ops_options(*command,
                                  "  loangate profile history citicph --data build/data --as operator-zhao\n"
                                  "  loangate profile history citicph --json");
  auto partner = std::make_shared<std::string>();
  command->add_option("partner", *partner, "机构 · whose profile")->required();
  command->callback([=, &exit_code] { exit_code = static_cast<int>(show_history(*options, *partner)); });
}

void add_back(CLI::App& profile, int& exit_code) {
  auto* command = profile.add_subcommand("back", "退回上一版本 · return to the version before, at once");
  auto options = with_ops_options(
      *command,
      "  loangate profile back citicph --reason 对方未切换 --data build/data --as operator-zhao\n"
      "  loangate profile back citicph --reason \"the bank has not switched\" --json");
  auto partner = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  command->add_option("partner", *partner, "机构 · whose profile")->required();
  command->add_option("--reason", *reason, "理由 · why, for the record")->required();
  command->callback([=, &exit_code] {
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("institution", std::string_view(*partner))
        .member("reason", std::string_view(*reason))
        .end_object();
    Exit exit = enter(*options, fmt::format("/v1/acts/{}", spec_of(ProfileBack::kind).name), body);
    if (exit == Exit::done && !options->json) exit = show_history(*options, *partner);
    exit_code = static_cast<int>(exit);
  });
}

}  // namespace

void add_activation(CLI::App& profile, int& exit_code) {
  add_propose(profile, exit_code);
  add_approve(profile, "profile", exit_code);
  add_withdraw(profile, "profile", exit_code);
  add_reading(profile, "list", "在用配置与未决提案 · the profiles in force, and open proposals",
              "  loangate profile list --data build/data --as operator-zhao\n  loangate profile list --json",
              {{"在用配置 · profiles in force",
                "/v1/profiles",
                "profiles",
                {{"机构 partner", "partner"}, {"序号 no", "no"}, {"版本 version", "version"}}},
               {"未决提案 · open proposals",
                "/v1/proposals?state=open&limit=500",
                "proposals",
                {{"提案 proposal", "no"},
                 {"类型 kind", "kind"},
                 {"提出人 by", "proposed_by"},
                 {"时间 at", "proposed_at"},
                 {"哈希 hash", "hash"}}}},
              exit_code);
  add_history(profile, exit_code);
  add_back(profile, exit_code);
}

void add_reload(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "reload", "重新载入配置 · have a running gateway read its configuration again, as kill -HUP does");
  auto options = with_ops_options(*command,
                                  "  loangate reload --data build/data --as operator-zhao\n"
                                  "  loangate reload --json");
  command->callback([=, &exit_code] {
    Exit exit{};
    const auto response = OpsSession(*options).send("POST", "/v1/configuration/reload", {}, exit);
    JsonDocument document;
    if (response && !options->json && document.read(response->body, greatest_answer)) {
      const JsonNode* profiles = at(document, document.root(), "loaded/profiles");
      const bool changed = at(document, document.root(), "changed")->text == "true";
      fmt::print("{}\n", changed ? "已载入并登记 · loaded, and on record"
                                 : "已载入，无变化 · loaded, nothing changed");
      if (profiles != nullptr) {
        fmt::print("{}\n", table(document, *profiles,
                                 {{"机构 partner", "institution"},
                                  {"版本 version", "version"},
                                  {"原版本 before", "before"}}));
      }
    }
    exit_code = static_cast<int>(exit);
  });
}

}  // namespace loangate::app
