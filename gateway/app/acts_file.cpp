#include "app/acts_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "adapters/codec/charset.hpp"
#include "base/csv.hpp"

namespace loangate::app {
namespace {

std::size_t line_at(std::string_view bytes, std::size_t offset) {
  return static_cast<std::size_t>(std::ranges::count(bytes.substr(0, offset), '\n')) + 1;
}

/// The file as UTF-8: what begins with a mark or is legal UTF-8 is that; else it is GB18030, as spreadsheets
/// in Chinese write without a mark.
std::expected<std::string, LineFault> as_utf8(std::string_view bytes) {
  using adapters::Charset;
  const bool marked = bytes.starts_with("\xEF\xBB\xBF");
  if (marked) bytes.remove_prefix(3);
  std::string text;
  const auto read = adapters::append_utf8(Charset::utf8, bytes, text);
  if (read) return text;
  std::size_t offset = read.error().offset;
  if (!marked) {
    text.clear();
    const auto again = adapters::append_utf8(Charset::gb18030, bytes, text);
    if (again) return text;
    offset = std::max(offset, again.error().offset);
  }
  return std::unexpected(LineFault{line_at(bytes, offset), "编码既非 UTF-8 也非 GB18030；请另存为“CSV UTF-8”",
                                   "neither UTF-8 nor GB18030; save it as \"CSV UTF-8\""});
}

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  const auto end = text.find_last_not_of(" \t");
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end - begin + 1);
}

/// `2023-09-12`, and what a spreadsheet makes of it: `2023/9/12`, `2023年9月12日`.
std::optional<Date> read_day(std::string_view text) {
  std::array<int, 3> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), numbers[i]);
    if (fault != std::errc{} || numbers[i] < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    constexpr std::array<std::array<std::string_view, 3>, 3> after{
        {{"-", "/", "年"}, {"-", "/", "月"}, {"", "", "日"}}};
    const auto found = std::ranges::find_if(
        after[i], [&](std::string_view sign) { return i < 2 ? text.starts_with(sign) : text == sign; });
    if (found == after[i].end()) return std::nullopt;
    text.remove_prefix(found->size());
  }
  return Date::of(numbers[0], static_cast<unsigned>(numbers[1]), static_cast<unsigned>(numbers[2]));
}

std::string known_columns(const RecordSpec& spec) {
  std::string list;
  for (const FieldSpec& field : spec.fields) {
    if (field.type != FieldType::group) list += fmt::format("{}{}", list.empty() ? "" : "、", field.zh);
  }
  return list;
}

std::string known_codes(const CodeListSpec& codes) {
  std::string list;
  for (const CodeSpec& code : codes.codes)
    list += fmt::format("{}{} {}", list.empty() ? "" : "; ", code.zh, code.name);
  return list;
}

/// Which field each column of the file is.
std::expected<std::vector<std::size_t>, LineFault> columns_of(const CsvRow& head, const RecordSpec& spec) {
  const auto& fields = spec.fields;
  std::vector<std::size_t> columns;
  for (const std::string& cell : head.cells) {
    const std::string_view name = trimmed(cell);
    const auto found = std::ranges::find_if(fields, [&](const FieldSpec& field) {
      return field.type != FieldType::group && (name == field.zh || name == field.name);
    });
    const auto field = static_cast<std::size_t>(found - fields.begin());
    if (found == fields.end()) {
      return std::unexpected(LineFault{
          head.line, fmt::format("没有“{}”这一列；可用：{}；请改列名或删除该列", name, known_columns(spec)),
          fmt::format("`{}` is no column; known are {}: rename it, or remove the column", name,
                      known_columns(spec))});
    }
    if (std::ranges::find(columns, field) != columns.end()) {
      return std::unexpected(LineFault{head.line, fmt::format("列“{}”重复；请删除其一", name),
                                       fmt::format("column `{}` stands twice: remove one", name)});
    }
    columns.push_back(field);
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].required || std::ranges::find(columns, i) != columns.end()) continue;
    return std::unexpected(LineFault{
        head.line, fmt::format("缺少列“{}”；请在首行补上", fields[i].zh),
        fmt::format("column `{}` ({}) is missing: add it to the first line", fields[i].zh, fields[i].name)});
  }
  return columns;
}

