#include "app/backup_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "app/ops_page.hpp"
#include "app/version.hpp"
#include "base/json_writer.hpp"
#include "store/sqlite/look.hpp"

namespace loangate::app {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds between_looks{500};

/// `data/NAME` of what lies in the data folder; what lies elsewhere is kept for whoever needs it, and not put
/// back.
std::string name_in_backup(const Config& config, const fs::path& file) {
  const fs::path inside = file.lexically_normal().lexically_relative(config.data.lexically_normal());
  if (!inside.empty() && *inside.begin() != "..") return "data/" + inside.string();
  return "elsewhere" + fs::absolute(file).lexically_normal().string();
}

struct BackupOptions {
  fs::path config, data;
  bool with_keys = false;
};

void print_made(std::string_view folder, std::string_view last, std::string_view bytes, bool encrypted) {
  fmt::print("已备份并核对 · backed up and verified: {}\n  至流水号 up to entry {} · {} bytes · {}\n", folder,
             last, bytes, encrypted ? "已加密 encrypted" : "未加密 not encrypted");
}

Exit back_up_here(const BackupOptions& given, bool as_json) {
  const auto config = load_config(given.config, given.data);
  if (!config) {
    for (const ConfigError& error : config.error()) fmt::print(stderr, "{}\n", error.text());
    return Exit::usage;
  }
  const fs::path file = given.data / "loangate.db";
  const auto copy = [&](const auto&... how) { return store::copy_closed_store(file, how...); };
  const auto made = ops::make_backup(copy, backup_plan(*config, given.with_keys),
                                     ops::backup_name(real_now()), [] { return true; });
  if (!made) {
    fmt::print(stderr, "未备份 · no backup was made: {}\n", made.error());
    return Exit::failed;
  }
  if (as_json) {
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("name", made->name)
        .member("state", "done")
        .member("folder", made->folder.string())
        .member("last_sequence", made->last_sequence.number)
        .member("bytes", made->bytes)
        .member("encrypted", made->encrypted)
        .end_object();
    fmt::print("{}\n", body);
  } else {
    print_made(made->folder.string(), std::to_string(made->last_sequence.number), std::to_string(made->bytes),
               made->encrypted);
  }
  return Exit::done;
}

/// Asks the running gateway, and waits until it is done.
Exit back_up_by_gateway(const OpsOptions& options, bool with_keys) {
  Exit exit{};
  OpsOptions quiet = options;
  quiet.json = false;
  const auto begun =
      OpsSession(quiet).send("POST", "/v1/backups", with_keys ? R"({"with_keys":"yes"})" : "", exit);
  JsonDocument document;
  if (!begun || !document.read(begun->body)) return exit;
  const std::string name(document.member(document.root(), "name")->text);
  for (;;) {
    std::this_thread::sleep_for(between_looks);
    const auto told = OpsSession(quiet).send("GET", "/v1/backups", {}, exit);
    if (!told || !document.read(told->body)) return exit;
    const JsonNode* items = document.member(document.root(), "items");
    const JsonNode* row = items == nullptr ? nullptr : document.first(*items);
    const auto of = [&](std::string_view field) {
      const JsonNode* node = at(document, *row, field);
      return node == nullptr ? std::string_view() : node->text;
    };
    while (row != nullptr && of("name") != name) row = document.next(*row);
    if (row == nullptr) {
      fmt::print(stderr,
                 "网关已重启，备份未完成 · the gateway has been restarted, the backup was given up\n");
      return Exit::failed;
    }
    if (of("state") == "running") continue;
    if (of("state") == "failed") {
      fmt::print(stderr, "未备份 · no backup was made: {}\n", of("reason"));
      return Exit::failed;
    }
    if (options.json) {
      fmt::print(
          R"({{"name":"{}","state":"done","folder":"{}","last_sequence":{},"bytes":{},"encrypted":{}}})"
          "\n",
          of("name"), of("folder"), of("last_sequence"), of("bytes"), of("encrypted"));
    } else {
      print_made(of("folder"), of("last_sequence"), of("bytes"), of("encrypted") == "true");
    }
    return Exit::done;
  }
}

void add_backup(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "backup", "备份 · copy store and configuration, verified; while the gateway runs, or when it is down");
  auto options = with_ops_options(
      *command,
      "  loangate backup --config /etc/loangate --data /var/lib/loangate --as operator-zhao    (runs: the "
      "gateway makes it)\n"
      "  runuser -u loangate -- loangate backup --config /etc/loangate --data /var/lib/loangate   (is down)\n"
      "写入 gateway.yaml 的 backup.folder · it goes to backup.folder of gateway.yaml, and is encrypted if "
      "that says to whom");
  auto given = std::make_shared<BackupOptions>();
  command->add_option("--config", given->config, "folder with gateway.yaml; needed when the gateway is down");
  command->add_flag(
      "--with-keys", given->with_keys,
      "含私钥与证书 · private keys, secrets and certificates too; a running gateway wants an administrator");
  command->callback([=, &exit_code] {
    given->data = options->data;
    const fs::path file = given->data / "loangate.db";
    const bool down =
        !given->config.empty() && ::access(file.c_str(), R_OK | W_OK) == 0 && !store::is_open_elsewhere(file);
    exit_code = static_cast<int>(down ? back_up_here(*given, options->json)
                                      : back_up_by_gateway(*options, given->with_keys));
  });
}

