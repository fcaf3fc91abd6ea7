// The `batch:` block: each mistake in it is told once, with its line; and cutting and reading the file's own
// parts.
#include "adapters/batch/records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "tests/support/partners.hpp"

namespace loangate::adapters {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Mistake {
  const char* name;
  const char* bank;
  std::string_view from, to;
  std::string_view what;
};

const Mistake mistakes[] = {
    {"AKindThatIsNone", "phrcb", "  kind: loan.disbursement\n", "  kind: loan.payment\n",
     "`loan.payment` is no message that this partner sends"},
    {"AKindThatWeSend", "phrcb", "  kind: loan.disbursement\n", "  kind: receipt\n",
     "`receipt` is no message that this partner sends"},
    {"NoKindWhereTheTypeStandsInTheHeader", "phrcb", "  kind: loan.disbursement\n", "",
     "the type stands in framing.header, which records of a file do not have"},
    {"AnotherWayToJudge", "phrcb", "  kind: loan.disbursement\n",
     "  kind: loan.disbursement\n  judged: some\n",
     "`some` is no way to judge a file: write each or all_or_nothing"},
    {"TooManyRecordsAtOnce", "bank18", "  judged: all_or_nothing\n",
     "  judged: all_or_nothing\n  records: 20001\n",
     "`20001` is no whole number from 1 to 20000: correct it"},
    {"MoreBytesThanEver", "phrcb", "  kind: loan.disbursement\n",
     "  kind: loan.disbursement\n  bytes: 2147483649\n",
     "`2147483649` is no whole number from 1 to 2147483648"},
    {"NoSeparatorOfLines", "phrcb", "  separator: crlf\n", "", "records of this profile have no separator"},
    {"AnUnknownSeparator", "phrcb", "  separator: crlf\n", "  separator: cr\n",
     "`cr` is no separator of lines"},
    {"AnotherSeparatorThanTheRecords", "bank18", "  judged: all_or_nothing\n",
     "  judged: all_or_nothing\n  separator: lf\n", "records of this profile end otherwise"},
    {"ATotalOfWhatIsNoMoney", "phrcb", "  total_of: loan_amount\n", "  total_of: loan_no\n",
     "`loan_no` is no amount of the records"},
    {"AHeaderWithAGap", "phrcb", "    - {filler: 14+6, pad: \"0\"}\n", "",
     "no line covers bytes 14 to 19: map what is there, or add {filler: 14+6}"},
    {"NoBatchId", "phrcb",
     "    - {field: batch_id, parts: [{at: 60+8, form: yyyyMMdd}, {at: 68+4, size: 4}]}\n",
     "    - {filler: 60+12}\n", "no line names the file: add {field: batch_id, at: …}"},
    {"AFieldThatHeadersDoNotHave", "phrcb", "{field: packet_records, at: 8+6}", "{field: amount, at: 8+6}",
     "`amount` is no field of `batch.control`"},
    {"ATypeInTheHeader", "phrcb", "{field: packet_records, at: 8+6}", "{type: true, at: 8+6}",
     "what stands around records has neither a type nor a length"},
    {"NoItemsInXml", "citicph", "  items: /BATCH/BODY/TX\n", "", "an XML file needs the path of its records"},
    {"TheRootAsARecord", "citicph", "  items: /BATCH/BODY/TX\n", "  items: /TX\n",
     "records stand within the root element"},
    {"ItemsInFixedWidth", "phrcb", "  separator: crlf\n", "  separator: crlf\n  items: /A/B\n",
     "`items` is for XML and JSON"},
    {"ATrailerInADocument", "sxbph", "  result:\n    items: /resultList\n",
     "  trailer:\n    - {field: made_on, at: /day}\n  result:\n    items: /resultList\n",
     "a document has no last line: put these lines into `header`"},
    {"RecordsWhereAValueStands", "sxbph", "  items: /transList\n", "  items: /sumAmt\n",
     "a value is mapped on the way to `items`"},
    {"AReturnLineWithoutOutcome", "sxbph", "      - {field: outcome, at: /dealCode}\n", "",
     "the required field `outcome` (返回码) has no line: add one"},
    {"AChoiceOfLinesThatIsNone", "bank18", "    lines_of: failures\n", "    lines_of: bad\n",
     "`bad` is no choice of records: write all or failures"},
    {"AnUnknownKey", "bank18", "    lines_of: failures\n", "    lines_off: failures\n",
     "`lines_off` is not known here: remove or correct it"},
};

std::string text_of(std::string_view bank) {
  std::ostringstream text;
  text << std::ifstream(support::partners_folder / bank / "profile.yaml", std::ios::binary).rdbuf();
  return text.str();
}

TEST(BatchMistakes, EachIsToldWithItsLine) {
  for (const Mistake& mistake : mistakes) {
    std::string text = text_of(mistake.bank);
    const std::size_t at = text.find(mistake.from);
    ASSERT_NE(at, text.npos) << mistake.name;
    text.replace(at, mistake.from.size(), mistake.to);
    const auto profile =
        load_profile(mistake.bank, text, nullptr, nullptr, support::partners_folder / "../bases");
    ASSERT_FALSE(profile) << mistake.name;
    std::string all;
    for (const ConfigError& error : profile.error()) {
      all += error.text() + '\n';
      EXPECT_GT(error.line, 0) << mistake.name << error.text();
    }
    EXPECT_THAT(all, HasSubstr(mistake.what)) << mistake.name;
  }
}

ReadFile reading(const std::string& file) {
  return [&file](std::uint64_t offset, std::span<char> into) {
    std::memcpy(into.data(), file.data() + offset, into.size());
    return into.size();
  };
}

/// The records of a file, and what is wrong with its shape.
struct Cut {
  std::vector<std::string> records;
  std::vector<std::string> faults;
  Surroundings around;
};
Cut cut(std::string_view bank, const std::string& file) {
  const Profile& profile = support::partner(bank);
  const auto cutter = cut_records(profile, *profile.batch, reading(file), file.size());
  Cut made;
  while (const auto record = cutter->next()) made.records.emplace_back(record->bytes);
  for (const Finding& fault : cutter->faults().take())
    made.faults.push_back(fault.place + ": " + text_en(fault));
  made.around = cutter->around();
  return made;
}

TEST(BatchCutter, CutsElementsWhateverStandsInAndAroundThem) {
  const Cut made =
      cut("citicph",
          "<?xml version=\"1.0\"?>\n<!-- <TX> --><BATCH a='<'>\n<INFO><TX/></INFO><BODY>\n"
          "<TX><TX>1</TX></TX> <TX a=\">\"/>\n<TX><![CDATA[</TX>]]></TX><!-- x --></BODY></BATCH>\n");
  EXPECT_THAT(made.records,
              ElementsAre("<TX><TX>1</TX></TX>", "<TX a=\">\"/>", "<TX><![CDATA[</TX>]]></TX>"));
  EXPECT_THAT(made.faults, ElementsAre());
  EXPECT_THAT(made.around.header, HasSubstr("<BODY><!-- x --></BODY></BATCH>"));
}

TEST(BatchCutter, RefusesADocumentTypeAndAnElementThatDoesNotEnd) {
  EXPECT_THAT(cut("citicph", "<!DOCTYPE BATCH>\n<BATCH/>").faults,
              ElementsAre(HasSubstr("line 1, byte 1: a DTD")));
  EXPECT_THAT(cut("citicph", "<BATCH><BODY>\n <TX><A></TX>").faults,
              ElementsAre(HasSubstr("line 2, byte 2: the document is malformed: the file ends within <TX>")));
}

TEST(BatchCutter, CutsItemsOfTheOneArrayThatIsMeant) {
  const Cut made = cut("sxbph",
                       R"({"x":{"transList":[{"no":1}]},"transList" : [ {"a":"]}\"{"} ,
                          {"b":[1,{"c":2}]}, 7 ], "totalCnt":"3"})");
  EXPECT_THAT(made.records, ElementsAre(R"({"a":"]}\"{"})", R"({"b":[1,{"c":2}]})", "7 "));
  EXPECT_THAT(made.faults, ElementsAre());
  EXPECT_EQ(made.around.header, R"({"x":{"transList":[{"no":1}]},"transList" : null, "totalCnt":"3"})");
}

