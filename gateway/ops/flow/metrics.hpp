#pragma once
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/configuration.hpp"
#include "net/partner_service.hpp"
#include "ops/call.hpp"
#include "ops/flow/flow.hpp"

namespace loangate::ops {

/// Metrics in Prometheus' text format 0.0.4. What they are, config/monitoring/metrics.md says. Labels are
/// partners of the configuration and fixed words only; a partner has all of its series from the start.
/// Nothing here goes through a table: a scrape costs the same with ten messages and with ten million.
class Metrics {
 public:
  /// A figure with one label that another part of the gateway keeps.
  struct Labelled {
    std::string label;  ///< the label's value
    double value;
  };
  struct Parts {
    const Flow& flow;
    const net::ConfigurationInForce& configuration;
    const net::MessageTimes& times;
    std::filesystem::path data;  ///< where the store lies
    std::string version = {};
    /// Open connections by port; alerts open by rule; ends of certificates by use, in seconds since 1970.
    /// Each may be empty. Any thread; quick.
    std::function<std::vector<Labelled>()> connections = {};
    std::function<std::vector<Labelled>()> alerts = {};
    std::function<std::vector<Labelled>()> certificates = {};
  };
  explicit Metrics(Parts parts) : parts_(std::move(parts)) {}

  std::string text() const;

 private:
  const Parts parts_;
};

boost::asio::awaitable<Reply> read_metrics(const Operations& operations, const Call& call);

}  // namespace loangate::ops
