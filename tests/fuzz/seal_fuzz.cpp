// Seals from outside: hexadecimal, Base64, DER, r and s, PKCS#7, in a head, behind a message and in it.
// Nobody has the private halves of these keys, so nothing may ever be proved; and whatever is refused says
// why.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/seal/seal.hpp"
#include "tests/unit/adapters/profile/samples.hpp"

namespace {

using namespace loangate;
using namespace loangate::adapters;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Scheme {
  std::string_view algorithm, at, pem;
};

constexpr std::string_view sm2 = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEB3cyzYkioyVdavQbzNWzdwzJUgeM
vtKZJtwvhX7N0vHZMkCd27VlUQYZXVLVkvmEog4lE5Rdwz1DNKiwh6uwoA==
-----END PUBLIC KEY-----)";
constexpr std::string_view ec = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEa7xaZg7EB/i/6uy8Snn/gRM03cI8
hLiiY9DGx5IHGKpGavNLlxvkjfbj+05jiuODV782FOvFmAVKgihkBI67pQ==
-----END PUBLIC KEY-----)";
constexpr std::string_view rsa = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsC0zIqDdHeXOsYB5bNFN
DPoc9zo7RdRmeVsMSHTTS4b5G9cciJU+XozRVBafr/0XlQaLZ0EsXEOb/2OWULE6
nfCkDlixS3VMJN1XjWnaWCYL622elTPkhQph7/CwbvpxTNxXSZt0BrUh6S2dsMZJ
3HG1xc2F8Cl0d2oKW2UhYpEIMRiT3SR0g7zkKkR3ECc2jd4btLUeiOq7yKhX0pw/
UechQownCZDYI/3wmlZ796JECO4oXPFIPGEgpU6WRRfqCa/pZKB71+CvK6U7eomq
zAqqpZF7Q9qe3Y+o7pZlmbuSJcuv4TpoM68w91/6a6MYqu2wMBOyM6HToZB55brh
HwIDAQAB
-----END PUBLIC KEY-----)";
constexpr std::string_view certificate = R"(-----BEGIN CERTIFICATE-----
MIIBrzCCAVWgAwIBAgIUSNkeQg7JY6IklXD3BZIkYHBY1HgwCgYIKoZIzj0EAwIw
LDEZMBcGA1UECgwQTG9hbmdhdGUgZnV6emluZzEPMA0GA1UEAwwGbm9ib2R5MCAX
DTI2MTEyMTIxMjkzOVoYDzIxMjYxMDI4MjEyOTM5WjAsMRkwFwYDVQQKDBBMb2Fu
Z2F0ZSBmdXp6aW5nMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARdV55nN4pA2bWxTQJO4Jkmv+QM2syNDeHD7ed4tG+0zXag70U/HyBl
j7ReYDiF/U1VfF+3a0did2qiTb1h/yQXo1MwUTAdBgNVHQ4EFgQUsjVkPWaA9ikL
qUYDd+yOa2vvsIgwHwYDVR0jBBgwFoAUsjVkPWaA9ikLqUYDd+yOa2vvsIgwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAB1xUN3dxEVqSl5fDO7Tr5
tyokCMFEwzvx3VTscOvePQIhALpQcyOhdY1n2GxoJ15ZudRImH8nAi7VKiyPRUcS
yZWR
-----END CERTIFICATE-----)";

constexpr Scheme schemes[] = {
    {"sm2-sm3", "at: {header: X}", sm2},
    {"sm2-sm3\n    signature: raw\n    encoding: hex", "at: {trailer: \"|\"}", sm2},
    {"sm2-sm3", "covers: /cz:MSG/BODY", sm2},
    {"ecdsa-sha256", "covers: body", ec},
    {"ecdsa-sha256\n    signature: raw", "at: {trailer: \"\"}", ec},
    {"rsa-sha256", "at: {trailer: \"\"}", rsa},
    {"rsa-pss-sha256\n    encoding: hex", "at: {header: X}", rsa},
    {"pkcs7", "at: {trailer: \"\\n\"}", certificate},
    {"pkcs7", "at: {header: X}\n    covers: /cz:MSG/BODY", certificate},
};

Profile make(const Scheme& scheme) {
  std::string indented;
  for (const char c : scheme.pem) indented += c == '\n' ? std::string("\n          ") : std::string(1, c);
  std::string text(samples::xml);
  if (!scheme.at.starts_with("at:")) {
    text = samples::changed(
        text, "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n",
        "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n  - {seal: value, at: "
        "/cz:MSG/SIGN, for: from_partner}\n  - {seal: key, at: /cz:MSG/@key, for: from_partner}\n");
  }
  text += "seal:\n  from_partner:\n    algorithm: " + std::string(scheme.algorithm) + "\n    " +
          std::string(scheme.at) +
          "\n    keys:\n      - id: k\n        from: 2020-01-01\n        until: 2090-12-31\n        pem: |\n "
          "         " +
          indented + "\n";
  auto profile = load_profile("payer", text);
  require(profile.has_value());
  return *std::move(profile);
}

const std::vector<Profile>& profiles() {
  static const auto made = [] {
    std::vector<Profile> list;
    for (const Scheme& scheme : schemes) list.push_back(make(scheme));
    return list;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Profile& profile = profiles()[data[0] % profiles().size()];
  const auto proved =
      open_seal(profile, Way::from_partner, bytes, {.seal = std::string(bytes), .key = "k"}, real_now());
  require(!proved && !proved.error().empty());
  for (const Finding& finding : proved.error()) require(!text_en(finding).empty());
  // The blob itself, past its writing.
  const SealKey& key = seal_of(profile, Way::from_partner)->keys.front();
  require(!key.key.verify("放款备案", bytes));
  return 0;
}
