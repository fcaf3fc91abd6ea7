#pragma once
#include <string_view>

namespace loangate::app {

inline constexpr std::string_view version = LOANGATE_VERSION;
inline constexpr std::string_view compiler = __VERSION__;

}  // namespace loangate::app
