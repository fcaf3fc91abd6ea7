#include "adapters/codec/cells.hpp"

#include <fmt/format.h>

#include "adapters/codec/charset.hpp"

namespace loangate::adapters {

namespace {

std::string bytes_of(const Cell& cell) {
  if (cell.size == 0) return fmt::format("byte {}", cell.begin + 1);  // an empty column
  return fmt::format("bytes {}-{}", cell.begin + 1, cell.begin + cell.size);
}

std::string fixed_place(const Stretch& stretch, std::uint16_t slot) {
  const Cell& cell = stretch.cells[slot];
  if (stretch.record == Stretch::header) return "header, " + bytes_of(cell);
  if (const auto* column = std::get_if<Column>(&stretch.layout->slots[slot].place)) {
    unsigned index = column->index;
    if (stretch.group != nullptr) {
      if (const auto* segments = std::get_if<Group::Segments>(&stretch.group->where)) {
        index += segments->offset + stretch.row * segments->width;
      }
    }
    return fmt::format("line {}, column {} ({})", stretch.record, index + 1, bytes_of(cell));
  }
  return fmt::format("line {}, {}", stretch.record, bytes_of(cell));
}

bool has_place(const Slot& slot) {
  return !std::holds_alternative<Derived>(slot.place);
}

}  // namespace

std::string place_of(const Stretch& stretch, std::uint16_t slot) {
  const Slot& which = stretch.layout->slots[slot];
  if (!has_place(which)) return {};
  if (stretch.record == Stretch::header || stretch.profile->format == Format::fixed)
    return fixed_place(stretch, slot);
  if (stretch.group == nullptr) return which.name;
  if (stretch.profile->format == Format::xml) {
    return fmt::format("{}[{}]{}{}", stretch.group->name, stretch.row + 1, which.name.empty() ? "" : "/",
                       which.name);
  }
  return fmt::format("{}/{}{}", stretch.group->name, stretch.row, which.name);
}

std::string place_of(const Stretch& stretch, const Line& line) {
  std::string places;
  for (std::uint16_t i = 0; i < line.slot_count; ++i) {
    const auto slot = static_cast<std::uint16_t>(line.first_slot + i);
    if (!has_place(stretch.layout->slots[slot])) continue;
    if (!places.empty()) places += " + ";
    places += place_of(stretch, slot);
  }
  return places;
}

std::string place_of(const Profile& profile, const TypePlace& type) {
  if (!type.in_header && profile.format != Format::fixed) return type.name;
  const std::string_view record = type.in_header ? "header" : "line 1";
  if (const auto* column = std::get_if<Column>(&type.place))
    return fmt::format("{}, column {}", record, column->index + 1);
  const auto& span = std::get<Span>(type.place);
  return fmt::format("{}, bytes {}-{}", record, span.offset + 1, span.offset + span.width);
}

std::string place_of(const Profile& profile, const Group& group) {
  if (profile.format != Format::fixed) return group.name;
  if (const auto* segments = std::get_if<Group::Segments>(&group.where)) {
    const std::uint32_t end = segments->offset + segments->width * group.times;
    return fmt::format("line 1, {} {}-{}", profile.fixed.delimiter ? "columns" : "bytes",
                       segments->offset + 1, end);
  }
  return group.name;
}

std::string shown(std::string_view utf8) {
  constexpr std::size_t longest = 80;
  if (utf8.size() <= longest) return std::string(utf8);
  return std::string(whole_characters(Charset::utf8, utf8, longest)) + "…";
}

void Faults::add(FindingCode code, std::string place, Values values, FieldPath field) {
  if (findings_.size() == most) return;
  findings_.push_back({.code = code, .field = field, .values = std::move(values), .place = std::move(place)});
}

void Faults::add(FindingCode code, const Stretch& stretch, std::uint16_t slot, Values values) {
  if (findings_.size() == most) return;
  add_labelled(code, stretch, stretch.layout->slots[slot].line, place_of(stretch, slot), std::move(values));
}

void Faults::add(FindingCode code, const Stretch& stretch, const Line& line, Values values) {
  if (findings_.size() == most) return;
  const auto index = static_cast<std::uint16_t>(&line - stretch.layout->lines.data());
  add_labelled(code, stretch, index, place_of(stretch, line), std::move(values));
}

void Faults::add_labelled(FindingCode code, const Stretch& stretch, std::uint16_t line, std::string place,
                          Values values) {
  std::string label = place;
  FieldPath path;
  if (line != nowhere) {
    if (const std::uint16_t field = stretch.layout->lines[line].field; field != nowhere) {
      path = stretch.path(field);
      if (!label.empty()) label += ' ';
      label += stretch.layout->record->fields[field].zh;
    }
  }
  values.emplace_back("field", std::move(label));
  add(code, std::move(place), std::move(values), path);
}

}  // namespace loangate::adapters
