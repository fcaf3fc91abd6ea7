#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "domain/date.hpp"
#include "domain/fen.hpp"
#include "domain/rate.hpp"

namespace loangate {

/// What a field of a canonical message holds.
enum class FieldType : std::uint8_t { text, money, rate, date, instant, code, count, group };

/// One code of a code list: the canonical name and what people read.
struct CodeSpec {
  std::string_view name;
  std::string_view zh;
  std::string_view en;
};

struct CodeListSpec {
  std::string_view name;
  std::span<const CodeSpec> codes;
};

struct RecordSpec;

/// One declared field: the row from which profiles are checked and messages are decoded, encoded and
/// documented.
struct FieldSpec {
  std::string_view name;
  std::string_view zh;
  std::string_view en;
  FieldType type;
  bool required;
  bool personal;              // masked by role, left out of exports (settled 43)
  std::uint16_t max_bytes;    // text: longest value in bytes of UTF-8
  const CodeListSpec* codes;  // code: its list
  const RecordSpec* group;    // group: the record of one row
  std::uint16_t max_rows;     // group
};

/// A declared record: a message, or one row of a group.
struct RecordSpec {
  std::string_view name;
  std::string_view zh;
  std::string_view en;
  std::span<const FieldSpec> fields;

  /// The field's place in `fields`, or fields.size() if there is none of that name.
  std::size_t index_of(std::string_view field) const;
};

/// The place of a code in its list.
struct Code {
  std::uint8_t index = 0;
  friend constexpr bool operator==(Code, Code) = default;
};

class Record;
using Rows = std::pmr::vector<Record>;

/// The value of one field; monostate means that it is absent. Text is a view into the record's arena.
using Value =
    std::variant<std::monostate, std::string_view, Fen, Rate, Date, Instant, Code, std::int64_t, Rows>;

/// A canonical message (or a row of one) as values by field number, for code that serves every message
/// alike: codecs, the canonical JSON, the round-trip tests. What a message means is decided on the typed
/// structs of messages.hpp, which are made from complete records.
///
/// All texts and rows of a message lie in one arena that the root record owns and its rows share: one
/// allocation for a usual message. Moving is cheap and keeps every view valid. Not copyable.
class Record {
 public:
  explicit Record(const RecordSpec& spec);
  Record(Record&&) noexcept = default;
  Record& operator=(Record&& other) noexcept;
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  const RecordSpec& spec() const { return *spec_; }
  const Value& operator[](std::size_t field) const { return values_[field]; }
  bool has(std::size_t field) const { return values_[field].index() != 0; }

  /// Sets a value whose text, if it is one, already lies in this record's arena or is a literal.
  void set(std::size_t field, Value value) { values_[field] = std::move(value); }
  /// Sets a text, copying it into the arena.
  void set_text(std::size_t field, std::string_view text) { values_[field] = keep(text); }
  void clear(std::size_t field) { values_[field] = std::monostate{}; }

  /// Adds an empty row to the group field and returns it; it shares this record's arena.
  Record& add_row(std::size_t field);
  std::span<const Record> rows(std::size_t field) const;

  /// Copies bytes into the arena.
  std::string_view keep(std::string_view bytes);
  /// `size` writable bytes of the arena, for a codec that converts in place.
  std::span<char> reserve(std::size_t size);

 private:
  using Arena = std::pmr::monotonic_buffer_resource;
  Record(const RecordSpec& spec, std::shared_ptr<Arena> arena);

  const RecordSpec* spec_;
  std::shared_ptr<Arena> arena_;
  std::pmr::vector<Value> values_;
};

/// A field of a message, in a row of a group if `row` is not `none`: where a finding points.
struct FieldPath {
  static constexpr std::uint16_t none = 0xffff;
  std::uint16_t field = none;
  std::uint16_t row = none;
  std::uint16_t column = none;  // field of the row's record
  friend constexpr bool operator==(FieldPath, FieldPath) = default;
};

/// `amount`, `collateral[0].kind`; "" for the message as a whole.
std::string format(const RecordSpec& spec, FieldPath path);

bool operator==(const Record& a, const Record& b);

/// The canonical JSON: members in the order of the declaration, absent fields left out, money and rates as
/// text (`"300000.00"`, `"4.75"`), dates as `2023-09-12`, codes by name. The same record gives the same
/// bytes.
void write_canonical(const Record& record, std::string& out);
std::string canonical_json(const Record& record);

/// Reads canonical JSON back. The error says what is wrong and where (`/collateral/0/kind: …`). Unknown,
/// repeated and mistyped members, missing required ones, and more than 1 MiB or 16 levels are refused.
std::expected<Record, std::string> read_canonical(const RecordSpec& spec, std::string_view json);

}  // namespace loangate
