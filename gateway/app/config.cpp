#include "app/config.hpp"

#include <fmt/format.h>

#include <charconv>

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
        .first_retry_ms =
            static_cast<std::uint32_t>(delivery["first_retry_ms"].integer_or(1000, 10, 600'000)),
        .longest_retry_ms =
            static_cast<std::uint32_t>(delivery["longest_retry_ms"].integer_or(600'000, 10, 86'400'000)),
        .log_level = read_level(root["log_level"]),
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