/// Puts a cell into the record; the fault says what it should be.
std::optional<LineFault> put(std::string_view cell, std::size_t index, std::size_t line, Record& record) {
  const FieldSpec& field = record.spec().fields[index];
  const auto fault = [&](std::string_view zh, std::string_view en) {
    return LineFault{line, fmt::format("{}“{}”：{}", field.zh, cell, zh),
                     fmt::format("{} `{}`: {}", field.name, cell, en)};
  };
  if (cell.empty()) {
    if (field.required) return fault("不得为空；请补填", "must not be empty: fill it in");
    return std::nullopt;
  }
  switch (field.type) {
    case FieldType::date:
      if (const auto day = read_day(cell)) {
        record.set(index, *day);
        return std::nullopt;
      }
      return fault("应为日期，如 2023-09-12", "a day such as 2023-09-12 is expected");
    case FieldType::code: {
      const auto& codes = field.codes->codes;
      const auto found = std::ranges::find_if(
          codes, [&](const CodeSpec& code) { return cell == code.zh || cell == code.name; });
      if (found == codes.end()) {
        return fault("应为下列之一：" + known_codes(*field.codes),
                     "must be one of: " + known_codes(*field.codes));
      }
      record.set(index, Code{static_cast<std::uint8_t>(found - codes.begin())});
      return std::nullopt;
    }
    case FieldType::text:
      if (cell.size() <= field.max_bytes) {
        record.set_text(index, cell);
        return std::nullopt;
      }
      return fault(fmt::format("超过 {} 字节；请缩短", field.max_bytes),
                   fmt::format("longer than {} bytes: shorten it", field.max_bytes));
    case FieldType::money:
      if (const auto amount = parse_yuan(cell)) {
        record.set(index, *amount);
        return std::nullopt;
      }
      return fault("应为金额（元），如 300000.00", "an amount in yuan such as 300000.00 is expected");
    case FieldType::count: {
      std::int64_t number = 0;
      const auto [end, bad] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
      if (bad == std::errc{} && end == cell.data() + cell.size()) {
        record.set(index, number);
        return std::nullopt;
      }
      return fault("应为整数", "a whole number is expected");
    }
    case FieldType::rate:
      if (const auto rate = parse_percent(cell)) {
        record.set(index, *rate);
        return std::nullopt;
      }
      return fault("应为百分数年利率，如 4.35", "percent a year such as 4.35 is expected");
    case FieldType::instant:
    case FieldType::group:
      break;
  }
  return fault("不能以 CSV 导入", "cannot be imported as CSV");
}

}  // namespace

std::expected<ActsFile, LineFault> read_acts_file(std::string_view bytes, const RecordSpec& spec) {
  const auto text = as_utf8(bytes);
  if (!text) return std::unexpected(text.error());
  auto rows = read_csv(*text);
  if (!rows)
    return std::unexpected(
        LineFault{rows.error().line, std::string(rows.error().zh), std::string(rows.error().en)});
  if (rows->empty()) {
    return std::unexpected(
        LineFault{1, "文件为空；首行应为列名：" + known_columns(spec),
                  "the file is empty; its first line names the columns: " + known_columns(spec)});
  }
  const auto columns = columns_of(rows->front(), spec);
  if (!columns) return std::unexpected(columns.error());

  ActsFile file;
  for (const CsvRow& row : std::span(*rows).subspan(1)) {
    // A spreadsheet writes lines that were once used as commas alone.
    if (std::ranges::all_of(row.cells, [](const std::string& cell) { return trimmed(cell).empty(); }))
      continue;
    if (row.cells.size() != columns->size()) {
      file.faults.push_back(
          {row.line,
           fmt::format("有 {} 格，列名有 {} 个；请补齐或删除多余逗号", row.cells.size(), columns->size()),
           fmt::format("{} cells, {} columns: add what is missing, or remove commas", row.cells.size(),
                       columns->size())});
      continue;
    }
    Record record(spec);
    const std::size_t before = file.faults.size();
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (auto fault = put(trimmed(row.cells[i]), (*columns)[i], row.line, record))
        file.faults.push_back(*std::move(fault));
    }
    if (file.faults.size() != before) continue;
    std::string json = canonical_json(record);
    file.acts.push_back({row.line, std::move(json), std::move(record)});
  }
  return file;
}

}  // namespace loangate::app
