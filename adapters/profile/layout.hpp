#pragma once
#include <functional>
#include <string>

#include "adapters/profile/profile.hpp"

namespace loangate::adapters {

/// Brings a layout's lines into document order, those with a Derived part last, and tells each slot its line.
void put_in_order(Layout& layout);

/// Reports a mistake at a line of the profile.
using Report = std::function<void(YamlLine line, std::string what)>;

/// The line as a mistake at `beside` names it: `line 12`, or `line 12 of the base`.
std::string shown(YamlLine line, YamlLine beside);

/// Sees that every byte (or column) of a record belongs to exactly one line, and sets the layout's size. Gaps
/// are reported at `line`. `groups` are the segments inside this record; `width` is the record's, 0: as long
/// as it is.
void check_coverage(Layout& layout, std::span<const Group> groups, std::uint32_t width, YamlLine line,
                    bool columns, const Report& report);

}  // namespace loangate::adapters
