#include "adapters/codec/charset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.hpp"

namespace loangate::adapters {
namespace {

std::string bytes(std::string_view hexadecimal) {
  return *from_hex(hexadecimal);
}

std::string decoded(Charset charset, std::string_view input) {
  std::string out;
  const auto result = append_utf8(charset, input, out);
  return result ? out : "illegal at " + std::to_string(result.error().offset);
}

std::string encoded(Charset charset, std::string_view input) {
  std::string out;
  const auto result = append_encoded(charset, input, out);
  return result ? hex(out) : "lacks the character at " + std::to_string(result.error().offset);
}

struct Mapping {
  const char* what;
  const char* utf8;
  const char* gb18030;  // hexadecimal, or where the charset lacks it
  const char* gbk;
};

constexpr Mapping mappings[] = {
    {"plain ASCII", "A|\\~", "417c5c7e", "417c5c7e"},
    {"hanzi", "平湖", "c6bdbafe", "c6bdbafe"},
    {"a hanzi that GBK lacks", "䶮", "fe9f", "lacks the character at 0"},
    {"four bytes beyond the BMP", "𠮷", "9534b235", "lacks the character at 0"},
    {"four bytes within the BMP", "㛃", "8230b731", "lacks the character at 0"},
    {"the euro sign is no single byte 80", "€", "a2e3", "lacks the character at 0"},
    {"a no-break space", "\xC2\xA0", "81308432", "lacks the character at 0"},
    {"the dot in a name", "阿·里", "b0a2a1a4c0ef", "b0a2a1a4c0ef"},
    {"a trail byte that is a bar", "瑋", "ac7c", "ac7c"},
    {"a trail byte that is a backslash", "乗", "815c", "815c"},
    {"a radical that moved in 2022", "龴", "fe59", "lacks the character at 0"},
};

TEST(Charset, WritesAndReadsEachCharacterByItsCode) {
  for (const Mapping& row : mappings) {
    SCOPED_TRACE(row.what);
    EXPECT_EQ(encoded(Charset::gb18030, row.utf8), row.gb18030);
    EXPECT_EQ(decoded(Charset::gb18030, bytes(row.gb18030)), row.utf8);
    EXPECT_EQ(encoded(Charset::gbk, row.utf8), row.gbk);
    if (from_hex(row.gbk)) {
      EXPECT_EQ(decoded(Charset::gbk, bytes(row.gbk)), row.utf8);
    }
    EXPECT_EQ(decoded(Charset::utf8, row.utf8), row.utf8);
  }
}

TEST(Charset, ReadsTheOldPlaceOfACharacterThatMovedAndWritesTheNewOne) {
  EXPECT_EQ(decoded(Charset::gb18030, bytes("82359037")), "龴");
  EXPECT_EQ(decoded(Charset::gb18030, bytes("fe59")), "龴");
  EXPECT_EQ(decoded(Charset::gb18030, bytes("84318236")), "\xEF\xB8\x90");  // U+FE10
  EXPECT_EQ(encoded(Charset::gb18030, "\xEE\xA0\x9E"),
            "lacks the character at 0");  // U+E81E, its private twin
}

TEST(Charset, RefusesIllegalBytesWithTheOffsetOfTheFirst) {
  EXPECT_EQ(decoded(Charset::gb18030, "AB\x80"), "illegal at 2");
  EXPECT_EQ(decoded(Charset::gbk, "AB\x80"), "illegal at 2");
  EXPECT_EQ(decoded(Charset::gb18030, bytes("c6bdba")), "illegal at 2");        // half a character at the end
  EXPECT_EQ(decoded(Charset::gb18030, bytes("c6bd8130843a")), "illegal at 2");  // no digit in the fourth byte
  EXPECT_EQ(decoded(Charset::gbk, bytes("9534b235")), "illegal at 0");
  EXPECT_EQ(decoded(Charset::gb18030, "\xff"), "illegal at 0");
  EXPECT_EQ(decoded(Charset::gb2312, bytes("815c")), "illegal at 0");
  EXPECT_EQ(decoded(Charset::utf8, "12345678\xc0\xaf"), "illegal at 8");  // overlong
  EXPECT_EQ(decoded(Charset::utf8, "\xed\xa0\x80"), "illegal at 0");      // surrogate
  EXPECT_EQ(decoded(Charset::utf8, "\xf4\x90\x80\x80"), "illegal at 0");  // beyond U+10FFFF
  EXPECT_EQ(decoded(Charset::utf8, "a\xe5\xb9"), "illegal at 1");
}

TEST(Charset, GbkBytesThatClaimUtf8AreRefused) {
  EXPECT_EQ(decoded(Charset::utf8, "<a>" + bytes("c6bdbafe") + "</a>"), "illegal at 5");
}

TEST(Charset, ReportsWhereACharacterIsThatTheTargetLacks) {
  EXPECT_EQ(encoded(Charset::gbk, "平湖䶮科技"), "lacks the character at 6");
  EXPECT_EQ(encoded(Charset::gb2312, "王瑋"), "lacks the character at 3");
  EXPECT_EQ(encoded(Charset::gb18030, "a\xff"), "lacks the character at 1");
}

TEST(Charset, Gb2312IsThePartOfGbkThatHostsMeanByIt) {
  EXPECT_EQ(encoded(Charset::gb2312, "平湖·—"), "c6bdbafea1a4a1aa");
  EXPECT_EQ(decoded(Charset::gb2312, bytes("c6bdbafea1a4a1aa")), "平湖·—");
}

TEST(Charset, EveryTwoByteCodeComesBackAsItself) {
  for (const Charset charset : {Charset::gb18030, Charset::gbk, Charset::gb2312}) {
    int codes = 0;
    for (int lead = 0x81; lead < 0xff; ++lead) {
      for (int trail = 0x40; trail < 0xff; ++trail) {
        const std::string code{static_cast<char>(lead), static_cast<char>(trail)};
        std::string utf8;
        if (!append_utf8(charset, code, utf8)) continue;
        std::string back;
        ASSERT_TRUE(append_encoded(charset, utf8, back));
        ASSERT_EQ(back, code);
        ++codes;
      }
    }
    EXPECT_EQ(codes, charset == Charset::gb18030 ? 23940
                     : charset == Charset::gbk   ? 21791
                                                 : 7445)
        << name(charset);
  }
}

TEST(Charset, EveryCharacterOfUnicodeGoesThroughGb18030OrIsReported) {
  int lacking = 0;
  for (char32_t point = 0x80; point <= 0x10ffff; ++point) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    std::string utf8;
    if (point < 0x800) {
      utf8 = {static_cast<char>(0xc0 | point >> 6), static_cast<char>(0x80 | (point & 0x3f))};
    } else if (point < 0x10000) {
      utf8 = {static_cast<char>(0xe0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3f)),
              static_cast<char>(0x80 | (point & 0x3f))};
    } else {
      utf8 = {static_cast<char>(0xf0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3f)),
              static_cast<char>(0x80 | (point >> 6 & 0x3f)), static_cast<char>(0x80 | (point & 0x3f))};
    }
    std::string code;
    if (!append_encoded(Charset::gb18030, utf8, code)) {
      ++lacking;
      continue;
    }
    std::string back;
    ASSERT_TRUE(append_utf8(Charset::gb18030, code, back)) << hex(code);
    ASSERT_EQ(back, utf8) << hex(code);
  }
  EXPECT_EQ(lacking, 24) << "the private twins of the characters that moved";
}

TEST(Charset, NeverCutsACharacter) {
  std::string name;
  ASSERT_TRUE(append_encoded(Charset::gbk, "平湖市科创", name));
  EXPECT_EQ(hex(whole_characters(Charset::gbk, name, 5)), "c6bdbafe");
  EXPECT_EQ(hex(whole_characters(Charset::gb18030, bytes("419534b235"), 4)), "41");
  EXPECT_EQ(whole_characters(Charset::utf8, "平湖", 5), "平");
}

TEST(Charset, KnowsTheNamesThatDeclarationsUse) {
  EXPECT_EQ(charset_named("gb18030"), Charset::gb18030);
  EXPECT_EQ(charset_named("utf8"), Charset::utf8);
  EXPECT_EQ(charset_named("big5"), std::nullopt);
}

}  // namespace
}  // namespace loangate::adapters
