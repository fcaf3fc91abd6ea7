#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

/// What systemd is told (sd_notify): nothing at all if it did not start us.
namespace loangate::app {

/// Lines such as `READY=1`.
void tell_service_manager(const std::string& lines);
/// The configuration is read again, from now until the next READY=1.
void tell_reloading();

/// While it lives, time-outs of starting or stopping are put off; in all by no more than `most`, so that who
/// hangs is ended.
class Patience {
 public:
  explicit Patience(std::chrono::seconds most);

 private:
  std::jthread thread_;
};

/// Feeds the service manager's watchdog, if there is one. A timer alone would do so for a gateway that can
/// store nothing: so each time the writer is asked for a turn, and the watchdog is fed when it has made it.
class Watchdog {
 public:
  using Turn = std::function<void(std::function<void()> then)>;
  explicit Watchdog(Turn turn);

 private:
  std::jthread thread_;
};

}  // namespace loangate::app
