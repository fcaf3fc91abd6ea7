#include "store/search/rows.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

namespace loangate::store::search {
namespace {

static_assert(std::endian::native == std::endian::little, "rows are kept in this order");
constexpr std::size_t bitmap_bytes = sizeof(Words::bits);

}  // namespace

void Words::set(std::uint64_t from, std::uint64_t until) {
  for (; from < until && from % 64 != 0; ++from) set(static_cast<std::uint16_t>(from));
  for (; from + 64 <= until; from += 64) bits[from / 64] = ~0ull;
  for (; from < until; ++from) set(static_cast<std::uint16_t>(from));
}

Words& Words::operator&=(const Words& other) {
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] &= other.bits[i];
  return *this;
}

Words& Words::operator|=(const Words& other) {
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] |= other.bits[i];
  return *this;
}

bool Words::any() const {
  return std::ranges::any_of(bits, [](std::uint64_t word) { return word != 0; });
}

std::uint64_t Words::count() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t word : bits) sum += static_cast<std::uint64_t>(std::popcount(word));
  return sum;
}

std::string pack(std::span<const std::uint16_t> ascending) {
  if (ascending.size_bytes() < bitmap_bytes)
    return {reinterpret_cast<const char*>(ascending.data()), ascending.size_bytes()};
  const auto words = std::make_unique<Words>();
  for (const std::uint16_t at : ascending) words->set(at);
  return pack(*words);
}

std::string pack(const Words& words) {
  return {reinterpret_cast<const char*>(words.bits.data()), bitmap_bytes};
}

bool add(std::string_view packed, Words& to) {
  if (packed.size() > bitmap_bytes || packed.size() % sizeof(std::uint16_t) != 0) return false;
  if (packed.size() < bitmap_bytes) {
    for (std::size_t i = 0; i < packed.size(); i += sizeof(std::uint16_t)) {
      std::uint16_t at = 0;
      std::memcpy(&at, packed.data() + i, sizeof at);
      to.set(at);
    }
    return true;
  }
  for (std::size_t i = 0; i < to.bits.size(); ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, packed.data() + i * sizeof word, sizeof word);
    to.bits[i] |= word;
  }
  return true;
}

bool append(std::string& packed, std::string_view behind) {
  if (packed.size() + behind.size() < bitmap_bytes) {
    packed += behind;
    return true;
  }
  const auto words = std::make_unique<Words>();
  if (!add(packed, *words) || !add(behind, *words)) return false;
  packed = pack(*words);
  return true;
}

}  // namespace loangate::store::search
