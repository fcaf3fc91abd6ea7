#pragma once
#include <algorithm>
#include <functional>

namespace loangate {

/// std::ranges::contains of C++23, which the standard library of Debian 12 does not have yet.
template <class Range, class Value, class Projection = std::identity>
constexpr bool contains(const Range& range, const Value& value, Projection projection = {}) {
  return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

}  // namespace loangate
