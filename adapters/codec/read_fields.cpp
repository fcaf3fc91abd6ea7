#include "adapters/codec/read_fields.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/codec/forms.hpp"

namespace loangate::adapters {

namespace {

bool is_derived(const Slot& slot) {
  return std::holds_alternative<Derived>(slot.place);
}

bool has_derived(const Layout& layout, const Line& line) {
  return line.slot_count > 1 && std::ranges::any_of(layout.slots_of(line), is_derived);
}

bool says_none(const std::vector<std::string>& none, std::string_view text) {
  return std::find(none.begin(), none.end(), text) != none.end();
}

std::string_view kind_name(JsonAs as) {
  switch (as) {
    case JsonAs::string:
      return "JSON string";
    case JsonAs::number:
      return "JSON number";
    case JsonAs::boolean:
      return "true, false";
  }
  return {};
}

Cell::State state_of(JsonAs as) {
  switch (as) {
    case JsonAs::string:
      return Cell::State::string;
    case JsonAs::number:
      return Cell::State::number;
    case JsonAs::boolean:
      return Cell::State::boolean;
  }
  return Cell::State::faulty;
}

}  // namespace

void FieldReader::read(const Stretch& stretch, Record& into) {
  for (const Line& line : stretch.layout->lines) {
    switch (line.kind) {
      case Line::Kind::field:
        if (!has_derived(*stretch.layout, line)) read_field(stretch, line, into);
        break;
      case Line::Kind::constant:
        read_constant(stretch, line);
        break;
      case Line::Kind::filler:
      case Line::Kind::type:
      case Line::Kind::body_length:
      case Line::Kind::seal:
      case Line::Kind::seal_key:
        break;  // seen to before, or nothing to see
    }
  }
}

void FieldReader::read_derived(const Stretch& stretch, Record& into) {
  const std::vector<Line>& lines = stretch.layout->lines;
  // They stand last.
  auto first = lines.end();
  while (first != lines.begin() && has_derived(*stretch.layout, *std::prev(first))) --first;
  for (; first != lines.end(); ++first) read_field(stretch, *first, into);
}

void FieldReader::read_field(const Stretch& stretch, const Line& line, Record& into) {
  const std::uint16_t slot = line.first_slot;
  if (line.slot_count > 1) return read_composed(stretch, line, into);
  const Cell& cell = stretch.cells[slot];
  if (cell.state == Cell::State::absent) return missing(stretch, line);
  if (is_usable(stretch, slot)) put(stretch, line, cell.text, into);
}

void FieldReader::read_constant(const Stretch& stretch, const Line& line) {
  const Cell& cell = stretch.cells[line.first_slot];
  if (cell.state == Cell::State::faulty || cell.text == line.text) return;
  faults_.add(FindingCode::constant_differs, stretch, line.first_slot,
              {{"given", shown(cell.text)}, {"expected", line.text}});
}

bool FieldReader::is_usable(const Stretch& stretch, std::uint16_t slot) {
  const Cell& cell = stretch.cells[slot];
  const JsonAs as = stretch.layout->slots[slot].as;
  if (cell.state == Cell::State::faulty) return false;
  if (cell.state == state_of(as)) return true;
  malformed(stretch, slot, cell.text, std::string(kind_name(as)));
  return false;
}

void FieldReader::missing(const Stretch& stretch, const Line& line) {
  if (line.required) faults_.add(FindingCode::field_missing, stretch, line);
}

void FieldReader::malformed(const Stretch& stretch, std::uint16_t slot, std::string_view given,
                            std::string form) {
  faults_.add(FindingCode::field_malformed, stretch, slot,
              {{"given", shown(given)}, {"form", std::move(form)}});
}

void FieldReader::malformed(const Stretch& stretch, const Line& line, std::string_view given,
                            std::string form) {
  std::string as_it_stands(given);
  if (line.slot_count > 1) {
    as_it_stands.clear();
    for (std::uint16_t i = 0; i < line.slot_count; ++i) {
      if (is_derived(stretch.layout->slots_of(line)[i])) continue;
      if (!as_it_stands.empty()) as_it_stands += " + ";
      as_it_stands += stretch.cells[line.first_slot + i].text;
    }
  }
  faults_.add(FindingCode::field_malformed, stretch, line,
              {{"given", shown(as_it_stands)}, {"form", std::move(form)}});
}

std::optional<std::string_view> FieldReader::part_text(const Stretch& stretch, const Line& line,
                                                       std::uint16_t slot) {
  const Slot& part = stretch.layout->slots[slot];
  if (const auto* derived = std::get_if<Derived>(&part.place)) {
    const Value& source = message_[derived->field];
    derived_.clear();
    if (const auto* text = std::get_if<std::string_view>(&source)) return *text;
    const auto* instant = std::get_if<Instant>(&source);
    const auto* date = std::get_if<Date>(&source);
    const bool written =
        part.pattern && ((instant != nullptr && write_instant(*part.pattern, *instant, derived_)) ||
                         (date != nullptr && write_date(*part.pattern, *date, derived_)));
    if (written) return derived_;
    faults_.add(FindingCode::field_missing, place_of(stretch, line),
                {{"field", std::string(message_.spec().fields[derived->field].zh)}},
                {.field = derived->field});
    return std::nullopt;
  }
  const Cell& cell = stretch.cells[slot];
  if (cell.state == Cell::State::absent) {
    faults_.add(FindingCode::field_missing, stretch, slot);
    return std::nullopt;
  }
  if (!is_usable(stretch, slot)) return std::nullopt;
  if (part.size != 0 && cell.text.size() != part.size) {
    malformed(stretch, slot, cell.text, describe_size(part.size));
    return std::nullopt;
  }
  if (part.pattern && !std::holds_alternative<InstantForm>(line.form) &&
      !read_date(*part.pattern, cell.text)) {
    malformed(stretch, slot, cell.text, part.pattern->text);
    return std::nullopt;
  }
  return cell.text;
}

bool FieldReader::parts_say_none(const Stretch& stretch, const Line& line) const {
  const auto slots = stretch.layout->slots_of(line);
  const auto cells = stretch.cells.subspan(line.first_slot, line.slot_count);
  bool each_part = true;
  bool all_derived = true;
  thread_local std::string whole;
  whole.clear();
  for (std::uint16_t i = 0; i < line.slot_count; ++i) {
    if (is_derived(slots[i])) continue;
    all_derived = false;
    each_part =
        each_part && (cells[i].state == Cell::State::absent || says_none(slots[i].none, cells[i].text));
    whole += cells[i].text;
    if (i + 1 < line.slot_count) whole += line.join;
  }
  return !all_derived && (each_part || says_none(none_of(line.form), whole));
}

void FieldReader::read_composed(const Stretch& stretch, const Line& line, Record& into) {
  if (parts_say_none(stretch, line)) return missing(stretch, line);

  thread_local std::string whole;
  whole.clear();
  bool complete = true;
  for (std::uint16_t i = 0; i < line.slot_count; ++i) {
    const auto slot = static_cast<std::uint16_t>(line.first_slot + i);
    const auto text = part_text(stretch, line, slot);
    if (!text) {
      complete = false;
      continue;
    }
    const bool last = i + 1 == line.slot_count;
    if (!last && !line.join.empty() && text->contains(line.join)) {
      malformed(stretch, slot, *text, fmt::format("text without `{}`", line.join));
      complete = false;
    }
    whole += *text;
    if (!last) whole += line.join;
  }
  if (complete) put(stretch, line, whole, into);
}

void FieldReader::put(const Stretch& stretch, const Line& line, std::string_view text, Record& into) {
  const auto set_or_fault = [&](const auto& value) {
    if (value) {
      into.set(line.field, *value);
    } else {
      malformed(stretch, line, text, describe(line.form));
    }
  };
  if (const auto* form = std::get_if<TextForm>(&line.form)) {
    put_text(stretch, line, *form, text, into);
  } else if (const auto* money = std::get_if<MoneyForm>(&line.form)) {
    put_money(stretch, line, *money, text, into);
  } else if (const auto* rate = std::get_if<RateForm>(&line.form)) {
    set_or_fault(read_rate(*rate, text, profile_.lenient.fewer_places));
  } else if (const auto* date = std::get_if<DateForm>(&line.form)) {
    if (says_none(date->none, text)) return missing(stretch, line);
    set_or_fault(read_date(date->pattern, text));
  } else if (const auto* instant = std::get_if<InstantForm>(&line.form)) {
    if (says_none(instant->none, text)) return missing(stretch, line);
    set_or_fault(read_instant(instant->pattern, text));
  } else if (const auto* code = std::get_if<CodeForm>(&line.form)) {
    if (const auto found = code->map->find(text)) {
      into.set(line.field, *found);
    } else {
      faults_.add(FindingCode::code_unknown, stretch, line.first_slot,
                  {{"given", shown(text)}, {"known", code->map->known}});
    }
  } else {
    set_or_fault(read_count(text, std::get<CountForm>(line.form)));
  }
}

void FieldReader::put_text(const Stretch& stretch, const Line& line, const TextForm& form,
                           std::string_view text, Record& into) {
  if (form.trim) text = trimmed(text);
  if (says_none(form.none, text) || is_blank(text)) return missing(stretch, line);
  const std::size_t limit = into.spec().fields[line.field].max_bytes;
  if (text.size() > limit) {
    faults_.add(FindingCode::field_too_long, stretch, line, {{"limit", std::to_string(limit)}});
  } else if (!is_printable(text)) {
    malformed(stretch, line, "\\x", "text without control characters");
  } else {
    into.set_text(line.field, text);
  }
}

void FieldReader::put_money(const Stretch& stretch, const Line& line, const MoneyForm& form,
                            std::string_view text, Record& into) {
  auto amount = read_money(form, text, profile_.lenient.fewer_places);
  if (!amount) return malformed(stretch, line.first_slot, text, describe(line.form));
  if (form.sign == MoneyForm::Sign::flag) {
    const std::string_view flag = stretch.cells[form.flag_slot].text;
    if (flag == form.minus) {
      amount = Fen::zero() - *amount;
    } else if (flag != form.plus) {
      return faults_.add(FindingCode::code_unknown, stretch, form.flag_slot,
                         {{"given", shown(flag)}, {"known", fmt::format("{}, {}", form.plus, form.minus)}});
    }
  }
  into.set(line.field, *amount);
}

}  // namespace loangate::adapters
