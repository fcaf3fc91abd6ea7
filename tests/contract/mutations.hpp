#pragma once
#include <functional>
#include <string>
#include <vector>

#include "adapters/profile/profile.hpp"

namespace loangate::contract_test {

/// A document in UTF-8 that was changed in one way.
struct Mutated {
  std::string what;
  std::string document;
};

/// The document changed at one place, in one of the ways in which hosts go wrong; `dice` says where and how:
/// each call takes a number below its argument.
using Dice = std::function<std::size_t(std::size_t)>;
Mutated mutated_xml(const std::string& document, const Dice& dice);
Mutated mutated_json(const std::string& document, const Dice& dice);

}  // namespace loangate::contract_test
