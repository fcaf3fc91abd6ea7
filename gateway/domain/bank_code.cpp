#include "domain/bank_code.hpp"

#include <algorithm>

namespace loangate {
namespace {
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
}  // namespace

bool is_bank_code(std::string_view code) {
  if (code.size() != 12 || !std::ranges::all_of(code, is_digit)) return false;
  int product = 10;
  for (const char c : code.substr(0, 11)) {
    const int sum = (product + (c - '0')) % 10;
    product = (sum == 0 ? 10 : sum) * 2 % 11;
  }
  return (11 - product) % 10 == code[11] - '0';
}

bool is_institution_code(std::string_view code) {
  return code.size() == 14 && code[0] >= 'A' && code[0] <= 'Z' &&
         std::ranges::all_of(code.substr(1), is_digit);
}

}  // namespace loangate
