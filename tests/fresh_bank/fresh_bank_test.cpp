// A bank that nobody had in mind when the language of profiles was made: interface.md is its document, the
// samples are its bytes, and profile.yaml was written from the document and adapters/README.md alone.
// LOANGATE_GOLDEN=write writes the expectations beside the samples anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "adapters/codec/codec.hpp"
#include "adapters/codec/prove.hpp"
#include "adapters/codec/reading.hpp"

namespace loangate::adapters {
namespace {

const std::filesystem::path folder = LOANGATE_SOURCE_DIR "/tests/fresh_bank";

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::string said(const ConfigErrors& errors) {
  std::string text;
  for (const ConfigError& error : errors) text += error.text() + '\n';
  return text;
}

const Profile& bank() {
  static const auto loaded = load_profile("bank22", content(folder / "profile.yaml"));
  if (!loaded) {
    ADD_FAILURE() << said(loaded.error());
    std::abort();
  }
  return *loaded;
}

constexpr std::string_view sent[] = {"01_601101_fkba.xml", "02_601103_hk.xml",   "03_601102_zq.xml",
                                     "04_601104_jq.xml",   "05_601105_yqbg.xml", "06_601106_dcsq.xml",
                                     "07_601108_dzqr.xml", "09_601109_edcx.xml", "10_601110_edyz.xml",
                                     "11_601111_dksp.xml", "12_601112_wbxd.xml", "13_601113_zcqk.xml",
                                     "14_601114_hxsq.xml", "15_601115_zxdj.xml", "16_601116_bagz.xml",
                                     "17_601117_bacx.xml", "18_601118_dz.xml"};

TEST(FreshBank, EachOfItsMessagesIsReadAsExpectedAndWrittenBack) {
  const char* mode = std::getenv("LOANGATE_GOLDEN");
  for (const std::string_view file : sent) {
    SCOPED_TRACE(file);
    const auto read = decode(bank(), content(folder / "samples" / file));
    ASSERT_TRUE(read) << text_en(read.error().findings.front());
    const std::string actual = reading_json(bank(), content(folder / "samples" / file));
    const auto expected = folder / "samples" / (std::string(file) + ".expected.json");
    if (mode != nullptr && std::string_view(mode) == "write")
      std::ofstream(expected, std::ios::binary) << actual;
    EXPECT_EQ(content(expected), actual);

    const auto written = encode(bank(), read->kind, read->record);
    ASSERT_TRUE(written) << written.error().reason;
    const auto again = decode(bank(), *written);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->record == read->record);
  }
}

TEST(FreshBank, ItsProfileCarriesAllThatItMust) {
  EXPECT_EQ(said(prove(bank())), "");
}

TEST(FreshBank, ItsMailboxListHasTheDeliveryIdAsAnElement) {  // chapter 6
  const std::pair<DeliveryId, std::string> one{DeliveryId{3382}, bank().xml.declaration + "<Service/>"};
  EXPECT_EQ(encode_list(bank(), std::span(&one, 1)),
            bank().xml.declaration + "<YXQD><YJXF><TDBH>3382</TDBH><Service/></YJXF></YXQD>");
}

}  // namespace
}  // namespace loangate::adapters
