#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "net/cores.hpp"
#include "net/server.hpp"
#include "ops/client.hpp"
#include "ops/flow/flow.hpp"
#include "ops/flow/metrics.hpp"
#include "ops/people/credentials.hpp"
#include "ops/service.hpp"
#include "ops/system/retention.hpp"
#include "store/search/index.hpp"
#include "tests/unit/intake/desk.hpp"

namespace loangate::ops::testing {

/// What certs/make-dev-pki.sh makes, once for all tests of a build: officer-li (officer), approver-wang
/// (approver), operator-zhao (operator), bureau (system), viewer-he (viewer), auditor-sun (auditor),
/// administrator-qian (administrator), both-chen (officer and approver), and the sender bank01.
const std::filesystem::path& pki();

/// An answer, taken apart.
struct Told {
  unsigned status = 0;
  std::string request_id;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};

  /// The text at a path such as `errors/0/pointer`; "" if there is none.
  std::string operator[](std::string_view path) const;
  std::string header(std::string_view name) const;
};

struct PortOptions {
  bool demo_clock = false;
  std::vector<ReadinessCheck> checks = {};
  std::function<std::vector<net::PartnerFiles>()> files = {};
  Sessions::Bounds sessions = {};
  bool flow = false;  ///< count what flows, for the partners bank07 and sxbph
  FlowBounds flow_bounds = {};
  RetentionLimits retention = {.archive_after_days = 90};
};

/// A running operations port on a fresh store, with real certificates.
class Port {
 public:
  explicit Port(PortOptions options = {});
  ~Port();

  /// One call of a person of the development PKI (`officer-li`, or `senders/bank01`), on a connection of its
  /// own.
  Told call(std::string_view person, std::string_view method, const std::string& target,
            std::string body = {});
  Told get(const std::string& target, std::string_view person = "officer-li") {
    return call(person, "GET", target);
  }
  Told post(std::string_view person, const std::string& target, std::string body) {
    return call(person, "POST", target, std::move(body));
  }
  Access access(std::string_view person) const;

  /// Commits a unit past the port: what partners do.
  Sequence commits(store::Unit unit);

  /// Gives a person of the development PKI, or another, a password and a second factor; who has them already
  /// can use a code of the present step again.
  void gives_password(std::string_view person);
  CredentialFile& credentials() { return *credentials_; }

  store::Store& store() { return *store_; }
  /// Goes no round by itself.
  Retention& retention() { return *retention_; }
  const Operations& operations() const { return *operations_; }
  /// Waits until all that is committed can be found.
  void indexed();
  /// With the port's own lpr.yaml and calendar.yaml, as they are delivered.
  const std::filesystem::path& folder() const { return folder_.path(); }
  const programme::RulebookInForce& rulebook() const { return rulebook_; }
  BusinessClock& clock() { return clock_; }
  std::uint16_t number() const { return server_->port(); }
  Tally& tally() { return tally_; }
  /// What `identities.yaml` says is from now on nobody.
  void forget_everybody() { identities_->replace(net::Identities{}); }
  std::vector<PartnerId> told();      ///< partners to whom something was said to go out
  std::vector<PartnerId> released();  ///< partners with a lane released
  /// Ends the server; what waits is answered.
  void stop();

 private:
  TemporaryFolder folder_;
  BusinessClock clock_;
  programme::RulebookInForce rulebook_;
  std::unique_ptr<net::IdentityBook> identities_;
  std::unique_ptr<net::TlsSource> tls_;
  std::unique_ptr<CredentialFile> credentials_;
  Tally tally_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<net::ConfigurationInForce> configuration_;
  net::MessageTimes times_;
  std::unique_ptr<Flow> flow_;
  std::unique_ptr<Metrics> metrics_;
  std::mutex mutex_;
  std::vector<PartnerId> told_;
  std::vector<PartnerId> released_;
  std::unique_ptr<store::SearchIndex> search_;
  boost::asio::thread_pool search_threads_{1};
  std::unique_ptr<store::Committer> committer_;
  std::unique_ptr<Retention> retention_;
  std::optional<Operations> operations_;
  std::unique_ptr<OpsService> service_;
  std::unique_ptr<net::Cores> cores_;
  std::unique_ptr<net::Server> server_;
};

/// What gives_password() gives everybody.
inline constexpr std::string_view password_of_all = "correct horse battery";
inline constexpr std::string_view secret_of_all = "12345678901234567890";

/// A browser, which comes without a certificate and keeps its connection and its cookie.
class Browser {
 public:
  explicit Browser(const Port& port);

  /// Signs in; afterwards calls are made in that session.
  Told signs_in(std::string_view person, std::string_view password = password_of_all, std::string code = {});
  /// signs_in() with the code of now, which must do.
  Browser& as(std::string_view person);
  using Headers = std::vector<std::pair<std::string, std::string>>;
  Told call(std::string_view method, const std::string& target, std::string body = {}, Headers headers = {});
  Told get(const std::string& target) { return call("GET", target); }
  Told post(const std::string& target, std::string body, Headers headers = {}) {
    return call("POST", target, std::move(body), std::move(headers));
  }

  std::string cookie;  ///< `name=value`, as it was set last
  std::string csrf;

 private:
  Client client_;
};

}  // namespace loangate::ops::testing
