#include "domain/uscc.hpp"

#include <cstddef>

namespace loangate {
namespace {

// GB 32100: no I, O, S, V, Z; a character's value is its place.
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
constexpr int code_weights[] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
// GB 11714: over 0-9 A-Z, a letter counts from 10.
constexpr int organisation_weights[] = {3, 7, 9, 10, 5, 8, 4, 2};

constexpr int organisation_value(char c) {
  return c <= '9' ? c - '0' : c - 'A' + 10;
}

}  // namespace

bool is_uscc(std::string_view code) {
  if (code.size() != 18) return false;
  int sum = 0;
  for (std::size_t i = 0; i < 18; ++i) {
    const std::size_t value = alphabet.find(code[i]);
    if (value == std::string_view::npos) return false;
    if (i < 17) sum += static_cast<int>(value) * code_weights[i];
  }
  for (std::size_t i = 2; i < 8; ++i) {
    if (code[i] > '9') return false;  // 登记管理机关行政区划码
  }
  if (alphabet[static_cast<std::size_t>((31 - sum % 31) % 31)] != code[17]) return false;

  int inner = 0;
  for (std::size_t i = 0; i < 8; ++i) inner += organisation_value(code[8 + i]) * organisation_weights[i];
  constexpr std::string_view inner_checks = "0123456789X";
  return inner_checks[static_cast<std::size_t>((11 - inner % 11) % 11)] == code[16];
}

}  // namespace loangate
