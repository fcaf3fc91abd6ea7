#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// What two profiles say otherwise of one thing, in the terms of the language.
struct Difference {
  std::string subject;        ///< `loan_amount`, `collateral[].kind`, `codes.security.pledge`, `encoding`
  std::string zh;             ///< the field's Chinese name
  std::string aspect;         ///< `at`, `unit`, `when`, …; `line`: only one of them has it
  std::string before, after;  ///< empty: says nothing
  std::vector<std::string> messages;  ///< in which; empty: of the profile as a whole
};

/// All differences of meaning; that two files are written otherwise is none. Identity is left out.
std::vector<Difference> diff(const Profile& before, const Profile& after);

}  // namespace loangate::adapters
