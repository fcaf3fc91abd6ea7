#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <sstream>

namespace loangate::support {

/// The number of cases and the seed of every property: 5,000 cases from a new seed, or what LOANGATE_CASES
/// and LOANGATE_SEED say.
inline rc::detail::TestParams property_params() {
  const auto number = [](const char* name, std::uint64_t otherwise) -> std::uint64_t {
    const char* given = std::getenv(name);
    return given == nullptr ? otherwise : std::strtoull(given, nullptr, 10);
  };
  rc::detail::TestParams params;
  params.maxSuccess = static_cast<int>(number("LOANGATE_CASES", 5000));
  params.seed =
      number("LOANGATE_SEED", (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}());
  return params;
}

/// Checks a RapidCheck property inside a test, and prints the seed by which it can be run again. `cost` is
/// how many cheap cases one of this property's is worth: so many times fewer are run.
template <class Property>
void holds(Property&& property, int cost = 1) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  rc::detail::TestParams params = property_params();
  params.maxSuccess = std::max(1, params.maxSuccess / cost);
  fmt::print("{} cases, LOANGATE_SEED={}\n", params.maxSuccess, params.seed);
  rc::detail::TestMetadata metadata;
  metadata.id = fmt::format("{}.{}", test->test_suite_name(), test->name());
  metadata.description = metadata.id;
  const auto result = rc::detail::checkTestable(std::forward<Property>(property), metadata, params);
  std::ostringstream words;
  rc::detail::printResultMessage(result, words);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << words.str();
}

}  // namespace loangate::support
