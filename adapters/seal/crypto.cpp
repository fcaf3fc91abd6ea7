#include "adapters/seal/crypto.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <ctime>

#include "base/bytes.hpp"

namespace loangate::adapters {
namespace {

using BioPtr = std::unique_ptr<BIO, Freed<BIO, BIO_free_all>>;
using CmsPtr = std::unique_ptr<CMS_ContentInfo, Freed<CMS_ContentInfo, CMS_ContentInfo_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG, ECDSA_SIG_free>>;
using MacPtr = std::unique_ptr<EVP_MAC, Freed<EVP_MAC, EVP_MAC_free>>;

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

/// What OpenSSL noted belongs to nobody else's call.
struct ClearErrors {
  ~ClearErrors() { ERR_clear_error(); }
};

const unsigned char* data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* data(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

BioPtr reader(std::string_view bytes) {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

/// Never asks a terminal for a password.
int no_password(char*, int, int, void*) {
  return 0;
}

std::optional<Instant> instant_of(const ASN1_TIME* time) {
  std::tm civil{};
  if (ASN1_TIME_to_tm(time, &civil) != 1) return std::nullopt;
  return Instant{static_cast<std::int64_t>(timegm(&civil)) * 1'000'000};
}

const EVP_MD* digest_of(SealAlgorithm algorithm) {
  const bool national = algorithm == SealAlgorithm::sm2_sm3 || algorithm == SealAlgorithm::hmac_sm3;
  return national ? EVP_sm3() : EVP_sha256();
}

}  // namespace

std::expected<void, std::string> CryptoKey::check_type(EVP_PKEY* key) const {
  const auto wrong = [](std::string_view expected) {
    return std::unexpected(fmt::format("the key is of another type than {}: take the right file", expected));
  };
  const bool rsa = EVP_PKEY_is_a(key, "RSA") != 0;
  const bool sm2 = EVP_PKEY_is_a(key, "SM2") != 0;
  const bool ec = EVP_PKEY_is_a(key, "EC") != 0;
  std::array<char, 32> curve{};
  std::size_t size = 0;
  if (ec) EVP_PKEY_get_group_name(key, curve.data(), curve.size(), &size);
  const std::string_view group(curve.data(), size);
  const bool good_curve = group == "prime256v1" || group == "secp384r1";
  if (rsa && EVP_PKEY_get_bits(key) < 2048)
    return std::unexpected("an RSA key below 2048 bits: make a new one");
  switch (method_.algorithm) {
    case SealAlgorithm::sm2_sm3:
      if (!sm2) return wrong("SM2");
      return {};
    case SealAlgorithm::rsa_sha256:
    case SealAlgorithm::rsa_pss_sha256:
      if (!rsa) return wrong("RSA");
      return {};
    case SealAlgorithm::ecdsa_sha256:
      if (!good_curve) return wrong("EC on P-256 or P-384");
      return {};
    case SealAlgorithm::pkcs7:
      if (!rsa && !good_curve) return wrong("RSA, or EC on P-256 or P-384");
      return {};
    case SealAlgorithm::hmac_sm3:
    case SealAlgorithm::hmac_sha256:
      break;
  }
  return std::unexpected("an HMAC has a secret, not a key pair: remove the file");
}

std::expected<void, std::string> CryptoKey::take_public(std::string_view pem) {
  const ClearErrors clear;
  if (pem.size() > 64 * 1024) return std::unexpected("more than 64 KiB are no key: take the right file");
  CertificatePtr certificate(PEM_read_bio_X509(reader(pem).get(), nullptr, no_password, nullptr));
  KeyPtr key(certificate ? X509_get_pubkey(certificate.get())
                         : PEM_read_bio_PUBKEY(reader(pem).get(), nullptr, no_password, nullptr));
  if (!key) return std::unexpected("neither a public key nor a certificate in PEM: take the right file");
  if (auto checked = check_type(key.get()); !checked) return checked;
  if (method_.algorithm == SealAlgorithm::pkcs7 && !certificate)
    return std::unexpected("PKCS#7 names its signer by certificate: take the certificate instead of the key");
  if (certificate) {
    not_before_ = instant_of(X509_get0_notBefore(certificate.get()));
    not_after_ = instant_of(X509_get0_notAfter(certificate.get()));
  }
  if (method_.algorithm != SealAlgorithm::pkcs7 && !prepare(verifier_, key.get(), false))
    return std::unexpected("OpenSSL cannot verify with this key: see that the file is whole");
  public_ = std::move(key);
  certificate_ = std::move(certificate);
  return {};
}

std::expected<void, std::string> CryptoKey::take_private(std::string_view pem) {
  const ClearErrors clear;
  KeyPtr key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_password, nullptr));
  if (!key) return std::unexpected("no unencrypted private key in PEM: take the right file");
  if (auto checked = check_type(key.get()); !checked) return checked;
  if (!public_ || EVP_PKEY_eq(key.get(), public_.get()) != 1)
    return std::unexpected("it does not belong to the public key of this id: take both from one pair");
  if (method_.algorithm != SealAlgorithm::pkcs7 && !prepare(signer_, key.get(), true))
    return std::unexpected("OpenSSL cannot sign with this key: see that the file is whole");
  private_ = std::move(key);
  return {};
}

std::expected<void, std::string> CryptoKey::take_secret(std::string_view hex_text) {
  const ClearErrors clear;
  while (hex_text.ends_with('\n') || hex_text.ends_with('\r')) hex_text.remove_suffix(1);
  auto secret = from_hex(hex_text);
  if (!secret || secret->size() < 16 || secret->size() > 128)
    return std::unexpected("no secret of 16 to 128 bytes in hexadecimal: write it so, in one line");
  const MacPtr hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  MacContextPtr context(hmac ? EVP_MAC_CTX_new(hmac.get()) : nullptr);
  std::string digest = EVP_MD_get0_name(digest_of(method_.algorithm));
  const std::array parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_end()};
  const bool ready =
      context && EVP_MAC_init(context.get(), data(*secret), secret->size(), parameters.data()) == 1;
  OPENSSL_cleanse(secret->data(), secret->size());
  if (!ready) return std::unexpected("OpenSSL has no HMAC with this digest: see its configuration");
  mac_ = std::move(context);
  return {};
}

