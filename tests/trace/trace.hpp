#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// Which rule is built where, and which test shows it: read from the tags that code, configuration and
/// tests carry.
namespace loangate::trace {

struct Rule {
  std::string zh;
  std::string en;
  std::string asks_nothing = {};         ///< why it needs neither place nor test
  std::vector<std::string> places = {};  ///< `gateway/programme/overdue.cpp:12`
  std::vector<std::string> tests = {};   ///< the same, below tests/
};

/// By number, R-01 first. Throws std::runtime_error if rules.yaml cannot be read.
std::map<std::string, Rule> trace(const std::filesystem::path& root);

/// What is missing, a line each: a rule without place or test, one that asks nothing and has both, a tag of a
/// rule that does not exist.
std::vector<std::string> gaps(const std::filesystem::path& root);

}  // namespace loangate::trace
