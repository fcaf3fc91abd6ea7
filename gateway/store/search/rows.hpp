#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Sets of places in the journal. A place is a sequence less one. Places are cut into chunks of 65,536; a
/// set's part in one chunk is kept as a sorted array of 16-bit numbers, or as a bitmap where that is smaller
/// (the form of Roaring bitmaps, Chambi, Lemire and others 2016).
namespace loangate::store::search {

inline constexpr unsigned chunk_bits = 16;
inline constexpr std::uint64_t chunk_places = 1u << chunk_bits;

/// A part of a set as a bitmap, to reckon with.
struct Words {
  std::array<std::uint64_t, chunk_places / 64> bits{};

  void set(std::uint16_t at) { bits[at / 64] |= 1ull << (at % 64); }
  /// `from` up to, not including, `until`.
  void set(std::uint64_t from, std::uint64_t until);
  Words& operator&=(const Words& other);
  Words& operator|=(const Words& other);
  bool any() const;
  std::uint64_t count() const;
};

/// As the file keeps it: fewer than 4,096 as an array, else a bitmap of 8 KiB.
std::string pack(std::span<const std::uint16_t> ascending);
std::string pack(const Words& words);
/// Adds what pack() wrote. False: these are no bytes of pack().
bool add(std::string_view packed, Words& to);
/// Two parts of one chunk of which the second lies wholly behind the first, as one.
bool append(std::string& packed, std::string_view behind);

}  // namespace loangate::store::search
