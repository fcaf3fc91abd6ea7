#pragma once
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace loangate::adapters {

/// Bounds on an XML document from outside. Its size is bounded by whoever received it.
struct XmlLimits {
  std::size_t depth = 32;
  std::size_t elements = 20'000;
  std::size_t attributes = 64;  ///< of one element
  bool namespaces = false;      ///< a prefix that is bound to no URI is refused
};

/// Why a document is not let in, and where in its text as a person counts: from 1, columns in characters.
struct XmlFault {
  enum class Kind { malformed, dtd, exceeds };
  Kind kind;
  std::string what;
  std::size_t line;
  std::size_t column;
};

/// What the gate learned on the way.
struct XmlChecked {
  std::string declared_encoding;  ///< of the XML declaration; empty if it names none
};

/// The gate in front of pugixml, which takes four fifths of all documents that are not well-formed (hazard
/// 3): expat reads the text, already in UTF-8 whatever its declaration says, and refuses what is not
/// well-formed, any document type or entity declaration, and what exceeds the bounds.
std::expected<XmlChecked, XmlFault> check_xml(std::string_view utf8, const XmlLimits& limits);

}  // namespace loangate::adapters