TEST(BatchCutter, TellsWhereAnArrayIsBroken) {
  EXPECT_THAT(cut("sxbph", R"({"transList":[{},]})").faults,
              ElementsAre(HasSubstr("a comma with no record behind it")));
  EXPECT_THAT(cut("sxbph", R"({"transList":[{} {}]})").faults,
              ElementsAre(HasSubstr("a comma is expected between two")));
  EXPECT_THAT(cut("sxbph", R"({"transList":[{"a":)").faults,
              ElementsAre(HasSubstr("the file ends within a record")));
  EXPECT_THAT(cut("sxbph", R"({"transList":[)").faults,
              ElementsAre(HasSubstr("the file ends within the array")));
}

TEST(BatchCutter, TakesTheFirstAndTheLastLineForItself) {
  const Cut made = cut("bank10", "{\"batchId\":\"B\"}\n{}\n{\"a\":1}\n{\"batchId\":\"B\",\"events\":2}");
  EXPECT_THAT(made.records, ElementsAre("{}\n", "{\"a\":1}\n"));
  EXPECT_EQ(made.around.trailer, "{\"batchId\":\"B\",\"events\":2}");
  EXPECT_EQ(made.around.trailer_line, 4u);
}

TEST(BatchCutter, ARecordBeyondTheBoundOfMessagesRefusesTheFile) {
  const std::string much(support::partner("sxbph").bounds.body_bytes + 1, 'x');
  EXPECT_THAT(cut("sxbph", "{\"transList\":[\"" + much + "\"]}").faults,
              ElementsAre(HasSubstr("exceeds a bound")));
  EXPECT_THAT(cut("citicph", "<BATCH><BODY><TX>" + much + "</TX></BODY></BATCH>").faults,
              ElementsAre(HasSubstr("exceeds a bound")));
  EXPECT_THAT(cut("bank10", "{}\n" + much + "\n{}").faults, ElementsAre(HasSubstr("exceeds a bound")));
  EXPECT_THAT(cut("citicph", "<BATCH>" + much + "</BATCH>").faults,
              ElementsAre(HasSubstr("exceeds a bound")));
}

