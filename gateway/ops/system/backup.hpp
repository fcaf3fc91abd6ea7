#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "store/store.hpp"

/// A backup is a folder: the store's copy, what stands beside it in the data folder, the configuration, and
/// `manifest.json` with every file's SHA-256. `data/…` in it goes back into a data folder, `config/…` into a
/// configuration folder. Encrypted, each file is in parts `NAME.0001.cms`, which `openssl cms -decrypt
/// -inform DER` reads.
namespace loangate::ops {

/// What a backup is made of, and where it goes. Keys are in it if they are named here.
struct BackupPlan {
  std::filesystem::path folder;        ///< of backups
  std::filesystem::path batches;       ///< files of many records under way, and results
  std::filesystem::path archive = {};  ///< files of archived days
  std::vector<std::pair<std::filesystem::path, std::string>>
      beside;                        ///< a file or folder, and its name in the backup
  std::string program;               ///< version, for the manifest
  std::filesystem::path encrypt_to;  ///< a certificate, PEM; empty: not encrypted
};

struct BackupMade {
  std::string name;
  std::filesystem::path folder;
  Sequence last_sequence = {};
  std::uint64_t bytes = 0;
  bool encrypted = false;
};

/// `loangate-20261122T003000Z`: of a backup that begins at this time.
std::string backup_name(Instant begins);

/// Asked now and then by what takes long: no gives it up.
using GoOn = std::function<bool()>;

/// Store::copy_to, or store::copy_closed_store: whatever copies the store.
using CopyStore = std::function<std::expected<Sequence, std::string>(
    const std::filesystem::path& to, const std::function<void()>& at_that_moment, const GoOn& go_on)>;

/// Makes a backup of this name, of one moment, while the store is written to; read again and compared before
/// it gets its name. Only the user of this process can read it. The error is a
/// sentence; what a crash leaves behind is `.NAME.part`, which the next backup removes.
std::expected<BackupMade, std::string> make_backup(const CopyStore& copy, const BackupPlan& plan,
                                                   const std::string& name, const GoOn& go_on);

/// What a backup says of itself.
struct BackupLabel {
  Instant made;
  std::string program;  ///< version that made it
  Sequence last_sequence = {};
  bool encrypted = false;
  bool with_keys = false;
  std::size_t files = 0;
};

/// Reads every file of a backup and compares it with the manifest. The error names the first that differs.
std::expected<BackupLabel, std::string> verify_backup(
    const std::filesystem::path& backup, const GoOn& go_on = [] { return true; });

struct RestoreTo {
  std::filesystem::path data;              ///< must be empty, or not there
  std::filesystem::path config = {};       ///< the same; empty: the configuration is not put back
  std::filesystem::path certificate = {};  ///< of the one it is encrypted to, PEM
  std::filesystem::path key = {};
};

/// Verifies a backup, puts its files in place, and looks at every page of the store, before the store gets
/// its name. The error is a sentence; what a crash leaves behind is `.restoring` in a folder without a store.
std::expected<BackupLabel, std::string> restore_backup(const std::filesystem::path& backup,
                                                       const RestoreTo& to);

}  // namespace loangate::ops
