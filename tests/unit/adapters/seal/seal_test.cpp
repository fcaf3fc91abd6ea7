// Seals of whole messages: put in, found, proved, and refused for every reason there is.
#include "adapters/seal/seal.hpp"

#include <gtest/gtest.h>

#include "adapters/codec/codec.hpp"
#include "tests/support/property.hpp"
#include "tests/support/seals.hpp"
#include "tests/unit/adapters/profile/samples.hpp"

namespace loangate::adapters {
namespace {

using support::SealKeys;

SealKeys& keys() {
  static SealKeys made([] {
    std::string seals;
    for (const std::string partner : {"payer", "vault"}) {
      for (const std::string kind : {"sm2", "rsa", "ecdsa", "certificate", "hmac"}) {
        seals += partner + ":from_partner:b-" + kind + ":" + kind + " ";
        seals += partner + ":from_partner:old-" + kind + ":" + kind + " ";
        seals += partner + ":to_partner:g-" + kind + ":" + kind + " ";
      }
    }
    return seals;
  }());
  return made;
}

/// How one direction is sealed, as a profile writes it.
struct Scheme {
  std::string name;
  std::string algorithm;  ///< with its options
  std::string kind;       ///< of the keys
  std::string at = {};    ///< `at` and `key_at`; empty: lines
  std::string covers = "document";
  bool fixed = false;

