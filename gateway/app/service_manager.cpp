#include "app/service_manager.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <atomic>
#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>

namespace loangate::app {
namespace {

/// False if it was stopped meanwhile.
bool pause(const std::stop_token& stop, std::chrono::microseconds how_long) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, how_long, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

void tell_service_manager(const std::string& lines) {
  sd_notify(0, lines.c_str());
}

void tell_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  tell_service_manager(fmt::format("RELOADING=1\nMONOTONIC_USEC={}{:06}", now.tv_sec, now.tv_nsec / 1000));
}

Patience::Patience(std::chrono::seconds most)
    : thread_([most](const std::stop_token& stop) {
        constexpr std::chrono::seconds step{5};
        for (std::chrono::seconds asked{0}; asked < most; asked += step) {
          tell_service_manager(
              fmt::format("EXTEND_TIMEOUT_USEC={}", std::chrono::microseconds(3 * step).count()));
          if (!pause(stop, step)) return;
        }
      }) {}

Watchdog::Watchdog(Turn turn) {
  std::uint64_t micros = 0;
  if (sd_watchdog_enabled(0, &micros) <= 0) return;
  thread_ = std::jthread([turn = std::move(turn), micros](const std::stop_token& stop) {
    // One turn is asked for at a time: a writer that stands still is not to find a queue of these.
    const auto asked = std::make_shared<std::atomic<bool>>(false);
    do {
      if (asked->exchange(true)) continue;
      turn([asked] {
        tell_service_manager("WATCHDOG=1");
        *asked = false;
      });
    } while (pause(stop, std::chrono::microseconds(micros / 3)));
  });
}

}  // namespace loangate::app
