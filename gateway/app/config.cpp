#include "app/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace loangate::app {
namespace {

Listen read_listen(const YamlNode& node, std::string_view fallback) {
  const std::string text = node.text_or(fallback);
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  if (colon != std::string::npos && colon > 0) {
    const auto [stop, fault] = std::from_chars(text.data() + colon + 1, end, port);
    if (fault == std::errc{} && stop == end) return {text.substr(0, colon), port};
  }
  node.error(fmt::format("`{}` is no address:port: write 127.0.0.1:8443", text));
  return {"127.0.0.1", 0};
}

PushTarget read_push(const YamlNode& node, const std::filesystem::path& data) {
  PushTarget target;
  if (!node["host"].is_null()) target.host = node["host"].text();
  if (!node["port"].is_null()) target.port = static_cast<std::uint16_t>(node["port"].integer(1, 65535));
  if (!node["server_name"].is_null()) target.server_name = node["server_name"].text();
  if (!node["ca"].is_null()) target.ca = data / node["ca"].text();
  for (const YamlNode& pin : node["pins"].one_or_many()) target.pins.push_back(pin.text());
  return target;
}

LogLevel read_level(const YamlNode& node) {
  const std::string word = node.text_or("info");
  if (word == "debug") return LogLevel::debug;
  if (word == "info") return LogLevel::info;
  if (word == "warn") return LogLevel::warn;
  if (word == "error") return LogLevel::error;
  node.error(fmt::format("`{}` is no log level: write debug, info, warn or error", word));
  return LogLevel::info;
}

std::chrono::seconds read_seconds(const YamlNode& node, std::int64_t fallback) {
  return std::chrono::seconds(node.integer_or(fallback, 1, 86'400));
}

ops::alerts::Bounds read_alert_bounds(const YamlNode& alerts) {
  using std::chrono::minutes;
  ops::alerts::Bounds bounds;
  bounds.flow.slow_after = read_seconds(alerts["slow_after_seconds"], 300);
  bounds.undelivered_after = read_seconds(alerts["undelivered_after_seconds"], 900);
  bounds.breaker_open_after = read_seconds(alerts["breaker_open_after_seconds"], 600);
  bounds.money_parked_after = read_seconds(alerts["money_parked_after_seconds"], 300);
  bounds.deadline_days = static_cast<int>(alerts["deadline_days"].integer_or(2, 0, 60));
  bounds.disk_low_bytes = static_cast<std::uint64_t>(alerts["disk_low_mib"].integer_or(1024, 1, 1 << 24))
                          << 20;
  bounds.clock_step = read_seconds(alerts["clock_step_seconds"], 2);
  constexpr std::int64_t most_minutes = 31 * 24 * 60;
  for (const auto& [partner, node] : alerts["silent_after_minutes"].members()) {
    const minutes silence(node.integer(1, most_minutes));
    if (partner == "all") {
      bounds.flow.silent_after = silence;
    } else if (const auto id = PartnerId::parse(partner)) {
      bounds.flow.silent_after_of.emplace(*id, silence);
    } else {
      node.error(fmt::format("`{}` is no partner id: write one, or all", partner));
    }
  }
  return bounds;
}

bool begins_with_one_of(std::string_view url, std::initializer_list<std::string_view> schemes) {
  return std::ranges::any_of(schemes, [&](std::string_view scheme) {
    return url.starts_with(scheme) && url.size() > scheme.size();
  });
}

ops::alerts::MessengerSettings read_alert_targets(const YamlNode& alerts, const std::filesystem::path& data) {
  ops::alerts::MessengerSettings targets;
  targets.attempts = static_cast<unsigned>(alerts["attempts"].integer_or(8, 1, 50));
  for (const YamlNode& node : alerts["webhooks"].items()) {
    const ops::alerts::Webhook hook{.url = node["url"].text(), .ca = data / node["ca"].text()};
    if (!begins_with_one_of(hook.url, {"https://"}))
      node["url"].error("a webhook is called by https alone: write https://host/path");
    targets.webhooks.push_back(hook);
  }
  for (const YamlNode& node : alerts["mails"].items()) {
    ops::alerts::Mail mail{.url = node["url"].text(),
                           .ca = data / node["ca"].text_or("pki/ca.pem"),
                           .from = node["from"].text(),
                           .to = {},
                           .user = node["user"].text_or(""),
                           .plain = node["plain"].boolean_or(false)};
    if (!begins_with_one_of(mail.url, {"smtp://", "smtps://"}))
      node["url"].error("mail goes by smtp: write smtps://host:465, or smtp://host:587 for STARTTLS");
    if (mail.plain &&
        !begins_with_one_of(mail.url, {"smtp://127.0.0.1:", "smtp://localhost:", "smtp://[::1]:"}))
      node["plain"].error(
          "mail without TLS goes to a relay on this machine alone: write smtp://localhost:25, or leave "
          "`plain` out");
    for (const YamlNode& to : node["to"].one_or_many()) mail.to.push_back(to.text());
    if (mail.to.empty()) node["to"].error("nobody gets it: name at least one address");
    for (const std::string& address : mail.to) {
      if (!address.contains('@') || address.find_first_of(" <>\r\n") != std::string::npos)
        node["to"].error(fmt::format("`{}` is no mail address: write name@host", address));
    }
    if (!mail.from.contains('@') || mail.from.find_first_of(" <>\r\n") != std::string::npos)
      node["from"].error(fmt::format("`{}` is no mail address: write name@host", mail.from));
    if (!mail.user.empty()) mail.password_file = data / node["password_file"].text();
    targets.mails.push_back(std::move(mail));
  }
  return targets;
}

ops::RetentionLimits read_retention(const YamlNode& retention) {
  constexpr std::int64_t hundred_years = 36'500;
  ops::RetentionLimits limits{.archive_after_days = static_cast<int>(
                                  retention["archive_after_days"].integer_or(90, 0, hundred_years))};
  for (const auto& [kind, node] : retention["keep_days"].members()) {
    if (!ops::is_retention_kind(kind))
      node.error(
          fmt::format("`{}` is no kind of message: write one, such as limit.query, or unreadable, document, "
                      "file, all",
                      kind));
    const auto days = static_cast<int>(node.integer(30, hundred_years));
    if (limits.archive_after_days == 0 || days <= limits.archive_after_days)
      node.error(
          fmt::format("only what is archived is removed: write more than archive_after_days ({}), which must "
                      "not be 0",
                      limits.archive_after_days));
    limits.keep_days.emplace(kind, days);
  }
  return limits;
}

}  // namespace

std::expected<Config, ConfigErrors> load_config(const std::filesystem::path& dir,
                                                const std::filesystem::path& data) {
  const YamlFile file(dir / "gateway.yaml");
  const YamlNode root = file.root();
  Config config{};
  if (file.errors().empty()) {
    const YamlNode listen = root["listen"];
    const YamlNode tls = root["tls"];
    const YamlNode delivery = root["delivery"];
    const YamlNode push = root["push"];
    const YamlNode backup = root["backup"];
    config = {
        .folder = dir,
        .partners_port = read_listen(listen["partners"], "127.0.0.1:8443"),
        .operations_port = read_listen(listen["operations"], "127.0.0.1:8444"),
        .partners = dir / root["partners"].text(),
        .programmes = dir / root["programmes"].text(),
        .calendar = dir / root["calendar"].text(),
        .lpr = dir / root["lpr"].text(),
        .data = data,
        .files = data / root["files"].text_or("files"),
        .identities = data / root["identities"].text_or("identities.yaml"),
        .server_certificate = data / tls["certificate"].text(),
        .server_key = data / tls["key"].text(),
        .client_ca = data / tls["client_ca"].text(),
        .crl = data / tls["crl"].text(),
        .own_certificate = data / tls["own_certificate"].text(),
        .own_key = data / tls["own_key"].text(),
        .seal_keys = data / root["seal_keys"].text_or("keys"),
        .push_ca = data / push["ca"].text(),
        .push = {},
        .threads = static_cast<unsigned>(root["threads"].integer_or(0, 0, 256)),
        .low_water_bytes =
            static_cast<std::uint64_t>(root["store"]["low_water_mib"].integer_or(256, 1, 1 << 20)) << 20,
        .backup_folder = data / backup["folder"].text_or("backups"),
        .backup_encrypt_to =
            backup["encrypt_to"].is_null() ? std::filesystem::path() : data / backup["encrypt_to"].text(),
        .retention = read_retention(root["retention"]),
        .first_retry_ms =
            static_cast<std::uint32_t>(delivery["first_retry_ms"].integer_or(1000, 10, 600'000)),
        .longest_retry_ms =
            static_cast<std::uint32_t>(delivery["longest_retry_ms"].integer_or(600'000, 10, 86'400'000)),
        .log_level = read_level(root["log_level"]),
        .alert_bounds = read_alert_bounds(root["alerts"]),
        .alert_targets = read_alert_targets(root["alerts"], data),
        .alerts_look_seconds =
            static_cast<std::uint32_t>(root["alerts"]["look_every_seconds"].integer_or(15, 1, 3600)),
    };
    for (const auto& [partner, node] : push["partners"].members()) {
      if (!PartnerId::parse(partner)) node.error(fmt::format("`{}` is no partner id", partner));
      config.push.emplace(partner, read_push(node, data));
    }
    file.refuse_unread();
  }
  if (!file.errors().empty()) return std::unexpected(file.errors());
  return config;
}

}  // namespace loangate::app
