// loangate_bench: see README.md, section Speed, for what the figures mean; `./dev bench` builds and runs it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "bench/null_server.hpp"
#include "bench/ops_bench.hpp"
#include "bench/procedure.hpp"

namespace {

using namespace loangate;
namespace fs = std::filesystem;

constexpr std::string_view footer =
    "Measures a gateway that it starts itself, with three banks' filings over mutual TLS, against two "
    "references taken\n"
    "in the same run: the same server that only answers 200, and the append-ordered store of "
    "tests/bench/store_reference.\n"
    "Figures go to standard output, progress to standard error. A full run takes about ten minutes.\n\n"
    "  ./dev bench\n"
    "  ./dev bench --json --messages 100000 --runs 3\n"
    "  ./dev bench --ops --json                        the operations port: searches, time lines\n"
    "  ./dev bench --ops --json --messages 10000000    the same as its goals want it: a quarter of an hour, 10 GB";

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("网关性能测量 · measure the gateway's speed");
  app.footer(std::string(footer));
  bench::Measure plan;
  double seconds = plan.seconds.count();
  const fs::path self = fs::canonical("/proc/self/exe");
  bench::SiteOptions options{.source = LOANGATE_SOURCE_DIR,
                             .gateway = self.parent_path() / "loangate",
                             .self = self,
                             .folder = self.parent_path() / "bench-data",
                             .banks = {}};
  bool json = false;
  bool quick = false;
  bool keep = false;
  bool ops = false;
  app.add_flag("--json", json, "print one JSON object instead of tables");
  app.add_option("--seconds", seconds, "of each run")->capture_default_str()->check(CLI::Range(0.1, 3600.0));
  app.add_option("--runs", plan.runs, "of each kind, in turn; the median counts")
      ->capture_default_str()
      ->check(CLI::Range(1, 99));
  auto* messages = app.add_option("--messages", plan.messages, "in the store for the loaded figures")
                       ->capture_default_str();
  app.add_option("--connections", plan.connections, "kept by the generator")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--threads", plan.threads, "of the generator")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--batch-records", plan.batch_records, "in a file of many records")
      ->capture_default_str()
      ->check(CLI::Range(1, 200'000));
  app.add_flag("--batches-only", plan.batches_only, "leave all else out; figures that were not taken are 0");
  app.add_flag("--ops", ops, "measure the operations port instead, on a store of 100,000 messages");
  app.add_flag("--quick", quick, "everything small: shows that the measuring works, its figures mean little");
  app.add_option("--folder", options.folder,
                 "of ours, emptied first: on the file system that is to be measured")
      ->capture_default_str();
  app.add_flag("--keep", keep, "leave the folder as it is at the end");

  bench::NullServerOptions null;
  fs::path pki;
  auto* null_server = app.add_subcommand("null-server", "the reference alone: answers 200 until SIGTERM");
  null_server->add_option("--pki", pki, "what certs/make-dev-pki.sh made")->required();
  null_server->add_option("--port", null.port)->required();
  null_server->add_option("--flush", null.flush, "flush 1.5 KB to this file for each group of requests");
  CLI11_PARSE(app, argc, argv);

  set_log_level(LogLevel::error);
  if (null_server->parsed()) {
    null.tls = {pki / "server.pem", pki / "server.key", pki / "ca.pem", pki / "crl.pem"};
    return bench::run_null_server(null);
  }
  plan.seconds = std::chrono::duration<double>(seconds);
  if (quick) {
    plan = {.seconds = std::chrono::duration<double>(1.5),
            .runs = 1,
            .messages = 20'000,
            .connections = 16,
            .borrowers = 200,
            .batch_records = 4'000};
  }
  const auto tell = [](std::string_view line) { fmt::print(stderr, "{}\n", line); };
  if (ops) {
    const bench::OpsMeasure usual;
    const auto figures =
        bench::measure_ops(options,
                           {.messages = messages->count() > 0 ? plan.messages : usual.messages,
                            .seconds = plan.seconds,
                            .runs = std::min<std::size_t>(plan.runs, usual.runs),
                            .connections = plan.connections,
                            .threads = plan.threads},
                           tell);
    if (!figures) {
      fmt::print(stderr, "loangate_bench: {}\n(its folder {} is left as it is)\n", figures.error(),
                 options.folder.string());
      return 1;
    }
    fmt::print("{}\n", bench::as_json(*figures));
    if (!keep) fs::remove_all(options.folder);
    return 0;
  }
  const auto figures = bench::measure(options, plan, tell);
  if (!figures) {
    fmt::print(stderr, "loangate_bench: {}\n(its folder {} is left as it is)\n", figures.error(),
               options.folder.string());
    return 1;
  }
  fmt::print("{}\n", json ? bench::as_json(*figures) : bench::as_text(*figures));
  if (!keep) fs::remove_all(options.folder);
  return 0;
}
