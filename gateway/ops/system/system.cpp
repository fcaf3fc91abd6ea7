#include "ops/system/system.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "base/log.hpp"
#include "base/machine.hpp"
#include "ops/messages/deliveries.hpp"
#include "ops/messages/zip_file.hpp"
#include "ops/system/configuration.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;
namespace fs = std::filesystem;

constexpr std::int64_t day_micros = 86'400'000'000;
constexpr std::string_view hidden = "***";

Refusal not_told_here() {
  return not_found({"此处没有系统信息", "nothing is told of the system here"});
}

// --- What lies on the disk

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t sum = 0;
  std::error_code fault;
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, fault), end;
       !fault && at != end; at.increment(fault)) {
    std::error_code gone;
    if (!at->is_regular_file(gone)) continue;
    const auto size = at->file_size(gone);
    if (!gone) sum += size;
  }
  return sum;
}

std::map<std::string_view, std::uint64_t> bytes_by_kind(const Installation& installation) {
  std::map<std::string_view, std::uint64_t> bytes{
      {"store", 0}, {"wal", 0}, {"archive", 0}, {"batches", 0}, {"files", 0}, {"backups", 0}, {"other", 0}};
  std::error_code fault;
  for (const auto& each : fs::directory_iterator(installation.data, fault)) {
    const std::string name = each.path().filename().string();
    std::error_code gone;
    if (each.path() == installation.files || each.path() == installation.backup_folder) continue;
    if (each.is_directory(gone)) {
      bytes[name == "batches"   ? "batches"
            : name == "archive" ? "archive"
                                : "other"] += bytes_below(each.path());
    } else if (const auto size = each.file_size(gone); !gone) {
      bytes[name == "loangate.db" ? "store" : name == "loangate.db-wal" ? "wal" : "other"] += size;
    }
  }
  bytes["files"] = bytes_below(installation.files);
  bytes["backups"] = bytes_below(installation.backup_folder);
  return bytes;
}

// --- What is looked at

enum class Grade : std::uint8_t { bad, warning, good };

struct Check {
  std::string name;
  Grade grade;
  Words words;
};

std::string_view name_of(Grade grade) {
  return grade == Grade::good ? "good" : grade == Grade::warning ? "warning" : "bad";
}

Check check_of_disk(const Installation& installation, const std::optional<Disk>& disk) {
  if (!disk)
    return {"disk",
            Grade::bad,
            {"数据目录不可读", "the data folder cannot be looked at: see that it is mounted"}};
  if (!disk->durable) {
    return {
        "disk",
        Grade::bad,
        {fmt::format("数据目录在 {} 上，断电会丢失", disk->kind),
         fmt::format(
             "the data folder is on {}: what was acknowledged would not outlive a power cut; use ext4 or xfs",
             disk->kind)}};
  }
  const std::uint64_t mib = disk->free_bytes >> 20;
  if (disk->free_bytes < installation.low_water_bytes)
    return {"disk",
            Grade::bad,
            {fmt::format("磁盘只剩 {} MiB，新报文被拒收；请清理或扩容", mib),
             fmt::format("{} MiB free: new messages are refused; make room", mib)}};
  if (disk->free_bytes < 4 * installation.low_water_bytes || disk->free_bytes < disk->total_bytes / 20)
    return {"disk",
            Grade::warning,
            {fmt::format("磁盘只剩 {} MiB", mib), fmt::format("only {} MiB free: make room soon", mib)}};
  return {"disk", Grade::good, {fmt::format("剩余 {} MiB", mib), fmt::format("{} MiB free", mib)}};
}

Check check_of_clock(const ClockState& clock) {
  if (!clock.synchronised)
    return {"clock",
            Grade::good,
            {"本进程无权询问；在本机运行 loangate doctor 可知",
             "this process may not ask the kernel: `loangate doctor` on the machine tells"}};
  if (*clock.synchronised) return {"clock", Grade::good, {"已同步", "kept right by a time service"}};
  return {"clock",
          Grade::warning,
          {"未与时间源同步，期限以本机时钟计算；请启用 chrony 或 systemd-timesyncd",
           "no time service keeps it right, and deadlines go by it: install chrony or systemd-timesyncd"}};
}

Check check_of_open_files(const ProcessState& process) {
  const Words words{fmt::format("{} / {}", process.open_files, process.open_files_limit),
                    fmt::format("{} of {} open", process.open_files, process.open_files_limit)};
  if (process.open_files * 10 > process.open_files_limit * 8)
    return {"open_files",
            Grade::bad,
            {words.zh + "；请提高 LimitNOFILE",
             words.en + ": raise LimitNOFILE, or see who keeps so many connections"}};
  if (process.open_files_limit < 8192)
    return {"open_files",
            Grade::warning,
            {words.zh + "；上限偏低",
             words.en + ": the limit is below 8192, which 4096 connections on each port may need"}};
  return {"open_files", Grade::good, words};
}

