#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loangate {

/// SHA-256 of some bytes.
using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);

/// SHA-256 over several parts, each preceded by its length (8 bytes, big endian), so that
/// ("ab","c") and ("a","bc") differ.
class DigestBuilder {
 public:
  DigestBuilder();
  ~DigestBuilder();
  DigestBuilder(const DigestBuilder&) = delete;
  DigestBuilder& operator=(const DigestBuilder&) = delete;

  DigestBuilder& add(std::string_view part);
  DigestBuilder& add(std::uint64_t number);
  Digest finish();

 private:
  void* context_;
};

/// Lower-case hexadecimal.
std::string hex(std::string_view bytes);
std::string hex(const Digest& digest);
/// The bytes of a hexadecimal text of either case; nothing if it is not one.
std::optional<std::string> from_hex(std::string_view text);

/// The digest's bytes as a view, for storing and comparing.
inline std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace loangate
