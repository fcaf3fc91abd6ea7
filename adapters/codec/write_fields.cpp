#include "adapters/codec/write_fields.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/codec/forms.hpp"

namespace loangate::adapters {

namespace {

/// Room for one slot's text: numbers and dates are shorter, texts lie in the record.
constexpr std::size_t longest_number = 288;

bool is_json_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(whole) || (whole.size() > 1 && whole.front() == '0')) return false;
  return point == std::string_view::npos || digits(text.substr(point + 1));
}

bool is_among(const std::vector<std::string>& texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

bool is_derived(const Slot& slot) {
  return std::holds_alternative<Derived>(slot.place);
}

}  // namespace

std::span<const Record> rows_to_write(const Group& group, const Record& message) {
  const std::span<const Record> rows = message.rows(group.field);
  return rows.first(std::min<std::size_t>(rows.size(), group.times));
}

/// Where one stretch's values go, and what went wrong.
struct FieldWriter::Target {
  const Layout& layout;
  const Record& from;
  FieldPath path;
  std::vector<Written>& slots;
  std::string& pool;
  const Line* line = nullptr;
  std::string reason = {};

  bool refuse(std::string why) {
    reason = std::move(why);
    return false;
  }
  /// The text that `write` appends, kept where it does not move.
  template <class Write>
  std::optional<std::string_view> kept(Write write) {
    const std::size_t begin = pool.size();
    if (!write(pool)) return std::nullopt;
    return std::string_view(pool).substr(begin);
  }
};

std::expected<void, EncodeFault> FieldWriter::write(const Layout& layout, const Record& from, FieldPath path,
                                                    std::vector<Written>& slots, std::string& pool) {
  slots.assign(layout.slots.size(), {});
  pool.clear();
  pool.reserve(layout.slots.size() * longest_number);  // so that texts in it stay where they are
  Target target{layout, from, path, slots, pool};
  for (const Line& line : layout.lines) {
    if (write_line(target, line)) continue;
    FieldPath field = path;
    (path.row == FieldPath::none ? field.field : field.column) = line.field;
    const std::string_view place = layout.slots[line.first_slot].name;
    return std::unexpected(EncodeFault{
        .field = field,
        .reason = fmt::format("{} at {}: {}", format(message_.spec(), field), place, target.reason)});
  }
  if (&layout == &map_.body) write_row_counts(target);
  return {};
}

void FieldWriter::write_row_counts(Target& target) {
  for (const Group& group : map_.groups) {
    if (group.count_slot == nowhere) continue;
    const std::size_t rows = rows_to_write(group, message_).size();
    if (rows == 0 && profile_.format != Format::fixed && group.absent == Absent::omit) continue;
    const auto count =
        target.kept([&](std::string& out) { return write_count(static_cast<std::int64_t>(rows), out); });
    target.slots[group.count_slot] = {Written::State::text, *count};
  }
}

bool FieldWriter::write_line(Target& target, const Line& line) {
  switch (line.kind) {
    case Line::Kind::constant:
    case Line::Kind::type:
    case Line::Kind::seal:
    case Line::Kind::seal_key:
      target.slots[line.first_slot] = {Written::State::text, line.text};
      return true;
    case Line::Kind::filler:
    case Line::Kind::body_length:
      return true;  // by the record, when it is put together
    case Line::Kind::field:
      break;
  }
  if (line.field == counted_field_ && target.path.row == FieldPath::none) {
    return write_value(target, line, Value(counted_));
  }
  if (!target.from.has(line.field)) return write_absent(target, line);
  return write_value(target, line, target.from[line.field]);
}

bool FieldWriter::write_absent(Target& target, const Line& line) {
  if (line.required) return target.refuse("it is required, but absent");
  if (const auto& none = none_of(line.form); !none.empty()) {
    if (line.slot_count > 1) return split(target, line, none.front(), false);
    target.slots[line.first_slot] = {Written::State::text, none.front()};
    return true;
  }
  constexpr Written::State states[] = {Written::State::omit, Written::State::empty, Written::State::null};
  for (std::uint16_t i = 0; i < line.slot_count; ++i) {
    const auto slot = static_cast<std::uint16_t>(line.first_slot + i);
    const auto& none = target.layout.slots[slot].none;
    if (none.empty()) {
      target.slots[slot].state = states[static_cast<std::size_t>(line.absent)];
    } else {
      target.slots[slot] = {Written::State::text, none.front()};
    }
  }
  return true;
}

