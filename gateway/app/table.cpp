#include "app/table.hpp"

#include <algorithm>

namespace loangate::app {
namespace {

std::string_view cell(const JsonDocument& document, const JsonNode& row, std::string_view path) {
  const JsonNode* node = at(document, row, path);
  const bool simple =
      node != nullptr && node->kind != JsonNode::Kind::object && node->kind != JsonNode::Kind::array;
  return simple ? node->text : "";
}

}  // namespace

const JsonNode* at(const JsonDocument& document, const JsonNode& object, std::string_view path) {
  const JsonNode* node = &object;
  while (node != nullptr && !path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    node = document.member(*node, name);
  }
  return node;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    columns += byte >= 0xE3 ? 2 : 1;
  }
  return columns;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      text.append(widths[i] - display_width(row[i]) + 2, ' ');
    }
    text.resize(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  }
  return out;
}

std::string table(const JsonDocument& document, const JsonNode& array, const std::vector<Column>& columns) {
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : columns) rows.front().emplace_back(column.head);
  for (const JsonNode* row = document.first(array); row != nullptr; row = document.next(*row)) {
    auto& line = rows.emplace_back();
    for (const Column& column : columns) line.emplace_back(cell(document, *row, column.path));
  }
  return table(rows);
}

}  // namespace loangate::app
