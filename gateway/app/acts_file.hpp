#pragma once
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "domain/record.hpp"

namespace loangate::app {

/// What is wrong with a line of a file, and what to do.
struct LineFault {
  std::size_t line;
  std::string zh;
  std::string en;
};

/// A file of acts, one a line: the bureau's list as a spreadsheet has written it.
struct ActsFile {
  struct Act {
    std::size_t line;
    std::string json;  ///< canonical
    Record record;
  };
  std::vector<Act> acts = {};
  std::vector<LineFault> faults = {};  ///< all of them, in the order of the lines
};

/// Reads CSV in UTF-8, with or without byte order mark, or in GB18030. The columns, in any order, are the
/// act's fields by their Chinese or their canonical name; codes too are given by either. The error is of the
/// file as a whole.
std::expected<ActsFile, LineFault> read_acts_file(std::string_view bytes, const RecordSpec& spec);

}  // namespace loangate::app
