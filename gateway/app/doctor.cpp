#include "app/doctor.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <set>
#include <tuple>

#include "adapters/profile/profile.hpp"
#include "adapters/seal/seal.hpp"
#include "app/config.hpp"
#include "app/ops_page.hpp"
#include "app/table.hpp"
#include "base/descriptor.hpp"
#include "base/json_writer.hpp"
#include "base/machine.hpp"
#include "net/identities.hpp"
#include "net/tls.hpp"
#include "programme/rulebook.hpp"
#include "store/sqlite/look.hpp"

namespace loangate::app {
namespace {

namespace fs = std::filesystem;
using Grade = Symptom::Grade;

// Larger stores take minutes to read.
constexpr std::uint64_t quickly_read = 2ull << 30;
constexpr std::uint64_t large_log = 1ull << 30;

class Examination {
 public:
  Examination(const fs::path& config, const fs::path& data, const OpsOptions& ops, bool every_page)
      : config_folder_(config), data_(data), ops_(ops), every_page_(every_page) {}

  std::vector<Symptom> all() && {
    auto config = load_config(config_folder_, data_);
    if (!config) {
      mistakes(config.error());
    } else {
      configuration(*config);
      certificates(*config);
      secrets(*config);
      store(*config);
      ports(*config);
      files(*config);
      backups(*config);
    }
    disk();
    clock();
    if (running_) gateway();
    std::ranges::sort(found_, {},
                      [](const Symptom& each) { return std::tie(each.grade, each.area, each.en); });
    return std::move(found_);
  }

 private:
  void note(Grade grade, std::string_view area, std::string zh, std::string en) {
    found_.push_back({grade, std::string(area), std::move(zh), std::move(en)});
  }
  void mistakes(const ConfigErrors& errors) {
    for (const ConfigError& error : errors) note(Grade::bad, "configuration", error.text(), error.text());
  }
  template <class T>
  std::optional<T> take(std::expected<T, ConfigErrors> read) {
    if (read) return *std::move(read);
    mistakes(read.error());
    return std::nullopt;
  }

  void configuration(const Config& config) {
    const std::size_t before = found_.size();
    take(programme::load_rulebook(config.programmes, config.calendar, config.lpr));
    const adapters::SealKeyFolder seal_keys{.folder = config.seal_keys};
    partners_ = take(adapters::load_partners(config.partners, nullptr, &seal_keys));
    const auto identities = take(net::Identities::load(config.identities));
    if (partners_ && identities) {
      std::set<std::string> known;
      for (const auto& profile : partners_->all()) known.insert(profile->id.string());
      mistakes(identities->check(known));
    }
    if (partners_ && partners_->all().empty())
      note(Grade::bad, "configuration", "没有任何合作机构：请放入接入配置",
           fmt::format("no partner has a profile: put them into {}", config.partners.string()));
    if (found_.size() == before)
      note(Grade::good, "configuration", fmt::format("{} 家机构", partners_->all().size()),
           fmt::format("sound, {} partners; `loangate check` goes deeper", partners_->all().size()));
  }

  // --- Certificates, revocations, keys

  void days_left(std::string_view area, const fs::path& file, const ASN1_TIME* until) {
    int days = 0;
    int seconds = 0;
    if (until == nullptr || ASN1_TIME_diff(&days, &seconds, nullptr, until) != 1) return;
    const Grade grade = days < 0 || seconds < 0 ? Grade::bad : days < 30 ? Grade::warning : Grade::good;
    const std::string name = file.filename().string();
    if (grade == Grade::bad) {
      note(grade, area, fmt::format("{} 已过期", name),
           fmt::format("{} has run out: renew it, then reload", file.string()));
    } else {
      note(grade, area, fmt::format("{} 还有 {} 天", name, days),
           fmt::format("{}: {} days left{}", name, days,
                       grade == Grade::good ? "" : ": renew it, then reload"));
    }
  }

