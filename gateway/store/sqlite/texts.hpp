#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace loangate::store {

/// The texts of an entry, which say much the same in several forms. As one LZ4 block they take a fifth (fixed
/// width) to two thirds (XML) of their size, against the dictionary of their sender and kind a fifth or less,
/// and writing a page costs more than packing it.
struct EntryTexts {
  std::string_view raw;
  std::string_view canonical;
  std::string_view receipt;
  std::string_view findings;
};

/// What messages of one form have in common. Kept as long as a text that was packed against it.
struct Dictionary {
  std::uint32_t number = 0;  ///< 0: none
  std::string bytes = {};
};

/// `packed` is overwritten: four lengths (little endian, four bytes each; the highest bit of the first says
/// that the number of a dictionary follows, four bytes more) and the block.
void pack_texts(const EntryTexts& texts, const Dictionary& dictionary, std::string& packed);

/// The bytes of a dictionary by its number; none: it is not there.
using FindDictionary = std::function<std::optional<std::string_view>(std::uint32_t)>;

/// Reads pack_texts() back: views into `room`, which is overwritten. None if the bytes are not of
/// pack_texts(), or their dictionary is not there.
std::optional<EntryTexts> unpack_texts(std::string_view packed, const FindDictionary& dictionary,
                                       std::string& room);

}  // namespace loangate::store
