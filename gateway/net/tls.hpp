#pragma once
#include <openssl/types.h>

#include <atomic>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.hpp"
#include "net/http.hpp"

namespace loangate::net {

/// A TLS context that is complete and will not change. A connection keeps the one it began with.
using TlsContext = std::shared_ptr<SSL_CTX>;

struct ServerTlsFiles {
  std::filesystem::path certificate;  // PEM: the server's certificate, then its intermediates
  std::filesystem::path key;          // PEM
  std::filesystem::path client_ca;    // PEM: every CA whose client certificates may come in
  std::filesystem::path crl;          // PEM: a current CRL of each CA in client_ca; empty: none is checked
};

/// How to call a partner. Its server certificate is trusted by `ca` or by `pins`, if both are given by both;
/// the machine's own CA store is never looked at (settled 4).
struct ClientTlsFiles {
  std::filesystem::path certificate;  // empty, with the key: without one
  std::filesystem::path key;
  std::filesystem::path ca;       // PEM; may be empty if there are pins
  std::vector<std::string> pins;  // SHA-256 of the server's public key (SPKI), hex
};

/// TLS 1.2 and 1.3, client certificate required, no way to resume a session (hazards 7 and 8), revocation
/// checked, and certificate_fault() on top of OpenSSL's own checks. Errors name the file.
std::expected<TlsContext, ConfigErrors> make_server_context(const ServerTlsFiles& files);
std::expected<TlsContext, ConfigErrors> make_client_context(const ClientTlsFiles& files);

/// The listener's context, which can be renewed while it runs.
class TlsSource {
 public:
  static std::expected<std::unique_ptr<TlsSource>, ConfigErrors> open(ServerTlsFiles files);

  TlsContext current() const { return current_.load(); }

  /// Reads the files again, builds and checks a new context, and puts it in the place of the old one. If
  /// anything is wrong, or a CRL is older than the one in force (hazard 9), the old one stays, a log line
  /// says so and the errors are returned.
  ConfigErrors reload();

  using CrlNumbers = std::map<std::string, std::string>;  // issuer (DER) → CRL number, hex of fixed width
  struct Renewal {
    TlsContext context;
    CrlNumbers crl_numbers;
  };
  /// reload() in two steps, for who has more to bring into force at the same time.
  std::expected<Renewal, ConfigErrors> renewal() const;
  void replace(Renewal renewal);

 private:
  TlsSource() = default;

  ServerTlsFiles files_;
  mutable std::mutex reloading_;
  CrlNumbers crl_numbers_;
  std::atomic<TlsContext> current_;
};

enum class CertificateUse { client, server };

/// What OpenSSL's chain check lets pass and we do not (hazard 13): an RSA key below 2048 bits or a curve
/// below 256, no extended key usage for this use, a CA as an end entity, a server without a subject
/// alternative name, dates out of range. Empty: nothing.
std::string certificate_fault(X509* certificate, CertificateUse use);

/// Lets this connection of a server come without a client certificate; one that is sent is checked as ever.
void waive_peer_certificate(SSL* connection);

/// The identity of the other end after a handshake; without a certificate, the address alone.
Peer peer_of(SSL* connection, std::string address);

/// SHA-256 of the public key (SPKI) of the first certificate of a PEM file, as pins have it.
std::expected<std::string, ConfigErrors> spki_sha256_of_file(const std::filesystem::path& pem);

/// Sets the name that the server's certificate must carry as a subject alternative name (DNS name or IP
/// address), and asks for it by SNI if it is a DNS name.
void expect_server_name(SSL* connection, const std::string& name);

/// What OpenSSL has to say about the last handshake that failed: the verification's reason if it was that.
std::string handshake_fault(SSL* connection, std::string_view otherwise);

}  // namespace loangate::net