bool CryptoKey::prepare(DigestContextPtr& into, EVP_PKEY* key, bool signs) const {
  DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* of_key = nullptr;  // the context's own
  const auto init = signs ? EVP_DigestSignInit : EVP_DigestVerifyInit;
  if (init(context.get(), &of_key, digest_of(method_.algorithm), nullptr, key) != 1) return false;
  bool ready = true;
  if (method_.algorithm == SealAlgorithm::sm2_sm3) {
    const std::string& id = method_.distinguishing_id;
    ready = EVP_PKEY_CTX_set1_id(of_key, id.data(), static_cast<int>(id.size())) == 1;
  }
  if (method_.algorithm == SealAlgorithm::rsa_pss_sha256) {
    ready =
        EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING) == 1 &&
        EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, signs ? RSA_PSS_SALTLEN_DIGEST : RSA_PSS_SALTLEN_AUTO) == 1;
  }
  if (!ready) return false;
  into = std::move(context);
  return true;
}

std::size_t CryptoKey::order_bytes() const {
  return static_cast<std::size_t>(EVP_PKEY_get_bits(public_.get()) + 7) / 8;
}

std::optional<std::string> CryptoKey::to_der(std::string_view raw) const {
  const std::size_t half = order_bytes();
  if (raw.size() != 2 * half) return std::nullopt;
  const SignaturePtr signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(data(raw), static_cast<int>(half), nullptr);
  BIGNUM* s = BN_bin2bn(data(raw.substr(half)), static_cast<int>(half), nullptr);
  if (ECDSA_SIG_set0(signature.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return std::nullopt;
  }
  std::string der(static_cast<std::size_t>(std::max(i2d_ECDSA_SIG(signature.get(), nullptr), 0)), '\0');
  unsigned char* out = data(der);
  if (der.empty() || i2d_ECDSA_SIG(signature.get(), &out) <= 0) return std::nullopt;
  return der;
}

std::optional<std::string> CryptoKey::to_raw(std::string_view der) const {
  const unsigned char* in = data(der);
  const SignaturePtr signature(d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())));
  if (!signature || in != data(der) + der.size()) return std::nullopt;
  const auto half = static_cast<int>(order_bytes());
  std::string raw(2 * order_bytes(), '\0');
  if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), data(raw), half) != half ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), data(raw) + half, half) != half) {
    return std::nullopt;
  }
  return raw;
}

