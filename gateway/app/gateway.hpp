#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/clock.hpp"

namespace loangate::app {

struct GatewayOptions {
  /// The operations port may move business time forward (settled 42), which begins at this instant, or at the
  /// last entry's if that is later. None: business time is real time, and cannot be moved.
  std::optional<Instant> demo_clock = {};
  /// Whether messages can be found; without, the operations port answers searches with 503.
  bool search = true;
  /// How the configuration is read for a reload. None: the files are read that it named at the start.
  std::function<std::expected<Config, ConfigErrors>()> read_again = {};
};

/// The whole running gateway: everything is constructed here, in order, and goes in reverse. No part knows
/// more than the parts it is given.
class Gateway {
 public:
  /// Opens the store, brings it up to date, and listens on both ports. All mistakes of the configuration at
  /// once.
  static std::expected<std::unique_ptr<Gateway>, ConfigErrors> start(const Config& config,
                                                                     GatewayOptions options);
  /// Stops as stop() does.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  std::uint16_t partners_port() const;
  std::uint16_t operations_port() const;

  /// Reads the whole configuration again: profiles, push targets, rulebook, certificates, revocations,
  /// identities. With any mistake in it nothing changes, and all are told as `file:line: what`. Not on a
  /// thread of the gateway's.
  std::vector<std::string> reload();

  /// Calls back when the store's single writer has made another turn, whether or not it could store: it lives. Not
  /// after stop().
  void on_writers_turn(std::function<void()> then);

  /// Takes nothing new, finishes what it took, and closes the store. Idempotent.
  void stop();

 private:
  struct Parts;
  explicit Gateway(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace loangate::app
