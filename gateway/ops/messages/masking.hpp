#pragma once
#include <string>
#include <string_view>

#include "domain/messages.hpp"

namespace loangate::ops {

/// `张*明`, `138****5678`: enough to tell two apart, not enough to know (settled 43).
std::string masked(std::string_view text);

/// The message with its personal fields masked: canonical JSON again.
std::string masked(MessageKind kind, const std::string& canonical);

}  // namespace loangate::ops