std::optional<std::string> CryptoKey::mac(std::string_view covered) const {
  const MacContextPtr context(EVP_MAC_CTX_dup(mac_.get()));
  std::string out(EVP_MAX_MD_SIZE, '\0');
  std::size_t size = 0;
  if (!context || EVP_MAC_update(context.get(), data(covered), covered.size()) != 1 ||
      EVP_MAC_final(context.get(), data(out), &size, out.size()) != 1) {
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

bool CryptoKey::verify(std::string_view covered, std::string_view seal) const {
  const ClearErrors clear;
  if (seal.empty() || seal.size() > longest_seal) return false;
  if (mac_) {
    const auto expected = mac(covered);
    return expected && expected->size() == seal.size() &&
           CRYPTO_memcmp(expected->data(), seal.data(), seal.size()) == 0;
  }
  if (method_.algorithm == SealAlgorithm::pkcs7) return certificate_ && verify_pkcs7(covered, seal);
  if (!verifier_) return false;
  std::string der;
  if (method_.raw) {
    auto converted = to_der(seal);
    if (!converted) return false;
    der = *std::move(converted);
    seal = der;
  }
  const DigestContextPtr context(EVP_MD_CTX_new());
  return EVP_MD_CTX_copy_ex(context.get(), verifier_.get()) == 1 &&
         EVP_DigestVerify(context.get(), data(seal), seal.size(), data(covered), covered.size()) == 1;
}

std::optional<std::string> CryptoKey::sign(std::string_view covered) const {
  const ClearErrors clear;
  if (mac_) return mac(covered);
  if (!private_) return std::nullopt;
  if (method_.algorithm == SealAlgorithm::pkcs7) return sign_pkcs7(covered);
  const DigestContextPtr context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(private_.get())), '\0');
  std::size_t size = signature.size();
  if (EVP_MD_CTX_copy_ex(context.get(), signer_.get()) != 1 ||
      EVP_DigestSign(context.get(), data(signature), &size, data(covered), covered.size()) != 1) {
    return std::nullopt;
  }
  signature.resize(size);
  return method_.raw ? to_raw(signature) : std::move(signature);
}

bool CryptoKey::verify_pkcs7(std::string_view covered, std::string_view blob) const {
  const unsigned char* in = data(blob);
  const CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &in, static_cast<long>(blob.size())));
  if (!cms || in != data(blob) + blob.size() || OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed ||
      CMS_is_detached(cms.get()) != 1) {
    return false;
  }
  STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(cms.get());
  if (sk_CMS_SignerInfo_num(signers) != 1) return false;
  X509_ALGOR* digest = nullptr;
  CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(signers, 0), nullptr, nullptr, &digest, nullptr);
  const ASN1_OBJECT* which = nullptr;
  X509_ALGOR_get0(&which, nullptr, nullptr, digest);
  if (OBJ_obj2nid(which) != NID_sha256) return false;
  // Only the certificate of the profile counts, whatever the blob brings along.
  const std::unique_ptr<STACK_OF(X509), FreeStack> known(sk_X509_new_null());
  sk_X509_push(known.get(), certificate_.get());
  const BioPtr content = reader(covered);
  constexpr unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY | CMS_NOCRL;
  return CMS_verify(cms.get(), known.get(), nullptr, content.get(), nullptr, flags) == 1;
}

std::optional<std::string> CryptoKey::sign_pkcs7(std::string_view covered) const {
  const BioPtr content = reader(covered);
  constexpr unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL;
  const CmsPtr cms(CMS_sign(nullptr, nullptr, nullptr, content.get(), flags));
  if (!cms ||
      CMS_add1_signer(cms.get(), certificate_.get(), private_.get(), EVP_sha256(), flags) == nullptr ||
      CMS_final(cms.get(), content.get(), nullptr, flags) != 1) {
    return std::nullopt;
  }
  std::string der(static_cast<std::size_t>(std::max(i2d_CMS_ContentInfo(cms.get(), nullptr), 0)), '\0');
  unsigned char* out = data(der);
  if (der.empty() || i2d_CMS_ContentInfo(cms.get(), &out) <= 0) return std::nullopt;
  return der;
}

std::size_t CryptoKey::seal_size() const {
  switch (method_.algorithm) {
    case SealAlgorithm::hmac_sm3:
    case SealAlgorithm::hmac_sha256:
      return 32;
    case SealAlgorithm::rsa_sha256:
    case SealAlgorithm::rsa_pss_sha256:
      return public_ ? static_cast<std::size_t>(EVP_PKEY_get_size(public_.get())) : 0;
    case SealAlgorithm::sm2_sm3:
    case SealAlgorithm::ecdsa_sha256:
      return method_.raw && public_ ? 2 * order_bytes() : 0;
    case SealAlgorithm::pkcs7:
      break;
  }
  return 0;
}

}  // namespace loangate::adapters
