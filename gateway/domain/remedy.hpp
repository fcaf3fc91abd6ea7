#pragma once
#include <string_view>

#include "domain/finding_codes.hpp"

namespace loangate {

/// What people can do about a finding, in both languages.
struct Remedy {
  std::string_view zh;
  std::string_view en;
};

const Remedy& remedy_for(FindingCode code);

}  // namespace loangate
