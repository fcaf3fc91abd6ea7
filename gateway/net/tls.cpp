#include "net/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/bytes.hpp"
#include "base/log.hpp"

namespace loangate::net {
namespace {

template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
template <class T, auto release>
using Owned = std::unique_ptr<T, Releaser<release>>;
using Certificate = Owned<X509, X509_free>;
using Crl = Owned<X509_CRL, X509_CRL_free>;
using Bio = Owned<BIO, BIO_free_all>;
using Number = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using BigNumber = Owned<BIGNUM, BN_free>;

using CrlNumbers = std::map<std::string, std::string>;

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string text = reason == nullptr ? "no reason given" : reason;
  ERR_clear_error();
  return text;
}

std::string der(const X509_NAME* name) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  X509_NAME_get0_der(name, &bytes, &size);
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string printed(const X509_NAME* name) {
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(std::max(size, 0L))};
}

std::string lower_hex(const ASN1_INTEGER* number) {
  const BigNumber value(ASN1_INTEGER_to_BN(number, nullptr));
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value.get())), '\0');
  BN_bn2bin(value.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  std::string text = hex(bytes);
  text.erase(0, std::min(text.find_first_not_of('0'), text.size() - (text.empty() ? 0 : 1)));
  return text.empty() ? "0" : text;
}

std::string spki_sha256(X509* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
  if (size <= 0) return {};
  const std::string digest =
      hex(sha256({reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size)}));
  OPENSSL_free(encoded);
  return digest;
}

Instant instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return {static_cast<std::int64_t>(timegm(&parts)) * 1'000'000};
}

/// What a context demands of the other end's certificate, beyond the chain.
struct Policy {
  CertificateUse use = CertificateUse::client;
  bool chain = true;  // false: the pin alone vouches
  std::vector<std::string> pins;
};

int policy_index() {
  static const int index = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* policy, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Policy*>(policy); });
  return index;
}

int fault_index() {
  static const int index = SSL_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* fault, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<std::string*>(fault); });
  return index;
}

