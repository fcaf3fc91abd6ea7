#pragma once
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "adapters/seal/seal.hpp"

namespace loangate::support {

/// Keys of seals as the development PKI makes them, in a folder that goes away: the gateway's halves and the
/// partners'.
class SealKeys {
 public:
  /// `PARTNER:WAY:KEY:KIND …`, as certs/make-dev-pki.sh takes them.
  explicit SealKeys(const std::string& seals) {
    std::string pattern = (std::filesystem::temp_directory_path() / "loangate-seals-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    run(std::string(LOANGATE_SOURCE_DIR) + "/certs/make-dev-pki.sh " + (folder() / "pki").string() +
        " --seal-keys " + (folder() / "keys").string() + " --seals '" + seals + "'");
  }

  ~SealKeys() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  SealKeys(const SealKeys&) = delete;
  SealKeys& operator=(const SealKeys&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  adapters::SealKeyFolder gateway() const { return {folder() / "keys", adapters::Way::to_partner}; }
  adapters::SealKeyFolder partner() const {
    return {folder() / "pki/partner-keys", adapters::Way::from_partner};
  }

  /// Runs a command of the shell, which must succeed.
  static void run(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace loangate::support
