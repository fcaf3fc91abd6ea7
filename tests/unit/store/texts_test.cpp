#include "store/sqlite/texts.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace loangate::store {
namespace {

RC_GTEST_PROP(Texts, come_back_as_they_were, (const std::array<std::string, 4>& texts)) {
  std::string packed;
  pack_texts({.raw = texts[0], .canonical = texts[1], .receipt = texts[2], .findings = texts[3]}, packed);
  std::string room;
  const auto read = unpack_texts(packed, room);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->raw == texts[0]);
  RC_ASSERT(read->canonical == texts[1]);
  RC_ASSERT(read->receipt == texts[2]);
  RC_ASSERT(read->findings == texts[3]);
}

RC_GTEST_PROP(Texts, damaged_bytes_are_refused_or_read_within_bounds, (std::string text)) {
  text += "padding so that there is something to pack packing packing packing";
  std::string packed;
  pack_texts({.raw = text, .canonical = text, .receipt = {}, .findings = {}}, packed);
  const auto at = *rc::gen::inRange<std::size_t>(0, packed.size());
  if (*rc::gen::arbitrary<bool>()) {
    packed.resize(at);
  } else {
    packed[at] = static_cast<char>(~packed[at]);
  }
  std::string room;
  if (const auto read = unpack_texts(packed, room))
    RC_ASSERT(read->raw.size() + read->canonical.size() <= room.size());
}

TEST(Texts, a_fixed_width_receipt_of_blanks_takes_little) {
  const std::string receipt(2'400, ' ');
  std::string packed;
  pack_texts({.raw = {}, .canonical = {}, .receipt = receipt, .findings = {}}, packed);
  EXPECT_LT(packed.size(), 100u);
}

TEST(Texts, a_stated_length_beyond_all_bounds_is_refused_without_claiming_memory) {
  std::string room;
  EXPECT_FALSE(unpack_texts(std::string(16, '\xff') + "x", room));
  EXPECT_FALSE(unpack_texts("", room));
}

}  // namespace
}  // namespace loangate::store
