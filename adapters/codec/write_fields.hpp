#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/codec/codec.hpp"

namespace loangate::adapters {

/// The rows of a group that are written: all, or as many as the profile has room for (settled 14).
std::span<const Record> rows_to_write(const Group& group, const Record& message);

/// What is to stand at one slot of a message that is written.
struct Written {
  enum class State : std::uint8_t {
    omit,   ///< no element or member; in fixed records blanks
    empty,  ///< an empty element or string
    null,   ///< JSON
    text,
  };
  State state = State::omit;
  std::string_view text = {};  ///< UTF-8, without padding and escapes
};

/// Writes a record's values into the slots of a layout: forms, codes, constants, composed values. The first
/// value that the form cannot carry ends it.
class FieldWriter {
 public:
  FieldWriter(const Profile& profile, const MessageMap& map, const Record& message)
      : profile_(profile), map_(map), message_(message) {}

  /// A count that is written in place of the record's value: rows that are left out (settled 14).
  void set_left_out(std::uint16_t field, std::int64_t rows) {
    counted_field_ = field;
    counted_ = rows;
  }

  /// `from` is the message, or a row of the group that the path leads into. `slots` gets one entry for each
  /// slot of the layout; their texts are good until this writer writes into the same `slots` again, or the
  /// record goes.
  std::expected<void, EncodeFault> write(const Layout& layout, const Record& from, FieldPath path,
                                         std::vector<Written>& slots, std::string& pool);

 private:
  struct Target;
  bool write_line(Target& target, const Line& line);
  bool write_absent(Target& target, const Line& line);
  bool write_value(Target& target, const Line& line, const Value& value);
  bool write_text(Target& target, const Line& line, std::string_view text);
  bool write_parts(Target& target, const Line& line, std::string_view whole);
  bool split(Target& target, const Line& line, std::string_view whole, bool is_value);
  bool part_suits(Target& target, const Line& line, const Slot& part, std::string_view text);
  bool suits(Target& target, const Slot& slot, std::string_view text);

  void write_row_counts(Target& target);

  const Profile& profile_;
  const MessageMap& map_;
  const Record& message_;
  std::uint16_t counted_field_ = FieldPath::none;
  std::int64_t counted_ = 0;
};

}  // namespace loangate::adapters
