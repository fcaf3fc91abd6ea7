#pragma once
#include "adapters/codec/cells.hpp"

namespace loangate::adapters {

/// Reads a stretch's cells into a record by the lines of its layout: types, forms, bounds, constants,
/// composed values. What is missing or not of its form becomes a fault at its slot.
class FieldReader {
 public:
  /// `message` is the whole message: a part that repeats a field looks there.
  FieldReader(const Profile& profile, Record& message, Faults& faults)
      : profile_(profile), message_(message), faults_(faults) {}

  /// `into` is the message, or the row of a group. Lines with a part that repeats another field are left out.
  void read(const Stretch& stretch, Record& into);
  /// Those lines, when the fields that they repeat have been read.
  void read_derived(const Stretch& stretch, Record& into);

 private:
  void read_field(const Stretch& stretch, const Line& line, Record& into);
  void read_constant(const Stretch& stretch, const Line& line);
  void read_composed(const Stretch& stretch, const Line& line, Record& into);
  /// The text of one part; nothing if it is not there or not right, which is then reported.
  std::optional<std::string_view> part_text(const Stretch& stretch, const Line& line, std::uint16_t slot);
  bool is_usable(const Stretch& stretch, std::uint16_t slot);
  void missing(const Stretch& stretch, const Line& line);
  /// Whether the value is absent because each part is, or says so, or the whole does.
  bool parts_say_none(const Stretch& stretch, const Line& line) const;
  void malformed(const Stretch& stretch, std::uint16_t slot, std::string_view given, std::string form);
  /// The same of a whole value: of several parts each is shown as it stands in the file.
  void malformed(const Stretch& stretch, const Line& line, std::string_view given, std::string form);
  /// Sets the field to the value of a text that is not empty.
  void put(const Stretch& stretch, const Line& line, std::string_view text, Record& into);
  void put_text(const Stretch& stretch, const Line& line, const TextForm& form, std::string_view text,
                Record& into);
  void put_money(const Stretch& stretch, const Line& line, const MoneyForm& form, std::string_view text,
                 Record& into);

  const Profile& profile_;
  Record& message_;
  Faults& faults_;
  std::string derived_;  // room for the text of a part that repeats an instant
};

}  // namespace loangate::adapters
