#include "app/sandbox.hpp"

#include "app/pki.hpp"

namespace loangate::app {

std::expected<std::unique_ptr<Sandbox>, ConfigErrors> Sandbox::start(const std::filesystem::path& config_dir,
                                                                     const std::filesystem::path& data,
                                                                     Instant begins, Ports ports) {
  std::unique_ptr<Sandbox> sandbox(new Sandbox(begins));
  auto config = load_config(config_dir, data);
  if (!config) return std::unexpected(config.error());
  sandbox->config_ = *std::move(config);

  // Which keys are to be made is what the profiles say without them.
  auto described = adapters::load_partners(sandbox->config_.partners);
  if (!described) return std::unexpected(described.error());
  if (const auto made = make_dev_pki(config_dir / ".." / "certs" / "make-dev-pki.sh", data, *described);
      !made) {
    return std::unexpected(made.error());
  }
  const auto keys = partner_seal_keys(data);
  auto partners = adapters::load_partners(sandbox->config_.partners, nullptr, &keys);
  if (!partners) return std::unexpected(partners.error());
  sandbox->partners_ = std::make_shared<const adapters::Partners>(*std::move(partners));

  auto peers = simulate::Peers::open(sandbox->context(), *sandbox->partners_, sandbox->clock_,
                                     {.pki = data / "pki", .identities = sandbox->config_.identities});
  if (!peers) return std::unexpected(peers.error());
  sandbox->peers_ = *std::move(peers);

  if (ports == Ports::free) {
    sandbox->config_.partners_port = {"127.0.0.1", 0};
    sandbox->config_.operations_port = {"127.0.0.1", 0};
  }
  sandbox->config_.first_retry_ms = 50;
  sandbox->config_.longest_retry_ms = 1000;
  sandbox->config_.push.clear();
  for (const auto& [partner, port] : sandbox->peers_->ports()) {
    PushTarget target;
    target.host = "127.0.0.1";
    target.port = port;
    target.server_name = partner.string();
    sandbox->config_.push.emplace(partner.string(), std::move(target));
  }
  if (ConfigErrors errors = sandbox->restart(); !errors.empty()) return std::unexpected(std::move(errors));
  return sandbox;
}

ConfigErrors Sandbox::restart() {
  gateway_.reset();
  auto gateway = Gateway::start(config_, {.demo_clock = begins_});
  if (!gateway) return gateway.error();
  gateway_ = *std::move(gateway);
  config_.partners_port.port = gateway_->partners_port();
  config_.operations_port.port = gateway_->operations_port();
  peers_->connect("127.0.0.1", config_.partners_port.port);
  return {};
}

Sandbox::~Sandbox() {
  gateway_.reset();
  if (peers_) peers_->stop();
  cores_.stop();
}

}  // namespace loangate::app
