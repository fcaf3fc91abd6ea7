#include "app/serve.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <optional>

#include "app/service_manager.hpp"

namespace loangate::app {

int serve(const std::filesystem::path& config_dir, const std::filesystem::path& data,
          GatewayOptions options) {
  // Signals are waited for by this thread alone; the threads that start from here on inherit the mask.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const auto fail = [](const ConfigErrors& errors) {
    for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
    return 1;
  };
  const auto config = load_config(config_dir, data);
  if (!config) return fail(config.error());
  set_log_level(config->log_level);
  options.read_again = [&] { return load_config(config_dir, data); };
  std::optional<Patience> patience(std::in_place, std::chrono::minutes(15));
  auto gateway = Gateway::start(*config, options);
  patience.reset();
  if (!gateway) return fail(gateway.error());
  LogLine(LogLevel::info, "gateway.started")
      .number("server.port", (*gateway)->partners_port())
      .number("loangate.operations_port", (*gateway)->operations_port());

  const std::string serving = fmt::format("STATUS=serving partners on port {}, operations on {}",
                                          (*gateway)->partners_port(), (*gateway)->operations_port());
  tell_service_manager("READY=1\n" + serving);
  std::optional<Watchdog> watchdog(std::in_place,
                                   [&](auto then) { (*gateway)->on_writers_turn(std::move(then)); });

  for (int signal = 0;;) {
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) break;
    tell_reloading();
    const std::vector<std::string> mistakes = (*gateway)->reload();
    for (const std::string& mistake : mistakes)
      LogLine(LogLevel::error, "configuration.refused").reason(mistake);
    LogLine(mistakes.empty() ? LogLevel::info : LogLevel::error, "gateway.reloaded")
        .number("loangate.mistakes", mistakes.size());
    tell_service_manager("READY=1\n" + (mistakes.empty() ? serving
                                                         : fmt::format("{}; the last reload was refused: {}",
                                                                       serving, mistakes.front())));
  }
  tell_service_manager("STOPPING=1\nSTATUS=finishing what was taken");
  patience.emplace(std::chrono::minutes(2));
  watchdog.reset();
  LogLine(LogLevel::info, "gateway.stopping");
  (*gateway)->stop();
  LogLine(LogLevel::info, "gateway.stopped");
  return 0;
}

}  // namespace loangate::app