Check check_of_backup(const Installation& installation) {
  const auto newest = installation.backups.newest();
  if (!newest)
    return {"backup",
            Grade::warning,
            {"尚无备份；请运行 loangate backup", "there is none yet: run `loangate backup` daily"}};
  const std::int64_t hours = (real_now().micros - newest->micros) / (day_micros / 24);
  const Words words{fmt::format("最近一次在 {} 小时前", hours),
                    fmt::format("the newest is {} hours old", hours)};
  if (hours > 48)
    return {
        "backup", Grade::warning, {words.zh + "；请每日备份", words.en + ": see why none was made since"}};
  return {"backup", Grade::good, words};
}

Check check_of_record(const RecordCheck& check) {
  const RecordStanding standing = check.standing();
  Words words = words_of(standing);
  if (standing.faults == 0) return {"record", Grade::good, std::move(words)};
  words.zh += "；不要重启，先保全整盘，再与备份比对";
  words.en += ": do not restart, keep a copy of the whole disk, compare with the last backup";
  return {"record", Grade::bad, std::move(words)};
}

std::vector<Check> checks_of(const Operations& operations, const std::optional<Disk>& disk,
                             const ClockState& clock, const ProcessState& process) {
  std::vector<Check> checks;
  const auto stores = operations.store.ready();
  checks.push_back(
      stores ? Check{"store", Grade::good, {"可以写入", "takes work"}}
             : Check{"store",
                     Grade::bad,
                     {"不能写入：" + stores.error().what, "takes no work: " + stores.error().what}});
  for (const ReadinessCheck& each : operations.checks) {
    const auto holds = each.check();
    checks.push_back({each.name,
                      holds ? Grade::good : Grade::bad,
                      {holds ? "正常" : holds.error(), holds ? "as it should be" : holds.error()}});
  }
  checks.push_back(check_of_disk(*operations.installation, disk));
  checks.push_back(check_of_clock(clock));
  checks.push_back(check_of_open_files(process));
  checks.push_back(check_of_backup(*operations.installation));
  if (operations.installation->record_check != nullptr)
    checks.push_back(check_of_record(*operations.installation->record_check));
  std::ranges::sort(checks, {}, [](const Check& each) { return std::tie(each.grade, each.name); });
  return checks;
}

// --- The answer

void write_store(JsonWriter& json, const Operations& operations) {
  json.key("store").begin_object().member("last_sequence", operations.store.last_sequence().number);
  json.key("bytes").begin_array();
  for (const auto& [kind, bytes] : bytes_by_kind(*operations.installation))
    json.begin_object().member("kind", kind).member("bytes", bytes).end_object();
  json.end_array().end_object();
}

void write_machine(JsonWriter& json, const Operations& operations, const std::optional<Disk>& disk,
                   const ClockState& clock, const ProcessState& process) {
  const Disk shown = disk.value_or(Disk{.kind = "unknown"});
  json.key("disk")
      .begin_object()
      .member("file_system", shown.kind)
      .member("total_bytes", shown.total_bytes)
      .member("free_bytes", shown.free_bytes)
      .member("low_water_bytes", operations.installation->low_water_bytes)
      .end_object();
  json.key("clock").begin_object().member("can_be_set", operations.demo_clock).key("synchronised");
  clock.synchronised ? json.value(*clock.synchronised) : json.null();
  if (clock.greatest_error_ms) json.member("greatest_error_ms", *clock.greatest_error_ms);
  json.end_object().key("process").begin_object();
  json.member("id", process.id)
      .member("resident_bytes", process.resident_bytes)
      .member("open_files", process.open_files)
      .member("open_files_limit", process.open_files_limit)
      .end_object();
}

void write_configuration(JsonWriter& json, const Operations& operations) {
  const auto recorded = on_record(operations.store);
  json.key("configuration").begin_object();
  if (recorded) json.member("rulebook", hex(recorded->rulebook));
  const std::size_t profiles =
      operations.configuring == nullptr ? 0 : operations.configuring->in_force.partners()->all().size();
  json.member("profiles", std::uint64_t{profiles}).end_object();
}

std::string system_json(const Operations& operations) {
  const Installation& installation = *operations.installation;
  const auto disk = disk_of(installation.data);
  const ClockState clock = clock_state();
  const ProcessState process = process_state();
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("version", operations.version)
      .member("compiler", installation.compiler)
      .member("started", format(installation.started))
      .member("now", format(real_now()))
      .member("business_time", format(operations.clock.now()));
  write_store(json, operations);
  write_machine(json, operations, disk, clock, process);
  write_configuration(json, operations);
  json.key("limits").begin_array();
  for (const Installation::Limit& limit : installation.limits) {
    json.begin_object()
        .member("name", limit.name)
        .member("value", limit.value)
        .member("unit", limit.unit)
        .end_object();
  }
  json.end_array().key("checks").begin_array();
  for (const Check& check : checks_of(operations, disk, clock, process)) {
    json.begin_object()
        .member("name", check.name)
        .member("state", name_of(check.grade))
        .key("words")
        .begin_object();
    json.member("zh", check.words.zh).member("en", check.words.en).end_object().end_object();
  }
  json.end_array();
  if (const auto runs = installation.backups.runs(); !runs.empty()) {
    json.key("last_backup");
    write(json, runs.front());
  }
  json.end_object();
  return body;
}

