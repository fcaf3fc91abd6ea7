#pragma once
#include <string>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "simulate/conversation.hpp"

namespace loangate::app {

/// What a partner was held to, in which versions, and how it went.
struct Conformity {
  const adapters::Profile* profile = nullptr;
  std::string profile_sha256;    ///< of its profile's file
  std::string catalogue_sha256;  ///< of the catalogue of messages, as this program has it
  std::string scripts_sha256;    ///< of all scripts and letters
  std::string begun;             ///< real time
  std::string gateway;           ///< its version; or where it ran
  std::vector<simulate::ScriptReport> scripts;

  std::size_t count(simulate::Verdict verdict) const;
  std::size_t steps() const;
  /// Every script that fits the partner was passed, and there is one.
  bool conforms() const;
};

/// SHA-256 over every message of the catalogue with its fields, types and codes.
std::string catalogue_sha256();

/// `passed`, `failed`, `left_out`.
std::string_view name(simulate::Verdict verdict);

/// The document that both sides sign: Chinese, English beside it.
std::string conformity_page(const Conformity& conformity);
/// The same for programs. `page_sha256` ties the page to it, so that one seal covers both.
std::string conformity_json(const Conformity& conformity, const std::string& page_sha256);

}  // namespace loangate::app