  void certificates(const Config& config) {
    take(net::make_server_context(
        {config.server_certificate, config.server_key, config.client_ca, config.crl}));
    take(net::make_client_context({config.own_certificate, config.own_key, config.push_ca, {}}));
    const std::set<fs::path> pems{config.server_certificate, config.own_certificate, config.client_ca,
                                  config.push_ca};
    for (const fs::path& pem : pems) {
      const std::unique_ptr<BIO, decltype(&BIO_free_all)> in(BIO_new_file(pem.c_str(), "r"), BIO_free_all);
      if (!in) continue;  // told above
      const std::unique_ptr<X509, decltype(&X509_free)> read(
          PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free);
      if (read) days_left("certificates", pem, X509_get0_notAfter(read.get()));
    }
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> in(BIO_new_file(config.crl.c_str(), "r"),
                                                           BIO_free_all);
    if (!in) return;
    const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> crl(
        PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr), X509_CRL_free);
    if (crl) days_left("revocations", config.crl, X509_CRL_get0_nextUpdate(crl.get()));
  }

  void must_be_private(const fs::path& file) {
    struct stat about{};
    if (::stat(file.c_str(), &about) != 0 || (about.st_mode & 077) == 0) return;
    ++readable_by_others_;
    note(Grade::bad, "keys", fmt::format("{} 他人可读，请 chmod 600", file.string()),
         fmt::format("{} can be read by others: chmod 600 it", file.string()));
  }

  void secrets(const Config& config) {
    for (const fs::path& file : {config.server_key, config.own_key, config.identities, data_ / "loangate.db"})
      must_be_private(file);
    std::error_code fault;
    for (fs::recursive_directory_iterator at(config.seal_keys, fault), end; !fault && at != end;
         at.increment(fault)) {
      const auto kind = at->path().extension();
      if (kind == ".key" || kind == ".secret") must_be_private(at->path());
    }
    if (readable_by_others_ == 0)
      note(Grade::good, "keys", "只有本服务可读", "no one else can read keys and store");
  }

  // --- Store, disk, clock

  void store(const Config&) {
    const fs::path file = data_ / "loangate.db";
    std::error_code fault;
    if (!fs::exists(file, fault)) {
      if (::access(data_.c_str(), R_OK | X_OK) == 0)
        return note(Grade::good, "store", "尚无数据，首次启动时建立", "none yet: the first start makes it");
      return note(
          Grade::bad, "store", "数据目录不可读；请以服务用户或 root 运行",
          fmt::format("{} cannot be read: make it, or run this as its owner or root", data_.string()));
    }
    running_ = store::is_open_elsewhere(file);
    const auto log_bytes = fs::file_size(file.string() + "-wal", fault);
    if (!fault && log_bytes > large_log)
      note(
          Grade::warning, "store", fmt::format("日志 {} MiB", log_bytes >> 20),
          fmt::format("its log has {} MiB: a reader or a backup has held it for long; a restart takes longer",
                      log_bytes >> 20));
    if (running_)
      return note(Grade::good, "store", "网关正在运行", "open in the running gateway, which watches it");
    const bool pages = every_page_ || fs::file_size(file) < quickly_read;
    const auto look =
        store::look_at_store(file, pages ? store::Thoroughness::pages : store::Thoroughness::contents);
    if (!look) return note(Grade::bad, "store", look.error(), look.error());
    if (!look->whole)
      return note(Grade::bad, "store", "数据损坏：请从备份恢复",
                  fmt::format("damaged ({}): keep the file, restore the newest backup", look->fault));
    if (every_page_) {
      if (const auto days = store::verify_archive(file); !days)
        return note(Grade::bad, "archive", fmt::format("归档损坏：{}", days.error()), days.error());
    }
    note(Grade::good, "store",
         fmt::format("至流水号 {}，{}", look->last_sequence.number,
                     pages ? "逐页完好" : "未逐页检查（--thorough）"),
         fmt::format("up to entry {}, {}", look->last_sequence.number,
                     pages ? "every page is well-formed" : "its pages were not read (--thorough does)"));
  }

