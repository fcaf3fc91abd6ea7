#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

#include "net/tls.hpp"

namespace loangate::bench {

struct NullServerOptions {
  net::ServerTlsFiles tls;
  std::uint16_t port = 0;
  /// A file of which 1.5 KB are written anew and flushed for each group of requests, before they are
  /// answered; without one nothing is kept.
  std::optional<std::filesystem::path> flush;
};

/// The reference for the gateway: the gateway's own server, which reads the body and answers 200 to
/// everything. Runs until SIGTERM. Returns the exit code.
int run_null_server(const NullServerOptions& options);

}  // namespace loangate::bench
