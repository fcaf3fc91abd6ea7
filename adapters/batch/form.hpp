#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/profile/profile.hpp"

/// A partner's file of many records, as its profile's `batch:` block says it (adapters/README.md). What
/// stands around the records, and every line of the return file (回盘), is laid out in the language of
/// messages; the fields that such a line may have are these records'.
namespace loangate::adapters {

/// What a file says of itself, in its header, its trailer, or around its items.
struct BatchControl {
  struct field {
    enum : std::uint16_t { batch_id, made_on, sent_at, records, packet_records, total, sender, note };
  };
  static const RecordSpec& spec();
};

/// What the return file says of the file as a whole.
struct BatchSummary {
  struct field {
    enum : std::uint16_t {
      batch_id,
      received_at,
      records,
      total,
      passed,
      passed_total,
      failed,
      failed_total,
      kept
    };
  };
  static const RecordSpec& spec();
};

/// What the return file says of one record: the record's own keys, then what became of it.
struct BatchLine {
  struct field {
    enum : std::uint16_t {
      record,
      message_id,
      loan_no,
      contract_no,
      company_uscc,
      company_name,
      amount,
      outcome,
      receipt_no,
      number,
      code,
      text_zh,
      text_en,
      place,
      findings,
    };
  };
  static const RecordSpec& spec();
};

struct BatchForm {
  static constexpr std::uint64_t most_bytes = std::uint64_t{2} << 30;
  static constexpr std::uint64_t most_records = 1'000'000;
  /// A file that is kept whole or not at all holds the single writer while it is judged: some two seconds.
  static constexpr std::uint64_t most_records_at_once = 20'000;

  /// Where the return file's lines are put into its document: XML, JSON with items.
  static constexpr std::string_view lines_mark = "LOANGATE-LINES";

  struct Return {
    std::optional<MessageMap> header = {};  ///< with items: the whole document, with `lines_mark` in it
    MessageMap line;
    std::optional<MessageMap> trailer = {};
    bool failures_only = false;
  };

  std::optional<MessageKind> kind = {};  ///< of every record; none: each says its own
  bool all_or_nothing = false;
  std::string total_of;  ///< the money field of records that totals add; empty: there is no total
  std::uint64_t max_bytes = 0;
  std::uint64_t max_records = 0;

  /// XML, JSON: the path from the root to the element that is a record, or to the array whose items are.
  /// Empty: a record a line.
  std::vector<Node> items = {};
  std::string items_name = {};             ///< as the profile writes it
  std::string separator = {};              ///< after each line
  std::optional<MessageMap> header = {};   ///< the first line; with items: all that is around them
  std::optional<MessageMap> trailer = {};  ///< the last line
  Return result;

  bool in_lines() const { return items.empty(); }
};

/// The money of a record that totals add; none if the record's kind has no such field, or it is absent.
std::optional<Fen> amount_of(const BatchForm& form, const Record& record);

}  // namespace loangate::adapters
