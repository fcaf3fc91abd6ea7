#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/codec/charset.hpp"
#include "base/json.hpp"
#include "tests/support/partners.hpp"

namespace loangate::adapters {
namespace {

using support::partner;
using support::sample;
using testing::HasSubstr;
using testing::StartsWith;

Decoded filing(std::string_view id, std::string_view file) {
  auto read = decode(partner(id), sample(id, file));
  EXPECT_TRUE(read);
  return std::move(*read);
}

std::string reason(std::string_view id, const Decoded& message) {
  const auto bytes = encode(partner(id), message.kind, message.record);
  return bytes ? "" : bytes.error().reason;
}

using Field = LoanDisbursement::field;

TEST(Encode, RefusesATextThatIsWiderInBytesOfTheCharset) {
  Decoded message = filing("phrcb", "loan-disbursement.dat");
  std::string name;
  for (int i = 0; i < 60; ++i) name += "湖";
  message.record.set_text(Field::company_name, name);
  EXPECT_EQ(reason("phrcb", message), "") << "60 hanzi are 120 bytes of GB18030";
  message.record.set_text(Field::company_name, name + "1");
  EXPECT_EQ(reason("phrcb", message), "company_name at 93+120: it is longer than its place");
}

TEST(Encode, ASpreadBelowTheLprIsWrittenAndReadInEachFormat) {  // settled 31
  for (const auto& [id, file, written] : {std::tuple("citicph", "loan-disbursement.xml", ">-15<"),
                                          std::tuple("sxbph", "loan-disbursement.json", "\"-15\""),
                                          std::tuple("phrcb", "loan-disbursement.dat", "-015")}) {
    Decoded message = filing(id, file);
    message.record.clear(Field::rate);
    message.record.set(Field::lpr_spread_bp, std::int64_t{-15});
    const auto bytes = encode(partner(id), message.kind, message.record);
    ASSERT_TRUE(bytes) << bytes.error().reason;
    EXPECT_THAT(*bytes, HasSubstr(written));
    const auto back = decode(partner(id), *bytes);
    ASSERT_TRUE(back);
    EXPECT_TRUE(back->record == message.record);
  }
}

TEST(Encode, RefusesWhatWouldNotComeBack) {
  Decoded message = filing("phrcb", "loan-disbursement.dat");
  const auto refused = [&](std::string_view text) {
    message.record.set_text(Field::company_name, text);
    return reason("phrcb", message);
  };
  EXPECT_THAT(refused("湖 "), HasSubstr("begins or ends with what pads its place"));
  EXPECT_THAT(refused("   "), HasSubstr("reads as absent"));
  EXPECT_THAT(refused(std::string_view("a\0b", 3)), HasSubstr("control characters"));
  message.record.clear(Field::company_name);
  EXPECT_THAT(reason("phrcb", message), HasSubstr("company_name at 93+120: it is required, but absent"));
}

TEST(Encode, RefusesTheDelimiterButNotACharacterThatHasItsByte) {
  Decoded message = filing("bank19", "loan-disbursement.txt");
  message.record.set_text(Field::company_name, "王瑋|");
  EXPECT_THAT(reason("bank19", message), HasSubstr("it contains the delimiter"));
  message.record.set_text(Field::company_name, "王瑋");
  EXPECT_EQ(reason("bank19", message), "");
}

TEST(Encode, RefusesANegativeAmountWhereThereIsNoSign) {
  Decoded message = filing("phrcb", "loan-disbursement.dat");
  message.record.set(Field::loan_amount, Fen{-1});
  EXPECT_EQ(reason("phrcb", message), "loan_amount at 213+15: -0.01 yuan cannot be written as 0.00");
}

TEST(Encode, RefusesIdsThatDoNotSplitIntoTheirParts) {
  Decoded message = filing("phrcb", "loan-disbursement.dat");
  message.record.set_text(Field::message_id, "20230316-100000000-100127");
  EXPECT_THAT(reason("phrcb", message), HasSubstr("must repeat sent_at"));
  message.record.set_text(Field::message_id, "20230315");
  EXPECT_THAT(reason("phrcb", message), StartsWith("message_id at "));
}

/// A default notice for a company with this name.
Record notice(std::string_view company) {
  DefaultNotice notice{.delivery_id = 7,
                       .notice_no = 7,
                       .notice_kind = NoticeKind::opened,
                       .company_uscc = *Uscc::parse("91310115MA1K3BTP2B"),
                       .company_name = std::string(company),
                       .default_since = *Date::of(2023, 3, 20)};
  return notice.record();
}

TEST(Encode, ACharacterThatTheCharsetLacksParksOrIsMarkedNeverReplacedInSilence) {  // settled 24
  // bank04 (GBK) marks notices, bank07 (GB2312) parks them.
  const auto marked = encode(partner("bank04"), MessageKind::default_notice, notice("平湖䶮科技"));
  ASSERT_TRUE(marked) << marked.error().reason;
  std::string geta;
  ASSERT_TRUE(append_encoded(Charset::gbk, "平湖〓科技", geta));
  EXPECT_THAT(*marked, HasSubstr(geta));

  const auto parked = encode(partner("bank07"), MessageKind::default_notice, notice("平湖䶮科技"));
  ASSERT_FALSE(parked);
  EXPECT_TRUE(parked.error().unmappable);
  EXPECT_EQ(parked.error().field.field, DefaultNotice::field::company_name);
  EXPECT_EQ(parked.error().reason, "company_name: it contains a character that GB2312 lacks");
}

TEST(Encode, APartnersOwnMessageIsNeverMarked) {
  Decoded message = filing("bank04", "loan-disbursement.xml");
  message.record.set_text(Field::company_name, "平湖䶮科技");
  const auto bytes = encode(partner("bank04"), message.kind, message.record);
  ASSERT_FALSE(bytes);
  EXPECT_TRUE(bytes.error().unmappable);
}

TEST(Encode, RowsBeyondTheProfilesRoomAreCountedInAReceipt) {  // settled 14
  for (const auto& profile : support::partners().all()) {
    SCOPED_TRACE(profile->id.view());
    Receipt receipt{.receipt_no = 1,
                    .original_type = MessageType::unknown,
                    .outcome = Outcome::unreadable,
                    .received_at = {1'678'846'830'000'000},
                    .may_resend = Answer::yes};
    for (int i = 0; i < 50; ++i) {
      receipt.findings.push_back(receipt_row({.code = FindingCode::dtd_refused, .place = "/"}));
    }
    const auto bytes = encode(*profile, MessageKind::receipt, receipt.record());
    ASSERT_TRUE(bytes) << bytes.error().reason;
    const auto back = decode(*profile, *bytes);
    ASSERT_TRUE(back) << text_en(back.error().findings.front());
    const std::size_t shown = back->record.rows(Receipt::field::findings).size();
    EXPECT_GT(shown, 0u);
    const auto* more = std::get_if<std::int64_t>(&back->record[Receipt::field::findings_more]);
    EXPECT_EQ(shown + (more == nullptr ? 0u : static_cast<std::size_t>(*more)), 50u);
  }
}

TEST(Encode, NamesTheMessageThatAProfileDoesNotHave) {
  Decoded message = filing("phrcb", "loan-disbursement.dat");
  EXPECT_EQ(reason("fund", message), "fund has no mapping for loan.disbursement");
}

TEST(ContentDigest, LeavesOutTheIdAndWhatIsTransport) {  // settled 11, 13
  const Profile& profile = partner("phrcb");
  Decoded message = filing("phrcb", "loan-disbursement.dat");
  const Digest first = content_digest(profile, message);
  message.record.set_text(Field::message_id, "20230316-100000000-100128");
  message.record.set(Field::sent_at, Instant{1'678'933'230'000'000});
  EXPECT_EQ(content_digest(profile, message), first);
  message.record.set(Field::loan_amount, Fen::yuan(1));
  EXPECT_NE(content_digest(profile, message), first);
}

TEST(ContentDigest, TellsValuesFromEachOthersFields) {
  const Profile& profile = partner("phrcb");
  Decoded message = filing("phrcb", "loan-disbursement.dat");
  message.record.set_text(Field::contract_no, "A");
  message.record.set_text(Field::loan_no, "B");
  const Digest one = content_digest(profile, message);
  message.record.set_text(Field::contract_no, "B");
  message.record.set_text(Field::loan_no, "A");
  EXPECT_NE(content_digest(profile, message), one);
}

TEST(EncodeList, WrapsMessagesWithTheirDeliveryIds) {  // settled 23
  for (const auto& profile : support::partners().all()) {
    const auto* mailbox = std::get_if<Mailbox>(&profile->delivery);
    if (mailbox == nullptr) continue;
    SCOPED_TRACE(profile->id.view());
    const std::string one = sample(profile->id.view(), profile->format == Format::xml     ? "receipt.xml"
                                                       : profile->format == Format::json  ? "receipt.json"
                                                       : profile->fixed.separator.empty() ? "receipt.dat"
                                                                                          : "receipt.txt");
    ASSERT_FALSE(one.empty());
    const std::vector<std::pair<DeliveryId, std::string>> messages = {{DeliveryId{7}, one},
                                                                      {DeliveryId{8}, one}};
    const std::string list = encode_list(*profile, messages);
    if (std::holds_alternative<CountedList>(mailbox->list)) {
      const auto& counted = std::get<CountedList>(mailbox->list);
      EXPECT_EQ(list.size(), 2 * (counted.id_digits + counted.length_digits + one.size()));
      EXPECT_THAT(list, StartsWith(fmt::format("{:0{}}{:0{}}", 7, counted.id_digits, one.size(),
                                               counted.length_digits)));
    } else if (const auto* names = std::get_if<JsonList>(&mailbox->list)) {
      std::string utf8;
      ASSERT_TRUE(append_utf8(profile->charset, list, utf8));
      JsonDocument document;
      ASSERT_TRUE(document.read(utf8));
      const JsonNode* items = document.member(document.root(), names->items);
      ASSERT_NE(items, nullptr);
      EXPECT_EQ(items->children, 2u);
      EXPECT_EQ(document.member(*document.first(*items), names->id)->text, "7");
    } else {
      const auto& tags = std::get<XmlList>(mailbox->list);
      EXPECT_THAT(
          list, HasSubstr(tags.id_is_attribute ? fmt::format("<{} {}=\"7\">", tags.item, tags.id)
                                               : fmt::format("<{}><{}>7</{}>", tags.item, tags.id, tags.id)));
      EXPECT_EQ(list.find("<?xml", 1), std::string::npos) << "one declaration, at the head";
    }
  }
}

}  // namespace
}  // namespace loangate::adapters
