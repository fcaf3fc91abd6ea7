#pragma once
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "adapters/seal/seal.hpp"
#include "base/temporary_folder.hpp"

namespace loangate::support {

/// Keys of seals as the development PKI makes them, in a folder that goes away: the gateway's halves and the
/// partners'.
class SealKeys {
 public:
  /// `PARTNER:WAY:KEY:KIND …`, as certs/make-dev-pki.sh takes them.
  explicit SealKeys(const std::string& seals) {
    run(std::string(LOANGATE_SOURCE_DIR) + "/certs/make-dev-pki.sh " + (folder() / "pki").string() +
        " --seal-keys " + (folder() / "keys").string() + " --seals '" + seals + "'");
  }

  const std::filesystem::path& folder() const { return folder_.path(); }
  adapters::SealKeyFolder gateway() const { return {folder() / "keys", adapters::Way::to_partner}; }
  adapters::SealKeyFolder partner() const {
    return {folder() / "pki/partner-keys", adapters::Way::from_partner};
  }

  /// Runs a command of the shell, which must succeed.
  static void run(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace loangate::support
