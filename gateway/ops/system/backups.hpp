#pragma once
#include <boost/asio/awaitable.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/json_writer.hpp"
#include "ops/call.hpp"
#include "ops/system/backup.hpp"

namespace loangate::ops {

/// One backup that this gateway was asked for.
struct BackupRun {
  enum class State : std::uint8_t { running, done, failed } state = State::running;
  std::string name;
  Instant begun;
  std::optional<Instant> ended = {};
  std::optional<BackupMade> made = {};
  std::string reason = {};  ///< why it failed
};
void write(JsonWriter& json, const BackupRun& run);

/// Makes backups beside the work, one at a time, on a thread of its own. What it is given outlives it.
class Backups {
 public:
  /// What goes into a backup now, with keys or without: asked at each one.
  using Plan = std::function<BackupPlan(bool with_keys)>;
  Backups(const store::Store& store, Plan plan) : store_(store), plan_(std::move(plan)) {}
  /// Gives up the one under way.
  ~Backups() = default;

  /// Begins one; nothing if one is under way.
  std::optional<BackupRun> begin(bool with_keys);
  /// The newest first.
  std::vector<BackupRun> runs() const;
  /// When the newest that lies in the folder was begun, whoever made it.
  std::optional<Instant> newest() const;

 private:
  void run(const std::stop_token& stop, const BackupPlan& plan, const std::string& name);

  const store::Store& store_;
  const Plan plan_;
  mutable std::mutex mutex_;
  std::deque<BackupRun> runs_;
  std::jthread thread_;
};

/// POST /v1/backups, with `{"with_keys": "yes"}` by an administrator alone: begins one, 202.
boost::asio::awaitable<Reply> begin_backup(const Operations& operations, const Call& call);
/// GET /v1/backups: those since the start.
boost::asio::awaitable<Reply> list_backups(const Operations& operations, const Call& call);

}  // namespace loangate::ops
