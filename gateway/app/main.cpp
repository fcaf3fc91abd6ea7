#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>

#include "app/activation_command.hpp"
#include "app/backtest_command.hpp"
#include "app/backup_command.hpp"
#include "app/check.hpp"
#include "app/conform.hpp"
#include "app/contract_command.hpp"
#include "app/demo.hpp"
#include "app/doctor.hpp"
#include "app/identity_command.hpp"
#include "app/ops_commands.hpp"
#include "app/ops_page.hpp"
#include "app/profile_command.hpp"
#include "app/rules_command.hpp"
#include "app/serve.hpp"
#include "app/simulate_command.hpp"
#include "app/try_message.hpp"
#include "app/version.hpp"
#include "base/json_writer.hpp"

namespace {

using namespace loangate::app;

loangate::Date day(const std::string& text, const std::string& option) {
  const auto date = loangate::parse_date(text);
  if (!date) throw CLI::ValidationError(option, "write a day such as 2023-09-12");
  return *date;
}

// Each of these adds one subcommand; what it runs sets `exit_code`.

void add_serve(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("serve", "运行网关 · run the gateway until SIGTERM");
  command->footer(
      "  loangate serve --config /etc/loangate --data /var/lib/loangate\n"
      "  loangate serve --config config --data build/data --demo-clock 2021-01-04");
  struct Options {
    std::filesystem::path config, data;
    GatewayOptions gateway;
  };
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "folder with gateway.yaml")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_option("--data", options->data, "folder of the store, keys and identities")->required();
  auto begins = std::make_shared<std::string>();
  command->add_option(
      "--demo-clock", *begins,
      "begin business time on this day and let the operations port move it forward: demonstrations only");
  command->add_flag("!--no-search", options->gateway.search,
                    "keep no search index: messages cannot be found then; for measuring what it costs");
  command->callback([options, begins, &exit_code] {
    if (!begins->empty()) options->gateway.demo_clock = loangate::start_of(day(*begins, "--demo-clock"));
    exit_code = serve(options->config, options->data, options->gateway);
  });
}

void add_check(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("check", "校验配置 · check a whole configuration, every mistake at once");
  command->footer(
      "  loangate check --config config\n  loangate check --config /etc/loangate --data /var/lib/loangate "
      "--json");
  struct Options {
    std::filesystem::path config;
    std::optional<std::filesystem::path> data, identities;
    std::string on;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "folder with gateway.yaml")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_option("--data", options->data,
                      "check certificates, keys and identities of this data folder too");
  command->add_option("--identities", options->identities, "check this identities.yaml");
  command->add_option("--on", options->on, "the day for which leniencies must hold; default: today");
  command->add_flag("--json", options->json, "print one JSON object: errors, warnings, features by profile");
  command->callback([options, &exit_code] {
    const loangate::Date today =
        options->on.empty() ? loangate::civil_day(loangate::real_now()) : day(options->on, "--on");
    exit_code = check(options->config, options->data, options->identities, today, options->json);
  });
}

void add_try(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("try", "试解析一份报文 · decode and judge one message, no server needed");
  command->footer(
      "  loangate try --config config --partner phrcb adapters/partners/phrcb/samples/loan-disbursement.dat\n"
      "  loangate try --config config --partner citicph --json - < message.xml");
  auto options = std::make_shared<TryOptions>();
  auto on = std::make_shared<std::string>();
  command->add_option("file", options->file, "the message; - reads standard input")->required();
  command->add_option("--config", options->config, "folder with gateway.yaml")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_option("--partner", options->partner, "whose profile")->required();
  command->add_option("--data", options->data,
                      "judge on the registry in this data folder (the server must be down)");
  command->add_option("--on", *on, "judge as if received on this day, such as 2023-09-12");
  command->add_flag("--annotate", options->annotate, "show each place of the message with its field first");
  command->add_flag("--json", options->json, "print one JSON object: canonical, outcome, findings");
  command->callback([options, on, &exit_code] {
    if (!on->empty()) options->on = day(*on, "--on");
    exit_code = try_message(*options);
  });
}

void add_identity(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("identity", "证书身份 · which certificate is which sender or person");
  command->require_subcommand(1);
  command->footer(
      "  loangate identity add --identities DATA/identities.yaml --sender bank22 --partner bank22 "
      "bank22.pem\n"
      "  loangate identity retire --identities DATA/identities.yaml old.pem");
  auto add = std::make_shared<IdentityAdd>();
  auto* adding = command->add_subcommand("add", "admit a certificate's key");
  adding->add_option("certificate", add->certificate, "PEM file")->required()->check(CLI::ExistingFile);
  adding->add_option("--identities", add->identities, "identities.yaml of the data folder")->required();
  auto* sender = adding->add_option("--sender", add->sender, "a host system");
  adding->add_option("--partner", add->partners, "an institution that it may speak for; may be repeated")
      ->needs(sender);
  auto* person =
      adding->add_option("--person", add->person, "a person or a system of the bureau")->excludes(sender);
  adding
      ->add_option("--role", add->roles,
                   "officer, approver, operator, system, viewer, auditor or administrator; may be "
                   "repeated")
      ->needs(person);
  adding->add_option("--comment", add->comment, "kept beside the key");
  adding->callback([add, &exit_code] {
    if (add->sender.empty() && add->person.empty()) throw CLI::RequiredError("--sender or --person");
    exit_code = identity_add(*add);
  });

  auto retired = std::make_shared<IdentityAdd>();
  auto* retiring = command->add_subcommand("retire", "end the validity of a certificate's key, now");
  retiring->add_option("certificate", retired->certificate, "PEM file")->required()->check(CLI::ExistingFile);
  retiring->add_option("--identities", retired->identities, "identities.yaml of the data folder")->required();
  retiring->callback(
      [retired, &exit_code] { exit_code = identity_retire(retired->identities, retired->certificate); });
}

void add_version(CLI::App& app) {
  auto json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("version", "版本 · version and build");
  command->footer("  loangate version\n  loangate version --json");
  command->add_flag("--json", *json, "print one JSON object");
  command->callback([json] {
    if (!*json) {
      fmt::print("loangate {} ({})\n", version, compiler);
      return;
    }
    std::string out;
    loangate::JsonWriter(out)
        .begin_object()
        .member("version", version)
        .member("compiler", compiler)
        .end_object();
    fmt::print("{}\n", out);
  });
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  CLI::App app{"Loangate 科创贷款网关 · gateway between banks and the city's loan registry"};
  app.footer(
      "每个子命令的 --help 都有示例 · each subcommand's --help has examples\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a rule or permission, 4 waits for a second "
      "person,\n"
      "75 try again later");
  app.require_subcommand(1);
  add_serve(app, exit_code);
  add_check(app, exit_code);
  add_try(app, exit_code);
  add_activation(add_profile(app, exit_code), exit_code);
  add_contract(app, exit_code);
  add_rules(app, exit_code);
  add_demo(app, exit_code);
  add_simulate(app, exit_code);
  add_conform(app, exit_code);
  add_identity(app, exit_code);
  add_ops_commands(app, exit_code);
  add_reload(app, exit_code);
  add_backup_commands(app, exit_code);
  add_doctor(app, exit_code);
  add_backtest(app, exit_code);
  add_version(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const std::exception& e) {
    fmt::print(stderr, "loangate: {}\n", e.what());
    return 1;
  }
  return exit_code;
}
