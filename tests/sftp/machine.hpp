#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/support/command.hpp"

namespace loangate::sftp {

using support::Ran;

/// With the paths of the system in front, and no input.
Ran run(const std::string& command);

/// This machine as config/sftp/README.md leaves it, on a free port: sshd of its own, users, groups, folders.
/// All of it lies in a mount namespace of this process, with copies of `/etc`, `/run` and `/srv`: nothing of
/// it is left when the process ends, however it ends. Needs root, and says so.
class Machine {
 public:
  /// The one of this process. Stops the test program if it cannot be had.
  static Machine& get();
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Makes a partner's key pair, folder and login by make-partner-drop.sh.
  void add_partner(const std::string& id);

  /// Runs SFTP commands, one a line, as a partner; stops at the first that fails.
  Ran sftp(const std::string& id, const std::string& commands) const;
  /// The client's command line, for one that is to be killed, or for another key.
  std::string sftp_command(const std::string& id, const std::string& options = {}) const;
  std::string ssh_options(const std::string& key) const;

  std::filesystem::path files() const { return "/srv/loangate/files"; }
  /// A place for what the clients send and get.
  std::filesystem::path desk() const { return "/srv/desk"; }
  std::uint16_t port() const { return port_; }

 private:
  Machine();
  std::uint16_t port_;
  pid_t sshd_ = 0;
};

}  // namespace loangate::sftp
