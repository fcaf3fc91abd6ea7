#include "store/sqlite/archived_texts.hpp"

#include <fmt/format.h>

namespace loangate::store {

namespace {

[[noreturn]] void missing(Sequence sequence, std::string_view what) {
  throw SqliteError(SQLITE_MISMATCH, fmt::format("entry {}: {}", sequence.number, what));
}

}  // namespace

ArchivedTexts::Found ArchivedTexts::of(Sequence sequence) {
  if (!day_ || sequence < day_->first || sequence > day_->last) look(sequence);
  try {
    return read(sequence);
  } catch (const SqliteError&) {
    // Retention may have put another file in its place since the day was looked up.
    const std::uint64_t before = day_->generation;
    look(sequence);
    if (day_->generation == before) throw;
    return read(sequence);
  }
}

void ArchivedTexts::look(Sequence sequence) {
  file_.reset();
  day_ = rows_.archived_day_of(sequence);
  if (!day_) missing(sequence, "its texts are nowhere on record");
}

ArchivedTexts::Found ArchivedTexts::read(Sequence sequence) {
  if (day_->entries > 0) {
    if (!file_) file_.emplace(rows_.archive_folder() / day_file_name(*day_), *day_);
    if (auto packed = file_->texts(sequence)) return {.packed = *std::move(packed)};
  }
  if (!day_->removed_by) missing(sequence, "its texts are not in the file of its day");
  return {.removed_by = day_->removed_by};
}

}  // namespace loangate::store
