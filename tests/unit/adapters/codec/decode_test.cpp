// What is said of messages that do not fit. Each case spoils a good sample of a partner in one way.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/codec/charset.hpp"
#include "tests/support/partners.hpp"

namespace loangate::adapters {
namespace {

using support::partner;
using support::sample;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// The text with what is to be replaced, which must stand there, replaced once.
std::string with(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  if (at != std::string::npos) text.replace(at, what.size(), by);
  return text;
}

std::string in(Charset charset, std::string_view utf8) {
  std::string bytes;
  EXPECT_TRUE(append_encoded(charset, utf8, bytes)) << utf8;
  return bytes;
}

/// `code @ place` of each finding; nothing if the message was read.
std::vector<std::string> faults(std::string_view id, std::string_view bytes) {
  std::vector<std::string> list;
  const auto read = decode(partner(id), bytes);
  if (read) return list;
  for (const Finding& finding : read.error().findings) {
    list.push_back(fmt::format("{} @ {}", spec_of(finding.code).name, finding.place));
  }
  return list;
}

std::string first_text(std::string_view id, std::string_view bytes) {
  const auto read = decode(partner(id), bytes);
  return read ? "" : text_en(read.error().findings.front());
}

// ---- XML

std::string xml() {
  return sample("citicph", "loan-disbursement.xml");
}
std::vector<std::string> xml_faults(const std::string& bytes) {
  return faults("citicph", bytes);
}

TEST(DecodeXml, NamesEveryFaultAtItsXPathInOnePass) {
  std::string bytes = with(xml(), "<LOAN_NO>JJ202303150001</LOAN_NO>", "");
  bytes = with(bytes, "<LOAN_AMOUNT>3000000.00<", "<LOAN_AMOUNT>3,000,000<");
  bytes = with(bytes, "<SECURITY>3<", "<SECURITY>99<");
  bytes = with(bytes, "<LANGUAGE>CN<", "<LANGUAGE>EN<");
  EXPECT_THAT(
      xml_faults(bytes),
      ElementsAre("constant_differs @ /TX/LANGUAGE", "field_missing @ /TX/TX_INFO/LOAN_NO",
                  "field_malformed @ /TX/TX_INFO/LOAN_AMOUNT", "code_unknown @ /TX/TX_INFO/SECURITY"));
}

TEST(DecodeXml, KeepsWhatCanBeMadeOutForTheReceipt) {
  const auto read = decode(partner("citicph"), with(xml(), "<SECURITY>3<", "<SECURITY>99<"));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, MessageKind::loan_disbursement);
  EXPECT_EQ(read.error().message_id->view(), "20230315100127");
}

TEST(DecodeXml, NamesTheFieldInThePartnersTermsAndInChinese) {
  EXPECT_EQ(first_text("citicph", with(xml(), "<LOAN_AMOUNT>3000000.00<", "<LOAN_AMOUNT>3e6<")),
            "/TX/TX_INFO/LOAN_AMOUNT 贷款金额: `3e6` is not of the form 0.00");
}

TEST(DecodeXml, PointsIntoTheRowOfAGroup) {
  const std::string bytes = xml();
  const std::size_t second = bytes.rfind("<AMOUNT>");
  EXPECT_THAT(xml_faults(bytes.substr(0, second) + with(bytes.substr(second), "600000.00", "-1")),
              ElementsAre("field_malformed @ /TX/TX_INFO/COLLATERAL_LIST/COLLATERAL[2]/AMOUNT"));
}

TEST(DecodeXml, RefusesARepeatedElementAndAnUnknownOne) {
  EXPECT_THAT(
      xml_faults(with(xml(), "<CURRENCY>CNY</CURRENCY>", "<CURRENCY>CNY</CURRENCY><CURRENCY>USD</CURRENCY>")),
      ElementsAre("field_repeated @ /TX/TX_INFO/CURRENCY[2]"));
  EXPECT_THAT(xml_faults(with(xml(), "<CURRENCY>", "<CURRENCY a='1'>")),
              ElementsAre("element_unknown @ /TX/TX_INFO/CURRENCY"));
  EXPECT_THAT(xml_faults(with(xml(), "<CURRENCY>CNY<", "<CURRENCY><X/>CNY<")),
              ElementsAre("element_unknown @ /TX/TX_INFO/CURRENCY/X"));
  EXPECT_THAT(xml_faults(with(xml(), "<TX_INFO>", "<TX_INFO>stray")),
              ElementsAre("element_unknown @ /TX/TX_INFO"));
}

TEST(DecodeXml, ReadsTextAcrossCommentsCdataAndReferences) {
  const std::string bytes =
      with(xml(), "<LOAN_NO>JJ202303150001<", "<LOAN_NO>JJ<!-- c -->2023<![CDATA[0315]]>&#48;00&#x31;<");
  const auto read = decode(partner("citicph"), bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<std::string_view>(read->record[LoanDisbursement::field::loan_no]), "JJ202303150001");
}

TEST(DecodeXml, BoundsTextsByTheCatalogueAndGroupsByTheProfile) {
  const std::string name = in(Charset::gb18030, "平湖市科创精密机械有限公司");
  std::string longer;
  for (int i = 0; i < 5; ++i) longer += name;
  EXPECT_THAT(xml_faults(with(xml(), name, longer)),
              ElementsAre("field_too_long @ /TX/TX_INFO/COMPANY_NAME"));
  std::string rows;
  for (int i = 0; i < 30; ++i) rows += "<COLLATERAL><KIND>0</KIND></COLLATERAL>";
  EXPECT_THAT(xml_faults(with(xml(), "</COLLATERAL_LIST>", rows + "</COLLATERAL_LIST>")),
              testing::Contains(HasSubstr("group_too_long @ /TX/TX_INFO/COLLATERAL_LIST/COLLATERAL[")));
}

TEST(DecodeXml, TheDeclarationMustNameTheAgreedEncoding) {  // hazard 4
  const std::string bytes = with(xml(), "GB18030", "UTF-8");
  EXPECT_THAT(xml_faults(bytes), ElementsAre("encoding_contradicts @ line 1"));
  EXPECT_THAT(xml_faults(with(xml(), "GB18030", "gb18030")), IsEmpty());
}

TEST(DecodeXml, TellsOfUtf8ThatWasSentAsGb18030WithTheOffset) {
  std::string utf8;
  ASSERT_TRUE(append_utf8(Charset::gb18030, xml(), utf8));
  // Three bytes of UTF-8 mostly make one and a half characters of GB18030: an odd number of them ends in a
  // fault.
  EXPECT_THAT(xml_faults(with(utf8, "GB18030", "UTF-8")),
              ElementsAre(HasSubstr("encoding_invalid @ byte "), "encoding_contradicts @ line 1"));
}

TEST(DecodeXml, RefusesHostileDocuments) {
  EXPECT_THAT(xml_faults(with(xml(), "<TX>", "<!DOCTYPE TX [<!ENTITY e 'x'>]><TX>")),
              ElementsAre(HasSubstr("dtd_refused @ line 1, column ")));
  std::string deep = "<TX>";
  for (int i = 0; i < 5'000; ++i) deep += "<a>";
  EXPECT_THAT(xml_faults(deep), ElementsAre(HasSubstr("structure_exceeds")));
  EXPECT_THAT(xml_faults(std::string(70'000, ' ')), ElementsAre(HasSubstr("structure_exceeds")));
  EXPECT_THAT(xml_faults(""), ElementsAre(HasSubstr("document_malformed")));
  std::string many = "<TX>";
  for (int i = 0; i < 5'000; ++i) many += "<a/>";
  EXPECT_LE(xml_faults(with(xml(), "<TX>", many)).size(), 200u);
}

TEST(DecodeXml, NamespacesCountByUriNotByPrefix) {
  const std::string bytes = sample("bank08", "loan-disbursement.xml");
  std::string renamed = bytes;
  for (std::size_t at = renamed.find("lg:"); at != std::string::npos; at = renamed.find("lg:", at)) {
    renamed.replace(at, 3, "any:");
  }
  renamed = with(renamed, "xmlns:lg", "xmlns:any");
  EXPECT_THAT(faults("bank08", renamed), IsEmpty());
  EXPECT_THAT(faults("bank08", with(bytes, "urn:sample:bank08:loan:v2", "urn:sample:other")),
              ElementsAre("type_unknown @ /lg:Event/@type"));
}

TEST(DecodeXml, TellsTheKnownTypesForAnUnknownOne) {
  EXPECT_EQ(first_text("citicph", with(xml(), "5W1001", "5W9999")),
            "unknown message type `5W9999`; known: 5W1001, 5W1002, 5W1003, 5W1004, 5W1005, 5W1006, 5W1007, "
            "5W1008, 5W1009, 5W1010, 5W1011, 5W1012, 5W1013, 5W1014, 5W1015, 5W1016, 5W1017, 5W1901");
}

// ---- JSON

std::string json() {
  return sample("sxbph", "loan-disbursement.json");
}
std::vector<std::string> json_faults(const std::string& bytes) {
  return faults("sxbph", bytes);
}

TEST(DecodeJson, NamesEveryFaultByItsPointer) {
  std::string bytes = with(json(), "\"loanAmt\":\"3000000.00\"", "\"loanAmt\":3000000.00");
  bytes = with(bytes, "\"loanNo\":\"JJ202303150001\"", "\"loanNo\":null");
  bytes = with(bytes, "\"contractNo\":\"PHKC2023031500127\"", "\"contractNo\":{}");
  EXPECT_THAT(json_faults(bytes),
              ElementsAre("field_malformed @ /body/contractNo", "field_missing @ /body/loanNo",
                          "field_malformed @ /body/loanAmt"));
}

TEST(DecodeJson, RefusesWhatParsersDisagreeAbout) {  // hazard 10
  for (const char* spoilt : {"{\"head\":1,", "{\"head\":{},\"head\":{},", "{\"x\":1e400x,", "{\"x\":01,",
                             "{/**/", "{'x':1,", "{\"x\":\"\\ud800\",", "{\"x\":NaN,", "\xEF\xBB\xBF{"}) {
    EXPECT_THAT(json_faults(with(json(), "{", spoilt)), testing::Not(IsEmpty())) << spoilt;
  }
  EXPECT_THAT(json_faults(json() + "{}"), ElementsAre(HasSubstr("document_malformed @ line 1, column ")));
  EXPECT_THAT(json_faults("[]"), ElementsAre(HasSubstr("type_unknown")));
}

TEST(DecodeJson, TellsTheOffsetOfInvalidUtf8) {
  const std::string bytes = with(json(), "平湖市", "平\xff\xfe市");
  EXPECT_THAT(json_faults(bytes),
              ElementsAre(fmt::format("encoding_invalid @ byte {}", bytes.find('\xff') + 1)));
}

TEST(DecodeJson, BoundsDepthAndSize) {
  EXPECT_THAT(json_faults(std::string(1'000, '[')), ElementsAre(HasSubstr("structure_exceeds")));
  std::string many = "{\"a\":[0";
  for (int i = 0; i < 25'000; ++i) many += ",0";
  EXPECT_THAT(json_faults(many + "]}"), ElementsAre(HasSubstr("structure_exceeds")));
}

TEST(DecodeJson, RefusesControlCharactersInTexts) {
  EXPECT_THAT(json_faults(with(json(), "\"JJ2023", "\"J\\u0000J2023")),
              ElementsAre("field_malformed @ /body/loanNo"));
}

// ---- fixed

std::string fixed() {
  return sample("phrcb", "loan-disbursement.dat");
}
std::vector<std::string> fixed_faults(const std::string& bytes) {
  return faults("phrcb", bytes);
}

TEST(DecodeFixed, ARecordOneByteShortTellsBothLengths) {
  const std::string bytes = sample("phrcb", "loan-disbursement-bad-one-byte-short.dat");
  EXPECT_THAT(fixed_faults(bytes), ElementsAre("record_length @ line 1"));
  EXPECT_THAT(first_text("phrcb", bytes),
              testing::MatchesRegex("the record has [0-9]+ bytes, expected [0-9]+"));
}

TEST(DecodeFixed, TheLengthPrefixMustAgree) {
  EXPECT_THAT(fixed_faults(fixed() + " "), ElementsAre("framing_invalid @ bytes 1-6"));
  EXPECT_THAT(fixed_faults("12"), ElementsAre("framing_invalid @ bytes 1-6", "framing_invalid @ header"));
  EXPECT_THAT(fixed_faults(with(fixed(), "00", "ab")), ElementsAre("framing_invalid @ bytes 1-6"));
}

TEST(DecodeFixed, NamesByteColumnsOfTheLine) {
  EXPECT_THAT(fixed_faults(with(fixed(), "    3000000.00", "    3000000,00")),
              ElementsAre("field_malformed @ line 1, bytes 213-227"));
  EXPECT_THAT(fixed_faults(with(fixed(), "JJ202303150001", "              ")),
              ElementsAre("field_missing @ line 1, bytes 45-74"));
}

TEST(DecodeFixed, HalfACharacterAtTheEndOfItsPlaceIsRefusedWithItsByte) {
  std::string bytes = fixed();
  const std::size_t name = bytes.find(in(Charset::gb18030, "平湖市"));
  bytes[name + 119] = '\xc6';
  EXPECT_THAT(fixed_faults(bytes), ElementsAre("encoding_invalid @ line 1, bytes 93-212"));
  EXPECT_EQ(first_text("phrcb", bytes),
            fmt::format("not valid GB18030 at byte {}; send in the agreed encoding", name + 120));
}

TEST(DecodeFixed, AFourByteCharacterHasFourBytesOfItsPlace) {
  const std::string name = in(Charset::gb18030, "平湖市");
  const std::string other = in(Charset::gb18030, "𠮷") + in(Charset::gb18030, "湖");
  const auto read = decode(partner("phrcb"), with(fixed(), name, other));
  ASSERT_TRUE(read);
  EXPECT_THAT(std::get<std::string_view>(read->record[LoanDisbursement::field::company_name]),
              testing::StartsWith("𠮷湖科创"));
}

TEST(DecodeFixed, TheStatedNumberOfSegmentsMustBeThere) {
  const std::string bytes = fixed();
  const std::size_t count = bytes.find("02DY");
  ASSERT_NE(count, std::string::npos);
  EXPECT_THAT(fixed_faults(bytes.substr(0, count) + "01" + bytes.substr(count + 2)),
              ElementsAre("field_malformed @ line 1, bytes 700-701"));
}

TEST(DecodeFixed, ATrailByteThatIsTheDelimiterSplitsNothing) {
  const std::string name = in(Charset::gb18030, "平湖市");
  const auto read = decode(partner("bank19"), with(sample("bank19", "loan-disbursement.txt"), name,
                                                   in(Charset::gb18030, "瑋乗|").substr(0, 4)));
  ASSERT_TRUE(read);
  EXPECT_THAT(std::get<std::string_view>(read->record[LoanDisbursement::field::company_name]),
              testing::StartsWith("瑋乗科创"));
}

TEST(DecodeFixed, RecordsOfAGroupAreKnownByTheirTag) {
  const std::string bytes = sample("bank18", "loan-disbursement.txt");
  EXPECT_THAT(faults("bank18", with(bytes, "\r\n3102|", "\r\n9999|")), ElementsAre("code_unknown @ line 2"));
  EXPECT_THAT(faults("bank18", with(bytes, "\r\n3102|", "\r\n3102||")),
              ElementsAre("framing_invalid @ line 2"));
}

TEST(DecodeFixed, DerivedPartsMakeTheMessageId) {
  const auto read = decode(partner("phrcb"), fixed());
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<std::string_view>(read->record[0]), "20230315-100000000-100127");
}

}  // namespace
}  // namespace loangate::adapters
