#include "adapters/codec/padding.hpp"

namespace loangate::adapters {

std::string_view unpadded(std::string_view text, const Padding& padding, bool number) {
  if (number && padding.byte == '0') return text;
  const std::size_t least = padding.byte == ' ' ? 0 : 1;
  if (padding.side == Padding::Side::left) {
    while (text.size() > least && text.front() == padding.byte) text.remove_prefix(1);
  } else {
    while (text.size() > least && text.back() == padding.byte) text.remove_suffix(1);
  }
  return text;
}

bool survives_padding(std::string_view value, const Padding& padding, bool number) {
  if (number && padding.byte == '0') return true;
  return unpadded(value, padding, number).size() == value.size();
}

void append_padded(std::string_view value, std::size_t width, const Padding& padding, bool number,
                   std::string& out) {
  const std::size_t room = width - value.size();
  if (padding.side == Padding::Side::right) {
    out += value;
    out.append(room, padding.byte);
    return;
  }
  if (number && padding.byte == '0' && !value.empty() && (value.front() == '+' || value.front() == '-')) {
    out += value.front();
    value.remove_prefix(1);
  }
  out.append(room, padding.byte);
  out += value;
}

}  // namespace loangate::adapters
