#include "app/profile_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <tuple>

#include "adapters/workbench/annotate.hpp"
#include "adapters/workbench/diff.hpp"
#include "adapters/workbench/draft.hpp"
#include "adapters/workbench/show.hpp"
#include "app/annotation_page.hpp"
#include "app/config.hpp"
#include "app/table.hpp"
#include "base/json_writer.hpp"

namespace loangate::app {
namespace {

constexpr int trouble = 2;

int say(const ConfigErrors& errors) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  return trouble;
}

/// Which profile is meant: a partner of the configuration, or a file.
struct Which {
  std::filesystem::path config = "config";
  std::string partner;
};

std::expected<std::filesystem::path, ConfigErrors> file_of(const Which& which) {
  if (which.partner.contains('/')) return which.partner;
  const auto config = load_config(which.config, "data");
  if (!config) return std::unexpected(config.error());
  return config->partners / which.partner / "profile.yaml";
}

void add_which(CLI::App& command, Which& which) {
  command.add_option("--config", which.config, "folder with gateway.yaml")->capture_default_str();
  command.add_option("--partner", which.partner, "whose profile, or the file of one: ./bank22/profile.yaml")
      ->required();
}

int show(const Which& which, bool json) {
  const auto file = file_of(which);
  if (!file) return say(file.error());
  const auto text = json ? adapters::show_profile_json(*file) : adapters::show_profile(*file);
  if (!text) return say(text.error());
  fmt::print("{}{}", *text, json ? "\n" : "");
  return 0;
}

std::string differences_json(const std::vector<adapters::Difference>& differences) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("same", differences.empty()).key("differences").begin_array();
  for (const adapters::Difference& difference : differences) {
    json.begin_object()
        .member("subject", difference.subject)
        .member("zh", difference.zh)
        .member("aspect", difference.aspect)
        .member("before", difference.before)
        .member("after", difference.after);
    json.key("messages").begin_array();
    for (const std::string& message : difference.messages) json.value(message);
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string differences_text(const std::vector<adapters::Difference>& differences) {
  if (differences.empty()) return "无差异 · no difference\n";
  std::vector<std::vector<std::string>> rows{
      {"项 · of", "", "方面 · what", "前 · before", "后 · after", "报文 · in"}};
  for (const adapters::Difference& difference : differences) {
    const std::size_t count = difference.messages.size();
    const std::string where = count > 3 ? fmt::format("{} 种 · {} messages", count, count)
                                        : fmt::format("{}", fmt::join(difference.messages, ", "));
    rows.push_back({difference.subject, difference.zh, difference.aspect,
                    difference.before.empty() ? "-" : difference.before,
                    difference.after.empty() ? "-" : difference.after, where});
  }
  return table(rows);
}

struct DiffOptions {
  std::filesystem::path config = "config";
  std::string before, after;
  bool json = false;
};

int compare(const DiffOptions& options) {
  std::vector<adapters::Profile> profiles;
  for (const std::string& name : {options.before, options.after}) {
    const auto file = file_of({options.config, name});
    if (!file) return say(file.error());
    auto profile = adapters::load_profile(*file);
    if (!profile) return say(profile.error());
    profiles.push_back(*std::move(profile));
  }
  const auto differences = adapters::diff(profiles[0], profiles[1]);
  fmt::print("{}{}", options.json ? differences_json(differences) : differences_text(differences),
             options.json ? "\n" : "");
  return differences.empty() ? 0 : 1;
}

std::optional<std::string> read_input(const std::filesystem::path& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

int annotate_file(const Which& which, const std::filesystem::path& sample, bool json) {
  const auto file = file_of(which);
  if (!file) return say(file.error());
  const auto profile = adapters::load_profile(*file);
  if (!profile) return say(profile.error());
  const auto bytes = read_input(sample);
  if (!bytes) return say({{sample.string(), 0, "cannot be read: see that it exists and may be read"}});
  const adapters::Annotation annotation = adapters::annotate(*profile, *bytes);
  if (json) {
    fmt::print("{}\n", annotation_json(*profile, annotation));
  } else {
    fmt::print("{}", annotation_page(*profile, *bytes, annotation, wants_colours()));
  }
  return annotation.findings.empty() ? 0 : 1;
}

struct DraftOptions {
  std::string format, id, role;
  std::pair<std::string, std::string> names;  // in Chinese, in English
  std::vector<std::string> samples, xsds, schemas, layouts;
};

/// `MESSAGE=FILE` or `FILE`, read.
void add_inputs(const std::vector<std::string>& given, adapters::DraftInput::Kind kind,
                adapters::DraftOrder& order, ConfigErrors& errors) {
  for (const std::string& text : given) {
    adapters::DraftInput input;
    input.kind = kind;
    input.name = text;
    const std::size_t equals = text.find('=');
    if (equals != text.npos) input.message = message_kind(text.substr(0, equals));
    if (input.message) input.name = text.substr(equals + 1);
    if (auto bytes = read_input(input.name)) {
      input.bytes = *std::move(bytes);
      order.inputs.push_back(std::move(input));
    } else {
      errors.push_back({input.name, 0, "cannot be read: see that it exists and may be read"});
    }
  }
}

int draft_profile(const DraftOptions& options) {
  using Kind = adapters::DraftInput::Kind;
  adapters::DraftOrder order;
  order.id = options.id;
  std::tie(order.name_zh, order.name_en) = options.names;
  const auto& roles = partner_role_codes().codes;
  const auto role = std::ranges::find(roles, options.role, &CodeSpec::name);
  order.role = static_cast<PartnerRole>(role - roles.begin());
  order.format = options.format == "xml"    ? adapters::Format::xml
                 : options.format == "json" ? adapters::Format::json
                                            : adapters::Format::fixed;
  ConfigErrors errors;
  add_inputs(options.samples, Kind::sample, order, errors);
  add_inputs(options.xsds, Kind::xsd, order, errors);
  add_inputs(options.schemas, Kind::json_schema, order, errors);
  add_inputs(options.layouts, Kind::layout, order, errors);
  if (!errors.empty()) return say(errors);
  const auto text = adapters::draft(order);
  if (!text) return say(text.error());
  fmt::print("{}", *text);
  return 0;
}

void add_show(CLI::App& profile, int& exit_code) {
  auto* command = profile.add_subcommand(
      "show", "查看生效配置及来源 · the profile as it takes effect, and where each value comes from");
  command->footer(
      "  loangate profile show --partner bank15\n  loangate profile show --partner bank15 --json");
  auto which = std::make_shared<Which>();
  auto json = std::make_shared<bool>(false);
  add_which(*command, *which);
  command->add_flag("--json", *json,
                    "print one JSON object: values and defaults by path, with file and line");
  command->callback([=, &exit_code] { exit_code = show(*which, *json); });
}

void add_diff(CLI::App& profile, int& exit_code) {
  auto* command = profile.add_subcommand(
      "diff",
      "比较两份配置 · what two profiles say otherwise, by message and field; exit code 1 if anything");
  command->footer(
      "  loangate profile diff bank15 sxbph\n"
      "  loangate profile diff adapters/partners/bank04/profile.yaml new/bank04/profile.yaml --json");
  auto options = std::make_shared<DiffOptions>();
  command->add_option("before", options->before, "a partner, or the file of a profile")->required();
  command->add_option("after", options->after, "another")->required();
  command->add_option("--config", options->config, "folder with gateway.yaml")->capture_default_str();
  command->add_flag("--json", options->json, "print one JSON object: same, differences");
  command->callback([options, &exit_code] { exit_code = compare(*options); });
}

void add_annotate(CLI::App& profile, int& exit_code) {
  auto* command = profile.add_subcommand(
      "annotate", "逐字段注解一份报文 · a message laid over its mapping; exit code 1 if it does not fit");
  command->footer(
      "  loangate profile annotate --partner phrcb adapters/partners/phrcb/samples/loan-disbursement.dat\n"
      "  loangate profile annotate --partner citicph --json - < message.xml");
  auto which = std::make_shared<Which>();
  auto sample = std::make_shared<std::filesystem::path>();
  auto json = std::make_shared<bool>(false);
  add_which(*command, *which);
  command->add_option("file", *sample, "the message; - reads standard input")->required();
  command->add_flag("--json", *json, "print one JSON object: type, places, unread, findings, canonical");
  command->callback([=, &exit_code] { exit_code = annotate_file(*which, *sample, *json); });
}

void add_draft(CLI::App& profile, int& exit_code) {
  auto* command = profile.add_subcommand("draft",
                                         "由样例或结构起草配置 · a first profile from samples, a schema or a "
                                         "layout; `# ?` marks what is not sure");
  command->footer(
      "  loangate profile draft --format xml --id bank22 --role bank samples/*.xml > bank22/profile.yaml\n"
      "  loangate profile draft --format json --id bank22 --role bank --json-schema "
      "loan.disbursement=fk.json\n"
      "  loangate profile draft --format fixed --id bank22 --role bank --layout loan.repayment=hk.csv "
      "loan.repayment=hk.dat\n"
      "A file may be written MESSAGE=FILE if it is known which message it is. A layout is CSV: name, first "
      "byte "
      "(from 1), width,\ntype, remark.");
  auto options = std::make_shared<DraftOptions>();
  command->add_option("--format", options->format, "xml, json or fixed")
      ->required()
      ->check(CLI::IsMember({"xml", "json", "fixed"}));
  command->add_option("--id", options->id, "the partner's id, which is its folder's name")->required();
  command->add_option("--role", options->role, "bank, guarantor, fund, office or credit_registry")
      ->required()
      ->check(CLI::IsMember({"bank", "guarantor", "fund", "office", "credit_registry"}));
  command->add_option("--name", options->names, "its name in Chinese, and in English");
  command->add_option("samples", options->samples, "messages as the partner sends and takes them");
  command->add_option("--xsd", options->xsds, "an XML Schema")->expected(1)->allow_extra_args(false);
  command->add_option("--json-schema", options->schemas, "a JSON Schema")
      ->expected(1)
      ->allow_extra_args(false);
  command->add_option("--layout", options->layouts, "a table of columns")
      ->expected(1)
      ->allow_extra_args(false);
  command->callback([options, &exit_code] { exit_code = draft_profile(*options); });
}

}  // namespace

CLI::App& add_profile(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "profile", "接入配置 · partners' profiles: the workbench, and what is in force in a running gateway");
  command->require_subcommand(1);
  add_show(*command, exit_code);
  add_diff(*command, exit_code);
  add_annotate(*command, exit_code);
  add_draft(*command, exit_code);
  return *command;
}

}  // namespace loangate::app
