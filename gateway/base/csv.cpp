#include "base/csv.hpp"

#include <csv.h>

#include <algorithm>
#include <new>

namespace loangate {
namespace {

/// libcsv's parser, and the records that it has told of.
class Reader {
 public:
  Reader() {
    constexpr unsigned char strict = CSV_STRICT | CSV_STRICT_FINI;
    if (csv_init(&parser_, strict) != 0) throw std::bad_alloc();
  }
  ~Reader() { csv_free(&parser_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Takes the next line with its end; false if it is no CSV.
  bool take(std::string_view line) {
    ++line_;
    return csv_parse(&parser_, line.data(), line.size(), on_cell, on_row, this) == line.size();
  }
  /// False if the last cell is quoted and does not end.
  bool finish() { return csv_fini(&parser_, on_cell, on_row, this) == 0; }

  std::size_t line() const { return line_; }
  /// Where a record begins that has not ended.
  std::size_t open_since() const { return std::min(last_row_ended_ + 1, line_); }
  std::vector<CsvRow> take_rows() { return std::move(rows_); }

 private:
  static void on_cell(void* bytes, std::size_t size, void* self) {
    static_cast<Reader*>(self)->cells_.emplace_back(static_cast<const char*>(bytes), size);
  }
  static void on_row(int, void* self) { static_cast<Reader*>(self)->end_row(); }

  void end_row() {
    std::size_t inside = 0;  // line ends within quotes
    for (const std::string& cell : cells_) inside += static_cast<std::size_t>(std::ranges::count(cell, '\n'));
    rows_.push_back({line_ - inside, std::move(cells_)});
    cells_.clear();
    last_row_ended_ = line_;
  }

  csv_parser parser_{};
  std::size_t line_ = 0;
  std::size_t last_row_ended_ = 0;
  std::vector<std::string> cells_;
  std::vector<CsvRow> rows_;
};

}  // namespace

std::expected<std::vector<CsvRow>, CsvFault> read_csv(std::string_view text) {
  const auto fault = [](std::size_t line, std::string_view zh, std::string_view en) {
    return std::unexpected(CsvFault{line, zh, en});
  };
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
    const auto line = static_cast<std::size_t>(std::ranges::count(text.substr(0, zero), '\n')) + 1;
    return fault(line, "含有零字节，不是 CSV 文件", "a zero byte: this is no CSV file");
  }
  Reader reader;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    if (!reader.take(text.substr(0, end))) {
      return fault(reader.line(), "单元格内有引号；请将该格用引号括起，内部引号写两遍",
                   "a quotation mark within a cell: put the cell in quotation marks and double it");
    }
    text.remove_prefix(end);
  }
  if (!reader.finish()) {
    return fault(reader.open_since(), "此处的引号没有配对；请补上",
                 "a quotation mark is opened here and never closed: close it");
  }
  return reader.take_rows();
}

void CsvWriter::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

CsvWriter& CsvWriter::text(std::string_view cell) {
  separate();
  const bool formula = !cell.empty() && std::string_view("=+-@\t\r").contains(cell.front());
  if (!formula && cell.find_first_of(",\"\r\n") == std::string_view::npos) {
    text_ += cell;
    return *this;
  }
  text_ += '"';
  if (formula) text_ += '\'';
  for (const char c : cell) {
    if (c == '"') text_ += '"';
    text_ += c;
  }
  text_ += '"';
  return *this;
}

CsvWriter& CsvWriter::plain(std::string_view cell) {
  separate();
  text_ += cell;
  return *this;
}

CsvWriter& CsvWriter::end_row() {
  text_ += "\r\n";
  first_ = true;
  return *this;
}

}  // namespace loangate
