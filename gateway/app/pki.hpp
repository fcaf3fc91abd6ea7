#pragma once
#include <expected>
#include <filesystem>

#include "adapters/profile/profile.hpp"
#include "base/yaml.hpp"

namespace loangate::app {

/// Makes a development PKI for these partners with `script` (certs/make-dev-pki.sh): keys and certificates
/// under `DATA/pki`, who is who in `DATA/identities.yaml`. What is there and still good is kept.
std::expected<void, ConfigErrors> make_dev_pki(const std::filesystem::path& script,
                                               const std::filesystem::path& data,
                                               const adapters::Partners& partners);

}  // namespace loangate::app
