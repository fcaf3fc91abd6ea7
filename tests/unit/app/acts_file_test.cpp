// A file of acts as a spreadsheet writes it: columns in any order, in Chinese or English, in two encodings;
// every mistake at once, with its line.
#include "app/acts_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/codec/charset.hpp"
#include "domain/messages.hpp"

namespace loangate::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view head = "统一社会信用代码,企业名称,名单类别,认定文件号,生效日,失效日\n";

std::expected<ActsFile, LineFault> read(std::string_view bytes) {
  return read_acts_file(bytes, CompanyEntry::spec());
}

std::string in_gb18030(std::string_view text) {
  std::string bytes;
  EXPECT_TRUE(adapters::append_encoded(adapters::Charset::gb18030, text, bytes));
  return bytes;
}

std::vector<std::size_t> lines_of(const std::vector<LineFault>& faults) {
  std::vector<std::size_t> lines;
  for (const LineFault& fault : faults) lines.push_back(fault.line);
  return lines;
}

TEST(ActsFile, ALineIsAnAct) {
  const auto file = read(
      fmt::format("{}91330482MA2C00028T,平湖某公司,国家高新技术企业,GR2021,2021-01-01,2023-12-31\n", head));
  ASSERT_TRUE(file) << file.error().en;
  EXPECT_THAT(file->faults, IsEmpty());
  ASSERT_THAT(file->acts, SizeIs(1));
  EXPECT_EQ(file->acts.front().line, 2u);
  EXPECT_EQ(
      file->acts.front().json,
      R"({"company_uscc":"91330482MA2C00028T","company_name":"平湖某公司","category":"high_tech","document_no":"GR2021","valid_from":"2021-01-01","valid_until":"2023-12-31"})");
}

TEST(ActsFile, TheSameInEveryEncodingOrderAndLanguage) {
  const std::string row = "91330482MA2C00028T,平湖某公司,high_tech,GR2021,2021-01-01,";
  const std::string plain = fmt::format("{}{}\r\n", head, row);
  const std::string expected = read(plain).value().acts.front().json;
  EXPECT_EQ(read("\xEF\xBB\xBF" + plain).value().acts.front().json, expected);
  EXPECT_EQ(read(in_gb18030(plain)).value().acts.front().json, expected);
  EXPECT_EQ(read("valid_from,category,company_name,company_uscc,document_no\n"
                 "2021年1月1日,国家高新技术企业,平湖某公司,91330482MA2C00028T,GR2021\n")
                .value()
                .acts.front()
                .json,
            expected);
}

TEST(ActsFile, DaysAreReadAsSpreadsheetsWriteThem) {
  for (const char* day : {"2021-01-01", "2021/1/1", "2021-1-1", "2021年1月1日"}) {
    const auto file = read(fmt::format("{}91330482MA2C00028T,某,high_tech,GR,{},\n", head, day));
    ASSERT_THAT(file->acts, SizeIs(1)) << day;
    EXPECT_THAT(file->acts.front().json, HasSubstr("\"valid_from\":\"2021-01-01\""));
  }
  for (const char* day :
       {"20210101", "2021-13-01", "2021-02-29", "2021-01-01x", "1月1日", "44197", "2021-1"}) {
    EXPECT_THAT(read(fmt::format("{}91330482MA2C00028T,某,high_tech,GR,{},\n", head, day))->faults, SizeIs(1))
        << day;
  }
}

TEST(ActsFile, EveryMistakeIsToldAtOnceWithItsLine) {
  const auto file =
      read(fmt::format("{}"
                       "91330482MA2C00028T,某,高新,GR,2021-01-01,\n"
                       ",某,high_tech,GR,2021-01-01,明天\n"
                       ",,,,,\n"
                       "91330482MA2C00036M,某,high_tech,GR\n"
                       "91330482MA2C00036M,\"两\n行\",high_tech,{},2021-01-01,\n"
                       "91330482MA2C00036M,某,high_tech,GR,2021-01-01,\n",
                       head, std::string(81, 'x')));
  ASSERT_TRUE(file);
  EXPECT_THAT(lines_of(file->faults), ElementsAre(2, 3, 3, 5, 6));
  EXPECT_THAT(file->faults[0].zh, HasSubstr("国家高新技术企业"));
  EXPECT_THAT(file->faults[1].zh, HasSubstr("统一社会信用代码"));
  EXPECT_THAT(file->faults[2].en, HasSubstr("a day such as"));
  EXPECT_THAT(file->faults[3].en, HasSubstr("4 cells, 6 columns"));
  EXPECT_THAT(file->faults[4].en, HasSubstr("longer than 80 bytes"));
  ASSERT_THAT(file->acts, SizeIs(1)) << "what is right is read all the same";
  EXPECT_EQ(file->acts.front().line, 8u);
}

TEST(ActsFile, AHeadThatIsWrongIsToldBeforeAnythingElse) {
  const auto fault = [](std::string_view bytes) {
    const auto file = read(bytes);
    EXPECT_FALSE(file);
    return file ? std::string() : file.error().en;
  };
  EXPECT_THAT(fault("统一社会信用代码,企业名称,名单类别,认定文件号\n"), HasSubstr("valid_from"));
  EXPECT_THAT(fault("统一社会信用代码,名称\n"), HasSubstr("`名称` is no column"));
  EXPECT_THAT(fault("企业名称,company_name\n"), HasSubstr("twice"));
  EXPECT_THAT(fault(""), HasSubstr("empty"));
  EXPECT_THAT(fault("\xFF\xFF\n"), HasSubstr("neither UTF-8 nor GB18030"));
  EXPECT_THAT(fault("\xEF\xBB\xBF\xB9\xAB\n"), HasSubstr("neither")) << "marked as UTF-8, and it is not";
}

}  // namespace
}  // namespace loangate::app
