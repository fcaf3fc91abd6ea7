#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/batch/form.hpp"
#include "adapters/codec/cells.hpp"

/// Cuts a file into its records, through a window that slides over it: memory stays the same whatever its
/// size.
namespace loangate::adapters {

/// Gives bytes of the file from an offset on: as many as asked for, fewer only if it cannot read.
using ReadFile = std::function<std::size_t(std::uint64_t offset, std::span<char> into)>;

class FileWindow {
 public:
  FileWindow(ReadFile read, std::uint64_t size, std::uint64_t begin, std::size_t room);

  /// What is in the window and not yet skipped.
  std::string_view rest() const { return {buffer_.get() + begin_, end_ - begin_}; }
  std::uint64_t offset() const { return offset_; }
  /// The window reaches to the end of the file.
  bool is_last() const { return offset_ + (end_ - begin_) == size_; }
  /// Reads on. False if the window is full, or at the end of the file, or the file cannot be read: failed().
  bool more();
  void skip(std::size_t bytes);
  bool failed() const { return failed_; }

 private:
  ReadFile read_;
  std::uint64_t size_;
  std::uint64_t offset_;  // in the file, of begin_
  std::unique_ptr<char[]> buffer_;
  std::size_t room_;
  std::size_t begin_ = 0, end_ = 0;
  bool failed_ = false;
};

/// Where a record stands in its file.
struct RecordPlace {
  std::uint64_t number = 1;       ///< from 1
  std::uint64_t offset = 0;       ///< of its first byte
  std::uint64_t line = 1;         ///< in which it begins
  std::uint64_t line_offset = 0;  ///< of that line's first byte
};

struct CutRecord {
  std::string_view bytes;  ///< good until the next record is cut
  RecordPlace place;
};

/// What stands around the records. In a file of lines the header's and the trailer's text; with items the
/// document without them, in `header`.
struct Surroundings {
  std::string header;
  std::string trailer;
  std::uint64_t trailer_line = 0;
  /// Of the document without its items: from which byte of it on it stands where in the file.
  struct Piece {
    std::size_t at;
    std::uint64_t offset, line, line_offset;
  };
  std::vector<Piece> pieces;
};

/// One file, from its beginning or from a record on.
class RecordCutter {
 public:
  virtual ~RecordCutter() = default;
  /// The next record; nothing after the last one, or when the file's own shape is broken: then there are
  /// faults.
  virtual std::optional<CutRecord> next() = 0;
  /// Where the next record begins, as far as is known: good to go on from.
  virtual RecordPlace next_place() const = 0;
  /// Complete after the last record.
  virtual const Surroundings& around() const = 0;
  virtual Faults& faults() = 0;
  /// The file could not be read: not the sender's fault.
  virtual bool failed() const = 0;
};

/// `from`: where to go on; none: at the beginning of the file.
std::unique_ptr<RecordCutter> cut_records(const Profile& profile, const BatchForm& form, ReadFile read,
                                          std::uint64_t size, std::optional<RecordPlace> from = {});

}  // namespace loangate::adapters