void add_restore(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("restore", "恢复 · put a verified backup into an empty data folder");
  command->footer(
      "例 · examples:\n"
      "  runuser -u loangate -- loangate restore /var/backups/loangate/loangate-20261122T003000Z --data "
      "/var/lib/loangate\n"
      "  loangate restore BACKUP --data new-data --config new-config --backup-cert me.pem --backup-key "
      "me.key\n"
      "  loangate restore BACKUP --verify-only");
  auto backup = std::make_shared<fs::path>();
  auto to = std::make_shared<ops::RestoreTo>();
  auto only = std::make_shared<bool>(false);
  command->add_option("backup", *backup, "its folder")->required()->check(CLI::ExistingDirectory);
  command->add_option("--data", to->data, "an empty folder, or a new one");
  command->add_option("--config", to->config,
                      "put the configuration there too: an empty folder, or a new one");
  command->add_option("--backup-cert", to->certificate, "the certificate that it is encrypted to, PEM");
  command->add_option("--backup-key", to->key, "its key, PEM");
  command->add_flag("--verify-only", *only,
                    "只核对 · compare every file with the manifest, and put nothing back");
  command->callback([=, &exit_code] {
    if (to->data.empty() && !*only) throw CLI::RequiredError("--data, or --verify-only");
    const auto label = *only ? ops::verify_backup(*backup) : ops::restore_backup(*backup, *to);
    if (!label) {
      fmt::print(stderr, "未恢复 · nothing was put back: {}\n", label.error());
      exit_code = static_cast<int>(Exit::failed);
      return;
    }
    fmt::print("{}：至流水号 {}（{}） · {} up to entry {}, made {} by version {}\n",
               *only ? "备份完好" : "已恢复", label->last_sequence.number, format(label->made),
               *only ? "the backup is whole:" : "restored", label->last_sequence.number, format(label->made),
               label->program);
    if (!*only && !label->with_keys)
      fmt::print(
          "备份不含私钥：请放回 pki 与 keys · it holds no keys: put `pki` and `keys` back before the "
          "start\n");
    exit_code = 0;
  });
}

}  // namespace

ops::BackupPlan backup_plan(const Config& config, bool with_keys) {
  ops::BackupPlan plan{.folder = config.backup_folder,
                       .batches = config.data / "batches",
                       .archive = config.data / "archive",
                       .beside = {{config.identities, name_in_backup(config, config.identities)},
                                  {config.folder / "gateway.yaml", "config/gateway.yaml"},
                                  {config.programmes, "config/programmes"},
                                  {config.calendar, "config/" + config.calendar.filename().string()},
                                  {config.lpr, "config/" + config.lpr.filename().string()},
                                  {config.partners, "config/partners"},
                                  {config.partners / ".." / "bases", "config/bases"}},
                       .program = std::string(version),
                       .encrypt_to = config.backup_encrypt_to};
  if (!with_keys) return plan;
  std::vector<fs::path> secret{
      config.server_certificate, config.server_key, config.client_ca, config.crl,
      config.own_certificate,    config.own_key,    config.push_ca,   config.seal_keys};
  for (const auto& [partner, target] : config.push) {
    if (!target.ca.empty()) secret.push_back(target.ca);
  }
  for (const fs::path& file : secret) plan.beside.emplace_back(file, name_in_backup(config, file));
  return plan;
}

void add_backup_commands(CLI::App& app, int& exit_code) {
  add_backup(app, exit_code);
  add_restore(app, exit_code);
}

}  // namespace loangate::app