bool is_about_trust(int error) {
  return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
         error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
         error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT || error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

/// OpenSSL calls this for each certificate of the chain, the peer's own last, and for each error.
int verify(int accepted, X509_STORE_CTX* store) {
  auto* const connection =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto& policy =
      *static_cast<const Policy*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), policy_index()));
  if (accepted == 0) {
    if (policy.chain || !is_about_trust(X509_STORE_CTX_get_error(store))) return 0;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  if (X509_STORE_CTX_get_error_depth(store) != 0) return 1;
  X509* const certificate = X509_STORE_CTX_get0_cert(store);
  std::string fault = certificate_fault(certificate, policy.use);
  if (fault.empty() && !policy.pins.empty() &&
      std::ranges::find(policy.pins, spki_sha256(certificate)) == policy.pins.end()) {
    fault = "its key is not among the pins";
  }
  if (fault.empty()) return 1;
  delete static_cast<std::string*>(SSL_get_ex_data(connection, fault_index()));
  SSL_set_ex_data(connection, fault_index(), new std::string(std::move(fault)));
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

/// Collects what is wrong with a set of PEM files while a context is built from them.
class Builder {
 public:
  explicit Builder(const SSL_METHOD* method) : context_(SSL_CTX_new(method), SSL_CTX_free) {
    SSL_CTX* const context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  }

  SSL_CTX* context() const { return context_.get(); }

  void error(const std::filesystem::path& file, std::string what) {
    errors_.push_back({file.string(), 0, std::move(what)});
  }

  void require(Policy policy) {
    SSL_CTX_set_verify(context(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify);
    SSL_CTX_set_ex_data(context(), policy_index(), new Policy(std::move(policy)));
  }

  void own_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key,
                       CertificateUse use) {
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context(), certificate.c_str()) != 1) {
      return error(certificate,
                   fmt::format("cannot be read as a PEM certificate ({}): give the certificate, then "
                               "its intermediates",
                               openssl_reason()));
    }
    if (const std::string fault = certificate_fault(SSL_CTX_get0_certificate(context()), use);
        !fault.empty()) {
      error(certificate, fmt::format("{}: have a new certificate issued", fault));
    }
    if (SSL_CTX_use_PrivateKey_file(context(), key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context()) != 1) {
      error(key, fmt::format("is no PEM key of {} ({}): give the key that belongs to it",
                             certificate.filename().string(), openssl_reason()));
    }
  }

  void authorities(const std::filesystem::path& file) {
    const Bio in(BIO_new_file(file.c_str(), "r"));
    if (!in) {
      openssl_reason();
      return error(file, "cannot be opened: see that it exists and may be read");
    }
    while (Certificate ca{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) {
      const std::string name = printed(X509_get_subject_name(ca.get()));
      if (X509_check_ca(ca.get()) != 1) {
        error(file, fmt::format("holds {}, which is no CA: list CA certificates only", name));
      } else if (X509_cmp_current_time(X509_get0_notAfter(ca.get())) <= 0) {
        error(file, fmt::format("holds {}, which has expired: remove or replace it", name));
      }
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context()), ca.get());
      SSL_CTX_add_client_CA(context(), ca.get());
      authorities_.push_back(std::move(ca));
    }
    openssl_reason();
    if (authorities_.empty()) error(file, "holds no PEM certificate: list the CAs to trust");
  }

  /// One CRL an issuer, the one with the highest number: two in one store would not replace each other.
  CrlNumbers revocations(const std::filesystem::path& file) {
    CrlNumbers numbers;
    if (file.empty()) return numbers;
    const Bio in(BIO_new_file(file.c_str(), "r"));
    if (!in) {
      openssl_reason();
      error(file, "cannot be opened: see that it exists and may be read");
      return numbers;
    }
    std::map<std::string, Crl> newest;
    while (Crl crl{PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)}) {
      const std::string issuer = der(X509_CRL_get_issuer(crl.get()));
      std::string number = number_of(crl.get());
      const auto known = numbers.find(issuer);
      if (known != numbers.end() && known->second == number) {
        error(file, fmt::format("holds two CRLs of {} with one CRL number: keep the newer one",
                                printed(X509_CRL_get_issuer(crl.get()))));
      }
      if (known != numbers.end() && number <= known->second) continue;
      numbers.insert_or_assign(issuer, std::move(number));
      newest.insert_or_assign(issuer, std::move(crl));
    }
    openssl_reason();
    for (const Certificate& ca : authorities_) {
      const auto found = newest.find(der(X509_get_subject_name(ca.get())));
      const std::string name = printed(X509_get_subject_name(ca.get()));
      if (found == newest.end()) {
        error(file, fmt::format("holds no CRL of {}: add its current one", name));
      } else {
        check_crl(file, name, found->second.get(), ca.get());
      }
    }
    X509_STORE* const store = SSL_CTX_get_cert_store(context());
    for (const auto& [issuer, crl] : newest) X509_STORE_add_crl(store, crl.get());
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return numbers;
  }

  std::expected<TlsContext, ConfigErrors> finish() {
    if (!errors_.empty()) return std::unexpected(std::move(errors_));
    return std::move(context_);
  }

 private:
  static std::string number_of(X509_CRL* crl) {
    const Number number(
        static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl, NID_crl_number, nullptr, nullptr)));
    return number ? fmt::format("{:0>64}", lower_hex(number.get())) : std::string();
  }

  void check_crl(const std::filesystem::path& file, const std::string& name, X509_CRL* crl, X509* ca) {
    if (X509_CRL_verify(crl, X509_get0_pubkey(ca)) != 1) {
      openssl_reason();
      error(file, fmt::format("holds a CRL of {} that its key has not signed: fetch it anew", name));
    }
    const ASN1_TIME* const next = X509_CRL_get0_nextUpdate(crl);
    if (next != nullptr && X509_cmp_current_time(next) <= 0) {
      error(file, fmt::format("holds a CRL of {} that has expired: fetch its current one", name));
    }
  }

  TlsContext context_;
  std::vector<Certificate> authorities_;
  ConfigErrors errors_;
};

struct Built {
  TlsContext context;
  CrlNumbers crl_numbers;
};