  friend void PrintTo(const Scheme& scheme, std::ostream* out) { *out << scheme.name; }
};

std::string block(const Scheme& scheme, const std::string& way, const std::string& key) {
  std::string text =
      "  " + way + ":\n    algorithm: " + scheme.algorithm + "\n    covers: " + scheme.covers + "\n";
  if (!scheme.at.empty()) text += "    " + scheme.at + "\n";
  return text + "    keys:\n      - {id: " + key + "-" + scheme.kind +
         ", from: 2020-01-01, until: 2090-12-31}\n" +
         (key == "b" ? "      - {id: old-" + scheme.kind + ", from: 2010-01-01, until: 2019-12-31}\n" : "");
}

std::string profile_text(const Scheme& scheme) {
  std::string text(scheme.fixed
                       ? std::string(samples::fixed)
                       : samples::changed(samples::xml, "list: {root: LIST, item: ITEM, id: \"@no\"}",
                                          "list: {id_digits: 20}"));
  if (scheme.at.empty() && scheme.fixed) {
    text = samples::changed(
        text, "    - {body_length: true, at: 27+5}\n",
        "    - {body_length: true, at: 27+5}\n    - {seal: value, at: 32+128}\n    - {seal: key, at: "
        "160+16}\n");
  } else if (scheme.at.empty()) {
    text = samples::changed(text, "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n",
                            "  - {field: delivery_id, at: /cz:MSG/HEAD/@no}\n  - {seal: value, at: "
                            "/cz:MSG/HEAD/SIGN}\n  - {seal: key, at: /cz:MSG/HEAD/SIGN/@key}\n");
  }
  return text + "seal:\n" + block(scheme, "from_partner", "b") + block(scheme, "to_partner", "g");
}

std::string words(const ConfigErrors& errors) {
  std::string all;
  for (const ConfigError& error : errors) all += error.text() + "\n";
  return all;
}

Profile load(const Scheme& scheme, const SealKeyFolder& folder) {
  auto profile = load_profile(scheme.fixed ? "vault" : "payer", profile_text(scheme), nullptr, &folder);
  if (!profile) throw std::runtime_error(words(profile.error()));
  return *std::move(profile);
}

// Later than the moment at which the certificates are made.
const Instant today{real_now().micros + 3600LL * 1'000'000};

Record payment() {
  const PaymentConfirmation message{.message_id = *MessageId::parse("20230912-00000017"),
                                    .sent_at = parse_instant("2023-09-12T15:00:00+08:00"),
                                    .instruction_no = *InstructionNo::parse("CLAIM-2023-0001-F"),
                                    .amount = Fen::yuan(180'000),
                                    .paid_on = *Date::of(2023, 9, 12),
                                    .payment_ref = "凭证0001"};
  return message.record();
}

/// A message with its seal, as it goes over the wire.
struct Wire {
  std::string bytes;
  HeaderFields head;
};

Wire sealed(const Profile& profile, Way way, std::string bytes) {
  auto body = put_seal(profile, way, std::move(bytes), today);
  if (!body) throw std::runtime_error(body.error());
  auto head = head_seal(profile, way, *body, today);
  if (!head) throw std::runtime_error(head.error());
  return {*std::move(body), *std::move(head)};
}

std::expected<std::string, Findings> opened(const Profile& profile, Way way, const Wire& wire,
                                            Instant now = today) {
  return open_seal(profile, way, wire.bytes, seal_fields(profile, way, wire.head), now);
}

FindingCode refusal(const Profile& profile, const Wire& wire, Instant now = today) {
  const auto result = opened(profile, Way::from_partner, wire, now);
  if (result) throw std::runtime_error("the seal was taken");
  EXPECT_FALSE(text_zh(result.error().front()).contains('{'));
  EXPECT_FALSE(text_en(result.error().front()).contains('{'));
  return result.error().front().code;
}

class SealedMessages : public testing::TestWithParam<Scheme> {
 protected:
  const Profile partner_ = load(GetParam(), keys().partner());
  const Profile gateway_ = load(GetParam(), keys().gateway());
  const std::string plain_ = encode(partner_, MessageKind::payment_confirmation, payment()).value();
  const Wire wire_ = sealed(partner_, Way::from_partner, plain_);
};

TEST_P(SealedMessages, AreProvedAndReadAsTheyWere) {
  const auto key = opened(gateway_, Way::from_partner, wire_);
  ASSERT_TRUE(key) << text_en(key.error().front());
  EXPECT_EQ(*key, "b-" + GetParam().kind);
  const auto read = decode(gateway_, without_trailer(gateway_, Way::from_partner, wire_.bytes));
  ASSERT_TRUE(read) << text_en(read.error().findings.front());
  EXPECT_EQ(read->record, payment());
}

TEST_P(SealedMessages, OursAreProvedByThePartner) {
  const DeadlineReminder reminder{.delivery_id = 7,
                                  .deadline = DeadlineKind::payment,
                                  .due_on = *Date::of(2023, 11, 11),
                                  .provisional = Answer::no,
                                  .loan_no = *LoanNo::parse("JK0001"),
                                  .company_name = "平湖科创"};
  const auto bytes = encode(gateway_, MessageKind::deadline_reminder, reminder.record());
  ASSERT_TRUE(bytes) << bytes.error().reason;
  const Wire wire = sealed(gateway_, Way::to_partner, *bytes);
  const auto key = opened(partner_, Way::to_partner, wire);
  ASSERT_TRUE(key) << text_en(key.error().front());
  EXPECT_EQ(*key, "g-" + GetParam().kind);
  EXPECT_TRUE(decode(partner_, without_trailer(partner_, Way::to_partner, wire.bytes)));
}

// The property that all else rests on, for every byte and one bit of each in turn.
TEST_P(SealedMessages, AnyFlippedBitUnderTheSealIsRefused) {
  const std::string_view message = without_trailer(gateway_, Way::from_partner, wire_.bytes);
  const bool in_part = GetParam().covers != "document";
  std::size_t refused = 0;
  for (std::size_t at = 0; at < message.size(); ++at) {
    Wire altered = wire_;
    altered.bytes[at] = static_cast<char>(altered.bytes[at] ^ (1 << (at % 8)));
    if (!opened(gateway_, Way::from_partner, altered)) ++refused;
  }
  const bool is_mac_text = GetParam().at.empty();  // its own characters may change case
  if (!in_part && !is_mac_text) {
    EXPECT_EQ(refused, message.size());
  }
  const std::size_t place = wire_.bytes.find("CLAIM-2023-0001-F");
  for (std::size_t at = place; at < place + 17; ++at) {
    Wire altered = wire_;
    altered.bytes[at] ^= 1;
    EXPECT_EQ(refusal(gateway_, altered), FindingCode::seal_wrong) << at;
  }
}

TEST_P(SealedMessages, ASealIsMissingWhereNoneStands) {
  if (GetParam().at.contains("header")) {
    EXPECT_EQ(refusal(gateway_, {wire_.bytes, {}}), FindingCode::seal_missing);
  } else if (GetParam().at.empty()) {
    Wire bare = wire_;
    const auto seal = put_seal(partner_, Way::from_partner, plain_, today).value();
    if (!GetParam().fixed) {
      const std::size_t begin = bare.bytes.find('>', bare.bytes.find("<SIGN")) + 1;
      bare.bytes.erase(begin, bare.bytes.find("</SIGN>") - begin);
    } else {
      bare.bytes.replace(6 + 31, 128, std::string(128, ' '));
    }
    EXPECT_EQ(refusal(gateway_, bare), FindingCode::seal_missing);
  } else if (!GetParam().at.contains("\"\"")) {
    EXPECT_EQ(refusal(gateway_, {plain_, {}}), FindingCode::seal_missing);
  }
}

TEST_P(SealedMessages, AfterTheLastDayTheKeyDoesNotCount) {
  EXPECT_EQ(refusal(gateway_, wire_, Instant{today.micros + 80LL * 365 * 86'400 * 1'000'000}),
            FindingCode::seal_key_not_valid);
}

INSTANTIATE_TEST_SUITE_P(
    Schemes, SealedMessages,
    testing::Values(
        Scheme{"Sm2InAnElement", "sm2-sm3", "sm2"},
        Scheme{"Sm2RawHexOverABody", "sm2-sm3\n    signature: raw\n    encoding: hex", "sm2", "",
               "/cz:MSG/BODY"},
        Scheme{"EcdsaInAnElement", "ecdsa-sha256", "ecdsa"},
        Scheme{"RsaInTheHead", "rsa-sha256", "rsa",
               "at: {header: X-Bank-Sign}\n    key_at: {header: X-Bank-Key}"},
        Scheme{"PssInTheHead", "rsa-pss-sha256\n    encoding: hex", "rsa", "at: {header: x-bank-sign}"},
        Scheme{"Pkcs7InTheHead", "pkcs7", "certificate", "at: {header: X-Bank-Sign}"},
        Scheme{"Pkcs7Behind", "pkcs7", "certificate", "at: {trailer: \"\\n--SIGN--\\n\"}"},
        Scheme{"MacBehindRecords", "hmac-sm3\n    encoding: hex", "hmac", "at: {trailer: \"\"}", "document",
               true},
        Scheme{"MacInTheHeaderBlock", "hmac-sha256\n    encoding: hex", "hmac", "", "document", true},
        Scheme{"Sm2RawInTheHeaderBlockOverTheBody", "sm2-sm3\n    signature: raw\n    encoding: hex", "sm2",
               "", "body", true},
        Scheme{"EcdsaBehindOverASpan", "ecdsa-sha256", "ecdsa", "at: {trailer: \"|\"}", "1+46", true}),
    [](const auto& scheme) { return scheme.param.name; });

// ---- key ids

Scheme in_head() {
  return {"", "sm2-sm3", "sm2", "at: {header: X-Sign}\n    key_at: {header: X-Key}"};
}

TEST(SealKeyIds, AnUnknownOneAnOutdatedOneAndNoneAreToldApart) {
  const Profile partner = load(in_head(), keys().partner());
  const Profile gateway = load(in_head(), keys().gateway());
  const Wire wire = sealed(partner, Way::from_partner,
                           encode(partner, MessageKind::payment_confirmation, payment()).value());
  ASSERT_EQ(wire.head.size(), 2u);
  Wire other = wire;
  other.head[0].second = "who-knows";
  EXPECT_EQ(refusal(gateway, other), FindingCode::seal_key_unknown);
  other.head[0].second = "old-sm2";
  EXPECT_EQ(refusal(gateway, other), FindingCode::seal_key_not_valid);
  other.head.erase(other.head.begin());
  EXPECT_EQ(refusal(gateway, other), FindingCode::seal_key_unknown);
  other = wire;
  other.head[1].second = "=?not base64?=";
  EXPECT_EQ(refusal(gateway, other), FindingCode::seal_malformed);
}

TEST(SealKeyIds, TheFindingTellsWhatWasCoveredAndHowButNoSecret) {
  const Scheme mac{"", "hmac-sm3\n    encoding: hex", "hmac", "at: {trailer: \"\"}", "document", true};
  const Profile partner = load(mac, keys().partner());
  const Profile gateway = load(mac, keys().gateway());
  Wire wire = sealed(partner, Way::from_partner,
                     encode(partner, MessageKind::payment_confirmation, payment()).value());
  const std::size_t size = wire.bytes.size() - 64;
  wire.bytes[10] ^= 1;
  const auto refused = opened(gateway, Way::from_partner, wire);
  ASSERT_FALSE(refused);
  const std::string text = text_en(refused.error().front());
  EXPECT_NE(text.find("HMAC-SM3, hex"), std::string::npos) << text;
  EXPECT_NE(text.find(std::to_string(size) + " bytes"), std::string::npos) << text;
  EXPECT_NE(text.find("SM3 "), std::string::npos) << text;
  EXPECT_NE(text.find("b-hmac"), std::string::npos) << text;
}

// Rotation: while both are in force a message of either is taken, with and without its name.
TEST(SealKeyIds, TwoKeysOverlapWithoutAGap) {
  const auto text = [](const std::string& at, const std::string& first_until,
                       const std::string& second_from) {
    return std::string(samples::xml) + "seal:\n  from_partner:\n    algorithm: sm2-sm3\n    " + at +
           "\n    keys:\n      - {id: b-sm2, from: 2020-01-01, until: " + first_until +
           "}\n      - {id: old-sm2, from: " + second_from + ", until: 2090-12-31}\n";
  };
  const std::string day = format(civil_day(today));
  const auto partner_keys = keys().partner();
  const auto gateway_keys = keys().gateway();
  for (const std::string at : {"at: {header: X-Sign}", "at: {header: X-Sign}\n    key_at: {header: X-Key}"}) {
    const auto gateway = load_profile("payer", text(at, day, day), nullptr, &gateway_keys);
    const auto first = load_profile("payer", text(at, "2090-12-31", "2090-01-01"), nullptr, &partner_keys);
    const auto second = load_profile("payer", text(at, "2020-12-31", "2021-01-01"), nullptr, &partner_keys);
    ASSERT_TRUE(gateway && first && second);
    const std::string bytes = encode(*first, MessageKind::payment_confirmation, payment()).value();
    EXPECT_EQ(opened(*gateway, Way::from_partner, sealed(*first, Way::from_partner, bytes)), "b-sm2");
    EXPECT_EQ(opened(*gateway, Way::from_partner, sealed(*second, Way::from_partner, bytes)), "old-sm2");
    const Instant tomorrow{today.micros + 86'400LL * 1'000'000};
    EXPECT_FALSE(opened(*gateway, Way::from_partner, sealed(*first, Way::from_partner, bytes), tomorrow));
    EXPECT_TRUE(opened(*gateway, Way::from_partner, sealed(*second, Way::from_partner, bytes), tomorrow));
  }
}

TEST(Seals, AProfileWithoutThemPaysNothing) {
  const auto profile = load_profile("payer", samples::xml);
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->sealing, nullptr);
  EXPECT_EQ(put_seal(*profile, Way::to_partner, "bytes", today), "bytes");
  EXPECT_EQ(open_seal(*profile, Way::from_partner, "bytes", {}, today), "");
}

TEST(Seals, BytesThatAreNoMessageAreRefusedForWhatTheyAre) {
  const Profile gateway = load({"", "sm2-sm3", "sm2"}, keys().gateway());
  const auto refused = open_seal(gateway, Way::from_partner, "<cz:MSG", {}, today);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().front().code, FindingCode::document_malformed);
}

// A second element of the same name must not let the proof look at one and the reader at the other.
TEST(Seals, ASecondCoveredElementIsNotRead) {
  const Scheme scheme{"", "sm2-sm3", "sm2", "", "/cz:MSG/BODY"};
  const Profile partner = load(scheme, keys().partner());
  const Profile gateway = load(scheme, keys().gateway());
  Wire wire = sealed(partner, Way::from_partner,
                     encode(partner, MessageKind::payment_confirmation, payment()).value());
  const std::size_t begin = wire.bytes.find("<BODY>");
  const std::size_t end = wire.bytes.find("</BODY>") + 7;
  std::string forged = wire.bytes.substr(begin, end - begin);
  forged.replace(forged.find("180000.00"), 9, "980000.00");
  for (const std::size_t at : {begin, end}) {
    std::string doubled = wire.bytes;
    doubled.insert(at, forged);
    const bool proved = opened(gateway, Way::from_partner, {doubled, {}}).has_value();
    EXPECT_FALSE(proved && decode(gateway, doubled)) << at;
  }
}

TEST(Seals, RandomDamageIsNeverTaken) {
  const Scheme schemes[] = {
      {"", "sm2-sm3", "sm2"},
      {"", "hmac-sm3\n    encoding: hex", "hmac", "at: {trailer: \"\"}", "document", true},
      {"", "pkcs7", "certificate", "at: {trailer: \"\\n\"}"}};
  for (const Scheme& scheme : schemes) {
    const Profile partner = load(scheme, keys().partner());
    const Profile gateway = load(scheme, keys().gateway());
    const Wire wire = sealed(partner, Way::from_partner,
                             encode(partner, MessageKind::payment_confirmation, payment()).value());
    support::holds(
        [&] {
          Wire altered = wire;
          const auto at = *rc::gen::inRange<std::size_t>(0, wire.bytes.size());
          const auto cut = *rc::gen::inRange<std::size_t>(1, 40);
          const auto with = *rc::gen::arbitrary<std::string>();
          altered.bytes.replace(at, cut, with);
          const auto result = opened(gateway, Way::from_partner, altered);
          if (altered.bytes != wire.bytes && result) {
            // Only the seal's own text may be written otherwise, in another case.
            RC_ASSERT(without_trailer(gateway, Way::from_partner, altered.bytes) ==
                      without_trailer(gateway, Way::from_partner, wire.bytes));
          }
        },
        20);
  }
}

}  // namespace
}  // namespace loangate::adapters
