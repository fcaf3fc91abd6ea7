#pragma once
#include <atomic>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "store/store.hpp"

namespace loangate::net {

/// A time in which partners' new messages are not taken, as operations announced it. Real time.
struct MaintenanceWindow {
  Instant from, until;
  std::string notice_zh, notice_en;

  bool open(Instant now) const { return from <= now && now < until; }
};

/// The window on record that is not over at `now` and was not cancelled.
std::optional<MaintenanceWindow> maintenance_on_record(const store::Store& store, Instant now);

/// What partners are told of maintenance. Costs a request one atomic load while nothing is announced. All
/// calls may come from any thread.
class Maintenance {
 public:
  /// Takes over what is on record: at the start, and after each act about it.
  void look(const store::Store& store);

  /// The window that is announced or open; null if there is none.
  std::shared_ptr<const MaintenanceWindow> current() const;
  /// Whether new messages are to be refused now; then with what: 503 until the end of the window.
  std::expected<void, Response> admit() const;
  /// Tells of an announced window in the head of an answer: `Loangate-Maintenance: from/until`.
  void announce(Response& response) const;

 private:
  std::mutex looking_;
  std::atomic<bool> any_{false};  ///< whether window_ is worth a look
  std::atomic<std::shared_ptr<const MaintenanceWindow>> window_;
};

}  // namespace loangate::net
