#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

/// The file of a day: the texts of its entries, packed (texts.hpp), and a seal over all of them. Once it has
/// its name it is never changed; where less shall be in it, another is written.
namespace loangate::store {

/// The folder of a store's days, beside its file.
std::filesystem::path archive_folder(const std::filesystem::path& store_file);

/// `2026-09-12-000000004711.0.day`
std::string day_file_name(const ArchivedDay& day);

/// Over a list of texts, as a seal has it.
class TextsDigest {
 public:
  void add(Sequence sequence, std::string_view texts) {
    digest_.add(sequence.number).add(texts);
    ++entries_;
    bytes_ += texts.size();
  }
  /// Fills `day` with what was added. Once.
  void write_into(ArchivedDay& day) {
    day.entries = entries_;
    day.bytes = bytes_;
    day.digest = digest_.finish();
  }

 private:
  DigestBuilder digest_;
  std::uint64_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Writes the file of a day. It gets its name when it is whole, flushed and read back; until then it is
/// `NAME.part`, which goes with the writer. Only its owner can read it. Throws SqliteError.
class DayFileWriter {
 public:
  DayFileWriter(const std::filesystem::path& folder, const ArchivedDay& day, const std::string& vfs);
  ~DayFileWriter();
  DayFileWriter(const DayFileWriter&) = delete;
  DayFileWriter& operator=(const DayFileWriter&) = delete;

  /// In ascending order. Flushes now and then: true if it did.
  bool add(Sequence sequence, std::string_view texts);
  /// Seals, flushes, reads back and names the file of the day, which ends with `last`. The day with its
  /// entries, bytes and digest.
  ArchivedDay finish(Sequence last);

 private:
  const std::filesystem::path folder_;
  const std::filesystem::path part_;
  ArchivedDay day_;
  TextsDigest digest_;
  std::optional<Connection> connection_;
  Statement add_;
  std::size_t unflushed_ = 0;
};

/// Reads the file of a day. Throws SqliteError that speaks of this file alone (SQLITE_MISMATCH), never of the
/// store; also if its seal is not the one on record.
class DayFileReader {
 public:
  DayFileReader(std::filesystem::path file, const ArchivedDay& day);

  std::optional<std::string> texts(Sequence sequence) const;
  /// All in order.
  void for_each(const std::function<void(Sequence, std::string_view)>& visit) const;
  /// Reads all of it and compares it with the seal.
  void verify() const;

 private:
  const std::filesystem::path file_;
  const ArchivedDay day_;
  std::optional<Connection> connection_;
  Statement texts_, all_;
};

}  // namespace loangate::store