/// Good files, damaged at random: whoever goes on from a record's place finds the same record.
TEST(BatchCutter, WhateverTheBytesARecordIsFoundAgainAtItsPlace) {
  const std::pair<std::string_view, std::string> files[] = {
      {"citicph",
       "<?xml version=\"1.0\" encoding=\"GB18030\"?>\n<BATCH><INFO><REQ_SN>1</REQ_SN></INFO><BODY>\n"
       "<TX a='1'><B/><![CDATA[x]]></TX>\n<TX/><!-- c --><TX>\xC6\xBD</TX></BODY></BATCH>"},
      {"sxbph", R"({"batchNo":"1","transList":[{"a":"\"]"},{"b":[1,2,{}]},{"c":null}],"totalCnt":"3"})"},
      {"bank10", "{\"batchId\":\"B\"}\n{\"a\":1}\n{}\n{\"events\":2}\n"},
      {"phrcb",
       std::string(71, '0') + "\r\n" + std::string(40, 'x') + "\r\n\r\n" + std::string(9, 'y') + "\r\n"}};
  std::mt19937 chance(7);
  constexpr std::string_view bytes = "<>/![]{},\"'\\\r\n =-?TX\x81\x30\xff";
  for (const auto& [bank, good] : files) {
    const Profile& profile = support::partner(bank);
    for (int i = 0; i < 3'000; ++i) {
      std::string file = good;
      for (std::uint32_t changes = chance() % 4; changes > 0; --changes) {
        const std::size_t at = chance() % file.size();
        if (chance() % 3 == 0) file.erase(at, 1 + chance() % 8);
        if (file.empty()) file = "x";
        file.insert(chance() % file.size(), 1, bytes[chance() % bytes.size()]);
      }
      const auto cutter = cut_records(profile, *profile.batch, reading(file), file.size());
      BatchCount count;
      for (;;) {
        const RecordPlace before = cutter->next_place();
        const auto record = cutter->next();
        if (!record) break;
        ASSERT_EQ(record->place.number, ++count.records);
        ASSERT_EQ(file.substr(record->place.offset, record->bytes.size()), record->bytes) << file;
        if (before.number > 1) {
          const auto again = cut_records(profile, *profile.batch, reading(file), file.size(), before);
          const auto same = again->next();
          ASSERT_TRUE(same) << file;
          ASSERT_EQ(same->bytes, record->bytes) << file;
          ASSERT_EQ(same->place.offset, record->place.offset) << file;
          ASSERT_EQ(same->place.line, record->place.line) << file;
        }
        static_cast<void>(read_record(profile, *profile.batch, "B", *record));
      }
      if (cutter->faults().none())
        static_cast<void>(read_around(profile, *profile.batch, cutter->around(), count));
    }
  }
}

}  // namespace
}  // namespace loangate::adapters
