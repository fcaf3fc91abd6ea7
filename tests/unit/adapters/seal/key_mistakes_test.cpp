// Mistakes of a profile's `seal` and of its keys: each with its line and what to do.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "adapters/codec/prove.hpp"
#include "adapters/seal/seal.hpp"
#include "tests/support/seals.hpp"
#include "tests/unit/adapters/profile/samples.hpp"

namespace loangate::adapters {
namespace {

using support::SealKeys;

SealKeys& keys() {
  static SealKeys made(
      "payer:from_partner:b:sm2 payer:to_partner:g:sm2 payer:from_partner:m:hmac payer:from_partner:r:rsa "
      "payer:from_partner:c:certificate");
  return made;
}

constexpr std::string_view good = R"yaml(seal:
  from_partner:
    algorithm: sm2-sm3
    signature: raw
    at: {header: X-Sign}
    keys:
      - {id: b, from: 2020-01-01, until: 2090-12-31}
  to_partner:
    algorithm: sm2-sm3
    at: {header: X-Sign}
    keys:
      - {id: g, from: 2020-01-01, until: 2090-12-31}
)yaml";

std::string all(const ConfigErrors& errors) {
  std::string text;
  for (const ConfigError& error : errors) text += error.text() + "\n";
  return text;
}

std::string mistakes(const std::string& text, const SealKeyFolder* folder = nullptr) {
  const SealKeyFolder gateway = keys().gateway();
  const auto profile = load_profile("payer", text, nullptr, folder == nullptr ? &gateway : folder);
  return profile ? std::string() : all(profile.error());
}

std::string with(std::string_view from, std::string_view to) {
  return std::string(samples::xml) + samples::changed(good, from, to);
}

TEST(SealMistakes, TheGoodOneHasNone) {
  EXPECT_EQ(mistakes(std::string(samples::xml) + std::string(good)), "");
  EXPECT_TRUE(load_profile("payer", std::string(samples::xml) + std::string(good)))
      << "without a folder of keys";
}

struct Mistake {
  std::string from, to, says;
};

TEST(SealMistakes, EachIsToldWithItsLineAndTheRemedy) {
  const std::string from_key = "      - {id: b, from: 2020-01-01, until: 2090-12-31}";
  const std::string head = "    signature: raw\n    at: {header: X-Sign}\n";
  const Mistake table[] = {
      {"sm2-sm3\n    signature: raw", "md5\n    signature: raw",
       "`md5` is no algorithm: write one of sm2-sm3, rsa-sha256, rsa-pss-sha256, ecdsa-sha256, hmac-sm3, "
       "hmac-sha256, pkcs7"},
      {"signature: raw", "signature: plain", "`plain` is no signature: write one of der, raw"},
      {"signature: raw", "encoding: base32", "`base32` is no encoding: write one of base64, hex"},
      {head, "", "it is not said where the seal stands"},
      {head, "    at: {header: \"X Sign\"}\n", "`X Sign` is no name of an HTTP field"},
      {head, "    at: {trailer: \"\"}\n", "without a mark its seals differ in length"},
      {from_key, "      - {id: nobody, from: 2020-01-01, until: 2090-12-31}",
       "payer/nobody.pem cannot be read: put the key there"},
      {from_key, "      - {id: r, from: 2020-01-01, until: 2090-12-31}",
       "the key is of another type than SM2"},
      {from_key, "      - {id: b, from: 2020-01-01}", "until"},
      {from_key, "      - {id: b, from: 2020-01-01, until: 2019-12-31}", "the key ends before it begins"},
      {from_key, "      - {id: b, from: 1.1.2020, until: 2090-12-31}",
       "`1.1.2020` is no day: write 2026-01-31"},
      {from_key, from_key + "\n" + from_key, "the key `b` stands twice: keep one"},
      {from_key, "      - {id: ../b, from: 2020-01-01, until: 2090-12-31}", "`../b` is no key id"},
      {from_key, "      - {id: g, from: 2020-01-01, until: 2090-12-31}",
       "the key `g` is in from_partner too: give it another id"},
      {from_key, "      - {id: b, file: ../b.pem, from: 2020-01-01, until: 2090-12-31}",
       "a public key lies beside the profile: write keys/NAME.pem"},
      {from_key, "      - {id: b, pem: nonsense, from: 2020-01-01, until: 2090-12-31}",
       "neither a public key nor a certificate in PEM"},
      {head, "    at: {header: X-Sign}\n    colour: red\n", "colour"},
  };
  for (const Mistake& mistake : table) {
    const std::string text = with(mistake.from, mistake.to);
    const std::string said = mistakes(text);
    EXPECT_NE(said.find(mistake.says), std::string::npos) << mistake.to << "\nsays:\n" << said;
    EXPECT_NE(said.find("payer/profile.yaml:"), std::string::npos) << said;
  }
}

TEST(SealMistakes, APrivateKeyThatOthersCanReadIsRefused) {
  const auto file = keys().gateway().folder / "payer/g.key";
  ASSERT_EQ(chmod(file.c_str(), 0640), 0);
  EXPECT_NE(mistakes(std::string(samples::xml) + std::string(good)).find("chmod 600"), std::string::npos);
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  EXPECT_EQ(mistakes(std::string(samples::xml) + std::string(good)), "");
}

TEST(SealMistakes, ASecretThatIsMissingOrOpenIsRefused) {
  const std::string text =
      std::string(samples::xml) +
      "seal:\n  from_partner:\n    algorithm: hmac-sm3\n    at: {header: X-Sign}\n    keys: [{id: m, "
      "from: 2020-01-01, until: 2090-12-31}]\n";
  EXPECT_EQ(mistakes(text), "");
  EXPECT_NE(mistakes(samples::changed(text, "{id: m", "{id: n")).find("payer/n.secret cannot be read"),
            std::string::npos);
  const auto file = keys().gateway().folder / "payer/m.secret";
  ASSERT_EQ(chmod(file.c_str(), 0644), 0);
  EXPECT_NE(mistakes(text).find("chmod 600"), std::string::npos);
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
}

TEST(SealMistakes, APrivateKeyInAProfileIsRefused) {
  std::ifstream in(keys().partner().folder / "payer/b.key");
  std::string pem{std::istreambuf_iterator<char>(in), {}};
  std::string indented;
  for (const char c : pem) indented += c == '\n' ? std::string("\n          ") : std::string(1, c);
  const std::string text =
      with("      - {id: b, from: 2020-01-01, until: 2090-12-31}",
           "      - id: b\n        from: 2020-01-01\n        until: 2090-12-31\n        pem: |\n          " +
               indented);
  EXPECT_NE(mistakes(text).find("is a private one"), std::string::npos) << mistakes(text);
}

TEST(SealMistakes, LinesAndSealsBelongTogether) {
  const std::string line =
      samples::changed(samples::xml, "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n",
                       "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n  - {seal: value, at: "
                       "/cz:MSG/HEAD/SIGN}\n");
  EXPECT_NE(mistakes(line).find("has a seal's place, but there is no seal.from_partner"), std::string::npos)
      << mistakes(line);
  EXPECT_NE(mistakes(line + std::string(good)).find("the seal has a line as well: keep one of both"),
            std::string::npos);
}

TEST(SealMistakes, InAMailboxsListNothingSealedMayBeLost) {
  const std::string text =
      samples::changed(good, "  to_partner:\n    algorithm: sm2-sm3\n    at: {header: X-Sign}\n",
                       "  to_partner:\n    algorithm: sm2-sm3\n    at: {trailer: \"|\"}\n");
  const std::string profile = std::string(samples::xml) + text;
  EXPECT_NE(mistakes(profile).find("would lose what is sealed"), std::string::npos) << mistakes(profile);
  EXPECT_EQ(mistakes(samples::changed(profile, "list: {root: LIST, item: ITEM, id: \"@no\"}",
                                      "list: {id_digits: 20}")),
            "");
}

TEST(SealMistakes, ASealThatGoesIntoTheHeadIsNamedThere) {
  const std::string line =
      samples::changed(samples::xml, "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n",
                       "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n  - {seal: key, at: "
                       "/cz:MSG/HEAD/KEY}\n");
  EXPECT_NE(mistakes(line + std::string(good)).find("has its key's id there too"), std::string::npos);
}

// The length that stands before the document would be another once the seal is in it.
TEST(SealMistakes, ASealWithinADocumentOfStatedLengthIsRefused) {
  std::string text = samples::changed(samples::xml, "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n",
                                      "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n  - {seal: value, at: "
                                      "/cz:MSG/HEAD/SIGN}\n");
  text = samples::changed(text, "delivery:\n", "framing:\n  length: {digits: 8, counts: rest}\ndelivery:\n");
  text = samples::changed(text, "list: {root: LIST, item: ITEM, id: \"@no\"}", "list: {id_digits: 20}");
  text += samples::changed(samples::changed(good, "    signature: raw\n    at: {header: X-Sign}\n", ""),
                           "    at: {header: X-Sign}\n", "");
  EXPECT_NE(mistakes(text).find("would change the length that stands before it"), std::string::npos)
      << mistakes(text);
}

TEST(SealMistakes, WhatASealLeavesOpenIsWarnedOf) {
  ConfigErrors warnings;
  const std::string text = with("    signature: raw\n    at: {header: X-Sign}\n",
                                "    at: {header: X-Sign}\n    covers: /cz:MSG/BODY\n");
  ASSERT_TRUE(load_profile("payer", text, &warnings));
  EXPECT_NE(all(warnings).find("outside of what seal.from_partner covers: message_id"), std::string::npos)
      << all(warnings);
}

TEST(SealMistakes, KeysThatEndAreToldBeforeAndAfter) {
  const auto profile = load_profile("payer", std::string(samples::xml) + std::string(good));
  ASSERT_TRUE(profile);
  const auto at = [&](Date day, ConfigErrors& warnings) {
    return all(check_seal_dates(*profile, start_of(day), warnings));
  };
  ConfigErrors none, soon, over;
  EXPECT_EQ(at(*Date::of(2090, 11, 30), none), "");
  EXPECT_EQ(all(none), "");
  EXPECT_EQ(at(*Date::of(2090, 12, 5), soon), "");
  EXPECT_NE(all(soon).find("the key `b` is in force until 2090-12-31"), std::string::npos) << all(soon);
  EXPECT_NE(at(*Date::of(2091, 1, 1), over).find("no key of seal.from_partner is valid today"),
            std::string::npos);
}

TEST(SealMistakes, ASealedProfileIsProvedLikeAnyOther) {
  const auto profile = load_profile(
      "payer", samples::changed(samples::changed(samples::xml, "list: {root: LIST, item: ITEM, id: \"@no\"}",
                                                 "list: {id_digits: 20}"),
                                "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n",
                                "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n  - {seal: value, at: "
                                "/cz:MSG/HEAD/SIGN}\n  - {seal: key, at: /cz:MSG/HEAD/KEY}\n") +
                   samples::changed(samples::changed(std::string(good),
                                                     "    signature: raw\n    at: {header: X-Sign}\n", ""),
                                    "    at: {header: X-Sign}\n", ""));
  ASSERT_TRUE(profile) << all(profile.error());
  EXPECT_EQ(all(prove(*profile)), "");
}

}  // namespace
}  // namespace loangate::adapters
