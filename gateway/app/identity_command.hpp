#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace loangate::app {

struct IdentityAdd {
  std::filesystem::path identities;
  std::filesystem::path certificate;  ///< PEM: its public key becomes the pin
  std::string sender;                 ///< either a sender, with the partners it may speak for,
  std::vector<std::string> partners;
  std::string person;  ///< or a person, with roles
  std::vector<std::string> roles;
  std::string comment;
};

/// `loangate identity add`: admits a certificate's key. Written as a whole or not at all; `kill -HUP` puts it
/// in force.
int identity_add(const IdentityAdd& add);

/// `loangate identity retire`: ends the validity of a certificate's key now.
int identity_retire(const std::filesystem::path& identities, const std::filesystem::path& certificate);

}  // namespace loangate::app
