#include "ops/system/backups.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "ops/body.hpp"
#include "ops/system/system.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

constexpr std::size_t runs_remembered = 20;

std::string_view name_of(BackupRun::State state) {
  switch (state) {
    case BackupRun::State::running:
      return "running";
    case BackupRun::State::done:
      return "done";
    case BackupRun::State::failed:
      return "failed";
  }
  __builtin_trap();
}

/// The time in a name as backup_name() makes them.
std::optional<Instant> begun_of(std::string_view name) {
  constexpr std::string_view form = "loangate-20261122T003000Z";
  if (name.size() != form.size() || !name.starts_with("loangate-")) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) { return name.substr(at, size); };
  return parse_instant(fmt::format("{}-{}-{}T{}:{}:{}Z", part(9, 4), part(13, 2), part(15, 2), part(18, 2),
                                   part(20, 2), part(22, 2)));
}

Refusal no_backups_here() {
  return not_found({"此处不能备份", "no backups are made here"});
}

}  // namespace

void write(JsonWriter& json, const BackupRun& run) {
  json.begin_object()
      .member("name", run.name)
      .member("state", name_of(run.state))
      .member("begun", format(run.begun));
  if (run.ended) json.member("ended", format(*run.ended));
  if (run.made) {
    json.member("folder", run.made->folder.string())
        .member("last_sequence", run.made->last_sequence.number)
        .member("bytes", run.made->bytes)
        .member("encrypted", run.made->encrypted);
  }
  if (!run.reason.empty()) json.member("reason", run.reason);
  json.end_object();
}

std::optional<BackupRun> Backups::begin(bool with_keys) {
  const std::lock_guard lock(mutex_);
  if (!runs_.empty() && runs_.front().state == BackupRun::State::running) return std::nullopt;
  const Instant now = real_now();
  runs_.push_front({.name = backup_name(now), .begun = now});
  if (runs_.size() > runs_remembered) runs_.pop_back();
  thread_ = std::jthread([this, plan = plan_(with_keys),
                          name = runs_.front().name](const std::stop_token& stop) { run(stop, plan, name); });
  return runs_.front();
}

void Backups::run(const std::stop_token& stop, const BackupPlan& plan, const std::string& name) {
  const auto copy = [this](const auto&... how) { return store_.copy_to(how...); };
  auto made = make_backup(copy, plan, name, [&] { return !stop.stop_requested(); });
  const std::lock_guard lock(mutex_);
  BackupRun& mine = runs_.front();
  mine.ended = real_now();
  if (made) {
    LogLine(LogLevel::info, "backup.done")
        .sequence(made->last_sequence.number)
        .number("loangate.bytes", made->bytes);
    mine.state = BackupRun::State::done;
    mine.made = *std::move(made);
  } else {
    LogLine(LogLevel::error, "backup.failed").reason(made.error());
    mine.state = BackupRun::State::failed;
    mine.reason = std::move(made.error());
  }
}

std::vector<BackupRun> Backups::runs() const {
  const std::lock_guard lock(mutex_);
  return {runs_.begin(), runs_.end()};
}

std::optional<Instant> Backups::newest() const {
  std::optional<Instant> newest;
  std::error_code fault;
  for (const auto& each : std::filesystem::directory_iterator(plan_(false).folder, fault)) {
    const auto begun = begun_of(each.path().filename().string());
    if (begun && (!newest || *begun > *newest)) newest = begun;
  }
  return newest;
}

awaitable<Reply> begin_backup(const Operations& operations, const Call& call) {
  if (operations.installation == nullptr) co_return std::unexpected(no_backups_here());
  std::string with_keys;
  if (!call.request.body.empty()) {
    auto texts = read_texts(call.request.body, {"with_keys"});
    if (!texts) co_return std::unexpected(std::move(texts.error()));
    with_keys = std::move(texts->front());
  }
  if (!with_keys.empty() && with_keys != "yes" && with_keys != "no")
    co_return std::unexpected(invalid("/with_keys", {"应为 yes 或 no", "yes or no is expected"}));
  if (with_keys == "yes" && !call.roles.meets({"administrator"})) {
    co_return std::unexpected(
        Refusal{.status = 403,
                .code = "role_missing",
                .detail = {"含私钥的备份须由 administrator 办理",
                           "a backup with private keys needs the role: administrator"}});
  }
  const auto begun = operations.installation->backups.begin(with_keys == "yes");
  if (!begun) {
    co_return std::unexpected(Refusal{.status = 409,
                                      .code = "backup_under_way",
                                      .detail = {"备份正在进行", "a backup is under way already"}});
  }
  LogLine(LogLevel::info, "backup.begun").person(call.person.view());
  std::string body;
  JsonWriter json(body);
  write(json, *begun);
  auto answer = json_answer(std::move(body), 202);
  answer.headers.emplace_back("Location", "/v1/backups");
  co_return answer;
}

awaitable<Reply> list_backups(const Operations& operations, const Call&) {
  if (operations.installation == nullptr) co_return std::unexpected(no_backups_here());
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("items").begin_array();
  for (const BackupRun& run : operations.installation->backups.runs()) write(json, run);
  json.end_array().end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
