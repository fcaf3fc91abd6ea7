#pragma once
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ops/call.hpp"
#include "ops/system/backups.hpp"
#include "ops/system/record_check.hpp"

namespace loangate::ops {

/// What runs here: where it lies, since when, within which bounds.
struct Installation {
  std::string compiler;
  Instant started;                     ///< real time
  std::filesystem::path data;          ///< folder
  std::filesystem::path gateway_yaml;  ///< for the diagnostics
  std::filesystem::path files;         ///< partners' folders
  std::filesystem::path backup_folder;
  std::uint64_t low_water_bytes = 0;
  struct Limit {
    std::string_view name;  ///< key of gateway.yaml
    std::uint64_t value;
    std::string_view unit;  ///< `bytes`, `milliseconds`, `threads`
  };
  std::vector<Limit> limits;
  Backups& backups;
  const RecordCheck* record_check = nullptr;  ///< null: nothing is told of the record
};

/// A configuration file's text as it may be shown: values of secrets, and of URLs all but the host, are
/// `***`.
std::string without_secrets(std::string_view yaml);
/// Log lines as they may be shown: who acted and from where is `***`.
std::string without_persons(std::string_view lines);

/// GET /v1/system
boost::asio::awaitable<Reply> read_system(const Operations& operations, const Call& call);
/// GET /v1/diagnostics: a zip.
boost::asio::awaitable<Reply> read_diagnostics(const Operations& operations, const Call& call);

}  // namespace loangate::ops
