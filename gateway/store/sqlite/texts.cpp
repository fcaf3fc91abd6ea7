#include "store/sqlite/texts.hpp"

#include <lz4.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace loangate::store {

namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t head_bytes = 4 * length_bytes;
constexpr std::size_t most_bytes = 128u << 20;  // twice what a unit may hold: more is damage

void put_length(std::string& out, std::size_t length) {
  for (std::size_t i = 0; i < length_bytes; ++i) out += static_cast<char>(length >> 8 * i & 0xff);
}

std::size_t length_at(std::string_view bytes, std::size_t at) {
  std::size_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;)
    length = length << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return length;
}

}  // namespace

void pack_texts(const EntryTexts& texts, std::string& packed) {
  thread_local std::string plain;
  plain.clear();
  packed.clear();
  for (const std::string_view text : {texts.raw, texts.canonical, texts.receipt, texts.findings}) {
    put_length(packed, text.size());
    plain += text;
  }
  const int room = LZ4_compressBound(static_cast<int>(plain.size()));
  packed.resize_and_overwrite(head_bytes + static_cast<std::size_t>(room), [&](char* data, std::size_t) {
    const int bytes =
        LZ4_compress_default(plain.data(), data + head_bytes, static_cast<int>(plain.size()), room);
    return head_bytes + static_cast<std::size_t>(bytes);  // with this room it cannot fail
  });
}

std::optional<EntryTexts> unpack_texts(std::string_view packed, std::string& room) {
  if (packed.size() < head_bytes) return std::nullopt;
  std::array<std::size_t, 4> lengths{};
  std::size_t size = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    lengths[i] = length_at(packed, i * length_bytes);
    size += lengths[i];
  }
  if (size > most_bytes) return std::nullopt;
  room.resize(size);
  const int bytes = LZ4_decompress_safe(packed.data() + head_bytes, room.data(),
                                        static_cast<int>(packed.size() - head_bytes), static_cast<int>(size));
  if (bytes != static_cast<int>(size)) return std::nullopt;
  std::string_view rest = room;
  const auto next = [&](std::size_t length) {
    const std::string_view text = rest.substr(0, length);
    rest.remove_prefix(length);
    return text;
  };
  EntryTexts texts;
  texts.raw = next(lengths[0]);
  texts.canonical = next(lengths[1]);
  texts.receipt = next(lengths[2]);
  texts.findings = next(lengths[3]);
  return texts;
}

}  // namespace loangate::store
