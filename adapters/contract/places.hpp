#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/profile/profile.hpp"

/// A layout place by place: what schemas, layouts, tables and pages are all written from.
namespace loangate::adapters {

/// What stands at one place of a document.
struct PlacedValue {
  enum class Holds : std::uint8_t {
    field,
    constant,
    filler,
    type,
    body_length,
    seal,
    seal_key,
    row_count,
    sign,
    lines  ///< of a return file, all of them
  };
  Holds holds = Holds::field;
  const Layout* layout = nullptr;
  const Slot* slot = nullptr;
  const Line* line = nullptr;        ///< null: a number of rows
  const FieldSpec* field = nullptr;  ///< field and sign: whose; row_count: the group's
  const Group* group = nullptr;      ///< row_count
  unsigned part = 0;                 ///< of `parts`, from 1; 0: the whole value stands here
  bool required = false;             ///< reading asks for something here
};

std::string_view name(PlacedValue::Holds holds);

/// Every place of a layout, in the order of its lines; what has no place of its own is left out. Of the
/// message's body the groups give the numbers of rows.
std::vector<PlacedValue> places_of(const Layout& layout, const std::vector<Group>& groups = {});

/// What may stand at a place, as far as a schema can say it; never less than what decode() takes.
struct ValueRule {
  std::string pattern = {};              ///< of the whole value; empty: no pattern
  std::vector<std::string> values = {};  ///< texts that may stand there too: codes, constants, 'absent'
  bool any_text = false;                 ///< neither pattern nor list binds it
  std::size_t longest = 0;               ///< of any text, in characters; 0: no limit
  bool may_be_empty = false;
  bool not_blank = false;  ///< of any text: more than spaces
};

/// The two dialects in which patterns are written; they escape differently.
enum class Dialect : std::uint8_t { xsd, ecma };

ValueRule rule_of(const Profile& profile, const PlacedValue& place, Dialect dialect);

/// A literal text within a pattern.
std::string in_pattern(std::string_view text, Dialect dialect);

/// Where the value stands in the partner's terms, as a place within its record or row: `/TX/AMT`, `13-29`,
/// `column 5`.
std::string place_text(const PlacedValue& place);

}  // namespace loangate::adapters
