#pragma once
#include <string>
#include <string_view>

namespace loangate::ops {

/// Bytes in the form in which JSON can carry them.
std::string base64(std::string_view bytes);

}  // namespace loangate::ops
