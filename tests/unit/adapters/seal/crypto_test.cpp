// Signatures and MACs of seals: published vectors, and the openssl command on the other side.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "adapters/seal/crypto.hpp"
#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "tests/support/seals.hpp"

namespace loangate::adapters {
namespace {

using support::SealKeys;

constexpr std::string_view text = "放款备案 <AMT>300000.00</AMT>\n";

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void keep(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

SealKeys& keys() {
  static SealKeys made(
      "p:from_partner:sm2:sm2 p:from_partner:rsa:rsa p:from_partner:ec:ecdsa p:from_partner:cms:certificate "
      "p:from_partner:other:certificate p:from_partner:sm2b:sm2");
  return made;
}

std::filesystem::path pem(const std::string& name) {
  return keys().gateway().folder / "p" / (name + ".pem");
}
std::filesystem::path key(const std::string& name) {
  return keys().partner().folder / "p" / (name + ".key");
}

CryptoKey loaded(SealMethod method, const std::string& name, bool signs = false) {
  CryptoKey made(std::move(method));
  const auto taken = made.take_public(content(pem(name)));
  EXPECT_TRUE(taken) << taken.error();
  if (signs) {
    const auto signer = made.take_private(content(key(name)));
    EXPECT_TRUE(signer) << signer.error();
  }
  return made;
}

CryptoKey with_secret(SealAlgorithm algorithm, std::string_view secret) {
  CryptoKey made(SealMethod{.algorithm = algorithm});
  EXPECT_TRUE(made.take_secret(secret));
  return made;
}

// RFC 4231, test case 6 is longer than a secret may be here; 3 has 20 bytes of secret.
TEST(SealCrypto, HmacSha256IsThatOfRfc4231) {
  const CryptoKey mac = with_secret(SealAlgorithm::hmac_sha256, std::string(40, 'a'));
  const std::string data(50, '\xdd');
  EXPECT_EQ(hex(*mac.sign(data)), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_TRUE(
      mac.verify(data, *from_hex("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")));
  EXPECT_FALSE(
      mac.verify(data, *from_hex("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565ff")));
  EXPECT_FALSE(mac.verify(data, *from_hex("773ea91e")));
}

TEST(SealCrypto, HmacSm3IsThatOfTheOpensslCommand) {
  const std::string secret = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  const CryptoKey mac = with_secret(SealAlgorithm::hmac_sm3, secret);
  const auto file = keys().folder() / "mac.txt";
  keep(file, text);
  SealKeys::run("openssl mac -digest SM3 -macopt hexkey:" + secret + " -in " + file.string() +
                " -binary HMAC > " + (keys().folder() / "mac.out").string());
  EXPECT_TRUE(mac.verify(text, content(keys().folder() / "mac.out")));
}

// GM/T 0003.5-2012, appendix A: key, id, message and signature of the standard itself.
TEST(SealCrypto, VerifiesTheSignatureOfTheSm2Standard) {
  const std::string point =
      "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
      "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
  const std::string spki = *from_hex("3059301306072a8648ce3d020106082a811ccf5501822d034200" + point);
  const std::string in_pem = "-----BEGIN PUBLIC KEY-----\n" + base64(spki).substr(0, 64) + "\n" +
                             base64(spki).substr(64) + "\n-----END PUBLIC KEY-----\n";
  CryptoKey sm2(SealMethod{.algorithm = SealAlgorithm::sm2_sm3, .raw = true});
  ASSERT_TRUE(sm2.take_public(in_pem));
  const std::string signature = *from_hex(
      "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
      "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
  EXPECT_TRUE(sm2.verify("message digest", signature));
  EXPECT_FALSE(sm2.verify("message digesT", signature));
  CryptoKey other_id(
      SealMethod{.algorithm = SealAlgorithm::sm2_sm3, .raw = true, .distinguishing_id = "ALICE"});
  ASSERT_TRUE(other_id.take_public(in_pem));
  EXPECT_FALSE(other_id.verify("message digest", signature)) << "another id";
}

struct Pair {
  SealMethod method;
  std::string key;
  std::string sign, verify;  // of the openssl command; {key}, {pem}, {in}, {out}
};

std::string filled(std::string command, const std::string& name, const std::filesystem::path& in,
                   const std::filesystem::path& out) {
  const std::pair<std::string_view, std::string> values[] = {{"{key}", key(name).string()},
                                                             {"{pem}", pem(name).string()},
                                                             {"{in}", in.string()},
                                                             {"{out}", out.string()}};
  for (const auto& [from, to] : values) {
    for (std::size_t at = command.find(from); at != command.npos; at = command.find(from)) {
      command.replace(at, from.size(), to);
    }
  }
  return command + " >/dev/null 2>&1";
}

class SealInterop : public testing::TestWithParam<Pair> {};

TEST_P(SealInterop, TheOpensslCommandAndWeVerifyEachOther) {
  const Pair& pair = GetParam();
  const auto in = keys().folder() / "text";
  const auto out = keys().folder() / "seal";
  keep(in, text);
  const CryptoKey ours = loaded(pair.method, pair.key, true);

  SealKeys::run(filled(pair.sign, pair.key, in, out));
  const std::string theirs = content(out);
  EXPECT_TRUE(ours.verify(text, theirs));
  std::string altered(text);
  altered[3] ^= 1;
  EXPECT_FALSE(ours.verify(altered, theirs));

  const auto seal = ours.sign(text);
  ASSERT_TRUE(seal);
  keep(out, *seal);
  SealKeys::run(filled(pair.verify, pair.key, in, out));
  EXPECT_TRUE(ours.verify(text, *seal));
  EXPECT_FALSE(ours.verify(text, std::string_view(*seal).substr(0, seal->size() - 1)));
  EXPECT_FALSE(ours.verify(text, *seal + '\0'));
  EXPECT_FALSE(ours.verify(text, ""));
}

INSTANTIATE_TEST_SUITE_P(
    Algorithms, SealInterop,
    testing::Values(
        Pair{{.algorithm = SealAlgorithm::sm2_sm3},
             "sm2",
             "openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:1234567812345678 -inkey {key} -in "
             "{in} -out "
             "{out}",
             "openssl pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:1234567812345678 -pubin -inkey "
             "{pem} -in "
             "{in} -sigfile {out}"},
        Pair{{.algorithm = SealAlgorithm::sm2_sm3, .distinguishing_id = "bank31@pinghu"},
             "sm2",
             "openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:bank31@pinghu -inkey {key} -in {in} "
             "-out {out}",
             "openssl pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:bank31@pinghu -pubin -inkey {pem} "
             "-in {in} "
             "-sigfile {out}"},
        Pair{{.algorithm = SealAlgorithm::rsa_sha256},
             "rsa",
             "openssl dgst -sha256 -sign {key} -out {out} {in}",
             "openssl dgst -sha256 -verify {pem} -signature {out} {in}"},
        Pair{{.algorithm = SealAlgorithm::rsa_pss_sha256},
             "rsa",
             "openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sign {key} -out {out} {in}",
             "openssl dgst -sha256 -sigopt rsa_padding_mode:pss -verify {pem} -signature {out} {in}"},
        Pair{{.algorithm = SealAlgorithm::ecdsa_sha256},
             "ec",
             "openssl dgst -sha256 -sign {key} -out {out} {in}",
             "openssl dgst -sha256 -verify {pem} -signature {out} {in}"},
        Pair{{.algorithm = SealAlgorithm::pkcs7},
             "cms",
             "openssl cms -sign -binary -md sha256 -signer {pem} -inkey {key} -outform DER -in {in} -out "
             "{out}",
             "openssl cms -verify -binary -noverify -certfile {pem} -inform DER -in {out} -content {in}"}));

TEST(SealCrypto, RawSignaturesAreTheSameNumbersAsDer) {
  for (const auto& [algorithm, name] :
       {std::pair{SealAlgorithm::sm2_sm3, "sm2"}, std::pair{SealAlgorithm::ecdsa_sha256, "ec"}}) {
    const CryptoKey raw = loaded({.algorithm = algorithm, .raw = true}, name, true);
    const CryptoKey der = loaded({.algorithm = algorithm}, name, true);
    const auto seal = raw.sign(text);
    ASSERT_TRUE(seal);
    EXPECT_EQ(seal->size(), 64u);
    EXPECT_EQ(raw.seal_size(), 64u);
    EXPECT_TRUE(raw.verify(text, *seal));
    EXPECT_FALSE(der.verify(text, *seal)) << "raw where DER is agreed";
    EXPECT_FALSE(raw.verify(text, *der.sign(text))) << "DER where raw is agreed";
    EXPECT_FALSE(raw.verify(text, std::string(64, '\0')));
    EXPECT_FALSE(raw.verify(text, std::string(64, '\xff')));
  }
}

TEST(SealCrypto, APkcs7OfAnotherSignerDigestOrFormDoesNotCount) {
  const CryptoKey ours = loaded({.algorithm = SealAlgorithm::pkcs7}, "cms", true);
  const auto in = keys().folder() / "cms.in";
  const auto out = keys().folder() / "cms.out";
  keep(in, text);
  const auto verified = [&](const std::string& command) {
    SealKeys::run(filled(command, "cms", in, out));
    return ours.verify(text, content(out));
  };
  const std::string sign = "openssl cms -sign -binary -outform DER -in {in} -out {out} ";
  EXPECT_TRUE(verified(sign + "-md sha256 -nocerts -signer {pem} -inkey {key}"));
  EXPECT_FALSE(verified(sign + "-md sha1 -signer {pem} -inkey {key}"));
  EXPECT_FALSE(verified(sign + "-md sha256 -nodetach -signer {pem} -inkey {key}")) << "with its own content";
  EXPECT_FALSE(
      verified(sign + "-md sha256 -signer " + pem("other").string() + " -inkey " + key("other").string()))
      << "the certificate that it brings along is not ours";
}

TEST(SealCrypto, KeysOfTheWrongTypeAreRefusedWithARemedy) {
  const auto refusal = [](SealMethod method, const std::filesystem::path& file) {
    CryptoKey made(std::move(method));
    const auto taken = made.take_public(content(file));
    return taken ? std::string() : taken.error();
  };
  EXPECT_NE(refusal({.algorithm = SealAlgorithm::sm2_sm3}, pem("rsa")).find("SM2"), std::string::npos);
  EXPECT_NE(refusal({.algorithm = SealAlgorithm::rsa_sha256}, pem("sm2")).find("RSA"), std::string::npos);
  EXPECT_NE(refusal({.algorithm = SealAlgorithm::ecdsa_sha256}, pem("sm2")).find("P-256"), std::string::npos);
  EXPECT_NE(refusal({.algorithm = SealAlgorithm::pkcs7}, pem("ec")).find("certificate"), std::string::npos);
  EXPECT_NE(refusal({.algorithm = SealAlgorithm::sm2_sm3}, key("sm2")).find("PEM"), std::string::npos);
  SealKeys::run("openssl genrsa -out " + (keys().folder() / "small.key").string() +
                " 1024 2>/dev/null && openssl rsa -in " + (keys().folder() / "small.key").string() +
                " -pubout -out " + (keys().folder() / "small.pem").string() + " 2>/dev/null");
  EXPECT_NE(refusal({.algorithm = SealAlgorithm::rsa_sha256}, keys().folder() / "small.pem").find("2048"),
            std::string::npos);
  CryptoKey halves({.algorithm = SealAlgorithm::sm2_sm3});
  ASSERT_TRUE(halves.take_public(content(pem("sm2"))));
  EXPECT_FALSE(halves.take_private(content(key("sm2b")))) << "of another pair";
  EXPECT_FALSE(CryptoKey({.algorithm = SealAlgorithm::hmac_sm3}).take_secret("00112233"));
  EXPECT_FALSE(CryptoKey({.algorithm = SealAlgorithm::hmac_sm3})
                   .take_secret("no hexadecimal digits at all, but long"));
}

}  // namespace
}  // namespace loangate::adapters
