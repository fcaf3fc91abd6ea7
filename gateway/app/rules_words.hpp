#pragma once
#include <string>
#include <string_view>

#include "domain/finding_codes.hpp"

/// What people read for the keys and values of the rulebook's files, and for findings beside their own texts:
/// tables, so that a new parameter is a line.
namespace loangate::app {

struct RuleWords {
  std::string_view zh;
  std::string_view en;
};

/// For a rule (`ceiling`) and for one of its parameters (`ceiling`, `limit`); nullptr if it has none.
const RuleWords* words_of_rule(std::string_view rule);
const RuleWords* words_of_parameter(std::string_view rule, std::string_view parameter);
/// Its numbers in the project's list of rules, each with its R.
std::string numbers_of_rule(std::string_view rule);
/// A parameter's value: a code by its names, an amount with its thousands apart, anything else as it is.
std::string words_of_value(std::string_view rule, std::string_view parameter, std::string_view value);

/// What a finding rests on in the rulebook.
struct RestsOn {
  FindingCode code;
  std::string_view rule;
  std::string_view severity =
      {};  ///< the parameter that says what follows, as `ceiling.broken`; "" if none does
};
/// nullptr: on no rule of the rulebook.
const RestsOn* rests_on(FindingCode code);

}  // namespace loangate::app
