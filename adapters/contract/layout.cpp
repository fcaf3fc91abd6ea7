#include <fmt/format.h>

#include <algorithm>

#include "adapters/batch/form.hpp"
#include "adapters/codec/documents.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/contract/places.hpp"
#include "adapters/contract/schemas.hpp"
#include "adapters/profile/form.hpp"
#include "base/json_writer.hpp"

namespace loangate::adapters {

namespace {

constexpr std::string_view json_type = "application/json";

std::string_view name(Padding::Side side) {
  return side == Padding::Side::left ? "left" : "right";
}

/// Where a place is: `"at":13,"width":17`, `"column":5`, or its path.
void write_place(JsonWriter& json, const Place& place, std::string_view name) {
  if (const auto* span = std::get_if<Span>(&place)) {
    json.member("at", static_cast<int>(span->offset + 1)).member("width", static_cast<int>(span->width));
  } else if (const auto* column = std::get_if<Column>(&place)) {
    json.member("column", column->index + 1);
    if (column->width != 0) json.member("width", static_cast<int>(column->width));
  } else {
    json.member("at", name);
  }
}
void write_place(JsonWriter& json, const Slot& slot) {
  write_place(json, slot.place, slot.name);
}

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.key(key).begin_array();
  for (const std::string& text : texts) json.value(std::string_view(text));
  json.end_array();
}

void write_form(JsonWriter& json, const PlacedValue& place) {
  const Form& form = place.line->form;
  if (std::holds_alternative<TextForm>(form)) {
    json.member("type", "text").member("longest", static_cast<int>(place.field->max_bytes));
  } else if (const auto* money = std::get_if<MoneyForm>(&form)) {
    json.member("type", "money")
        .member("places", static_cast<int>(money->places))
        .member("point", money->point)
        .member("sign", name(money->sign));
    if (money->sign == MoneyForm::Sign::flag) {
      json.member("plus", std::string_view(money->plus)).member("minus", std::string_view(money->minus));
      json.key("sign_at").begin_object();
      write_place(json, place.layout->slots[money->flag_slot]);
      json.end_object();
    }
  } else if (const auto* rate = std::get_if<RateForm>(&form)) {
    json.member("type", "rate")
        .member("unit", std::string_view(rate->unit))
        .member("millionths_a_year", rate->scale)
        .member("places", static_cast<int>(rate->places))
        .member("point", rate->point);
  } else if (const auto* date = std::get_if<DateForm>(&form)) {
    json.member("type", "date").member("form", std::string_view(date->pattern.text));
  } else if (const auto* instant = std::get_if<InstantForm>(&form)) {
    json.member("type", "instant").member("form", std::string_view(instant->pattern.text));
  } else if (const auto* code = std::get_if<CodeForm>(&form)) {
    json.member("type", "code").member("codes", std::string_view(code->map->name));
  } else {
    json.member("type", "count").member("negative", std::get<CountForm>(form).negative);
  }
  if (place.part == 0) return write_texts(json, "none", none_of(form));
  json.member("part", static_cast<int>(place.part))
      .member("parts", static_cast<int>(place.line->slot_count))
      .member("join", std::string_view(place.line->join));
  write_texts(json, "none", place.slot->none);
  write_texts(json, "none_of_whole", none_of(form));
}

/// What a value repeats that has no places of its own for all its parts.
void write_repeated(JsonWriter& json, const Layout& layout) {
  json.key("composed").begin_array();
  for (const Line& line : layout.lines) {
    const auto slots = layout.slots_of(line);
    const auto derived = [](const Slot& slot) { return std::holds_alternative<Derived>(slot.place); };
    if (line.kind != Line::Kind::field || !std::ranges::any_of(slots, derived)) continue;
    json.begin_object()
        .member("field", layout.record->fields[line.field].name)
        .member("join", std::string_view(line.join))
        .key("parts")
        .begin_array();
    for (const Slot& slot : slots) {
      json.begin_object();
      if (const auto* from = std::get_if<Derived>(&slot.place)) {
        json.member("repeats", layout.record->fields[from->field].name);
        if (slot.pattern) json.member("form", std::string_view(slot.pattern->text));
      } else {
        write_place(json, slot);
      }
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void write_places(JsonWriter& json, const Layout& layout, const std::vector<Group>& groups) {
  json.key("places").begin_array();
  for (const PlacedValue& place : places_of(layout, groups)) {
    json.begin_object();
    write_place(json, *place.slot);
    json.member("holds", name(place.holds));
    if (place.field != nullptr)
      json.member("field", place.field->name).member("zh", place.field->zh).member("en", place.field->en);
    json.member("required", place.required);
    if (place.holds == PlacedValue::Holds::constant || place.holds == PlacedValue::Holds::type)
      json.member("text", std::string_view(place.line->text));
    json.member("pad", std::string_view(&place.slot->padding.byte, 1))
        .member("side", name(place.slot->padding.side));
    const auto slot = static_cast<std::uint16_t>(place.slot - layout.slots.data());
    json.member("number", holds_number(layout, slot));
    if (place.holds == PlacedValue::Holds::field) write_form(json, place);
    json.end_object();
  }
  json.end_array();
  write_repeated(json, layout);
}

void write_groups(JsonWriter& json, const Profile& profile, const MessageMap& message) {
  json.key("groups").begin_array();
  for (const Group& group : message.groups) {
    const FieldSpec& field = message.body.record->fields[group.field];
    json.begin_object()
        .member("field", field.name)
        .member("zh", field.zh)
        .member("en", field.en)
        .member("times", static_cast<int>(group.times))
        .member("required", group.required);
    if (const auto* segments = std::get_if<Group::Segments>(&group.where)) {
      const bool columns = profile.fixed.delimiter.has_value();
      json.member("stands", "segments")
          .member(columns ? "column" : "at", static_cast<int>(segments->offset + 1))
          .member(columns ? "columns" : "width", static_cast<int>(segments->width));
    } else if (const auto* tagged = std::get_if<Group::Tagged>(&group.where)) {
      json.member("stands", "records")
          .member("tag", std::string_view(tagged->tag))
          .key("tag_at")
          .begin_object();
      write_place(json, tagged->place, {});
      json.end_object()
          .member("bytes", static_cast<int>(group.rows.size))
          .member("columns", static_cast<int>(group.rows.columns));
    }
    write_places(json, group.rows, {});
    json.end_object();
  }
  json.end_array();
}

void write_framing(JsonWriter& json, const Framing& framing) {
  json.key("framing").begin_object();
  if (framing.length) {
    json.key("length")
        .begin_object()
        .member("digits", static_cast<int>(framing.length->digits))
        .member("counts", framing.length->counts_itself ? "all" : "rest")
        .member("pad", std::string_view(&framing.length->padding.byte, 1))
        .member("side", name(framing.length->padding.side))
        .end_object();
  }
  json.member("header_bytes", static_cast<int>(framing.header_size))
      .member("end", std::string_view(framing.end))
      .end_object();
}

/// Of one record without its groups: how long it is, and its places.
void write_record(JsonWriter& json, const Profile& profile, const Layout& layout,
                  const std::vector<Group>& groups) {
  if (profile.format == Format::fixed) {
    if (profile.fixed.delimiter) {
      json.member("columns", static_cast<int>(layout.columns));
    } else {
      json.member("bytes", static_cast<int>(layout.size));
    }
  }
  write_places(json, layout, groups);
}

void write_part(JsonWriter& json, std::string_view key, const Profile& profile,
                const std::optional<MessageMap>& part) {
  if (!part) return;
  json.key(key).begin_object();
  write_record(json, profile, part->body, {});
  json.end_object();
}

/// A cell of a CSV file.
std::string cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

void add_lines(const Profile& profile, const MessageMap& message, std::string_view record,
               const Layout& layout, const std::vector<Group>& groups, std::string& out) {
  for (const PlacedValue& place : places_of(layout, groups)) {
    std::string first, width;
    if (const auto* span = std::get_if<Span>(&place.slot->place)) {
      first = std::to_string(span->offset + 1);
      width = std::to_string(span->width);
    } else if (const auto* column = std::get_if<Column>(&place.slot->place)) {
      first = std::to_string(column->index + 1);
      width = column->width == 0 ? "" : std::to_string(column->width);
    }
    out +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\r\n", spec_of(message.kind).name, cell(message.code),
                    record, first, width, name(place.holds), place.field == nullptr ? "" : place.field->name,
                    place.field == nullptr ? "" : cell(place.field->zh), place.required ? "Y" : "N",
                    cell(form_words(profile, place)), cell(std::string_view(&place.slot->padding.byte, 1)),
                    name(place.slot->padding.side));
  }
}

}  // namespace

std::string_view direction_of(const MessageMap& message) {
  return message.from_partner ? "from_partner" : "to_partner";
}

std::string form_words(const Profile& profile, const PlacedValue& place) {
  using Holds = PlacedValue::Holds;
  switch (place.holds) {
    case Holds::constant:
    case Holds::type:
      return fmt::format("“{}”", place.line->text);
    case Holds::filler:
      return "不读 · ignored";
    case Holds::body_length:
      return "其后字节数 · bytes that follow";
    case Holds::seal:
      return "印鉴 · the seal";
    case Holds::seal_key:
      return "密钥编号 · id of the seal's key";
    case Holds::lines:
      return "各行明细 · the lines";
    case Holds::row_count:
      return "行数 · number of rows";
    case Holds::sign: {
      const auto& money = std::get<MoneyForm>(place.line->form);
      return fmt::format("{}: +, {}: −", money.plus, money.minus);
    }
    case Holds::field:
      break;
  }
  const Form& form = place.line->form;
  std::string words;
  if (place.slot->pattern) {
    words = place.slot->pattern->text;
  } else if (std::holds_alternative<TextForm>(form)) {
    words = place.part != 0 && place.slot->size != 0
                ? describe_size(place.slot->size)
                : fmt::format("文本 text, ≤ {} B UTF-8", place.field->max_bytes);
  } else if (const auto* code = std::get_if<CodeForm>(&form)) {
    words = fmt::format("{}: {}", code->map->name, code->map->known);
  } else {
    words = describe(form);
  }
  if (place.part != 0) {
    words += fmt::format(" ({}/{})", place.part, place.line->slot_count);
    if (!place.line->join.empty()) words += fmt::format(" 以 joined by “{}”", place.line->join);
    for (unsigned i = 0; i < place.line->slot_count; ++i) {
      const Slot& part = place.layout->slots_of(*place.line)[i];
      const auto* repeated = std::get_if<Derived>(&part.place);
      if (repeated == nullptr) continue;
      words += fmt::format("; {}/{} = {}{}{}", i + 1, place.line->slot_count,
                           place.layout->record->fields[repeated->field].name, part.pattern ? " " : "",
                           part.pattern ? part.pattern->text : "");
    }
  }
  const std::vector<std::string>& none = place.part == 0 ? none_of(form) : place.slot->none;
  if (!none.empty()) words += fmt::format("; 无值 absent: {}", fmt::join(none, ", "));
  if (profile.format == Format::json && place.slot->as != JsonAs::string)
    words += place.slot->as == JsonAs::number ? "; JSON number" : "; JSON boolean";
  return words;
}

bool has_layout(const Profile& profile) {
  return profile.format == Format::fixed || profile.framing.length || profile.framing.header_size > 0 ||
         !profile.framing.end.empty();
}

ContractFile layout_json(const Profile& profile) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("partner", profile.id.view())
      .member("format", name(profile.format))
      .member("encoding", name(profile.charset));
  write_framing(json, profile.framing);
  if (profile.format == Format::fixed) {
    json.key("record").begin_object().member("separator", std::string_view(profile.fixed.separator));
    if (profile.fixed.delimiter) {
      json.member("delimiter", std::string_view(&*profile.fixed.delimiter, 1))
          .member("trailing_delimiter", profile.fixed.trailing_delimiter);
    }
    json.end_object();
  }
  json.key("messages").begin_array();
  for (const MessageMap& message : profile.messages) {
    json.begin_object()
        .member("message", spec_of(message.kind).name)
        .member("direction", direction_of(message))
        .member("code", std::string_view(message.code))
        .key("header")
        .begin_object();
    write_places(json, message.header, {});
    json.end_object();
    if (profile.format == Format::fixed) {
      json.key("body").begin_object();
      write_record(json, profile, message.body, message.groups);
      write_groups(json, profile, message);
      json.end_object();
    }
    json.end_object();
  }
  json.end_array().end_object();
  return {"layout.json", std::string(json_type), out + "\n"};
}

ContractFile layout_csv(const Profile& profile) {
  // The mark tells spreadsheets that this is UTF-8.
  std::string out = "\xEF\xBB\xBFmessage,code,record,first,width,holds,field,名称,required,form,pad,side\r\n";
  for (const MessageMap& message : profile.messages) {
    add_lines(profile, message, "header", message.header, {}, out);
    if (profile.format != Format::fixed) continue;
    add_lines(profile, message, "body", message.body, message.groups, out);
    for (const Group& group : message.groups)
      add_lines(profile, message, message.body.record->fields[group.field].name, group.rows, {}, out);
  }
  return {"layout.csv", "text/csv; charset=UTF-8", out};
}

ContractFile batch_layout_json(const Profile& profile, const BatchForm& form) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("partner", profile.id.view())
      .member("format", name(profile.format))
      .member("encoding", name(profile.charset));
  if (profile.fixed.delimiter) json.member("delimiter", std::string_view(&*profile.fixed.delimiter, 1));
  if (form.in_lines()) {
    json.member("separator", std::string_view(form.separator));
  } else {
    json.member("items", std::string_view(form.items_name));
  }
  write_part(json, "header", profile, form.header);
  write_part(json, "trailer", profile, form.trailer);
  json.key("return").begin_object();
  write_part(json, "header", profile, form.result.header);
  write_part(json, "line", profile, form.result.line);
  write_part(json, "trailer", profile, form.result.trailer);
  json.end_object().end_object();
  return {"batch-layout.json", std::string(json_type), out + "\n"};
}

ContractFile code_lists_json(const Profile& profile) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("partner", profile.id.view()).key("lists").begin_array();
  for (const CodeMap& map : profile.codes) {
    json.begin_object()
        .member("name", std::string_view(map.name))
        .member("means", map.list->name)
        .key("codes")
        .begin_array();
    for (const auto& [text, code] : map.read) {
      const CodeSpec& spec = map.list->codes[code.index];
      json.begin_object()
          .member("code", std::string_view(text))
          .member("means", spec.name)
          .member("zh", spec.zh)
          .member("en", spec.en)
          .member("written", map.written[code.index] == text)
          .end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return {"code-lists.json", std::string(json_type), out + "\n"};
}

}  // namespace loangate::adapters
