#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace loangate {

/// Bytes in the form in which JSON can carry them: with padding, without line breaks.
std::string base64(std::string_view bytes);

/// What base64() writes, read strictly: the whole text, padded, in its one canonical form. Nothing if it is
/// not that.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace loangate
