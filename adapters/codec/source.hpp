#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "adapters/profile/profile.hpp"

/// Where things stand in a document's own text: for those who need the bytes as they came, not what they
/// mean.
namespace loangate::adapters {

/// Bytes [begin, end) of a text.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

/// A thing in a document: as a whole, and the value in it.
struct Source {
  Range whole;  ///< an element with its tags; a member's value with its quotes or braces
  Range value;  ///< what stands between the tags, or the quotes; of other JSON values the same as `whole`
};

/// The element that begins at `at` in well-formed XML, or its attribute of that name as it is written.
std::optional<Source> xml_source(std::string_view xml, std::size_t at, std::string_view attribute);
/// The member at the end of the path in valid JSON whose keys are unique and, on the path, without escapes.
std::optional<Source> json_source(std::string_view json, std::span<const Node> path);

/// The offset in `bytes` at which the character stands that begins at `offset` in the same text in UTF-8.
std::size_t source_offset(Charset charset, std::string_view bytes, std::string_view utf8, std::size_t offset);

}  // namespace loangate::adapters
