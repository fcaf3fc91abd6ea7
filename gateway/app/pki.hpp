#pragma once
#include <expected>
#include <filesystem>

#include "adapters/profile/profile.hpp"
#include "adapters/seal/seal.hpp"
#include "base/yaml.hpp"

namespace loangate::app {

/// Makes a development PKI for these partners with `script` (certs/make-dev-pki.sh): keys and certificates
/// under `DATA/pki`, who is who in `DATA/identities.yaml`, the gateway's halves of seals' keys in
/// `DATA/keys`. What is there and still good is kept.
std::expected<void, ConfigErrors> make_dev_pki(const std::filesystem::path& script,
                                               const std::filesystem::path& data,
                                               const adapters::Partners& partners);

/// Where that PKI keeps the partners' halves of seals' keys, for those who play partners.
adapters::SealKeyFolder partner_seal_keys(const std::filesystem::path& data);

}  // namespace loangate::app
