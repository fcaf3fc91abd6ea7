#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "bench/child.hpp"
#include "bench/filings.hpp"
#include "bench/load.hpp"
#include "ops/client.hpp"

namespace loangate::bench {

struct SiteOptions {
  std::filesystem::path source;    // the repository: configuration, profiles, certs/make-dev-pki.sh
  std::filesystem::path gateway;   // build/loangate
  std::filesystem::path self;      // this program, which is the null server too
  std::filesystem::path folder;    // of ours; on the file system that is measured
  std::vector<std::string> banks;  // those that file: their rate limits are lifted
};

/// Everything a run needs around the generator, in one folder: a PKI, a configuration, a gateway with its
/// data, the null servers.
class Site {
 public:
  /// Makes PKI and configuration. Of the repository's configuration it changes the ports, and of the profiles
  /// of the banks that file their rate limit.
  static std::expected<Site, std::string> make(SiteOptions options);

  const adapters::Partners& partners() const { return *partners_; }

  /// Starts the gateway on what its data folder holds and waits for its first answer, a filing's receipt if
  /// there is one to send. Returns the milliseconds from start to answer.
  std::expected<double, std::string> start_gateway(const adapters::Profile& bank, const Requests& first,
                                                   const std::vector<std::string>& more_arguments = {});
  /// Ends the gateway and forgets what its store held; keys and identities stay.
  std::expected<void, std::string> empty_store();
  /// Enters all partners as institutions, and the companies on the support list, as the bureau's system does.
  std::expected<void, std::string> stage(const std::vector<Borrower>& borrowers) const;
  Child& gateway() { return *gateway_; }
  /// The operations port as a person of the PKI.
  std::expected<ops::Client, std::string> office(std::string_view person) const;
  std::filesystem::path data() const { return options_.folder / "data"; }
  std::expected<Target, std::string> gateway_as(const adapters::Profile& bank) const;

  /// Starts a null server; with `flush` one that flushes for each group of requests.
  std::expected<Target, std::string> start_null(bool flush);
  Child& null_server() { return *null_servers_.front(); }

  /// A folder on the same file system for the store's reference and the flush rate.
  std::filesystem::path scratch() const { return options_.folder / "scratch"; }

 private:
  explicit Site(SiteOptions options) : options_(std::move(options)) {}
  std::expected<void, std::string> make_pki() const;
  std::expected<void, std::string> make_configuration();
  std::expected<net::TlsContext, std::string> client(const std::filesystem::path& pair) const;
  std::filesystem::path pki() const { return data() / "pki"; }
  std::filesystem::path log(std::string_view name) const;

  SiteOptions options_;
  std::uint16_t partners_port_ = 0;
  std::uint16_t operations_port_ = 0;
  std::unique_ptr<adapters::Partners> partners_;
  std::unique_ptr<Child> gateway_;
  std::vector<std::unique_ptr<Child>> null_servers_;
};

}  // namespace loangate::bench
