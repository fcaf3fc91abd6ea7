#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace loangate::app {

/// A column: its head, and where a row's JSON has it: `ref/lender`.
struct Column {
  std::string_view head;
  std::string_view path;
};

/// The member that a path of member names leads to, or nullptr.
const JsonNode* at(const JsonDocument& document, const JsonNode& object, std::string_view path);

/// An array of objects as a table for a terminal, aligned also where characters are two columns wide. Objects
/// and lists in a cell are left out.
std::string table(const JsonDocument& document, const JsonNode& array, const std::vector<Column>& columns);
/// Rows of cells as such a table; the first has the most cells.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// Columns that a text takes on a terminal: two for each character from U+3000 on, as Chinese ones are.
std::size_t display_width(std::string_view text);

}  // namespace loangate::app