  void disk() {
    fs::path at = data_;
    std::error_code fault;
    while (!fs::exists(at, fault) && at.has_parent_path()) at = at.parent_path();
    const auto disk = disk_of(at);
    if (!disk) return note(Grade::bad, "disk", "不可读", fmt::format("{} cannot be looked at", at.string()));
    const std::uint64_t mib = disk->free_bytes >> 20;
    if (!disk->durable) {
      return note(
          Grade::bad, "disk", fmt::format("数据目录在 {} 上，断电会丢失", disk->kind),
          fmt::format(
              "the data folder is on {}: use ext4 or xfs, else a power cut loses what was acknowledged",
              disk->kind));
    }
    const bool little = disk->free_bytes < (1ull << 30) || disk->free_bytes < disk->total_bytes / 20;
    note(little ? Grade::warning : Grade::good, "disk", fmt::format("{}，剩余 {} MiB", disk->kind, mib),
         fmt::format("{}, {} MiB free{}", disk->kind, mib, little ? ": make room" : ""));
  }

  void clock() {
    const ClockState clock = clock_state();
    if (!clock.synchronised)
      return note(Grade::warning, "clock", "无权询问",
                  "this process may not ask whether it is kept right: see `timedatectl`");
    if (*clock.synchronised) return note(Grade::good, "clock", "已同步", "kept right by a time service");
    note(Grade::warning, "clock", "未与时间源同步，期限以本机时钟计算；请启用 chrony 或 systemd-timesyncd",
         "no time service keeps it right, and deadlines go by it: install chrony or systemd-timesyncd");
  }

  // --- Ports, partners' files, backups

