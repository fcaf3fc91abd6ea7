#include "simulate/peers.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "net/identities.hpp"

namespace loangate::simulate {
namespace {

template <class T>
void take_errors(const std::expected<T, ConfigErrors>& failed, ConfigErrors& errors) {
  errors.insert(errors.end(), failed.error().begin(), failed.error().end());
}

/// The sender whose certificate this partner comes with: small banks share a host (settled 2).
std::string sender_of(const net::Identities& identities, const PartnerId& partner) {
  const auto sender = std::ranges::find_if(
      identities.senders, [&](const net::Sender& one) { return one.may_speak_for(partner.view()); });
  return sender == identities.senders.end() ? partner.string() : sender->name;
}

}  // namespace

std::expected<std::unique_ptr<Peers>, ConfigErrors> Peers::open(boost::asio::io_context& context,
                                                                const adapters::Partners& partners,
                                                                const BusinessClock& clock,
                                                                const PeerOptions& options) {
  ConfigErrors errors;
  const auto& pki = options.pki;
  const auto identities = net::Identities::load(options.identities);
  if (!identities) take_errors(identities, errors);
  const auto gateway = net::spki_sha256_of_file(pki / "gateway-client.pem");
  if (!gateway) take_errors(gateway, errors);
  if (!errors.empty()) return std::unexpected(std::move(errors));

  std::map<std::string, net::TlsContext> contexts;  // of a sender
  auto peers = std::make_unique<Peers>();
  std::uint16_t port = options.first_port;
  for (const auto& profile : partners.all()) {
    const std::string sender = sender_of(*identities, profile->id);
    auto& client = contexts[sender];
    if (!client) {
      const auto files = pki / "senders" / sender;
      auto made = net::make_client_context({.certificate = files.string() + ".pem",
                                            .key = files.string() + ".key",
                                            .ca = pki / "ca.pem",
                                            .pins = {}});
      if (!made) {
        take_errors(made, errors);
        continue;
      }
      client = *made;
    }
    auto partner = std::make_unique<Partner>(context, *profile, client, clock, options.first_id);
    if (profile->push() != nullptr) {
      const auto files = pki / "servers" / profile->id.string();
      auto tls = net::TlsSource::open({.certificate = files.string() + ".pem",
                                       .key = files.string() + ".key",
                                       .client_ca = pki / "ca.pem",
                                       .crl = pki / "crl.pem"});
      if (!tls) {
        take_errors(tls, errors);
        continue;
      }
      try {
        partner->listen(std::move(*tls), *gateway, port);
      } catch (const std::system_error& failure) {
        errors.push_back(
            {profile->file, 0, "cannot listen: " + std::string(failure.what()) + ": choose other ports"});
      }
      if (port != 0) ++port;
    }
    peers->partners_.emplace(profile->id, std::move(partner));
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return peers;
}

void Peers::connect(const std::string& host, std::uint16_t port) {
  for (auto& [id, partner] : partners_) partner->connect(host, port);
}

std::vector<Partner*> Peers::all() {
  std::vector<Partner*> found;
  for (auto& [id, partner] : partners_) found.push_back(partner.get());
  return found;
}

std::vector<Partner*> Peers::of(PartnerRole role) {
  std::vector<Partner*> found = all();
  std::erase_if(found, [role](const Partner* partner) { return partner->profile().role != role; });
  return found;
}

std::map<PartnerId, std::uint16_t> Peers::ports() {
  std::map<PartnerId, std::uint16_t> ports;
  for (auto& [id, partner] : partners_) {
    if (auto* endpoint = partner->endpoint()) ports.emplace(id, endpoint->port());
  }
  return ports;
}

void Peers::stop() {
  for (Partner* partner : all()) {
    if (auto* endpoint = partner->endpoint()) endpoint->stop();
  }
  for (Partner* partner : all()) {
    if (auto* endpoint = partner->endpoint()) endpoint->wait();
  }
}

}  // namespace loangate::simulate
