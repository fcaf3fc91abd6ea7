#pragma once
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

/// Signatures and MACs over bytes, by OpenSSL's EVP and CMS alone. Nothing older than SHA-256 and SM3.
namespace loangate::adapters {

enum class SealAlgorithm : std::uint8_t {
  sm2_sm3,         ///< GB/T 32918.2 with SM3
  rsa_sha256,      ///< PKCS#1 v1.5
  rsa_pss_sha256,  ///< MGF1 with SHA-256, salt as long as the digest when written
  ecdsa_sha256,    ///< P-256 or P-384
  hmac_sm3,
  hmac_sha256,
  pkcs7,  ///< detached, one signer, SHA-256; RSA or ECDSA
};

/// How a partner signs. `raw`: r and s side by side, each as long as the curve's order, instead of DER.
struct SealMethod {
  SealAlgorithm algorithm = SealAlgorithm::sm2_sm3;
  bool raw = false;
  std::string distinguishing_id = "1234567812345678";  ///< sm2_sm3 only

  bool is_mac() const {
    return algorithm == SealAlgorithm::hmac_sm3 || algorithm == SealAlgorithm::hmac_sha256;
  }
};

/// The longest seal there is: a PKCS#7 blob with certificates.
inline constexpr std::size_t longest_seal = 16 * 1024;

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* x) const { Free(x); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509, X509_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX, EVP_MD_CTX_free>>;
using MacContextPtr = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX, EVP_MAC_CTX_free>>;

/// A key of one method, with its contexts made ready: a message copies them. The private half, or a MAC's
/// secret, may be missing. May be used by several threads at once.
class CryptoKey {
 public:
  explicit CryptoKey(SealMethod method) : method_(std::move(method)) {}

  /// Takes a public key or a certificate in PEM. The fault says what is wrong and what to do.
  std::expected<void, std::string> take_public(std::string_view pem);
  /// Takes the private half, unencrypted PEM; it must belong to the public one, taken before.
  std::expected<void, std::string> take_private(std::string_view pem);
  /// Takes a MAC's secret: 16 to 128 bytes in hexadecimal.
  std::expected<void, std::string> take_secret(std::string_view hex_text);

  bool can_verify() const { return verifier_ != nullptr || mac_ != nullptr || certificate_ != nullptr; }
  bool can_sign() const { return private_ != nullptr || mac_ != nullptr; }
  /// Real time, of a certificate only.
  std::optional<Instant> not_before() const { return not_before_; }
  std::optional<Instant> not_after() const { return not_after_; }

  /// Whether `seal` is this key's over just these bytes. Constant time for MACs.
  bool verify(std::string_view covered, std::string_view seal) const;
  /// The seal's bytes; nothing without a private half, or if OpenSSL fails.
  std::optional<std::string> sign(std::string_view covered) const;
  /// The bytes that every seal of this key has, if they are the same for all; 0: they differ.
  std::size_t seal_size() const;

 private:
  std::expected<void, std::string> check_type(EVP_PKEY* key) const;
  bool prepare(DigestContextPtr& into, EVP_PKEY* key, bool signs) const;
  std::optional<std::string> mac(std::string_view covered) const;
  bool verify_pkcs7(std::string_view covered, std::string_view blob) const;
  std::optional<std::string> sign_pkcs7(std::string_view covered) const;
  std::optional<std::string> to_der(std::string_view raw) const;
  std::optional<std::string> to_raw(std::string_view der) const;
  std::size_t order_bytes() const;

  SealMethod method_;
  KeyPtr public_, private_;
  CertificatePtr certificate_;
  std::optional<Instant> not_before_, not_after_;
  DigestContextPtr verifier_, signer_;
  MacContextPtr mac_;
};

}  // namespace loangate::adapters
