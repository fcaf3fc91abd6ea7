#pragma once
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/yaml.hpp"

/// Detached signatures of documents: CMS (PKCS#7) in DER with the signer's certificate in it, SHA-256, as
/// `openssl cms -verify -binary -inform DER` reads it.
namespace loangate::app {

/// Signs the bytes. The error names the file that is at fault.
std::expected<std::string, ConfigErrors> sign(std::string_view bytes,
                                              const std::filesystem::path& certificate,
                                              const std::filesystem::path& key);

struct Signer {
  std::string subject;      ///< for show
  std::string spki_sha256;  ///< of its key, 64 lower-case hex digits: what the two sides compare
};

/// Who signed just these bytes; with `ca` its certificate must come from there. The error says what is wrong.
std::expected<Signer, std::string> verify(std::string_view bytes, std::string_view signature,
                                          const std::optional<std::filesystem::path>& ca);

}  // namespace loangate::app