  /// Whether somebody listens there; none if the address makes no sense.
  static std::optional<bool> listens(const Listen& where) {
    const bool six = where.address.find(':') != std::string::npos;
    const Descriptor socket(::socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in four{};
    sockaddr_in6 wide{};
    four.sin_family = AF_INET;
    four.sin_port = htons(where.port);
    wide.sin6_family = AF_INET6;
    wide.sin6_port = htons(where.port);
    std::string host = where.address;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    void* const into = six ? static_cast<void*>(&wide.sin6_addr) : static_cast<void*>(&four.sin_addr);
    if (::inet_pton(six ? AF_INET6 : AF_INET, host.c_str(), into) != 1) return std::nullopt;
    const auto* address =
        six ? reinterpret_cast<const sockaddr*>(&wide) : reinterpret_cast<const sockaddr*>(&four);
    return ::connect(socket.get(), address, six ? sizeof wide : sizeof four) == 0;
  }

  void ports(const Config& config) {
    for (const auto& [name, where] : {std::pair{"listen.partners", config.partners_port},
                                      std::pair{"listen.operations", config.operations_port}}) {
      if (where.port == 0) continue;
      const auto heard = listens(where);
      const std::string place = fmt::format("{}:{}", where.address, where.port);
      if (!heard) {
        note(Grade::bad, "ports", fmt::format("{} 不是地址", place),
             fmt::format("{}: {} is no address: correct it in gateway.yaml", name, place));
      } else if (*heard == running_) {
        note(Grade::good, "ports", fmt::format("{} {}", place, running_ ? "在监听" : "空闲"),
             fmt::format("{} {}", place, running_ ? "listens" : "is free"));
      } else if (running_) {
        note(Grade::bad, "ports", fmt::format("{} 无人监听", place),
             fmt::format("{}: the gateway runs, but nobody listens on {}: was gateway.yaml changed? restart",
                         name, place));
      } else {
        note(Grade::bad, "ports", fmt::format("{} 已被占用", place),
             fmt::format("{}: another program listens on {}: stop it, or choose another port", name, place));
      }
    }
    if (!running_)
      note(Grade::warning, "gateway", "网关未运行",
           "is down: `systemctl start loangate`, `journalctl -u loangate -e`");
  }

  void files(const Config& config) {
    if (!partners_) return;
    std::size_t with_files = 0;
    for (const auto& profile : partners_->all()) {
      if (profile->files == nullptr) continue;
      ++with_files;
      for (const char* folder : {"in", "out", "work", "archive"}) {
        const fs::path place = config.files / profile->id.string() / folder;
        if (struct stat about{}; ::stat(place.c_str(), &about) == 0) continue;
        note(Grade::warning, "files", fmt::format("缺少 {}", place.string()),
             fmt::format("{} is missing: make-partner-drop.sh {} KEY.pub makes it", place.string(),
                         profile->id.view()));
        break;
      }
    }
    if (with_files == 0) return;
    const fs::path settings = config_folder_ / "sftp" / "sshd_config";
    std::ifstream in(settings);
    if (!in)
      return note(Grade::warning, "files", "未见 sshd_config",
                  fmt::format("{} partners send files, but {} is not there: see config/sftp/README.md",
                              with_files, settings.string()));
    std::set<std::string> lines;
    for (std::string line; std::getline(in, line);)
      lines.insert(line.substr(0, line.find_last_not_of(" \t\r") + 1));
    bool confined = true;
    for (const std::string line : {"ChrootDirectory %h", "PasswordAuthentication no", "DisableForwarding yes",
                                   "AuthenticationMethods publickey", "PermitRootLogin no"}) {
      if (lines.contains(line)) continue;
      confined = false;
      note(Grade::bad, "files", fmt::format("sshd_config 缺少 `{}`", line),
           fmt::format("{} lacks `{}`: partners are not confined without it", settings.string(), line));
    }
    if (confined)
      note(Grade::good, "files", "sshd 设置正确",
           fmt::format("{} partners send files, confined by sshd", with_files));
  }

  void backups(const Config& config) {
    std::optional<fs::file_time_type> newest;
    std::error_code fault;
    for (const auto& each : fs::directory_iterator(config.backup_folder, fault)) {
      std::error_code gone;
      const auto made = fs::last_write_time(each.path() / "manifest.json", gone);
      if (!gone && (!newest || made > *newest)) newest = made;
    }
    if (!newest)
      return note(Grade::warning, "backups", "尚无备份",
                  fmt::format("none in {}: run `loangate backup` daily, and try `loangate restore`",
                              config.backup_folder.string()));
    const auto hours =
        std::chrono::duration_cast<std::chrono::hours>(fs::file_time_type::clock::now() - *newest);
    const bool old = hours > std::chrono::hours(48);
    note(old ? Grade::warning : Grade::good, "backups", fmt::format("最近一次在 {} 小时前", hours.count()),
         fmt::format("the newest is {} hours old{}", hours.count(),
                     old ? ": see why none was made since" : ""));
  }

  // --- What the running gateway says

  void gateway() {
    if (ops_.certificate.empty() && ops_.person.empty())
      return note(Grade::warning, "gateway", "在运行；给出 --as 或 --cert 可查看其自身状态",
                  "runs; give --as PERSON, or --cert, --key and --ca, to ask how it is");
    OpsOptions quiet = ops_;
    quiet.json = false;
    Exit exit{};
    const auto told = OpsSession(quiet).ask("GET", "/v1/system", {}, exit);
    JsonDocument document;
    if (!told || told->status != 200 || !document.read(told->body))
      return note(Grade::bad, "gateway", "无应答或拒绝",
                  "does not answer this person: see `loangate status`");
    const JsonNode* checks = document.member(document.root(), "checks");
    for (const JsonNode* row = checks == nullptr ? nullptr : document.first(*checks); row != nullptr;
         row = document.next(*row)) {
      const auto of = [&](std::string_view path) { return std::string(at(document, *row, path)->text); };
      const std::string state = of("state");
      note(state == "bad"       ? Grade::bad
           : state == "warning" ? Grade::warning
                                : Grade::good,
           "gateway/" + of("name"), of("words/zh"), of("words/en"));
    }
    breakers(quiet);
  }

  void breakers(const OpsOptions& ops) {
    Exit exit{};
    const auto told = OpsSession(ops).ask("GET", "/v1/partners?limit=500", {}, exit);
    JsonDocument document;
    if (!told || told->status != 200 || !document.read(told->body, greatest_answer)) return;
    const JsonNode* rows = document.member(document.root(), "items");
    for (const JsonNode* row = rows == nullptr ? nullptr : document.first(*rows); row != nullptr;
         row = document.next(*row)) {
      const JsonNode* breaker = document.member(*row, "breaker");
      const JsonNode* id = document.member(*row, "id");
      if (breaker == nullptr || id == nullptr || breaker->text != "open") continue;
      note(Grade::warning, "partners", fmt::format("{} 不可达，已熔断", id->text),
           fmt::format("{} cannot be reached, only probes go: `loangate partners test {}`", id->text,
                       id->text));
    }
  }

  const fs::path config_folder_;
  const fs::path data_;
  const OpsOptions& ops_;
  const bool every_page_;
  std::optional<adapters::Partners> partners_;
  std::size_t readable_by_others_ = 0;
  bool running_ = false;
  std::vector<Symptom> found_;
};

std::string_view name_of(Grade grade) {
  return grade == Grade::bad ? "bad" : grade == Grade::warning ? "warning" : "good";
}
std::string_view shown(Grade grade) {
  return grade == Grade::bad ? "✗ 问题 bad" : grade == Grade::warning ? "! 注意 warning" : "✓ 正常 good";
}

}  // namespace

std::vector<Symptom> examine(const fs::path& config, const fs::path& data, const OpsOptions& ops,
                             bool every_page) {
  return Examination(config, data, ops, every_page).all();
}

void add_doctor(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "doctor", "体检 · look at everything that an operator would, and say what to do; changes nothing");
  auto options = with_ops_options(
      *command,
      "  loangate doctor --config /etc/loangate --data /var/lib/loangate\n"
      "  loangate doctor --config /etc/loangate --data /var/lib/loangate --as operator-zhao --json\n"
      "退出码 · exit codes: 0 没有问题 nothing is bad, 1 有问题 something is");
  struct Given {
    fs::path config;
    bool thorough = false;
  };
  auto given = std::make_shared<Given>();
  command->add_option("--config", given->config, "folder with gateway.yaml")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_flag("--thorough", given->thorough, "逐页检查 · read every page of a large store too");
  command->callback([=, &exit_code] {
    if (options->data.empty()) throw CLI::RequiredError("--data");
    const auto found = examine(given->config, options->data, *options, given->thorough);
    if (options->json) {
      std::string body;
      JsonWriter json(body);
      json.begin_object().key("symptoms").begin_array();
      for (const Symptom& each : found) {
        json.begin_object().member("area", each.area).member("grade", name_of(each.grade));
        json.member("zh", each.zh).member("en", each.en).end_object();
      }
      json.end_array().end_object();
      fmt::print("{}\n", body);
    } else {
      std::vector<std::vector<std::string>> rows{
          {"项目 area", "", "情况与办法 · what is the case, and what to do"}};
      for (const Symptom& each : found)
        rows.push_back({each.area, std::string(shown(each.grade)),
                        each.zh == each.en ? each.en : each.zh + " · " + each.en});
      fmt::print("{}", table(rows));
    }
    const bool bad = std::ranges::any_of(found, [](const Symptom& each) { return each.grade == Grade::bad; });
    exit_code = static_cast<int>(bad ? Exit::failed : Exit::done);
  });
}

}  // namespace loangate::app
