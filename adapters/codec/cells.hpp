#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/profile/profile.hpp"
#include "domain/finding.hpp"

/// What lies between the three formats and the fields: the formats fill one cell for each slot of a layout,
/// the fields are read from the cells (read_fields.hpp); writing goes the other way (write_fields.hpp).
namespace loangate::adapters {

/// What stands at one slot of a message that is read.
struct Cell {
  enum class State : std::uint8_t {
    absent,   ///< nothing, empty, null, or blank
    string,   ///< also everything in XML and fixed records
    number,   ///< JSON
    boolean,  ///< JSON
    faulty,   ///< something that is reported already
  };
  State state = State::absent;
  std::string_view text = {};  ///< UTF-8, unescaped and without padding
  std::uint32_t begin = 0;     ///< fixed: its bytes in the record, from 0
  std::uint32_t size = 0;
};

/// One layout's stretch of a message: the header, the body, or one row of a group.
struct Stretch {
  static constexpr std::uint32_t header = 0;

  const Profile* profile;
  const Layout* layout;
  const Group* group = nullptr;
  std::uint16_t row = 0;
  std::uint32_t record = 1;     ///< fixed: the number of its record, or `header`
  std::string_view bytes = {};  ///< fixed: its record, within the whole message
  std::span<const Cell> cells = {};

  /// The canonical field as findings name it.
  FieldPath path(std::uint16_t field) const {
    if (group == nullptr) return {.field = field};
    return {.field = group->field, .row = row, .column = field};
  }
};

/// A slot in the partner's terms: `/TX/LIST/ITEM[2]/AMT`, `/body/items/1/amount`, `line 1, bytes 13-29`.
std::string place_of(const Stretch& stretch, std::uint16_t slot);
/// The place of a line; of a value of several parts all of their places: `/A + /B`.
std::string place_of(const Stretch& stretch, const Line& line);
/// The place of the message's type.
std::string place_of(const Profile& profile, const TypePlace& type);
/// The place of a group as a whole.
std::string place_of(const Profile& profile, const Group& group);

/// A value as a finding shows it: cut at a character's edge if it is very long.
std::string shown(std::string_view utf8);

/// Collects what is wrong with a message; all of it up to `most`, which no honest message comes near.
class Faults {
 public:
  static constexpr std::size_t most = 200;
  using Values = std::vector<std::pair<std::string_view, std::string>>;

  void add(FindingCode code, std::string place, Values values = {}, FieldPath field = {});
  /// About one slot of a field: `{field}` becomes its place and the field's Chinese name.
  void add(FindingCode code, const Stretch& stretch, std::uint16_t slot, Values values = {});
  /// About a field as a whole.
  void add(FindingCode code, const Stretch& stretch, const Line& line, Values values = {});

  bool none() const { return findings_.empty(); }
  Findings take() { return std::move(findings_); }

 private:
  void add_labelled(FindingCode code, const Stretch& stretch, std::uint16_t line, std::string place,
                    Values values);

  Findings findings_;
};

}  // namespace loangate::adapters
