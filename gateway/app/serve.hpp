#pragma once
#include <filesystem>

#include "app/gateway.hpp"

namespace loangate::app {

/// `loangate serve`: runs until SIGTERM or SIGINT, then stops gracefully; SIGHUP reads the
/// whole configuration again. Returns 0 after a graceful stop, 1 if it could not start.
int serve(const std::filesystem::path& config, const std::filesystem::path& data, GatewayOptions options);

}  // namespace loangate::app
