#include "app/simulate_command.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/config.hpp"
#include "app/pki.hpp"
#include "app/wait_for.hpp"
#include "base/json_writer.hpp"
#include "net/client.hpp"
#include "net/cores.hpp"
#include "simulate/peers.hpp"

namespace loangate::app {
namespace {

using simulate::Partner;
using simulate::Peers;

struct Options {
  std::filesystem::path config;
  std::filesystem::path data;
  std::string gateway = "https://127.0.0.1:8443";
  std::uint16_t first_port = 9501;
  std::vector<std::string> send;  ///< partner, file
  bool json = false;
};

int trouble(const ConfigErrors& errors) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  return 1;
}

int send_file(boost::asio::io_context& context, Partner& partner, const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return trouble({{file.string(), 0, "cannot be read: see that it exists and may be read"}});
  const auto answer = wait_for(context, partner.post({std::istreambuf_iterator<char>(in), {}}));
  if (!answer) return trouble({{partner.id().string(), 0, answer.error()}});
  fmt::print(stderr, "HTTP {}{}\n", answer->status, answer->duplicate ? "，重复报文 · a duplicate" : "");
  fmt::print("{}\n", answer->body);
  return answer->status < 300 ? 0 : 3;
}

void print_new(const Partner& partner, DeliveryId& seen, bool as_json) {
  for (auto item = partner.inbox().items().upper_bound(seen); item != partner.inbox().items().end(); ++item) {
    seen = item->first;
    const MessageSpec& spec = spec_of(item->second.kind);
    if (as_json) {
      std::string out;
      JsonWriter json(out);
      json.begin_object().member("partner", partner.id().view()).member("delivery", item->first.number);
      json.member("type", spec.name).key("message").raw(canonical_json(item->second.message)).end_object();
      fmt::print("{}\n", out);
    } else {
      fmt::print("{:<10} {:>12}  {} {}\n", partner.id().view(), item->first.number, spec.record->zh,
                 spec.name);
    }
  }
  std::fflush(stdout);
}

/// One round over all partners: what lies in the mailboxes is fetched, what was pushed is shown.
boost::asio::awaitable<bool> collect_all(Peers& peers, std::map<PartnerId, DeliveryId>& seen, bool as_json) {
  for (Partner* partner : peers.all()) {
    if (const auto came = co_await partner->collect(std::chrono::seconds(0)); !came) {
      fmt::print(stderr, "{}: {}\n", partner->id().view(), came.error());
    }
    print_new(*partner, seen[partner->id()], as_json);
  }
  co_return true;
}

int run(const Options& options) {
  const auto config = load_config(options.config, options.data);
  if (!config) return trouble(config.error());
  const auto keys = partner_seal_keys(options.data);
  const auto partners = adapters::load_partners(config->partners, nullptr, &keys);
  if (!partners) return trouble(partners.error());
  const auto url = net::parse_https_url(options.gateway);
  if (!url) return trouble({{"--gateway", 0, url.error()}});

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  BusinessClock clock;
  net::Cores cores(1);
  boost::asio::io_context& context = *cores.contexts().front();
  auto peers = Peers::open(context, *partners, clock,
                           {.pki = options.data / "pki",
                            .identities = config->identities,
                            .first_port = options.send.empty() ? options.first_port : std::uint16_t{0},
                            .first_id = 0});
  if (!peers) return trouble(peers.error());
  (*peers)->connect(url->host, url->port);

  int code = 0;
  if (!options.send.empty()) {
    const auto id = PartnerId::parse(options.send.front());
    if (!id || partners->find(*id) == nullptr) {
      code =
          trouble({{"--send", 0,
                    fmt::format("`{}` is no partner: see `loangate check --json`", options.send.front())}});
    } else {
      code = send_file(context, (*peers)->at(*id), options.send.back());
    }
  } else {
    for (const auto& [partner, port] : (*peers)->ports())
      fmt::print(stderr, "{} listens on 127.0.0.1:{}\n", partner.view(), port);
    std::map<PartnerId, DeliveryId> seen;
    const timespec second{1, 0};
    while (sigtimedwait(&signals, nullptr, &second) < 0)
      wait_for(context, collect_all(**peers, seen, options.json));
  }
  (*peers)->stop();
  cores.stop();
  return code;
}

}  // namespace

void add_simulate(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "simulate", "模拟各机构 · play all partners against a running gateway until SIGTERM");
  command->footer(
      "  loangate simulate --config config --data build/data/demo\n"
      "  loangate simulate --config config --data build/data/demo --send phrcb message.dat");
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "folder with gateway.yaml")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_option("--data", options->data, "folder with pki/ and identities.yaml of a development PKI")
      ->required();
  command->add_option("--gateway", options->gateway, "the partners' port")->capture_default_str();
  command
      ->add_option("--first-port", options->first_port,
                   "the servers of those who are pushed to listen from here on, in the order of their ids")
      ->capture_default_str();
  command
      ->add_option("--send", options->send,
                   "PARTNER FILE: send one file as it is, print the receipt, and end")
      ->expected(2);
  command->add_flag("--json", options->json, "print each message that comes as one JSON object a line");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace loangate::app
