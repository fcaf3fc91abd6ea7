#pragma once
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace loangate {

/// One record of a CSV file and the line on which it begins, from 1.
struct CsvRow {
  std::size_t line;
  std::vector<std::string> cells;
};

/// Where a file is no CSV, and what to do.
struct CsvFault {
  std::size_t line;
  std::string_view zh;
  std::string_view en;
};

/// Reads a text as RFC 4180 says, strictly; lines end with LF or CR LF, empty ones are left out, and spaces
/// around what is not quoted do not count.
std::expected<std::vector<CsvRow>, CsvFault> read_csv(std::string_view text);

/// Writes a CSV file as spreadsheets open it: a byte order mark, so that Chinese is read as UTF-8, and no
/// text that they would take for a formula.
class CsvWriter {
 public:
  CsvWriter() : text_("\xEF\xBB\xBF") {}

  CsvWriter& text(std::string_view cell);
  /// A number, a date or a code of ours: as it is.
  CsvWriter& plain(std::string_view cell);
  CsvWriter& end_row();
  std::string take() { return std::move(text_); }

 private:
  void separate();

  std::string text_;
  bool first_ = true;  // of the row
};

}  // namespace loangate
