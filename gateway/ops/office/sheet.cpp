#include "ops/office/sheet.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/csv.hpp"
#include "base/log.hpp"

namespace loangate::ops {
namespace {

constexpr std::string_view total_word = "合计 total";

std::string head_of(const Column& column) {
  if (column.en.empty()) return std::string(column.zh);
  return column.zh.empty() ? std::string(column.en) : fmt::format("{} {}", column.zh, column.en);
}

/// The rows, and the total as one more with its word in front.
std::vector<std::vector<Cell>> all_rows(const Sheet& sheet) {
  auto rows = sheet.rows;
  if (sheet.total.empty()) return rows;
  rows.push_back(sheet.total);
  rows.back().front() = std::string(total_word);
  return rows;
}

/// A file for the workbook, which the library writes by name only; it goes when this goes.
class TemporaryFile {
 public:
  TemporaryFile() : path_((std::filesystem::temp_directory_path() / "loangate-sheet-XXXXXX").string()) {
    const int file = mkstemp(path_.data());
    if (file < 0) {
      path_.clear();
    } else {
      close(file);
    }
  }
  ~TemporaryFile() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Formats {
  lxw_format* head;
  lxw_format* money;
  lxw_format* count;
  lxw_format* day;
};

Formats formats_of(lxw_workbook* book) {
  const Formats formats{workbook_add_format(book), workbook_add_format(book), workbook_add_format(book),
                        workbook_add_format(book)};
  format_set_bold(formats.head);
  format_set_num_format(formats.money, "#,##0.00");
  format_set_num_format(formats.count, "0");
  format_set_num_format(formats.day, "yyyy-mm-dd");
  return formats;
}

lxw_error write_cell(lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column, const Cell& cell,
                     const Formats& formats) {
  if (const auto* text = std::get_if<std::string>(&cell))
    return worksheet_write_string(sheet, row, column, text->c_str(), nullptr);
  if (const auto* number = std::get_if<std::int64_t>(&cell))
    return worksheet_write_number(sheet, row, column, static_cast<double>(*number), formats.count);
  if (const auto* amount = std::get_if<Fen>(&cell))
    return worksheet_write_number(sheet, row, column, static_cast<double>(amount->count()) / 100,
                                  formats.money);
  if (const auto* day = std::get_if<Date>(&cell)) {
    lxw_datetime date{};
    date.year = day->year();
    date.month = static_cast<int>(day->month());
    date.day = static_cast<int>(day->day());
    return worksheet_write_datetime(sheet, row, column, &date, formats.day);
  }
  if (const auto* truth = std::get_if<bool>(&cell))
    return worksheet_write_boolean(sheet, row, column, *truth ? 1 : 0, nullptr);
  return LXW_NO_ERROR;
}

lxw_error write_sheet(lxw_workbook* book, const Sheet& sheet, const Formats& formats) {
  lxw_worksheet* const page = workbook_add_worksheet(book, sheet.name.c_str());
  if (page == nullptr) return LXW_ERROR_MEMORY_MALLOC_FAILED;
  lxw_error fault =
      worksheet_set_column(page, 0, static_cast<lxw_col_t>(sheet.columns.size() - 1), 18, nullptr);
  worksheet_freeze_panes(page, 1, 0);
  lxw_row_t at = 0;
  lxw_col_t column = 0;
  for (const Column& head : sheet.columns) {
    if (fault != LXW_NO_ERROR) return fault;
    fault = worksheet_write_string(page, at, column++, head_of(head).c_str(), formats.head);
  }
  for (const auto& row : all_rows(sheet)) {
    ++at;
    column = 0;
    for (const Cell& cell : row) {
      if (fault != LXW_NO_ERROR) return fault;
      fault = write_cell(page, at, column++, cell, formats);
    }
  }
  return fault;
}

net::Response attachment(std::string body, std::string_view type, std::string_view file) {
  net::Response response = json_answer(std::move(body));
  response.content_type = type;
  response.headers.emplace_back("Content-Disposition", fmt::format("attachment; filename=\"{}\"", file));
  return response;
}

}  // namespace

void write_members(JsonWriter& json, const Sheet& sheet, const std::vector<Cell>& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string_view name = sheet.columns[i].name;
    if (const auto* text = std::get_if<std::string>(&row[i])) json.member(name, std::string_view(*text));
    if (const auto* number = std::get_if<std::int64_t>(&row[i])) json.member(name, *number);
    if (const auto* amount = std::get_if<Fen>(&row[i])) json.member(name, format_yuan(*amount));
    if (const auto* day = std::get_if<Date>(&row[i])) json.member(name, format(*day));
    if (const auto* truth = std::get_if<bool>(&row[i])) json.member(name, *truth);
  }
}

void write_rows(JsonWriter& json, const Sheet& sheet) {
  json.begin_array();
  for (const auto& row : sheet.rows) {
    json.begin_object();
    write_members(json, sheet, row);
    json.end_object();
  }
  json.end_array();
}

std::string to_csv(const Sheet& sheet) {
  CsvWriter csv;
  for (const Column& column : sheet.columns) csv.text(head_of(column));
  csv.end_row();
  for (const auto& row : all_rows(sheet)) {
    for (const Cell& cell : row) {
      if (const auto* text = std::get_if<std::string>(&cell)) {
        csv.text(*text);
      } else if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        csv.plain(std::to_string(*number));
      } else if (const auto* amount = std::get_if<Fen>(&cell)) {
        csv.plain(format_yuan(*amount));
      } else if (const auto* day = std::get_if<Date>(&cell)) {
        csv.plain(format(*day));
      } else if (const auto* truth = std::get_if<bool>(&cell)) {
        csv.plain(*truth ? "true" : "false");
      } else {
        csv.plain("");
      }
    }
    csv.end_row();
  }
  return csv.take();
}

