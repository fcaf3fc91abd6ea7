#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <string>
#include <string_view>

namespace loangate::adapters {

/// Whether two runs of bytes agree. Names are short: a call of the C library costs more than comparing them.
inline bool same_bytes(const char* a, const char* b, std::size_t size) {
  const auto differ = [&]<class Word>(Word, std::size_t at) {
    Word left, right;
    std::memcpy(&left, a + at, sizeof left);
    std::memcpy(&right, b + at, sizeof right);
    return left != right;
  };
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) {
      if (differ(std::uint64_t{}, at)) return false;
    }
    return !differ(std::uint64_t{}, size - 8);
  }
  if (size >= 4) return !differ(std::uint32_t{}, 0) && !differ(std::uint32_t{}, size - 4);
  for (std::size_t at = 0; at < size; ++at) {
    if (a[at] != b[at]) return false;
  }
  return true;
}

/// Bounds on an XML document from outside. Its size is bounded by whoever received it.
struct XmlLimits {
  std::size_t depth = 32;
  std::size_t elements = 20'000;
  std::size_t attributes = 64;  ///< of one element
  bool namespaces = false;      ///< names are qualified: a prefix that is bound to no URI is refused
};

/// Why a document is not let in, and where in its text as a person counts: from 1, columns in characters.
struct XmlFault {
  enum class Kind { malformed, dtd, exceeds };
  Kind kind;
  std::string what;
  std::size_t line;
  std::size_t column;
};

/// What the gate learned on the way. A view into the text.
struct XmlChecked {
  std::string_view declared_encoding = {};  ///< of the XML declaration; empty if it names none
  bool has_attributes = false;              ///< any element
  bool has_escapes = false;  ///< references or carriage returns: text is not what it stands for
};

/// The gate in front of pugixml, which takes four fifths of all documents that are not well-formed (hazard
/// 3). It refuses what is not well-formed, any document type or entity declaration, and what exceeds the
/// bounds. The text is legal UTF-8 already, whatever its declaration says.
///
/// A scanner of our own: without document types the grammar is one page, and expat takes nine times as long
/// as pugixml itself. Expat is the judge in the tests: what passes here must pass there. Names are ASCII and
/// hanzi.
std::expected<XmlChecked, XmlFault> check_xml(std::string_view utf8, const XmlLimits& limits);

}  // namespace loangate::adapters