std::expected<Built, ConfigErrors> build_server(const ServerTlsFiles& files) {
  Builder builder(TLS_server_method());
  SSL_CTX_set_num_tickets(builder.context(), 0);
  SSL_CTX_set_options(builder.context(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  constexpr std::string_view session_context = "loangate";
  SSL_CTX_set_session_id_context(builder.context(),
                                 reinterpret_cast<const unsigned char*>(session_context.data()),
                                 static_cast<unsigned>(session_context.size()));
  builder.require({.use = CertificateUse::client, .chain = true, .pins = {}});
  builder.own_certificate(files.certificate, files.key, CertificateUse::server);
  builder.authorities(files.client_ca);
  CrlNumbers numbers = builder.revocations(files.crl);
  auto context = builder.finish();
  if (!context) return std::unexpected(std::move(context.error()));
  return Built{std::move(*context), std::move(numbers)};
}

}  // namespace

std::expected<TlsContext, ConfigErrors> make_server_context(const ServerTlsFiles& files) {
  auto built = build_server(files);
  if (!built) return std::unexpected(std::move(built.error()));
  return std::move(built->context);
}

std::expected<TlsContext, ConfigErrors> make_client_context(const ClientTlsFiles& files) {
  Builder builder(TLS_client_method());
  builder.require({.use = CertificateUse::server, .chain = !files.ca.empty(), .pins = files.pins});
  if (!files.certificate.empty())
    builder.own_certificate(files.certificate, files.key, CertificateUse::client);
  if (!files.ca.empty()) builder.authorities(files.ca);
  if (files.ca.empty() && files.pins.empty()) {
    builder.error(files.certificate, "comes with neither a CA nor a pin for the other end: give one of them");
  }
  return builder.finish();
}

std::expected<std::unique_ptr<TlsSource>, ConfigErrors> TlsSource::open(ServerTlsFiles files) {
  auto built = build_server(files);
  if (!built) return std::unexpected(std::move(built.error()));
  std::unique_ptr<TlsSource> source(new TlsSource);
  source->files_ = std::move(files);
  source->crl_numbers_ = std::move(built->crl_numbers);
  source->current_ = std::move(built->context);
  return source;
}

std::expected<TlsSource::Renewal, ConfigErrors> TlsSource::renewal() const {
  auto built = build_server(files_);
  if (!built) return std::unexpected(std::move(built.error()));
  ConfigErrors errors;
  const std::lock_guard lock(reloading_);
  for (const auto& [issuer, number] : crl_numbers_) {
    const auto found = built->crl_numbers.find(issuer);
    if (found != built->crl_numbers.end() && found->second < number) {
      errors.push_back(
          {files_.crl.string(), 0, "holds an older CRL than the one in force: fetch the current one"});
    }
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return Renewal{std::move(built->context), std::move(built->crl_numbers)};
}

void TlsSource::replace(Renewal renewal) {
  const std::lock_guard lock(reloading_);
  crl_numbers_ = std::move(renewal.crl_numbers);
  current_ = std::move(renewal.context);
  LogLine(LogLevel::info, "tls.reloaded");
}

ConfigErrors TlsSource::reload() {
  auto renewed = renewal();
  if (!renewed) {
    for (const ConfigError& error : renewed.error())
      LogLine(LogLevel::error, "tls.reload_refused").reason(error.text());
    return std::move(renewed.error());
  }
  replace(*std::move(renewed));
  return {};
}

std::string certificate_fault(X509* certificate, CertificateUse use) {
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) return "the certificate is not valid yet";
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) return "the certificate has expired";
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (key == nullptr) return "the certificate's key cannot be read";
  const int kind = EVP_PKEY_get_base_id(key);
  const int bits = EVP_PKEY_get_bits(key);
  const bool rsa = kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS;
  const bool curve = kind == EVP_PKEY_EC || kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448;
  if (!rsa && !curve) return "the certificate's key is neither RSA nor elliptic curve";
  if (bits < (rsa ? 2048 : 253)) return fmt::format("the certificate's key of {} bits is too weak", bits);
  const std::uint32_t flags = X509_get_extension_flags(certificate);
  if ((flags & EXFLAG_INVALID) != 0) return "the certificate's extensions cannot be read";
  if ((flags & EXFLAG_CA) != 0) return "the certificate is that of a CA";
  const std::uint32_t wanted = use == CertificateUse::client ? XKU_SSL_CLIENT : XKU_SSL_SERVER;
  if ((flags & EXFLAG_XKUSAGE) == 0 || (X509_get_extended_key_usage(certificate) & wanted) == 0) {
    return use == CertificateUse::client ? "the certificate's extended key usage lacks clientAuth"
                                         : "the certificate's extended key usage lacks serverAuth";
  }
  if (use == CertificateUse::server && X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) < 0) {
    return "the certificate has no subject alternative name";
  }
  return {};
}

void waive_peer_certificate(SSL* connection) {
  SSL_set_verify(connection, SSL_VERIFY_PEER, verify);
}

Peer peer_of(SSL* connection, std::string address) {
  Peer peer;
  peer.address = std::move(address);
  X509* const certificate = SSL_get0_peer_certificate(connection);
  if (certificate == nullptr) return peer;
  peer.spki_sha256 = spki_sha256(certificate);
  peer.serial = lower_hex(X509_get0_serialNumber(certificate));
  peer.issuer = printed(X509_get_issuer_name(certificate));
  peer.subject = printed(X509_get_subject_name(certificate));
  peer.not_after = instant_of(X509_get0_notAfter(certificate));
  const STACK_OF(X509)* const chain = SSL_get0_verified_chain(connection);
  if (chain != nullptr && sk_X509_num(chain) > 1)
    peer.issuer_key_sha256 = spki_sha256(sk_X509_value(chain, 1));
  return peer;
}

std::expected<std::string, ConfigErrors> spki_sha256_of_file(const std::filesystem::path& pem) {
  const Bio in(BIO_new_file(pem.c_str(), "r"));
  const Certificate certificate(in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!certificate) {
    openssl_reason();
    return std::unexpected(
        ConfigErrors{{pem.string(), 0, "cannot be read as a PEM certificate: give the path of one"}});
  }
  return spki_sha256(certificate.get());
}

void expect_server_name(SSL* connection, const std::string& name) {
  X509_VERIFY_PARAM* const parameters = SSL_get0_param(connection);
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1) return;
  X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size());
  SSL_set_tlsext_host_name(connection, name.c_str());
}

std::string handshake_fault(SSL* connection, std::string_view otherwise) {
  if (const auto* fault = static_cast<const std::string*>(SSL_get_ex_data(connection, fault_index())))
    return *fault;
  const long verdict = SSL_get_verify_result(connection);
  if (verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
  return std::string(otherwise);
}

}  // namespace loangate::net
