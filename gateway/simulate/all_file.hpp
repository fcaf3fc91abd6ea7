#pragma once
#include <vector>

#include "simulate/player.hpp"

namespace loangate::simulate {

inline constexpr Rate usual_rate = Rate::basis_points(360);  // below the ceiling of 2025 and 2026: 3.90 %
inline constexpr Rate high_rate = Rate::basis_points(600);   // above it

/// A loan that fails, and that of the other bank that lends to the same company.
struct StoryCase {
  const CaseRow* row;
  StoryLoan loan;
  StoryLoan other;
};

/// The day on which all banks file in their own formats: each a good filing and what follows on it, and a bad
/// one of its own kind; the other lenders' loans fall overdue as well; the office rules on what is held.
boost::asio::awaitable<void> all_banks_file(Player& player, const std::vector<StoryCase>& cases);

}  // namespace loangate::simulate
