#include "app/pki.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace loangate::app {
namespace {

/// Runs a program and waits for it; its exit code, or -1 if it could not be run.
int run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) return -1;
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

/// What kind of key the script is to make.
std::string_view kind_of_key(adapters::SealAlgorithm algorithm) {
  using enum adapters::SealAlgorithm;
  switch (algorithm) {
    case sm2_sm3:
      return "sm2";
    case rsa_sha256:
    case rsa_pss_sha256:
      return "rsa";
    case ecdsa_sha256:
      return "ecdsa";
    case hmac_sm3:
    case hmac_sha256:
      return "hmac";
    case pkcs7:
      return "certificate";
  }
  return "";
}

/// The keys that no profile holds: `PARTNER:WAY:ID:KIND` each.
void add_seals(const adapters::Profile& profile, std::string& seals) {
  for (const auto way : {adapters::Way::from_partner, adapters::Way::to_partner}) {
    const adapters::Seal* seal = adapters::seal_of(profile, way);
    if (seal == nullptr) continue;
    for (const adapters::SealKey& key : seal->keys) {
      if (key.key.can_verify()) continue;
      seals += fmt::format("{}:{}:{}:{} ", profile.id.view(), name(way), key.id,
                           kind_of_key(seal->method.algorithm));
    }
  }
}

}  // namespace

adapters::SealKeyFolder partner_seal_keys(const std::filesystem::path& data) {
  return {.folder = data / "pki" / "partner-keys", .signs = adapters::Way::from_partner};
}

std::expected<void, ConfigErrors> make_dev_pki(const std::filesystem::path& script,
                                               const std::filesystem::path& data,
                                               const adapters::Partners& partners) {
  std::string senders;
  std::string servers;
  std::string seals;
  for (const auto& profile : partners.all()) {
    senders += profile->id.string() + ' ';
    if (profile->push() != nullptr) servers += profile->id.string() + ' ';
    add_seals(*profile, seals);
  }
  std::filesystem::create_directories(data);
  const int code = run({script, data / "pki", "--identities", data / "identities.yaml", "--senders", senders,
                        "--servers", servers, "--seals", seals, "--seal-keys", data / "keys"});
  if (code == 0) return {};
  return std::unexpected(ConfigErrors{
      {script.string(), 0,
       fmt::format("ended with code {}: see what it printed, and that openssl is installed", code)}});
}

}  // namespace loangate::app
