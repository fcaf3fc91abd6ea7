#include "app/demo.hpp"
#include "app/pki.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include "app/demo_summary.hpp"
#include "app/other_programmes.hpp"
#include "app/sandbox.hpp"
#include "app/wait_for.hpp"
#include "base/temporary_folder.hpp"
#include "net/client.hpp"
#include "simulate/scenario.hpp"

namespace loangate::app {
namespace {

struct Options {
  std::filesystem::path config = "config";
  std::optional<std::filesystem::path> data;
  std::string gateway;  ///< empty: one of its own
  std::string operations = "https://127.0.0.1:8444";
  std::uint16_t first_port = 9501;
  bool json = false;
  bool stay = false;
  bool unpaid = false;
};

int trouble(const ConfigErrors& errors) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  return 1;
}

simulate::Progress progress(bool json) {
  if (json) return {};
  return {.chapter = [](std::string_view zh,
                        std::string_view en) { fmt::print(stderr, "\n== {} · {}\n", zh, en); },
          .line =
              [](const simulate::Progress::Line& line) {
                fmt::print(stderr, "   {}  {:<9} {} → {}\n", format(line.on), line.who, line.what, line.fate);
              }};
}

/// Plays the story and prints what came of it. 0 if all came as it should.
int play(boost::asio::io_context& context, simulate::Stage stage, const Options& options) {
  const auto summary = wait_for(context, simulate::play(std::move(stage), progress(options.json)));
  if (!summary) {
    fmt::print(stderr, "演示中断 · the demonstration could not go on: {}\n", summary.error());
    return 1;
  }
  if (options.json) {
    fmt::print("{}\n", to_json(*summary));
  } else {
    print(*summary);
  }
  std::fflush(stdout);
  return summary->surprises.empty() && summary->undelivered == summary->unpaid ? 0 : 1;
}

void tell_where_to_look(const Sandbox& sandbox) {
  const Config& config = sandbox.config();
  fmt::print(stderr,
             "\n网关保持运行，按 Ctrl-C 结束 · the gateway stays up until Ctrl-C\n"
             "  合作机构端口 · partners:   https://127.0.0.1:{}\n"
             "  运维端口 · operations:     https://127.0.0.1:{}\n"
             "  数据 · data:               {}\n"
             "  试试 · try:  {}/loangate status --ops https://127.0.0.1:{} --data {} --as officer-li\n"
             "               README.md shows how to send a first message with curl\n",
             config.partners_port.port, config.operations_port.port, config.data.string(), "build",
             config.operations_port.port, config.data.string());
}

int on_own_gateway(const Options& options) {
  std::optional<TemporaryFolder> temporary;
  if (!options.data) temporary.emplace();
  const auto& data = options.data ? *options.data : temporary->path();

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (options.stay) pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  // The log goes beside the data: the table is for people.
  std::filesystem::create_directories(data);
  log_to_file(data / "loangate.log");
  auto sandbox = Sandbox::start(options.config, data, simulate::story_begins(),
                                options.stay ? Sandbox::Ports::configured : Sandbox::Ports::free);
  if (!sandbox) return trouble(sandbox.error());
  auto office = simulate::Office::open(
      fmt::format("https://127.0.0.1:{}", (*sandbox)->gateway().operations_port()), {.pki = data / "pki"});
  if (!office) return trouble(office.error());
  auto others = partners_of_other_programmes((*sandbox)->config());
  if (!others) return trouble(others.error());
  const int code =
      play((*sandbox)->context(),
           {(*sandbox)->peers(), *office, (*sandbox)->clock(), *std::move(others), options.unpaid}, options);
  if (options.stay && code == 0) {
    tell_where_to_look(**sandbox);
    int signal = 0;
    sigwait(&signals, &signal);
  }
  return code;
}

int on_running_gateway(const Options& options) {
  if (!options.data)
    return trouble({{"--data", 0, "name the folder with the PKI of the running gateway's partners"}});
  const auto config = load_config(options.config, *options.data);
  if (!config) return trouble(config.error());
  const auto keys = partner_seal_keys(*options.data);
  const auto partners = adapters::load_partners(config->partners, nullptr, &keys);
  if (!partners) return trouble(partners.error());
  auto others = partners_of_other_programmes(*config);
  if (!others) return trouble(others.error());
  const auto url = net::parse_https_url(options.gateway);
  if (!url) return trouble({{"--gateway", 0, url.error()}});

  BusinessClock clock(simulate::story_begins());
  net::Cores cores(1);
  boost::asio::io_context& context = *cores.contexts().front();
  auto peers = simulate::Peers::open(context, *partners, clock,
                                     {.pki = *options.data / "pki",
                                      .identities = config->identities,
                                      .first_port = options.first_port,
                                      .first_id = 0});
  if (!peers) return trouble(peers.error());
  (*peers)->connect(url->host, url->port);
  auto office = simulate::Office::open(options.operations, {.pki = *options.data / "pki"});
  if (!office) return trouble(office.error());
  const int code = play(context, {**peers, *office, clock, *std::move(others), options.unpaid}, options);
  (*peers)->stop();
  cores.stop();
  return code;
}

}  // namespace

void add_demo(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("demo", "演示 · play the programme's story with all partners simulated");
  command->footer(
      "  loangate demo\n"
      "  loangate demo --json\n"
      "  loangate demo --stay --unpaid   (then find in the console why one compensation has not been paid)\n"
      "  loangate demo --gateway https://127.0.0.1:8443 --data DATA   (of a gateway under serve --demo-clock "
      "2021-01-04)");
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "folder with gateway.yaml")
      ->capture_default_str()
      ->check(CLI::ExistingDirectory);
  command->add_option("--data", options->data,
                      "a fresh folder for keys and store; a temporary one if none is named");
  auto* gateway =
      command->add_option("--gateway", options->gateway, "play on a running gateway, at its partners' port");
  command->add_option("--ops", options->operations, "its operations port")
      ->capture_default_str()
      ->needs(gateway);
  command
      ->add_option("--first-port", options->first_port,
                   "where its pushes to simulated partners go, in the order of their ids")
      ->capture_default_str()
      ->needs(gateway);
  command->add_flag("--json", options->json, "print one JSON object");
  command->add_flag("--stay", options->stay, "keep the gateway and the partners up afterwards")
      ->excludes(gateway);
  command->add_flag(
      "--unpaid", options->unpaid,
      "一笔代偿未付：风险补偿金拒收其指令 · one compensation stays unpaid: the fund refuses its "
      "instruction");
  command->callback([options, &exit_code] {
    exit_code = options->gateway.empty() ? on_own_gateway(*options) : on_running_gateway(*options);
  });
}

}  // namespace loangate::app
