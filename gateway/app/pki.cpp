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

}  // namespace

std::expected<void, ConfigErrors> make_dev_pki(const std::filesystem::path& script,
                                               const std::filesystem::path& data,
                                               const adapters::Partners& partners) {
  std::string senders;
  std::string servers;
  for (const auto& profile : partners.all()) {
    senders += profile->id.string() + ' ';
    if (profile->push() != nullptr) servers += profile->id.string() + ' ';
  }
  std::filesystem::create_directories(data);
  const int code = run({script, data / "pki", "--identities", data / "identities.yaml", "--senders", senders,
                        "--servers", servers});
  if (code == 0) return {};
  return std::unexpected(ConfigErrors{
      {script.string(), 0,
       fmt::format("ended with code {}: see what it printed, and that openssl is installed", code)}});
}

}  // namespace loangate::app
