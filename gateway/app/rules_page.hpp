#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "domain/finding_codes.hpp"
#include "programme/rulebook.hpp"

/// The rulebook as an officer reads it: in Chinese and English, each rule with its clause, its words and its
/// values.
namespace loangate::app {

/// All versions of all programmes, or those in force on a day; and how far the data reaches on which they
/// rest.
std::string rules_page(const programme::Rulebook& rulebook, std::optional<Date> on);
/// The same as one JSON object.
std::string rules_json(const programme::Rulebook& rulebook, std::optional<Date> on);

/// What a finding means, on which rule and parameters it rests in each version, and what to do about it.
std::string finding_page(const FindingSpec& finding, const programme::Rulebook& rulebook);
std::string finding_json(const FindingSpec& finding, const programme::Rulebook& rulebook);

/// The finding of this name or number; nullptr if there is none.
const FindingSpec* find_finding(std::string_view name_or_number);

}  // namespace loangate::app
