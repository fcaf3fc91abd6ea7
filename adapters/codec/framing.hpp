#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "adapters/codec/cells.hpp"

namespace loangate::adapters {

/// A message taken out of its framing.
struct Framed {
  std::string_view whole;   ///< as it came
  std::string_view header;  ///< the header block; empty if the profile has none
  std::string_view body;
  std::size_t after_header;  ///< bytes that follow the header, end marker included
  bool is_part = false;      ///< of a larger document: XML has no declaration of its own
};

/// Takes length prefix, header block and end marker off; if they do not fit, which is reported, nothing, or
/// to the thorough what there is.
std::optional<Framed> unframe(const Profile& profile, std::string_view whole, Faults& faults,
                              bool thorough = false);

/// Puts length prefix, header block and end marker around a body. False if the length needs more digits.
bool frame(const Framing& framing, std::string_view header, std::string_view body, std::string& out);

}  // namespace loangate::adapters