std::string profiles_json(const Operations& operations) {
  std::string body;
  JsonWriter json(body);
  json.begin_array();
  if (operations.configuring != nullptr) {
    const auto partners = operations.configuring->in_force.partners();
    for (const auto& profile : partners->all()) {
      json.begin_object()
          .member("partner", profile->id.view())
          .member("format", adapters::name(profile->format))
          .member("version", hex(profile->version))
          .end_object();
    }
  }
  json.end_array();
  return body;
}

/// Folders are walked through: not on a thread that serves connections.
awaitable<std::string> looked_at(const Operations& operations) {
  if (operations.configuring == nullptr) co_return system_json(operations);
  auto looking = on_files_thread(*operations.configuring, [&] { return system_json(operations); });
  co_return co_await std::move(looking);
}

constexpr std::string_view about_diagnostics =
    "诊断包：system.json 系统状态；gateway.yaml 配置（密码、令牌与网址路径已隐去）；profiles.json "
    "各机构配置版本；\n"
    "totals.json 收文统计；log.jsonl 最近日志（人员与地址已隐去）。不含密钥、报文与个人信息。\n\n"
    "Diagnostics: system.json, what runs here; gateway.yaml, its secrets and the paths of its URLs hidden; "
    "profiles.json, the\n"
    "profiles' versions; totals.json, how many messages with which outcome; log.jsonl, the last lines of the "
    "log, persons and\n"
    "addresses hidden. No keys, no messages, nothing personal.\n";

/// Where the value of a member of a log line ends: they are written by one writer, as `"name":"value"`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at, text.size());
}

}  // namespace

std::string without_secrets(std::string_view yaml) {
  static constexpr std::array<std::string_view, 6> secret_words{"password", "secret",     "token",
                                                                "passwd",   "passphrase", "credential"};
  std::string shown;
  while (!yaml.empty()) {
    std::string line(yaml.substr(0, yaml.find('\n')));
    yaml.remove_prefix(std::min(yaml.size(), line.size() + 1));
    for (const std::string_view word : secret_words) {
      for (std::size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
        const std::size_t colon = line.find(':', at);
        if (colon == std::string::npos) break;
        const std::size_t value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
        const bool quoted = value < line.size() && (line[value] == '"' || line[value] == '\'');
        const std::size_t end = quoted ? std::min(line.find(line[value], value + 1), line.size() - 1) + 1
                                       : std::min(line.find_first_of(",}", colon), line.size());
        line.replace(colon + 1, end - colon - 1, fmt::format(" {}", hidden));
      }
    }
    for (std::size_t at = line.find("://"); at != std::string::npos; at = line.find("://", at + 3)) {
      const std::size_t end = std::min(line.find_first_of(" \"',}", at), line.size());
      std::string whole = line.substr(at + 3, end - at - 3);
      std::string authority = whole.substr(0, whole.find_first_of("/?#"));
      const bool longer = authority.size() < whole.size();
      if (const std::size_t user = authority.rfind('@'); user != std::string::npos)
        authority = fmt::format("{}{}", hidden, authority.substr(user));
      line.replace(at + 3, end - at - 3, authority + (longer ? fmt::format("/{}", hidden) : ""));
    }
    shown += line + '\n';
  }
  return shown;
}

std::string without_persons(std::string_view lines) {
  std::string shown(lines);
  for (const std::string_view name : {R"("loangate.person":")", R"("client.address":")"}) {
    for (std::size_t at = shown.find(name); at != std::string::npos; at = shown.find(name, at)) {
      at += name.size();
      shown.replace(at, end_of_value(shown, at) - at, hidden);
    }
  }
  return shown;
}

awaitable<Reply> read_system(const Operations& operations, const Call&) {
  if (operations.installation == nullptr) co_return std::unexpected(not_told_here());
  co_return json_answer(co_await looked_at(operations));
}

awaitable<Reply> read_diagnostics(const Operations& operations, const Call& call) {
  if (operations.installation == nullptr) co_return std::unexpected(not_told_here());
  std::string system = co_await looked_at(operations);
  const Reply totals = co_await read_totals(operations, call);
  const std::vector<std::pair<std::string, std::string>> files{
      {"README.txt", std::string(about_diagnostics)},
      {"system.json", std::move(system)},
      {"gateway.yaml", without_secrets(text_of(operations.installation->gateway_yaml))},
      {"profiles.json", profiles_json(operations)},
      {"totals.json", totals ? totals->body : std::string()},
      {"log.jsonl", without_persons(recent_log_lines())}};
  auto bytes = zip_file(files);
  if (!bytes) {
    co_return std::unexpected(
        Refusal{.status = 500,
                .code = "not_zipped",
                .detail = {fmt::format("打包失败：{}", bytes.error()),
                           fmt::format("the zip could not be made: {}", bytes.error())}});
  }
  LogLine(LogLevel::info, "diagnostics.read").person(call.person.view());
  net::Response answer{.content_type = "application/zip", .body = *std::move(bytes)};
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("Content-Disposition", "attachment; filename=\"loangate-diagnostics.zip\"");
  co_return answer;
}

}  // namespace loangate::ops
