#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace loangate {
namespace {

TEST(Sha256, IsTheStandardsOwn) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(DigestBuilder, TellsPartsApart) {
  const auto of = [](std::string_view a, std::string_view b) {
    DigestBuilder builder;
    return builder.add(a).add(b).finish();
  };
  EXPECT_NE(of("ab", "c"), of("a", "bc"));
  EXPECT_EQ(of("ab", "c"), of("ab", "c"));
}

TEST(Hex, GoesBothWaysAndRefusesTheRest) {
  EXPECT_EQ(hex(std::string_view("\x00\xff\x7f", 3)), "00ff7f");
  EXPECT_EQ(from_hex("00FF7f"), std::string("\x00\xff\x7f", 3));
  for (const char* text : {"0", "0g", "0x", " 00"}) EXPECT_FALSE(from_hex(text)) << text;
}

}  // namespace
}  // namespace loangate
