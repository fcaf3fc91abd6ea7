#pragma once
#include <cstdint>
#include <string>

#include "domain/ids.hpp"

namespace loangate::simulate {

/// A company of the story. Names and codes are invented; the codes pass their checks.
struct Borrower {
  Uscc uscc;
  std::string name;
};

/// The company of a number below a million: always the same for the same number.
Borrower borrower(std::uint32_t number);

/// A 支付系统行号 that passes its check, of a number below a hundred million.
BankCode bank_code(std::uint32_t number);

}  // namespace loangate::simulate
