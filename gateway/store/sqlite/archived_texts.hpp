#pragma once
#include <optional>
#include <string>

#include "store/sqlite/day_file.hpp"
#include "store/sqlite/rows.hpp"

namespace loangate::store {

/// The texts of entries that were moved, for one reading: the file of a day is kept open from one entry to
/// the next, and no longer, so that a file that is removed gives its space back. Throws SqliteError if they
/// cannot be read.
class ArchivedTexts {
 public:
  explicit ArchivedTexts(const RowReader& rows) : rows_(rows) {}

  struct Found {
    std::string packed = {};
    std::optional<Sequence> removed_by = {};  ///< then there are none
  };
  Found of(Sequence sequence);
  /// Who knows the dictionaries that they were packed against.
  const RowReader& rows() const { return rows_; }

 private:
  void look(Sequence sequence);
  Found read(Sequence sequence);

  const RowReader& rows_;
  std::optional<ArchivedDay> day_;
  std::optional<DayFileReader> file_;
};

}  // namespace loangate::store
