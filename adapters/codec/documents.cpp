#include "adapters/codec/documents.hpp"

#include <fmt/format.h>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/codec/padding.hpp"

namespace loangate::adapters {

bool holds_number(const Layout& layout, std::uint16_t slot) {
  const std::uint16_t owner = layout.slots[slot].line;
  if (owner == nowhere) return true;  // the number of rows
  const Line& line = layout.lines[owner];
  if (line.kind == Line::Kind::body_length) return true;
  if (slot < line.first_slot || slot >= line.first_slot + line.slot_count) return false;  // the sign's flag
  return std::holds_alternative<MoneyForm>(line.form) || std::holds_alternative<RateForm>(line.form) ||
         std::holds_alternative<CountForm>(line.form);
}

std::optional<std::size_t> stated_rows(const Stretch& body, const Group& group, Faults& faults) {
  if (group.count_slot == nowhere) return std::nullopt;
  const Cell& cell = body.cells[group.count_slot];
  if (cell.state == Cell::State::faulty) return std::nullopt;
  if (cell.state == Cell::State::absent) return 0;
  const auto count = read_count(cell.text);
  if (count) return static_cast<std::size_t>(*count);
  faults.add(FindingCode::field_malformed, body, group.count_slot,
             {{"given", shown(cell.text)}, {"form", describe(CountForm{})}});
  return std::nullopt;
}

void check_rows(const Stretch& body, const Group& group, std::size_t found, Faults& faults) {
  const FieldSpec& field = body.layout->record->fields[group.field];
  if (const auto stated = stated_rows(body, group, faults); stated && *stated != found) {
    faults.add(FindingCode::field_malformed, body, group.count_slot,
               {{"given", std::to_string(*stated)}, {"form", fmt::format("{} ({})", found, group.name)}});
  }
  if (found == 0 && group.required) {
    const std::string place = place_of(*body.profile, group);
    faults.add(FindingCode::field_missing, place, {{"field", fmt::format("{} {}", place, field.zh)}},
               {.field = group.field});
  }
}

void report_encoding(const Profile& profile, std::size_t offset, Faults& faults) {
  faults.add(FindingCode::encoding_invalid, fmt::format("byte {}", offset + 1),
             {{"offset", std::to_string(offset + 1)}, {"encoding", std::string(name(profile.charset))}});
}

void pool_for(std::string_view message, std::string& pool) {
  // append_utf8() asks for half again and four bytes a text; a text that is not ASCII has at least two.
  pool.clear();
  pool.reserve(message.size() * 4 + 64);
}

Cell read_bytes(const Profile& profile, std::string_view bytes, const Padding* padding, bool number,
                std::string& pool) {
  Cell cell;
  if (bytes.find_first_not_of(' ') == std::string_view::npos) return cell;
  std::string_view text = bytes;
  if (!is_ascii(bytes)) {
    const std::size_t begin = pool.size();
    if (const auto converted = append_utf8(profile.charset, bytes, pool); !converted) {
      cell.state = Cell::State::faulty;
      cell.size = static_cast<std::uint32_t>(converted.error().offset);
      return cell;
    }
    text = std::string_view(pool).substr(begin);
  }
  if (padding != nullptr) text = unpadded(text, *padding, number);
  if (profile.lenient.any_padding) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
  }
  if (text.empty()) return cell;
  cell.state = Cell::State::string;
  cell.text = text;
  return cell;
}

void fill_cells(Stretch& stretch, std::string_view record, std::uint32_t base, const Framed& framed,
                std::vector<Cell>& cells, std::string& pool, Faults& faults) {
  const Layout& layout = *stretch.layout;
  cells.assign(layout.slots.size(), {});
  stretch.cells = cells;
  for (std::uint16_t i = 0; i < layout.slots.size(); ++i) {
    const auto* span = std::get_if<Span>(&layout.slots[i].place);
    if (span == nullptr) continue;
    const std::uint32_t begin = base + span->offset;
    if (begin + span->width <= record.size()) {
      cells[i] = read_bytes(*stretch.profile, record.substr(begin, span->width), &layout.slots[i].padding,
                            holds_number(layout, i), pool);
    }
    const std::size_t fault = cells[i].size;
    cells[i].begin = begin;
    cells[i].size = span->width;
    if (cells[i].state == Cell::State::faulty) {
      const std::size_t offset =
          static_cast<std::size_t>(record.data() - framed.whole.data()) + begin + fault;
      faults.add(FindingCode::encoding_invalid, stretch, i,
                 {{"offset", std::to_string(offset + 1)},
                  {"encoding", std::string(name(stretch.profile->charset))}});
    }
  }
}

Source source_in(const Profile& profile, std::string_view body, std::string_view utf8, Source source) {
  for (std::size_t* offset :
       {&source.whole.begin, &source.whole.end, &source.value.begin, &source.value.end}) {
    *offset = source_offset(profile.charset, body, utf8, *offset);
  }
  return source;
}

DocumentReader& document_reader(Format format) {
  switch (format) {
    case Format::xml:
      return xml_reader();
    case Format::json:
      return json_reader();
    case Format::fixed:
      break;
  }
  return fixed_reader();
}

}  // namespace loangate::adapters
