// Whatever the text: a query is refused, or has one text that parses back to itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "delivery/selection.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using loangate::delivery::Selection;
  const auto selection = Selection::parse({reinterpret_cast<const char*>(data), size});
  if (!selection) {
    require(!selection.error().empty());
    return 0;
  }
  const auto again = Selection::parse(selection->text());
  require(again.has_value() && again->text() == selection->text());
  require(again->greatest_id() == selection->greatest_id());
  return 0;
}
