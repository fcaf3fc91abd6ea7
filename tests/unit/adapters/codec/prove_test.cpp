#include "adapters/codec/prove.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/codec/codec.hpp"
#include "tests/support/partners.hpp"

namespace loangate::adapters {
namespace {

using testing::HasSubstr;

std::string said(const ConfigErrors& errors) {
  std::string text;
  for (const ConfigError& error : errors) text += error.text() + '\n';
  return text;
}

/// The profile of a partner of the repository with one line of it written otherwise.
std::expected<Profile, ConfigErrors> changed(std::string_view id, std::string_view from,
                                             std::string_view to) {
  std::ostringstream file;
  file << std::ifstream(support::partners_folder / id / "profile.yaml", std::ios::binary).rdbuf();
  std::string text = file.str();
  const std::size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  text.replace(at, from.size(), to);
  return load_profile(std::string(id), text);
}

constexpr std::string_view original_id = R"({field: original_id,   at: /CZ/BODY/ORIGINAL_ID, none: ["-"]})";

/// A receipt of the fund's with another line for the id, for a message that nobody could read.
std::string unknown_receipt(const Profile& profile) {
  Record receipt(Receipt::spec());
  using Field = Receipt::field;
  receipt.set(Field::receipt_no, std::int64_t{7});
  receipt.set(Field::original_type, Code{static_cast<std::uint8_t>(MessageType::unknown)});
  receipt.set(Field::outcome, Code{static_cast<std::uint8_t>(Outcome::unreadable)});
  receipt.set(Field::received_at, Instant{1'678'846'830'000'000});
  receipt.set(Field::may_resend, Code{static_cast<std::uint8_t>(Answer::yes)});
  const auto bytes = encode(profile, MessageKind::receipt, receipt);
  if (!bytes) return bytes.error().reason;
  const auto back = decode(profile, *bytes);
  EXPECT_TRUE(back && back->record == receipt) << *bytes;
  return *bytes;
}

TEST(Prove, EveryPartnerCarriesAllThatItMust) {
  for (const auto& profile : support::partners().all()) EXPECT_EQ(said(prove(*profile)), "");
}

TEST(Prove, AnUnknownIdOfPartsIsWrittenAsEachPartSays) {  // settled 14
  const auto profile =
      changed("fund", original_id,
              "{field: original_id, absent: empty, parts: [{at: /CZ/BODY/ORIG_DATE, form: yyyyMMdd, "
              "none: \"00000000\"}, {at: /CZ/BODY/ORIG_NO, size: 8}]}");
  ASSERT_TRUE(profile) << said(profile.error());
  EXPECT_EQ(said(prove(*profile)), "");
  EXPECT_THAT(unknown_receipt(*profile), HasSubstr("<ORIG_DATE>00000000</ORIG_DATE><ORIG_NO/>"));
}

TEST(Prove, AnUnknownIdOfPartsIsWrittenAsTheWholeSays) {
  const auto profile =
      changed("fund", original_id,
              "{field: original_id, none: \"0000000000000000\", parts: [{at: /CZ/BODY/ORIG_DATE, "
              "form: yyyyMMdd}, {at: /CZ/BODY/ORIG_NO, size: 8}]}");
  ASSERT_TRUE(profile) << said(profile.error());
  EXPECT_EQ(said(prove(*profile)), "");
  EXPECT_THAT(unknown_receipt(*profile),
              HasSubstr("<ORIG_DATE>00000000</ORIG_DATE><ORIG_NO>00000000</ORIG_NO>"));
}

TEST(Prove, NoneThatDoesNotSplitIntoThePartsIsAnErrorOfItsLine) {
  const auto profile =
      changed("fund", original_id,
              "{field: original_id, none: \"0\", parts: [{at: /CZ/BODY/ORIG_DATE, form: yyyyMMdd}, "
              "{at: /CZ/BODY/ORIG_NO, size: 8}]}");
  ASSERT_TRUE(profile) << said(profile.error());
  const ConfigErrors errors = prove(*profile);
  ASSERT_FALSE(errors.empty());
  EXPECT_GT(errors.front().line, 0);
  EXPECT_THAT(errors.front().what, HasSubstr("`0` has no part of 8 bytes: correct its lines"));
}

TEST(Prove, AComposedValueThatIsWrongIsShownWithAllItsPlacesAsItStands) {
  const Profile& profile = support::partner("fund");
  Record message(PaymentConfirmation::spec());
  using Field = PaymentConfirmation::field;
  message.set_text(Field::message_id, "2023091500000001");
  message.set(Field::sent_at, Instant{1'678'846'830'000'000});
  message.set_text(Field::instruction_no, "C2023-0009-F");
  message.set(Field::amount, Fen::yuan(1));
  message.set(Field::paid_on, *Date::of(2023, 9, 15));
  message.set_text(Field::payment_ref, "1");
  std::string bytes = encode(profile, MessageKind::payment_confirmation, message).value();
  bytes.replace(bytes.find("102030"), 6, "256100");
  const auto back = decode(profile, bytes);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().findings.front().place, "/CZ/HEAD/TRAN_DATE + /CZ/HEAD/TRAN_TIME");
  EXPECT_THAT(text_en(back.error().findings.front()), HasSubstr("`20230315 + 256100`"));
}

}  // namespace
}  // namespace loangate::adapters
