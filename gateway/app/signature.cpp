#include "app/signature.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "base/bytes.hpp"

namespace loangate::app {
namespace {

template <auto Free>
struct With {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
void free_certificates(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}
using Bio = std::unique_ptr<BIO, With<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, With<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, With<EVP_PKEY_free>>;
using Cms = std::unique_ptr<CMS_ContentInfo, With<CMS_ContentInfo_free>>;
using Store = std::unique_ptr<X509_STORE, With<X509_STORE_free>>;
using Certificates = std::unique_ptr<STACK_OF(X509), With<free_certificates>>;

Bio reading(std::string_view bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

/// The last error of OpenSSL, in its words.
std::string words() {
  char text[256];
  ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
  ERR_clear_error();
  return text;
}

ConfigErrors at(const std::filesystem::path& file, std::string what) {
  ERR_clear_error();
  return {{file.string(), 0, std::move(what)}};
}

std::string der_of_key(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  std::string bytes(reinterpret_cast<char*>(der), size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

std::expected<std::string, ConfigErrors> sign(std::string_view bytes,
                                              const std::filesystem::path& certificate,
                                              const std::filesystem::path& key) {
  const Bio certificate_file(BIO_new_file(certificate.c_str(), "r"));
  const Certificate signer(
      certificate_file ? PEM_read_bio_X509(certificate_file.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!signer) return std::unexpected(at(certificate, "no certificate could be read: name a PEM file"));
  const Bio key_file(BIO_new_file(key.c_str(), "r"));
  const Key secret(key_file ? PEM_read_bio_PrivateKey(key_file.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!secret) return std::unexpected(at(key, "no private key could be read: name a PEM file"));
  if (X509_check_private_key(signer.get(), secret.get()) != 1)
    return std::unexpected(at(key, "is not the key of " + certificate.string() + ": name the pair"));
  const Bio content = reading(bytes);
  const Cms signature(CMS_sign(signer.get(), secret.get(), nullptr, content.get(),
                               CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP));
  unsigned char* der = nullptr;
  const int size = signature ? i2d_CMS_ContentInfo(signature.get(), &der) : -1;
  if (size < 0) return std::unexpected(at(key, "cannot sign: " + words()));
  std::string made(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return made;
}

std::expected<Signer, std::string> verify(std::string_view bytes, std::string_view signature,
                                          const std::optional<std::filesystem::path>& ca) {
  const Bio der = reading(signature);
  const Cms cms(d2i_CMS_bio(der.get(), nullptr));
  if (!cms) return std::unexpected("不是 CMS 签名 · is no CMS signature: " + words());
  const Store store(X509_STORE_new());
  if (ca && X509_STORE_load_file(store.get(), ca->c_str()) != 1)
    return std::unexpected(fmt::format("{}：无法读取 · cannot be read", ca->string()));
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY);
  const Bio content = reading(bytes);
  const unsigned flags = CMS_BINARY | (ca ? 0u : static_cast<unsigned>(CMS_NO_SIGNER_CERT_VERIFY));
  if (CMS_verify(cms.get(), nullptr, store.get(), content.get(), nullptr, flags) != 1)
    return std::unexpected("签名不符 · the signature does not hold: " + words());
  const Certificates signers(CMS_get0_signers(cms.get()));
  if (!signers || sk_X509_num(signers.get()) != 1)
    return std::unexpected(std::string("应恰有一个签名人 · there must be exactly one signer"));
  X509* const signer = sk_X509_value(signers.get(), 0);
  char subject[256];
  X509_NAME_oneline(X509_get_subject_name(signer), subject, sizeof subject);
  return Signer{subject, hex(sha256(der_of_key(signer)))};
}

}  // namespace loangate::app
