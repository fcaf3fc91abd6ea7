#include "simulate/composer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "adapters/codec/forms.hpp"
#include "adapters/profile/time_pattern.hpp"

namespace loangate::simulate {
namespace {

using adapters::Layout;
using adapters::Line;
using adapters::MessageMap;
using adapters::Slot;

// Every message that comes in begins with these.
using First = LoanDisbursement::field;
constexpr std::size_t most_digits = 9;
constexpr std::size_t digits_after_date = 6;

std::array<const Layout*, 2> layouts_of(const MessageMap& map) {
  return {&map.header, &map.body};
}

const Line* line_of(const Layout& layout, std::uint16_t field) {
  const auto found = std::ranges::find_if(
      layout.lines, [&](const Line& line) { return line.kind == Line::Kind::field && line.field == field; });
  return found == layout.lines.end() ? nullptr : &*found;
}

std::uint64_t power_of_ten(std::size_t digits) {
  std::uint64_t power = 1;
  while (digits-- > 0) power *= 10;
  return power;
}

/// The text of the lowest digits of `number`, without a leading zero: formats that pad numbers with zeros, or
/// hold them as numbers, would lose it. What did not find room stays in `number`.
std::string digits(std::uint64_t& number, std::size_t count) {
  const std::uint64_t least = power_of_ten(count - 1);
  const std::uint64_t room = 9 * least;
  std::string text = std::to_string(least + number % room);
  number /= room;
  return text;
}

/// Bytes that a place has for a text; 0: as many as it likes.
std::size_t width_of(const Slot& slot) {
  if (slot.size != 0) return slot.size;
  if (const auto* span = std::get_if<adapters::Span>(&slot.place)) return span->width;
  if (const auto* column = std::get_if<adapters::Column>(&slot.place)) return column->width;
  return 0;
}

}  // namespace

void Composer::complete(MessageKind kind, Record& message, Instant now) {
  const MessageMap& map = *profile_.find(kind);
  if (profile_.institution_code) message.set_text(First::institution_code, profile_.institution_code->view());
  message.set(First::sent_at, now);
  for (std::uint16_t field = 0; field < message.spec().fields.size(); ++field) {
    if (!carries(kind, field) && !message.spec().fields[field].required) message.clear(field);
  }
  for (const Layout* layout : layouts_of(map)) {
    const Line* line = line_of(*layout, First::message_id);
    if (line != nullptr) message.set_text(First::message_id, message_id(*layout, *line, message, now));
  }
}

const Line* Composer::find(MessageKind kind, std::uint16_t field, std::uint16_t column) const {
  const MessageMap* map = profile_.find(kind);
  if (map == nullptr) return nullptr;
  if (column != FieldPath::none) {
    const auto group = std::ranges::find(map->groups, field, &adapters::Group::field);
    return group == map->groups.end() ? nullptr : line_of(group->rows, column);
  }
  const Line* line = line_of(map->header, field);
  return line != nullptr ? line : line_of(map->body, field);
}

bool Composer::carries(MessageKind kind, std::uint16_t field, std::uint16_t column) const {
  const MessageMap* map = profile_.find(kind);
  if (map == nullptr) return false;
  const bool group = std::ranges::find(map->groups, field, &adapters::Group::field) != map->groups.end();
  return (group && column == FieldPath::none) || find(kind, field, column) != nullptr;
}

bool Composer::can_say(MessageKind kind, std::uint16_t field, Code code, std::uint16_t column) const {
  const Line* line = find(kind, field, column);
  const auto* form = line == nullptr ? nullptr : std::get_if<adapters::CodeForm>(&line->form);
  return form != nullptr && !form->map->written[code.index].empty();
}

Rate Composer::rate_up_to(MessageKind kind, std::uint16_t field, Rate most) const {
  const Line* line = find(kind, field, FieldPath::none);
  const auto* form = line == nullptr ? nullptr : std::get_if<adapters::RateForm>(&line->form);
  if (form == nullptr) return most;
  const auto fractions = static_cast<std::int64_t>(power_of_ten(form->places));
  std::int64_t written = most.millionths() * fractions / form->scale;
  while (written * form->scale % fractions != 0) --written;
  return Rate::millionths(written * form->scale / fractions);
}

std::string Composer::message_id(const Layout& layout, const Line& line, const Record& message, Instant now) {
  const std::span<const Slot> slots = layout.slots_of(line);
  std::uint64_t number = next_++;
  if (slots.size() == 1 && !slots.front().pattern) {
    const std::size_t width = width_of(slots.front());
    std::string id;
    if (width == 0 || width >= 8 + digits_after_date) {
      adapters::write_instant(*adapters::parse_time_pattern("yyyyMMdd"), now, id);
      return id + digits(number, digits_after_date);
    }
    return digits(number, std::min(width, most_digits));
  }
  // The number fills the free parts from the last to the first.
  std::vector<std::string> parts(slots.size());
  for (std::size_t i = slots.size(); i-- > 0;) {
    const Slot& slot = slots[i];
    const auto* repeated = std::get_if<adapters::Derived>(&slot.place);
    if (slot.pattern) {
      adapters::write_instant(*slot.pattern, now, parts[i]);
    } else if (repeated != nullptr) {
      const auto* text = std::get_if<std::string_view>(&message[repeated->field]);
      if (text != nullptr) parts[i] = *text;
    } else {
      const std::size_t width = width_of(slot);
      parts[i] = digits(
          number, width == 0 ? most_digits : std::min(width, std::max<std::size_t>(slot.size, most_digits)));
    }
  }
  std::string id;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) id += line.join;
    id += parts[i];
  }
  return id;
}

}  // namespace loangate::simulate