std::expected<std::string, std::string> to_workbook(std::span<const Sheet> sheets) {
  const TemporaryFile file;
  if (file.path().empty()) return std::unexpected("no temporary file can be made");
  std::string folder = std::filesystem::temp_directory_path().string();
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  options.tmpdir = folder.data();
  lxw_workbook* const book = workbook_new_opt(file.path().c_str(), &options);
  if (book == nullptr) return std::unexpected("no memory for the workbook");
  const Formats formats = formats_of(book);
  lxw_error fault = LXW_NO_ERROR;
  for (const Sheet& sheet : sheets) {
    if (fault == LXW_NO_ERROR) fault = write_sheet(book, sheet, formats);
  }
  const lxw_error closed = workbook_close(book);  // also frees it
  if (fault == LXW_NO_ERROR) fault = closed;
  if (fault != LXW_NO_ERROR) return std::unexpected(lxw_strerror(fault));
  std::ifstream in(file.path(), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::expected<Form, Refusal> wanted_form(const Call& call) {
  const auto format = call.request.head.parameter("format");
  if (!format || *format == "json") return Form::json;
  if (*format == "csv") return Form::csv;
  if (*format == "xlsx") return Form::xlsx;
  return std::unexpected(
      invalid("/format", {"format 应为 json、csv 或 xlsx", "`format` must be json, csv or xlsx"}));
}

Reply file_of(Form form, std::span<const Sheet> sheets) {
  const std::string& name = sheets.front().name;
  if (form == Form::csv)
    return attachment(to_csv(sheets.front()), "text/csv; charset=utf-8", fmt::format("{}.csv", name));
  auto book = to_workbook(sheets);
  if (!book) {
    LogLine(LogLevel::error, "workbook.not_written").reason(book.error());
    return std::unexpected(
        Refusal{.status = 503,
                .code = "workbook_not_written",
                .detail = {fmt::format("工作簿未能写出：{}；请改用 CSV 或稍后再试", book.error()),
                           fmt::format("the workbook could not be written: {}; take CSV, or try again later",
                                       book.error())},
                .headers = {{"Retry-After", "5"}}});
  }
  return attachment(*std::move(book), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    fmt::format("{}.xlsx", name));
}

}  // namespace loangate::ops
