#pragma once
#include <expected>
#include <filesystem>
#include <memory>

#include "app/gateway.hpp"
#include "net/cores.hpp"
#include "simulate/peers.hpp"

namespace loangate::app {

/// A gateway of its own with all its partners simulated, in one process: real TLS, real sockets on free ports
/// of this machine, a real store. For the demonstration and for tests.
class Sandbox {
 public:
  enum class Ports {
    free,        ///< any free ones
    configured,  ///< those of the configuration
  };

  /// Makes a development PKI under `data` with `config/../certs/make-dev-pki.sh`, opens the partners'
  /// servers, then starts the gateway with this configuration on these ports, with a clock that begins then
  /// and can be set.
  static std::expected<std::unique_ptr<Sandbox>, ConfigErrors> start(const std::filesystem::path& config,
                                                                     const std::filesystem::path& data,
                                                                     Instant begins,
                                                                     Ports ports = Ports::free);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Where the gateway keeps everything: keys of persons and partners are under `pki`.
  const std::filesystem::path& data() const { return config_.data; }
  const Config& config() const { return config_; }
  /// The partners live on this context's thread.
  boost::asio::io_context& context() { return *cores_.contexts().front(); }
  simulate::Peers& peers() { return *peers_; }
  /// The partners' own clock; the scenario moves it along with the gateway's.
  BusinessClock& clock() { return clock_; }
  Gateway& gateway() { return *gateway_; }

  /// From the next start on the gateway refuses work below this much free disk.
  void set_low_water(std::uint64_t bytes) { config_.low_water_bytes = bytes; }

  /// Stops the gateway and starts it again on the same ports and data.
  ConfigErrors restart();

 private:
  explicit Sandbox(Instant begins) : begins_(begins), clock_(begins), cores_(1) {}

  const Instant begins_;
  Config config_{};
  std::shared_ptr<const adapters::Partners> partners_;
  BusinessClock clock_;
  net::Cores cores_;
  std::unique_ptr<simulate::Peers> peers_;
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace loangate::app
