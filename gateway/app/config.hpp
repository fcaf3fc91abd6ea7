#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "base/yaml.hpp"
#include "domain/ids.hpp"
#include "ops/alerts/messenger.hpp"
#include "ops/alerts/rules.hpp"
#include "ops/system/retention_rules.hpp"

namespace loangate::app {

/// Where a port listens.
struct Listen {
  std::string address;
  std::uint16_t port;
};

/// Where and as what a pushed-to partner is called, if otherwise than its profile says.
struct PushTarget {
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;
  std::optional<std::string> server_name;
  std::filesystem::path ca;       ///< whom its certificate must come from; empty: only by pin
  std::vector<std::string> pins;  ///< SHA-256 of its public key, hex
};

/// gateway.yaml, read and checked. Paths of `config` are relative to the configuration's folder, those of
/// keys, certificates and identities to the data folder.
struct Config {
  std::filesystem::path folder;  ///< of gateway.yaml
  Listen partners_port;
  Listen operations_port;
  std::filesystem::path partners;    ///< folder of profiles
  std::filesystem::path programmes;  ///< folder of rulebooks
  std::filesystem::path calendar;
  std::filesystem::path lpr;

  std::filesystem::path data;
  std::filesystem::path files;  ///< partners' folders of the file transport
  std::filesystem::path identities;
  std::filesystem::path server_certificate, server_key, client_ca, crl;
  std::filesystem::path own_certificate, own_key;  ///< with which the gateway calls partners
  std::filesystem::path seal_keys;                 ///< secrets and private keys of partners' seals
  std::filesystem::path push_ca;                   ///< for partners without a line of their own
  std::map<std::string, PushTarget> push;

  unsigned threads;               ///< 0: one a core
  std::uint64_t low_water_bytes;  ///< free disk below which work is refused
  std::filesystem::path backup_folder;
  std::filesystem::path backup_encrypt_to;  ///< a certificate; empty: backups are not encrypted
  ops::RetentionLimits retention;
  std::uint32_t first_retry_ms;
  std::uint32_t longest_retry_ms;
  LogLevel log_level;
  ops::alerts::Bounds alert_bounds;
  ops::alerts::MessengerSettings alert_targets;
  std::uint32_t alerts_look_seconds;
};

/// Reads `DIR/gateway.yaml`; all mistakes at once. Files that it names are looked at by whoever opens them.
std::expected<Config, ConfigErrors> load_config(const std::filesystem::path& dir,
                                                const std::filesystem::path& data);

}  // namespace loangate::app
