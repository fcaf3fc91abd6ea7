#pragma once
#include <string>
#include <string_view>

#include "adapters/profile/profile.hpp"

/// How a value lies in a place that is wider than it. Widths are bytes.
namespace loangate::adapters {

/// The value without its padding. Zeros before a number are left: they do no harm, and all zeros are a value.
/// Of another padding byte than the space one is left if there is nothing else, for the same reason.
std::string_view unpadded(std::string_view text, const Padding& padding, bool number);

/// Whether unpadded() would give the value back: it does not itself begin (or end) with what pads it.
bool survives_padding(std::string_view value, const Padding& padding, bool number);

/// The value in exactly `width` bytes, which it must not exceed. Zeros stand between a number's sign and its
/// digits.
void append_padded(std::string_view value, std::size_t width, const Padding& padding, bool number,
                   std::string& out);

}  // namespace loangate::adapters
