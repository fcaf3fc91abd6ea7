#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/batch/cut.hpp"
#include "adapters/codec/codec.hpp"

/// What the bytes of a file mean, and the bytes of its return file. Pure: no I/O.
namespace loangate::adapters {

/// A record of a file, read.
struct RecordRead {
  std::expected<Decoded, Undecoded> read;
  Record line;                ///< BatchLine: the record's number and its keys, as far as they could be read
  std::optional<Fen> amount;  ///< what totals add
};

/// Reads a record. Its message id is its own where the profile has a place for one in records; else
/// `batch/<batch id>/<number>` (settled 41). Places of findings are places in the file.
RecordRead read_record(const Profile& profile, const BatchForm& form, std::string_view batch_id,
                       const CutRecord& record);

/// Sets the places of findings about a record that was read: line and byte columns, XPath or JSON Pointer in
/// the file.
void locate_record(const Profile& profile, MessageKind kind, const CutRecord& record, Findings& findings);

/// What a file has in it, counted.
struct BatchCount {
  std::uint64_t records = 0;
  Fen total = Fen::zero();
  bool total_known = true;  ///< every record's amount could be read
};

/// Reads header and trailer and compares what they state with what is there; a total only if every amount
/// could be read. The batch id, or findings, with their places in the file.
std::expected<std::string, Findings> read_around(const Profile& profile, const BatchForm& form,
                                                 const Surroundings& around, const BatchCount& count);

/// A line of the return file, ready to be appended after those before it. What a place is too narrow for, or
/// the charset lacks, is left out.
std::string return_line(const Profile& profile, const BatchForm& form, Record line, bool is_first);

/// What comes before and after the lines.
struct ReturnEnds {
  std::string begin, end;
};
ReturnEnds return_ends(const Profile& profile, const BatchForm& form, Record summary);

}  // namespace loangate::adapters
