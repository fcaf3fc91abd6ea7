#include "store/sqlite/texts.hpp"

#include "store/sqlite/dictionaries.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace loangate::store {
namespace {

/// A finder that has this one dictionary.
FindDictionary only(const Dictionary& dictionary) {
  return [&dictionary](std::uint32_t number) {
    return number == dictionary.number ? std::optional<std::string_view>(dictionary.bytes) : std::nullopt;
  };
}
const Dictionary none;

RC_GTEST_PROP(Texts, come_back_as_they_were,
              (const std::array<std::string, 4>& texts, const std::string& known, bool against)) {
  const Dictionary dictionary{against ? 7u : 0u, known + texts[0]};
  std::string packed;
  pack_texts({.raw = texts[0], .canonical = texts[1], .receipt = texts[2], .findings = texts[3]}, dictionary,
             packed);
  std::string room;
  const auto read = unpack_texts(packed, only(dictionary), room);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->raw == texts[0]);
  RC_ASSERT(read->canonical == texts[1]);
  RC_ASSERT(read->receipt == texts[2]);
  RC_ASSERT(read->findings == texts[3]);
}

RC_GTEST_PROP(Texts, damaged_bytes_are_refused_or_read_within_bounds, (std::string text)) {
  text += "padding so that there is something to pack packing packing packing";
  std::string packed;
  const Dictionary dictionary{*rc::gen::inRange(0u, 2u), text};
  pack_texts({.raw = text, .canonical = text, .receipt = {}, .findings = {}}, dictionary, packed);
  const auto at = *rc::gen::inRange<std::size_t>(0, packed.size());
  if (*rc::gen::arbitrary<bool>()) {
    packed.resize(at);
  } else {
    packed[at] = static_cast<char>(~packed[at]);
  }
  std::string room;
  if (const auto read = unpack_texts(packed, only(dictionary), room))
    RC_ASSERT(read->raw.size() + read->canonical.size() <= room.size());
}

TEST(Texts, a_fixed_width_receipt_of_blanks_takes_little) {
  const std::string receipt(2'400, ' ');
  std::string packed;
  pack_texts({.raw = {}, .canonical = {}, .receipt = receipt, .findings = {}}, none, packed);
  EXPECT_LT(packed.size(), 100u);
}

TEST(Texts, a_stated_length_beyond_all_bounds_is_refused_without_claiming_memory) {
  std::string room;
  EXPECT_FALSE(unpack_texts(std::string(16, '\xff') + "x", only(none), room));
  EXPECT_FALSE(unpack_texts(std::string(16, '\x7f') + "x", only(none), room));
  EXPECT_FALSE(unpack_texts("", only(none), room));
}

TEST(Texts, without_their_dictionary_are_refused) {
  std::string packed, room;
  pack_texts({.raw = "<Filing>", .canonical = {}, .receipt = {}, .findings = {}}, {3, "<Filing>"}, packed);
  EXPECT_FALSE(unpack_texts(packed, only({4, "<Filing>"}), room));
}

TEST(Dictionaries, learn_the_form_and_nothing_of_whom_it_speaks) {
  const std::string one =
      "<Filing><Company>张三科技</Company><Uscc>91330482MA2CWXYZ1A</Uscc><Phone>13812345678</Phone>"
      "<F012>yes</F012></Filing>";
  const std::string other =
      "<Filing><Company>张三科技</Company><Uscc>91330482MA2CWXYZ1A</Uscc><Phone>13812345678</Phone>"
      "<F012>nay</F012></Filing>";
  const std::string form = in_common(one, other);
  EXPECT_NE(form.find("<Filing><Company>"), form.npos) << form;
  EXPECT_NE(form.find("</Phone><F012>"), form.npos) << form;
  EXPECT_EQ(form.find("张"), form.npos) << form;
  EXPECT_EQ(form.find("1381"), form.npos) << form;
  EXPECT_EQ(form.find("9133"), form.npos) << form;
  EXPECT_EQ(in_common(one, "nothing like it"), "");
}

RC_GTEST_PROP(Dictionaries, are_bounded_and_hold_no_numbers, (const std::string& text)) {
  std::string long_text;
  while (long_text.size() < 20'000) long_text += text + "<Tag attribute=\"12345678\">";
  const std::string form = in_common(long_text, long_text);
  RC_ASSERT(form.size() <= 8u * 1024);
  std::size_t digits = 0;
  for (const char c : form) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    RC_ASSERT(digits <= 6u);  // of two pieces that meet
    RC_ASSERT(static_cast<unsigned char>(c) < 0x80);
  }
}

}  // namespace
}  // namespace loangate::store
