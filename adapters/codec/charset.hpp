#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

/// Partners' character sets ↔ UTF-8, strictly: what is no legal code is refused with its offset, what the
/// target lacks is refused with its offset, nothing is ever replaced.
///
/// The mapping is glibc's iconv (measured twice as fast as ICU, part of the C library, and its GB18030 agrees
/// with the WHATWG table in all but seven codes of the private use area). It is asked once per code at the
/// first use and kept as a table: a call per field would cost more than the conversion. Edition: GB18030-2022
/// in the two-byte area, FE59 is U+9FB4; the four-byte codes that the 2005 edition had for the 24 characters
/// that moved (82359037 for U+9FB4) are read as the same characters, and written in their place of 2022. GBK
/// is the set of 21,791 two-byte codes without the single byte 0x80 that some tables read as €; GB2312 is the
/// part of it in rows A1–F7.
namespace loangate::adapters {

enum class Charset : std::uint8_t { utf8, gb18030, gbk, gb2312 };

/// `UTF-8`, `GB18030`, `GBK`, `GB2312`.
std::string_view name(Charset charset);
/// The charset of that name, in any case and also as `UTF8`; nothing if it is none of ours.
std::optional<Charset> charset_named(std::string_view name);

/// No byte has its highest bit set: the same bytes in every charset here.
bool is_ascii(std::string_view bytes);

/// What cannot be converted, and where: the offset of its first byte in the input.
struct CharsetFault {
  std::size_t offset;
};

/// Appends `bytes` to `out` as UTF-8. After a fault `out` holds what came before it.
std::expected<void, CharsetFault> append_utf8(Charset from, std::string_view bytes, std::string& out);

/// Appends the UTF-8 text to `out` in the charset. The fault is a character that the charset lacks, or an
/// illegal byte; its offset counts in `utf8`. After a fault `out` holds what came before it.
std::expected<void, CharsetFault> append_encoded(Charset to, std::string_view utf8, std::string& out);

/// The length of the character that begins at `at` in bytes of the charset; 1 if none legal begins there.
std::size_t character_size(Charset charset, std::string_view bytes, std::size_t at);

/// The longest head of `bytes` of at most `limit` bytes that cuts no character.
std::string_view whole_characters(Charset charset, std::string_view bytes, std::size_t limit);

}  // namespace loangate::adapters