bool FieldWriter::write_value(Target& target, const Line& line, const Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return write_text(target, line, *text);
  std::optional<std::string_view> written;
  if (const auto* money = std::get_if<MoneyForm>(&line.form)) {
    const Fen amount = std::get<Fen>(value);
    written = target.kept([&](std::string& out) { return write_money(*money, amount, out); });
    if (!written) {
      return target.refuse(
          fmt::format("{} yuan cannot be written as {}", format_yuan(amount), describe(line.form)));
    }
    if (money->sign == MoneyForm::Sign::flag) {
      target.slots[money->flag_slot] = {Written::State::text,
                                        amount < Fen::zero() ? money->minus : money->plus};
    }
  } else if (const auto* rate = std::get_if<RateForm>(&line.form)) {
    written = target.kept([&](std::string& out) { return write_rate(*rate, std::get<Rate>(value), out); });
    if (!written) {
      return target.refuse(fmt::format("{} % a year is not exact as {}",
                                       format_percent(std::get<Rate>(value)), describe(line.form)));
    }
  } else if (const auto* date = std::get_if<DateForm>(&line.form)) {
    written =
        target.kept([&](std::string& out) { return write_date(date->pattern, std::get<Date>(value), out); });
    if (!written || is_among(date->none, *written)) {
      return target.refuse(
          fmt::format("{} cannot be written as {}", format(std::get<Date>(value)), describe(line.form)));
    }
  } else if (const auto* instant = std::get_if<InstantForm>(&line.form)) {
    written = target.kept(
        [&](std::string& out) { return write_instant(instant->pattern, std::get<Instant>(value), out); });
    if (!written || is_among(instant->none, *written)) {
      return target.refuse(
          fmt::format("{} cannot be written as {}", format(std::get<Instant>(value)), describe(line.form)));
    }
    if (line.slot_count > 1) return write_parts(target, line, *written);
  } else if (const auto* code = std::get_if<CodeForm>(&line.form)) {
    const std::uint8_t index = std::get<Code>(value).index;
    written = code->map->written[index];
    if (written->empty()) {
      return target.refuse(
          fmt::format("the partner has no code for `{}`", code->map->list->codes[index].name));
    }
  } else {
    const auto& form = std::get<CountForm>(line.form);
    const std::int64_t count = std::get<std::int64_t>(value);
    written = target.kept([&](std::string& out) { return write_count(count, out, form); });
    if (!written) return target.refuse(fmt::format("{} cannot be written as {}", count, describe(line.form)));
  }
  target.slots[line.first_slot] = {Written::State::text, *written};
  return suits(target, target.layout.slots[line.first_slot], *written);
}

bool FieldWriter::write_text(Target& target, const Line& line, std::string_view text) {
  const auto& form = std::get<TextForm>(line.form);
  if (is_blank(text)) return target.refuse("a text of nothing but spaces reads as absent");
  if (!is_printable(text)) return target.refuse("it contains control characters");
  if (is_among(form.none, text)) return target.refuse(fmt::format("`{}` means absent", text));
  if (form.trim && trimmed(text).size() != text.size())
    return target.refuse("spaces around it would be lost");
  if (line.slot_count > 1 || is_derived(target.layout.slots[line.first_slot]))
    return write_parts(target, line, text);
  target.slots[line.first_slot] = {Written::State::text, text};
  return suits(target, target.layout.slots[line.first_slot], text);
}

bool FieldWriter::write_parts(Target& target, const Line& line, std::string_view whole) {
  if (!split(target, line, whole, true)) return false;
  bool says_none = true;
  for (std::uint16_t i = 0; i < line.slot_count; ++i) {
    const Slot& part = target.layout.slots_of(line)[i];
    says_none =
        says_none && (is_derived(part) || is_among(part.none, target.slots[line.first_slot + i].text));
  }
  const bool all_derived = std::ranges::all_of(target.layout.slots_of(line), is_derived);
  return all_derived || !says_none || target.refuse(fmt::format("`{}` means absent", whole));
}

/// The inverse of reading parts: splits the whole just as it would be joined. What says 'absent' need not
/// be of the parts' forms.
bool FieldWriter::split(Target& target, const Line& line, std::string_view whole, bool is_value) {
  const auto slots = target.layout.slots_of(line);
  std::string_view rest = whole;
  for (std::uint16_t i = 0; i < line.slot_count; ++i) {
    const Slot& part = slots[i];
    const bool last = i + 1 == line.slot_count;
    std::string_view text = rest;
    if (part.size != 0) {
      if (rest.size() < part.size)
        return target.refuse(fmt::format("`{}` has no part of {} bytes", whole, part.size));
      text = rest.substr(0, part.size);
    } else if (!last) {
      text = rest.substr(0, rest.find(line.join));
    }
    rest.remove_prefix(text.size());
    if (last ? !rest.empty() : !rest.starts_with(line.join)) {
      return target.refuse(fmt::format("`{}` does not split into {} parts", whole, line.slot_count));
    }
    if (!last) rest.remove_prefix(line.join.size());
    if (is_blank(text)) return target.refuse(fmt::format("`{}` has an empty part", whole));
    if (!last && !line.join.empty() && text.contains(line.join)) {
      return target.refuse(fmt::format("a part of `{}` contains `{}`", whole, line.join));
    }
    if (is_value && !part_suits(target, line, part, text)) return false;
    if (!is_derived(part)) target.slots[line.first_slot + i] = {Written::State::text, text};
  }
  return true;
}

bool FieldWriter::part_suits(Target& target, const Line& line, const Slot& part, std::string_view text) {
  if (part.pattern && std::holds_alternative<TextForm>(line.form) && !read_date(*part.pattern, text)) {
    return target.refuse(fmt::format("`{}` is no {}", text, part.pattern->text));
  }
  if (!is_derived(part)) return suits(target, part, text);
  const std::uint16_t field = std::get<Derived>(part.place).field;
  const Value& source = message_[field];
  std::string derived;
  if (const auto* other = std::get_if<std::string_view>(&source)) derived = *other;
  if (const auto* instant = std::get_if<Instant>(&source); instant != nullptr && part.pattern) {
    write_instant(*part.pattern, *instant, derived);
  }
  if (derived == text) return true;
  return target.refuse(fmt::format("its part `{}` must repeat {}", text, message_.spec().fields[field].name));
}

/// JSON: the text can stand as what the slot says.
bool FieldWriter::suits(Target& target, const Slot& slot, std::string_view text) {
  if (profile_.format != Format::json || slot.as == JsonAs::string) return true;
  if (slot.as == JsonAs::boolean ? text == "true" || text == "false" : is_json_number(text)) return true;
  return target.refuse(
      fmt::format("`{}` cannot stand as a JSON {}", text, slot.as == JsonAs::boolean ? "boolean" : "number"));
}

}  // namespace loangate::adapters
