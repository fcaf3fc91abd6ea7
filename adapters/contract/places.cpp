#include "adapters/contract/places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "adapters/batch/form.hpp"

namespace loangate::adapters {

namespace {

using Holds = PlacedValue::Holds;

Holds holds_of(Line::Kind kind) {
  switch (kind) {
    case Line::Kind::field:
      return Holds::field;
    case Line::Kind::constant:
      return Holds::constant;
    case Line::Kind::filler:
      return Holds::filler;
    case Line::Kind::type:
      return Holds::type;
    case Line::Kind::body_length:
      return Holds::body_length;
    case Line::Kind::seal:
      return Holds::seal;
    case Line::Kind::seal_key:
      return Holds::seal_key;
  }
  return Holds::filler;
}

bool is_derived(const Slot& slot) {
  return std::holds_alternative<Derived>(slot.place);
}

/// The digits that read_money() and read_rate() take. More decimals than a fen has must be zeros; that is
/// left to the gateway.
std::string number_pattern(unsigned places, bool point, bool fewer) {
  if (!point || places == 0) return "[0-9]+";
  return fewer ? fmt::format("[0-9]+(\\.[0-9]{{1,{}}})?", places)
               : fmt::format("[0-9]+\\.[0-9]{{{}}}", places);
}

std::string money_pattern(const MoneyForm& form, bool fewer) {
  const std::string number = number_pattern(form.places, form.point, fewer);
  switch (form.sign) {
    case MoneyForm::Sign::none:
    case MoneyForm::Sign::flag:
      return number;
    case MoneyForm::Sign::leading:
      return "[+-]" + number;
    case MoneyForm::Sign::if_negative:
      return "-?" + number;
    case MoneyForm::Sign::trailing:
      return number + "[+-]";
  }
  return number;
}

std::string time_pattern(const TimePattern& pattern, Dialect dialect) {
  struct Named {
    TimePattern::Piece piece;
    std::string digits;
  };
  const std::array<Named, 7> pieces = {{
      {pattern.year, fmt::format("[0-9]{{{}}}", pattern.year.digits)},
      {pattern.month, "(0[1-9]|1[0-2])"},
      {pattern.day, "(0[1-9]|[12][0-9]|3[01])"},
      {pattern.hour, "([01][0-9]|2[0-3])"},
      {pattern.minute, "[0-5][0-9]"},
      {pattern.second, "[0-5][0-9]"},
      {pattern.fraction, fmt::format("[0-9]{{{}}}", pattern.fraction.digits)},
  }};
  std::string out;
  std::size_t at = 0;
  while (at < pattern.blank.size()) {
    const auto piece = std::ranges::find_if(
        pieces, [&](const Named& each) { return each.piece.digits > 0 && each.piece.offset == at; });
    if (piece != pieces.end()) {
      out += piece->digits;
      at += piece->piece.digits;
    } else {
      out += in_pattern(std::string_view(pattern.blank).substr(at++, 1), dialect);
    }
  }
  return out;
}

/// What of a value that says 'absent' stands at one of its parts; nothing if it does not split so.
std::optional<std::string> none_at(const Layout& layout, const Line& line, const Slot& slot,
                                   std::string_view none) {
  for (const Slot& part : layout.slots_of(line)) {
    const bool last = &part == &layout.slots_of(line).back();
    std::string_view text = none;
    if (part.size != 0) {
      if (none.size() < part.size) return std::nullopt;
      text = none.substr(0, part.size);
    } else if (!last) {
      const std::size_t end = none.find(line.join);
      if (end == std::string_view::npos) return std::nullopt;
      text = none.substr(0, end);
    }
    if (&part == &slot) return std::string(text);
    none.remove_prefix(text.size());
    if (!none.starts_with(line.join)) return std::nullopt;
    none.remove_prefix(line.join.size());
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(Holds holds) {
  switch (holds) {
    case Holds::field:
      return "field";
    case Holds::constant:
      return "constant";
    case Holds::filler:
      return "filler";
    case Holds::type:
      return "type";
    case Holds::body_length:
      return "body_length";
    case Holds::seal:
      return "seal";
    case Holds::seal_key:
      return "seal_key";
    case Holds::row_count:
      return "row_count";
    case Holds::sign:
      return "sign";
    case Holds::lines:
      return "lines";
  }
  return {};
}

std::vector<PlacedValue> places_of(const Layout& layout, const std::vector<Group>& groups) {
  std::vector<PlacedValue> places;
  for (std::uint16_t i = 0; i < layout.slots.size(); ++i) {
    const Slot& slot = layout.slots[i];
    if (is_derived(slot)) continue;
    PlacedValue place{.layout = &layout, .slot = &slot};
    if (slot.line == nowhere) {
      const auto group = std::ranges::find(groups, i, &Group::count_slot);
      if (group == groups.end()) continue;
      place.holds = Holds::row_count;
      place.group = &*group;
      place.field = &layout.record->fields[group->field];
      places.push_back(place);
      continue;
    }
    place.line = &layout.lines[slot.line];
    place.holds = place.line->text == BatchForm::lines_mark ? Holds::lines : holds_of(place.line->kind);
    const bool is_own = i >= place.line->first_slot && i < place.line->first_slot + place.line->slot_count;
    if (place.line->field != nowhere) {
      place.field = &layout.record->fields[place.line->field];
      place.required = place.line->required;
      if (!is_own) {
        const auto& money = std::get<MoneyForm>(place.line->form);
        place.holds = Holds::sign;
        place.required = place.required && !money.plus.empty() && !money.minus.empty();
      } else if (place.line->slot_count > 1) {
        place.part = i - place.line->first_slot + 1u;
      }
    } else if (place.holds != Holds::seal && place.holds != Holds::seal_key) {  // asked for by open_seal()
      place.required = place.holds == Holds::body_length || !place.line->text.empty();
    }
    places.push_back(place);
  }
  return places;
}

ValueRule rule_of(const Profile& profile, const PlacedValue& place, Dialect dialect) {
  ValueRule rule{.may_be_empty = !place.required};
  switch (place.holds) {
    case Holds::constant:
    case Holds::type:
      rule.values = {place.line->text};
      return rule;
    case Holds::row_count:
    case Holds::body_length:
      rule.pattern = "[0-9]+";
      return rule;
    case Holds::filler:
    case Holds::seal:
    case Holds::seal_key:
    case Holds::lines:
      rule.any_text = true;
      return rule;
    case Holds::sign: {
      const auto& money = std::get<MoneyForm>(place.line->form);
      rule.values = {money.plus, money.minus};
      return rule;
    }
    case Holds::field:
      break;
  }
  const Form& form = place.line->form;
  const bool fewer = profile.lenient.fewer_places;
  if (place.part == 0) {
    rule.values = none_of(form);
  } else {
    rule.values = place.slot->none;
    for (const std::string& none : none_of(form)) {
      if (auto part = none_at(*place.layout, *place.line, *place.slot, none)) rule.values.push_back(*part);
    }
  }
  if (place.slot->pattern) {
    rule.pattern = time_pattern(*place.slot->pattern, dialect);
  } else if (const auto* text = std::get_if<TextForm>(&form)) {
    rule.any_text = true;
    rule.not_blank = place.required && place.part == 0;
    // Limits count bytes, schemas characters: no character has less than a byte.
    if (place.part != 0) {
      rule.longest = place.slot->size;
    } else if (!text->trim) {
      rule.longest = place.field->max_bytes;
      for (const std::string& none : text->none) rule.longest = std::max(rule.longest, none.size());
    }
  } else if (const auto* money = std::get_if<MoneyForm>(&form)) {
    rule.pattern = money_pattern(*money, fewer);
  } else if (const auto* rate = std::get_if<RateForm>(&form)) {
    rule.pattern = number_pattern(rate->places, rate->point, fewer);
  } else if (const auto* date = std::get_if<DateForm>(&form)) {
    rule.pattern = time_pattern(date->pattern, dialect);
  } else if (const auto* instant = std::get_if<InstantForm>(&form)) {
    rule.pattern = time_pattern(instant->pattern, dialect);
  } else if (const auto* code = std::get_if<CodeForm>(&form)) {
    for (const auto& known : code->map->read) rule.values.push_back(known.first);
  } else if (const auto* count = std::get_if<CountForm>(&form)) {
    rule.pattern = count->negative ? "-?[0-9]+" : "[0-9]+";
  }
  return rule;
}

std::string in_pattern(std::string_view text, Dialect dialect) {
  constexpr std::string_view both = "\\.?*+{}()[]|^";
  std::string out;
  for (const char c : text) {
    if (both.contains(c) || (c == '$' && dialect == Dialect::ecma)) out += '\\';
    out += c;
  }
  return out;
}

std::string place_text(const PlacedValue& place) {
  if (const auto* span = std::get_if<Span>(&place.slot->place))
    return fmt::format("{}-{}", span->offset + 1, span->offset + span->width);
  if (const auto* column = std::get_if<Column>(&place.slot->place))
    return fmt::format("{}", column->index + 1);
  return place.slot->name.empty() ? "." : place.slot->name;
}

}  // namespace loangate::adapters
