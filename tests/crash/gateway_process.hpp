#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "domain/date.hpp"
#include "domain/ids.hpp"

namespace loangate::crash {

/// What is started, and the commands and settings around it.
struct Installation {
  std::filesystem::path program = std::filesystem::path(LOANGATE_BINARY_DIR) / "loangate";
  std::filesystem::path source = LOANGATE_SOURCE_DIR;
  std::vector<std::string> under = {};  ///< a command before it, such as setpriv with its options
  std::string more = {};                ///< lines of gateway.yaml
};

/// The gateway as a program of its own (build/loangate serve), so that it can be killed.
class GatewayProcess {
 public:
  /// Writes a configuration into `folder` with free ports and these pushes; the data folder is `folder/data`.
  GatewayProcess(std::filesystem::path folder, const std::map<PartnerId, std::uint16_t>& pushes, Date begins,
                 Installation installation = {});
  ~GatewayProcess();
  GatewayProcess(const GatewayProcess&) = delete;
  GatewayProcess& operator=(const GatewayProcess&) = delete;

  /// Starts it and waits until both ports answer. Stops the test program if it does not within 20 seconds.
  void start();
  /// SIGKILL; returns when it is gone.
  void kill();
  /// SIGTERM; its exit code.
  int stop();

  std::uint16_t partners_port() const { return partners_port_; }
  std::uint16_t operations_port() const { return operations_port_; }

 private:
  const std::filesystem::path folder_;
  const Date begins_;
  const Installation installation_;
  std::uint16_t partners_port_;
  std::uint16_t operations_port_;
  pid_t process_ = 0;
};

}  // namespace loangate::crash
