#include "app/simulate_command.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "app/config.hpp"
#include "app/other_programmes.hpp"
#include "app/pki.hpp"
#include "app/wait_for.hpp"
#include "base/json_writer.hpp"
#include "net/client.hpp"
#include "net/cores.hpp"
#include "simulate/conversation.hpp"
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
  std::string operations = "https://127.0.0.1:8444";
  std::vector<std::string> send;  ///< partner, file
  std::string as;                 ///< who plays the script
  std::vector<std::string> scripts;
  std::vector<std::string> orders;  ///< `bank04 cut_in_answer 3`
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

/// `bank04 cut_in_answer 3`: the partner misbehaves with the next three things that come to it; without a
/// number from now on. What is wrong with it; empty: it is ordered.
std::string order(boost::asio::io_context& context, Peers& peers, const std::string& line) {
  std::istringstream words(line);
  std::string who, how, times, more;
  words >> who >> how >> times >> more;
  const auto all = peers.all();
  const auto partner = std::ranges::find_if(all, [&](const Partner* one) { return one->id().view() == who; });
  const auto mood = simulate::mood_named(how);
  unsigned count = simulate::Moods::always;
  const auto [end, fault] = std::from_chars(times.data(), times.data() + times.size(), count);
  const bool counted = times.empty() || (fault == std::errc{} && end == times.data() + times.size());
  if (partner == all.end() || !mood || !counted || !more.empty()) {
    std::string known;
    for (const simulate::Mood one : simulate::all_moods())
      known += fmt::format("{}{}", known.empty() ? "" : ", ", simulate::name(one));
    return fmt::format(
        "`{}`: write PARTNER FAULT [TIMES], such as `bank04 cut_in_answer 3`; the faults are {}", line,
        known);
  }
  boost::asio::post(context, [ordered = *partner, mood, count] { ordered->order(*mood, count); });
  return {};
}

/// Orders that stand on standard input, a line each; false when there is no more of it.
bool take_orders(boost::asio::io_context& context, Peers& peers) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (poll(&input, 1, 0) > 0 && (input.revents & (POLLIN | POLLHUP)) != 0) {
    std::string line;
    if (!std::getline(std::cin, line)) return false;
    const std::string wrong = line.empty() ? "" : order(context, peers, line);
    fmt::print(stderr, "{}\n", wrong.empty() ? "已下达 · ordered: " + line : wrong);
  }
  return true;
}

void print_step(const Partner&, const simulate::StepReport& step) {
  fmt::print("{} {} {:<9} {} · {}\n", step.verdict == simulate::Verdict::passed ? "✓" : "✗", format(step.on),
             step.who.empty() ? "–" : step.who.view(), step.zh, step.en);
  if (!step.note.empty()) fmt::print("    {}\n", step.note);
  if (step.verdict == simulate::Verdict::failed) fmt::print("    {}\n    {}\n", step.reason, step.came);
  std::fflush(stdout);
}

/// Plays scripts against the running gateway as one partner, the others as the scripts need them.
int play_scripts(boost::asio::io_context& context, Peers& peers, simulate::Office& office,
                 BusinessClock& clock, const Options& options, const Config& config) {
  const auto all = peers.all();
  const auto self =
      std::ranges::find_if(all, [&](const Partner* one) { return one->id().view() == options.as; });
  if (self == all.end())
    return trouble({{"--as", 0, fmt::format("`{}` is no partner: see `loangate check --json`", options.as)}});
  auto others = partners_of_other_programmes(config);
  if (!others) return trouble(others.error());
  simulate::Stage stage{peers, office, clock, *std::move(others)};
  // Numbers of a run: nobody has used those of this second before.
  const auto second = static_cast<std::uint32_t>(real_now().micros / 1'000'000);
  simulate::Fresh fresh{.company = 1000 + second % 990'000, .loan = second % 900'000};
  int code = 0;
  for (const std::string& file : options.scripts) {
    const auto talk = simulate::load_script(file);
    if (!talk) return trouble(talk.error());
    const auto reports = wait_for(
        context, simulate::converse(stage, talk->letters, talk->scripts.front(), {*self}, fresh, print_step));
    const bool passed = reports.front().verdict == simulate::Verdict::passed;
    fmt::print("{} {} · {}{}\n", passed ? "✓" : "✗", talk->scripts.front().zh, talk->scripts.front().en,
               reports.front().reason.empty() ? "" : ": " + reports.front().reason);
    if (!passed) code = 1;
  }
  return code;
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

  // Scripts speak of the gateway's business day, which a demonstration's clock may have in another year.
  std::optional<simulate::Office> office;
  Instant begins = real_now();
  if (!options.scripts.empty()) {
    auto opened = simulate::Office::open(options.operations, {.pki = options.data / "pki"});
    if (!opened) return trouble(opened.error());
    office.emplace(*std::move(opened));
    const auto now = office->clock();
    if (!now) return trouble({{"--ops", 0, now.error()}});
    begins = *now;
  }
  // Message ids of scripts must be new to a gateway that runs on: nobody has used this second's before.
  const auto numbers =
      options.scripts.empty() ? 0 : static_cast<std::uint64_t>(real_now().micros / 1'000'000);
  BusinessClock clock(begins);
  net::Cores cores(1);
  boost::asio::io_context& context = *cores.contexts().front();
  auto peers = Peers::open(
      context, *partners, clock,
      {.pki = options.data / "pki",
       .identities = config->identities,
       .first_port = options.send.empty() || !options.scripts.empty() ? options.first_port : std::uint16_t{0},
       .first_id = numbers});
  if (!peers) return trouble(peers.error());
  (*peers)->connect(url->host, url->port);

  int code = 0;
  for (const std::string& line : options.orders) {
    if (const std::string wrong = order(context, **peers, line); !wrong.empty())
      code = trouble({{"--order", 0, wrong}});
  }
  if (code != 0) {
    // nothing is played with an order that was not understood
  } else if (!options.scripts.empty()) {
    code = play_scripts(context, **peers, *office, clock, options, *config);
  } else if (!options.send.empty()) {
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
    bool listens = true;
    while (sigtimedwait(&signals, nullptr, &second) < 0) {
      listens = listens && take_orders(context, **peers);
      wait_for(context, collect_all(**peers, seen, options.json));
    }
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
      "  loangate simulate --config config --data build/data/demo --send phrcb message.dat\n"
      "  loangate simulate --config config --data DATA --as bank04 --script tests/talk/bank/01-filing.yaml\n"
      "  loangate simulate --config config --data DATA --order 'bank04 cut_in_answer 3'\n"
      "Scripts, letters and faults are described in tests/talk/README.md. While it runs, faults are ordered "
      "by\n"
      "lines on standard input too: PARTNER FAULT [TIMES].");
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
  auto* script =
      command->add_option("--script", options->scripts,
                          "play this conversation, and end; may be repeated. Exit code 1: not as it says");
  auto* as = command->add_option("--as", options->as, "the partner whom the script is about")->needs(script);
  script->needs(as);
  command
      ->add_option(
          "--ops", options->operations,
          "the operations port: scripts let the bureau act; moving the clock needs serve --demo-clock")
      ->capture_default_str();
  command->add_option("--order", options->orders,
                      "PARTNER FAULT [TIMES]: how a partner fails; may be repeated");
  command->add_flag("--json", options->json, "print each message that comes as one JSON object a line");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace loangate::app
