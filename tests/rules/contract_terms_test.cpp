// The contract tells a partner every finding that a message can get: what a row of the tables finds stands
// there.
#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/contract/terms.hpp"
#include "tests/rules/table.hpp"

namespace loangate::support {
namespace {

TEST(ContractTerms, NameEveryFindingThatARowShows) {
  for (const Table& table : tables()) {
    for (const Row& row : table.rows) {
      const MessageSpec& message = spec_of(row.step.kind);
      if (message.direction != Direction::in) continue;
      const auto told = adapters::findings_of(row.step.kind);
      for (const std::string& code : row.finds) {
        EXPECT_TRUE(std::ranges::any_of(told, [&](FindingCode each) { return spec_of(each).name == code; }))
            << table.path << ':' << row.line << ": " << message.name << " finds " << code
            << ", which adapters/contract/terms.cpp does not list";
      }
    }
  }
}

}  // namespace
}  // namespace loangate::support
