#include "store/sqlite/texts.hpp"

#include <lz4.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace loangate::store {

namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t head_bytes = 4 * length_bytes;
constexpr std::size_t has_dictionary = 1u << 31;  // in the first length
constexpr std::size_t most_bytes = 128u << 20;    // twice what a unit may hold: more is damage

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

void pack_texts(const EntryTexts& texts, const Dictionary& dictionary, std::string& packed) {
  thread_local std::string plain;
  thread_local LZ4_stream_t stream;
  plain.clear();
  packed.clear();
  const bool against = dictionary.number != 0;
  for (const std::string_view text : {texts.raw, texts.canonical, texts.receipt, texts.findings}) {
    put_length(packed, text.size() | (against && packed.empty() ? has_dictionary : 0));
    plain += text;
  }
  if (against) put_length(packed, dictionary.number);
  const std::size_t head = packed.size();
  const int size = static_cast<int>(plain.size());
  const int room = LZ4_compressBound(size);
  packed.resize_and_overwrite(head + static_cast<std::size_t>(room), [&](char* data, std::size_t) {
    int bytes = 0;  // with this room it cannot fail
    if (against) {
      LZ4_loadDict(&stream, dictionary.bytes.data(), static_cast<int>(dictionary.bytes.size()));
      bytes = LZ4_compress_fast_continue(&stream, plain.data(), data + head, size, room, 1);
    } else {
      bytes = LZ4_compress_default(plain.data(), data + head, size, room);
    }
    return head + static_cast<std::size_t>(bytes);
  });
}

std::optional<EntryTexts> unpack_texts(std::string_view packed, const FindDictionary& dictionary,
                                       std::string& room) {
  if (packed.size() < head_bytes) return std::nullopt;
  std::size_t head = head_bytes;
  std::string_view known;
  const bool against = (length_at(packed, 0) & has_dictionary) != 0;
  if (against) {
    if (packed.size() < head_bytes + length_bytes) return std::nullopt;
    const auto found = dictionary(static_cast<std::uint32_t>(length_at(packed, head_bytes)));
    if (!found) return std::nullopt;
    known = *found;
    head += length_bytes;
  }
  std::array<std::size_t, 4> lengths{};
  std::size_t size = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    lengths[i] = length_at(packed, i * length_bytes) & ~(i == 0 ? has_dictionary : 0);
    size += lengths[i];
  }
  if (size > most_bytes) return std::nullopt;
  room.resize(size);
  const int bytes =
      LZ4_decompress_safe_usingDict(packed.data() + head, room.data(), static_cast<int>(packed.size() - head),
                                    static_cast<int>(size), known.data(), static_cast<int>(known.size()));
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
