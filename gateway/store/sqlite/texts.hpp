#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace loangate::store {

/// The texts of an entry, which say much the same in several forms: as one LZ4 block they take a fifth (fixed
/// width) to two thirds (XML) of their size, and writing a page costs more than packing it.
struct EntryTexts {
  std::string_view raw;
  std::string_view canonical;
  std::string_view receipt;
  std::string_view findings;
};

/// `packed` is overwritten: four lengths (little endian, four bytes each) and the block.
void pack_texts(const EntryTexts& texts, std::string& packed);

/// Reads pack_texts() back: views into `room`, which is overwritten. None if the bytes are not of
/// pack_texts().
std::optional<EntryTexts> unpack_texts(std::string_view packed, std::string& room);

}  // namespace loangate::store
