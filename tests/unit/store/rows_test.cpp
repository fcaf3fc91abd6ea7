// Sets of places: what is packed comes back.
#include "store/search/rows.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <vector>

namespace loangate::store::search {
namespace {

std::vector<std::uint16_t> every(unsigned step, unsigned count, unsigned first = 0) {
  std::vector<std::uint16_t> rows;
  for (unsigned i = 0; i < count; ++i) rows.push_back(static_cast<std::uint16_t>(first + i * step));
  return rows;
}

std::uint64_t count_of(std::string_view packed) {
  const auto words = std::make_unique<Words>();
  EXPECT_TRUE(add(packed, *words));
  return words->count();
}

TEST(Rows, PackedAsArrayOrBitmapTheyComeBack) {
  for (const unsigned count : {1u, 7u, 4095u, 4096u, 4097u, 30'000u}) {
    const auto rows = every(2, count);
    const std::string packed = pack(rows);
    EXPECT_LE(packed.size(), 8192u);
    const auto words = std::make_unique<Words>();
    ASSERT_TRUE(add(packed, *words));
    EXPECT_EQ(words->count(), count);
    for (const std::uint16_t row : rows) EXPECT_TRUE(words->bits[row / 64] >> (row % 64) & 1);
  }
}

TEST(Rows, AppendedTheyAreBoth) {
  for (const auto& [before, behind] : {std::pair{3u, 4u}, {4095u, 1u}, {4095u, 4096u}, {4096u, 5u}}) {
    std::string packed = pack(every(1, before));
    ASSERT_TRUE(append(packed, pack(every(1, behind, before))));
    EXPECT_EQ(count_of(packed), before + behind);
  }
}

TEST(Rows, WhatWasNotPackedIsRefused) {
  Words words;
  EXPECT_FALSE(add("abc", words));
  EXPECT_FALSE(add(std::string(8194, 'x'), words));
}

TEST(Rows, ARangeIsSetWhole) {
  Words words;
  words.set(std::uint64_t{3}, std::uint64_t{200});
  EXPECT_EQ(words.count(), 197u);
  EXPECT_EQ(words.bits[0] & 7, 0u);
}

}  // namespace
}  // namespace loangate::store::search
