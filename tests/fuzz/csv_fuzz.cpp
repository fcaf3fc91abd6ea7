// Whatever the bytes: a file is read or refused with a line of it, and what was read is written and read
// again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/csv.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loangate;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n')) + 1;
  const auto rows = read_csv(bytes);
  if (!rows) {
    require(rows.error().line >= 1 && rows.error().line <= lines);
    return 0;
  }
  CsvWriter csv;
  std::size_t before = 0;
  for (const CsvRow& row : *rows) {
    require(row.line >= before && row.line <= lines);
    before = row.line;
    for (const std::string& cell : row.cells) csv.text(cell);
    csv.end_row();
  }
  const std::string written = csv.take();
  require(read_csv(std::string_view(written).substr(3)).has_value());
  return 0;
}
