#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "base/yaml.hpp"
#include "simulate/partner.hpp"

namespace loangate::simulate {

struct PeerOptions {
  std::filesystem::path pki;         ///< the folder that certs/make-dev-pki.sh made
  std::filesystem::path identities;  ///< who may speak for whom
  std::uint16_t first_port =
      0;                       ///< of the pushed-to partners' servers, one after the other; 0: any free ones
  std::uint64_t first_id = 0;  ///< see Composer
};

/// All partners of a configuration as real peers, with the keys of a development PKI.
class Peers {
 public:
  /// Opens the servers of those who are pushed to; the ports are to be told to the gateway. All mistakes at
  /// once.
  static std::expected<std::unique_ptr<Peers>, ConfigErrors> open(boost::asio::io_context& context,
                                                                  const adapters::Partners& partners,
                                                                  const BusinessClock& clock,
                                                                  const PeerOptions& options);

  /// Where the gateway's port for partners is.
  void connect(const std::string& host, std::uint16_t port);

  Partner& at(const PartnerId& id) { return *partners_.at(id); }
  /// In the order of their ids.
  std::vector<Partner*> all();
  std::vector<Partner*> of(PartnerRole role);
  /// Of those who are pushed to.
  std::map<PartnerId, std::uint16_t> ports();

  /// Ends the servers. Not on the context's thread, which must still run.
  void stop();

 private:
  std::map<PartnerId, std::unique_ptr<Partner>> partners_;
};

}  // namespace loangate::simulate
