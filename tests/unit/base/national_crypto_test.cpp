// What of China's own cryptography the system's OpenSSL offers (facts 5): partners' seals will rest on it,
// and who moves to another OpenSSL sees here whether it still does.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>

#include "base/bytes.hpp"

namespace loangate {
namespace {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* x) const { Free(x); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX, EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>>;

std::string sm3(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  EXPECT_EQ(EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sm3(), nullptr), 1);
  return hex(std::string_view(reinterpret_cast<const char*>(out.data()), size));
}

TEST(NationalCrypto, Sm3IsTheStandardsOwn) {
  EXPECT_EQ(sm3("abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  EXPECT_NE(sm3("abd"), sm3("abc"));
}

TEST(NationalCrypto, Sm4IsTheStandardsOwn) {
  const std::string key = from_hex("0123456789abcdeffedcba9876543210").value();
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::array<unsigned char, 32> out{};
  int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  ASSERT_EQ(EVP_EncryptInit_ex(context.get(), EVP_sm4_ecb(), nullptr, bytes, nullptr), 1);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  ASSERT_EQ(EVP_EncryptUpdate(context.get(), out.data(), &size, bytes, 16), 1);
  EXPECT_EQ(hex(std::string_view(reinterpret_cast<const char*>(out.data()), 16)),
            "681edf34d206965e86b3e94f536e4246");
}

Key sm2_key() {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr));
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_keygen(context.get(), &key);
  return Key(key);
}

/// Signs or verifies as the given id does.
struct Sealing {
  KeyContext of_key;
  DigestContext context{EVP_MD_CTX_new()};

  Sealing(EVP_PKEY* key, std::string_view id, bool signs) : of_key(EVP_PKEY_CTX_new(key, nullptr)) {
    EVP_PKEY_CTX_set1_id(of_key.get(), id.data(), static_cast<int>(id.size()));
    EVP_MD_CTX_set_pkey_ctx(context.get(), of_key.get());
    const int ready = signs ? EVP_DigestSignInit(context.get(), nullptr, EVP_sm3(), nullptr, key)
                            : EVP_DigestVerifyInit(context.get(), nullptr, EVP_sm3(), nullptr, key);
    EXPECT_EQ(ready, 1);
  }
};

// The id must be given: with another, verifying fails although the key is right.
TEST(NationalCrypto, AnSm2SignatureHoldsUnderItsIdOnly) {
  constexpr std::string_view national_id = "1234567812345678";
  constexpr std::string_view text = "放款备案";
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const Key key = sm2_key();
  ASSERT_NE(key, nullptr);
  std::array<unsigned char, 128> signature{};
  std::size_t size = signature.size();
  const auto verified = [&](std::string_view id) {
    const Sealing verifier(key.get(), id, false);
    return EVP_DigestVerify(verifier.context.get(), signature.data(), size, bytes, text.size()) == 1;
  };
  const Sealing signer(key.get(), national_id, true);
  ASSERT_EQ(EVP_DigestSign(signer.context.get(), signature.data(), &size, bytes, text.size()), 1);
  EXPECT_TRUE(verified(national_id));
  EXPECT_FALSE(verified("another id"));
}

}  // namespace
}  // namespace loangate
