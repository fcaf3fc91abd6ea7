#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "store/sqlite/fingerprints.hpp"
#include "store/sqlite/memory.hpp"
#include "tests/support/property.hpp"

namespace loangate::store {
namespace {

/// Keys of few different values, in few shards, so that they meet.
rc::Gen<Fingerprint> crowded_key() {
  return rc::gen::container<Fingerprint>(rc::gen::inRange<std::uint8_t>(0, 2));
}

rc::Gen<std::vector<std::pair<Fingerprint, std::uint64_t>>> puts() {
  return rc::gen::container<std::vector<std::pair<Fingerprint, std::uint64_t>>>(
      rc::gen::pair(crowded_key(), rc::gen::inRange<std::uint64_t>(1, 1ull << 40)));
}

TEST(FingerprintIndexProperty, finds_what_was_put_last) {
  support::holds([] {
    FingerprintIndex index;
    std::map<Fingerprint, std::uint64_t> expected;
    for (const auto& [key, number] : *puts()) {
      index.put(key, {number});
      expected[key] = number;
      RC_ASSERT(index.find(key) == Sequence{number});
    }
    RC_ASSERT(index.size() == expected.size());
    for (const auto& [key, number] : expected) RC_ASSERT(index.find(key) == Sequence{number});
    RC_ASSERT(!index.find(Fingerprint{9}));
  });
}

TEST(FingerprintsProperty, a_row_of_keys_is_read_back_as_it_was_written) {
  support::holds([] {
    std::vector<std::pair<Fingerprint, Sequence>> keys;
    constexpr std::uint64_t last = 1ull << 39;
    for (const auto& [key, number] : *puts()) keys.emplace_back(key, Sequence{last - number % 100'000});
    std::vector<std::pair<Fingerprint, Sequence>> read;
    RC_ASSERT(unpack(pack(keys, {last}), {last},
                     [&](const Fingerprint& key, Sequence at) { read.emplace_back(key, at); }));
    RC_ASSERT(read == keys);
  });
}

TEST(Fingerprints, a_cut_row_of_keys_is_refused) {
  const std::string row = pack({{Fingerprint{1}, {7}}}, {9});
  const auto nothing = [](const Fingerprint&, Sequence) {};
  EXPECT_TRUE(unpack(row, {9}, nothing));
  EXPECT_FALSE(unpack(std::string_view(row).substr(1), {9}, nothing));
  EXPECT_FALSE(unpack(row, {2}, nothing)) << "two before entry 2 there is none";
}

TEST(FingerprintIndex, holds_a_hundred_thousand_in_little_memory_and_forgets_none) {
  FingerprintIndex index;
  const auto key = [](std::uint64_t n) {
    const Digest digest = sha256(std::to_string(n));
    Fingerprint print;
    std::copy_n(digest.begin(), print.size(), print.begin());
    return print;
  };
  for (std::uint64_t n = 1; n <= 100'000; ++n) index.put(key(n), {n});
  for (std::uint64_t n = 1; n <= 100'000; ++n) ASSERT_EQ(index.find(key(n)), Sequence{n});
  for (std::uint64_t n = 100'001; n <= 110'000; ++n) ASSERT_FALSE(index.find(key(n)));
  EXPECT_EQ(index.size(), 100'000u);
  index.clear();
  EXPECT_EQ(index.size(), 0u);
}

TEST(Fingerprints, of_different_kinds_never_meet) {
  const auto partner = PartnerId::parse("bank01").value();
  EXPECT_NE(message_fingerprint(partner, MessageId::parse("JJ1").value()),
            loan_fingerprint({partner, LoanNo::parse("JJ1").value()}));
  EXPECT_NE(message_fingerprint(PartnerId::parse("ab").value(), MessageId::parse("c").value()),
            message_fingerprint(PartnerId::parse("a").value(), MessageId::parse("bc").value()));
}

}  // namespace
}  // namespace loangate::store
