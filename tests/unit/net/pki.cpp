#include "pki.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace loangate::net::testing {
namespace fs = std::filesystem;

namespace {

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) throw std::runtime_error("no extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void write_certificate(const fs::path& path, X509* certificate) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
}

X509* new_certificate(EVP_PKEY* key, const Wish& wish, long serial, X509* issuer, EVP_PKEY* issuer_key) {
  X509* const certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wish.starts_in_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wish.ends_in_seconds);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate, key);
  X509* const signer = issuer == nullptr ? certificate : issuer;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  extend(certificate, signer, NID_basic_constraints,
         wish.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  extend(certificate, signer, NID_subject_key_identifier, "hash");
  if (!wish.usage.empty()) extend(certificate, signer, NID_ext_key_usage, wish.usage);
  if (!wish.alternative_names.empty())
    extend(certificate, signer, NID_subject_alt_name, wish.alternative_names);
  X509_sign(certificate, issuer_key, EVP_sha256());
  return certificate;
}

EVP_PKEY* new_key(const Wish& wish) {
  return wish.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(wish.rsa_bits))
                           : EVP_EC_gen(wish.curve.c_str());
}

}  // namespace

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

const fs::path& dev_pki() {
  static const fs::path folder = [] {
    const fs::path made = fs::path(LOANGATE_BINARY_DIR) / "net test pki";
    const fs::path mark = made / "identities.yaml";
    std::error_code missing;
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(mark, missing);
    if (missing || age > std::chrono::hours(12)) {
      const std::string command = fmt::format(
          "\"{}/certs/make-dev-pki.sh\" \"{}\" --senders \"bank01 bank02\" --servers fund && touch \"{}\"",
          LOANGATE_SOURCE_DIR, made.string(), mark.string());
      if (std::system(command.c_str()) != 0) throw std::runtime_error("make-dev-pki.sh failed");
    }
    return made;
  }();
  return folder;
}

KeyPair dev_pair(const std::string& name) {
  return {.certificate = dev_pki() / (name + ".pem"), .key = dev_pki() / (name + ".key")};
}

ServerTlsFiles dev_server_files() {
  const KeyPair pair = dev_pair("server");
  return {.certificate = pair.certificate,
          .key = pair.key,
          .client_ca = dev_pki() / "ca.pem",
          .crl = dev_pki() / "crl.pem"};
}

TestCa::TestCa(const fs::path& folder, const std::string& name)
    : folder_(folder), file_(folder / (name + ".pem")), key_(EVP_EC_gen("P-256")) {
  Wish wish;
  wish.name = name;
  wish.authority = true;
  wish.usage = "";
  certificate_ = new_certificate(key_, wish, 1, nullptr, key_);
  write_certificate(file_, certificate_);
}

TestCa::~TestCa() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

KeyPair TestCa::issue(const Wish& wish) {
  const long serial = ++serial_;
  const KeyPair pair{
      .certificate = folder_ / fmt::format("{}-{}-{}.pem", file_.stem().string(), wish.name, serial),
      .key = folder_ / fmt::format("{}-{}-{}.key", file_.stem().string(), wish.name, serial)};
  EVP_PKEY* const key = new_key(wish);
  X509* const certificate = new_certificate(key, wish, serial, certificate_, key_);
  write_certificate(pair.certificate, certificate);
  std::FILE* const file = std::fopen(pair.key.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return pair;
}

void TestCa::write_crl(const fs::path& path, int number, const std::vector<fs::path>& revoked,
                       long ends_in_seconds) const {
  X509_CRL* const crl = X509_CRL_new();
  X509_CRL_set_version(crl, 1);
  X509_CRL_set_issuer_name(crl, X509_get_subject_name(certificate_));
  ASN1_TIME* const last = X509_gmtime_adj(nullptr, -7200);
  ASN1_TIME* const next = X509_gmtime_adj(nullptr, ends_in_seconds);
  X509_CRL_set1_lastUpdate(crl, last);
  X509_CRL_set1_nextUpdate(crl, next);
  for (const fs::path& pem : revoked) {
    std::FILE* const file = std::fopen(pem.c_str(), "r");
    X509* const certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
    std::fclose(file);
    X509_REVOKED* const entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate));
    X509_REVOKED_set_revocationDate(entry, last);
    X509_CRL_add0_revoked(crl, entry);
    X509_free(certificate);
  }
  if (number > 0) {
    ASN1_INTEGER* const value = ASN1_INTEGER_new();
    ASN1_INTEGER_set(value, number);
    X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, 0);
    ASN1_INTEGER_free(value);
  }
  X509_CRL_sort(crl);
  X509_CRL_sign(crl, key_, EVP_sha256());
  std::FILE* const out = std::fopen(path.c_str(), "a");
  PEM_write_X509_CRL(out, crl);
  std::fclose(out);
  ASN1_TIME_free(last);
  ASN1_TIME_free(next);
  X509_CRL_free(crl);
}

}  // namespace loangate::net::testing
