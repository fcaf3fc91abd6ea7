#include "adapters/profile/compile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "adapters/profile/codes.hpp"
#include "adapters/profile/fit.hpp"
#include "adapters/profile/layout.hpp"
#include "adapters/profile/time_pattern.hpp"

/// One line of a profile to one line of a layout, with its places.
namespace loangate::adapters {
namespace {

constexpr std::string_view seal_to_come = "?";  // what stands at its place until the message is sealed

constexpr std::string_view line_kinds[] = {"field", "constant", "filler", "type", "body_length", "seal"};

/// The field's name and those of its record, for a mistake.
std::string fields_of(const RecordSpec& record) {
  std::vector<std::string_view> names;
  for (const FieldSpec& field : record.fields) names.push_back(field.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_json_literal(std::string_view text, JsonAs as) {
  if (as == JsonAs::boolean) return text == "true" || text == "false";
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool ProfileCompiler::applies(const YamlNode& line, const MessageMap& message) const {
  const YamlNode who = line["for"];
  if (who.is_null()) return true;
  bool any = false;
  for (const YamlNode& word : who.one_or_many()) {
    const std::string text = word.text();
    if (text == "from_partner" || text == "to_partner") {
      any = any || message.from_partner == (text == "from_partner");
      continue;
    }
    const auto kind = message_kind(text);
    if (!kind || std::ranges::find(profile_.messages, *kind, &MessageMap::kind) == profile_.messages.end()) {
      word.error(fmt::format(
          "`{}` is no message of this profile: write from_partner, to_partner, or its messages' names",
          text));
      forget(line);
    }
    any = any || kind == message.kind;
  }
  return any;
}

void ProfileCompiler::bind(const YamlNode& line, const Target& target, bool shared) {
  if (!line.is_map()) {
    line.error("a line is a map: write {field: …, at: …}");
    return;
  }
  if (line.has("remove")) {
    line.error("`remove` drops a line of a base, which has no list here: leave it out");
    forget(line);
    return;
  }
  const auto kinds = std::ranges::count_if(line_kinds, [&](std::string_view kind) { return line.has(kind); });
  if (kinds != 1) {
    line.error("a line has exactly one of field, constant, filler, type, seal: write one");
    forget(line);
    return;
  }
  if (shared && !applies(line, target.message)) return;
  Line made;
  made.source = line.source();
  if (line.has("field")) return bind_field(line, target, shared);
  made.one_way = line.has("for");
  if (line.has("filler")) return bind_filler(line, std::move(made), target);
  if (line.has("constant")) {
    made.kind = Line::Kind::constant;
    made.text = line["constant"].text();
  } else if (line.has("type")) {
    made.kind = Line::Kind::type;
    made.text = target.message.code;
    if (!line["type"].boolean_or(true) || !shared || line.has("for")) {
      line.error(
          "the message's type stands once, for all messages: write {type: true, at: …} in envelope or "
          "framing.header");
    }
  } else if (line.has("seal")) {
    const std::string what = line["seal"].text();
    made.kind = what == "key" ? Line::Kind::seal_key : Line::Kind::seal;
    made.text = seal_to_come;
    if ((what != "value" && what != "key") || !shared) {
      line.error(
          "a seal stands at one place in all messages: write {seal: value, at: …} or {seal: key, at: …} in "
          "envelope or framing.header");
    }
  } else {
    made.kind = Line::Kind::body_length;
    if (!line["body_length"].boolean_or(true) || target.site != Site::header) {
      line.error(
          "`body_length` counts the bytes after a header: write {body_length: true, at: …} in "
          "framing.header");
    }
  }
  bind_text(line, std::move(made), target);
}

void ProfileCompiler::bind_text(const YamlNode& line, Line made, const Target& target) {
  const FieldType type = made.kind == Line::Kind::body_length ? FieldType::count : FieldType::text;
  const Keys keys(line, defaults(type));
  Slot slot;
  if (flat(target)) {
    slot.padding = read_padding(keys, type);
  } else if (profile_.format == Format::json) {
    const std::string as = keys["as"].text_or("string");
    if (as == "number") slot.as = JsonAs::number;
    if (as == "boolean") slot.as = JsonAs::boolean;
    if ((as != "string" && slot.as == JsonAs::string) ||
        (slot.as != JsonAs::string && !is_json_literal(made.text, slot.as))) {
      line["as"].error(fmt::format("`{}` cannot stand as {}: write as: string", made.text, as));
    }
  }
  const auto index = add_slot(line["at"], std::move(slot), target);
  if (!index) return;
  made.first_slot = *index;
  (void)check_fit(line, made, target.layout, profile_, target.message.from_partner, 0);
  if (made.kind == Line::Kind::type)
    remember_type_place(target.layout.slots[*index], target.layout, target.site);
  add_line(std::move(made), target);
}

void ProfileCompiler::bind_filler(const YamlNode& line, Line made, const Target& target) {
  if (!flat(target)) {
    line.error("a filler is for byte columns: leave it out");
    forget(line);
    return;
  }
  Slot slot;
  slot.padding = read_padding(Keys(line, defaults(FieldType::text)), FieldType::text);
  const auto index = add_slot(line["filler"], std::move(slot), target);
  if (!index) return;
  made.kind = Line::Kind::filler;
  made.first_slot = *index;
  add_line(std::move(made), target);
}

void ProfileCompiler::bind_field(const YamlNode& line, const Target& target, bool shared) {
  const RecordSpec& record = *target.layout.record;
  const std::string wanted = line["field"].text();
  const std::size_t found = record.index_of(wanted);
  if (found == record.fields.size()) {
    if (shared) return;  // another message's field; refuse_idle_shared_lines() knows those that are nobody's
    line["field"].error(
        fmt::format("`{}` is no field of `{}`: it has {}", wanted, record.name, fields_of(record)));
    forget(line);
    return;
  }
  const FieldSpec& field = record.fields[found];
  const auto index = static_cast<std::uint16_t>(found);
  const auto [earlier, fresh] = target.mapped.emplace(index, line.source());
  if (!fresh) {
    line["field"].error(fmt::format("`{}` is mapped twice (first in {}): keep one line", field.name,
                                    shown(earlier->second, line.source())));
    forget(line);
    return;
  }
  if (field.type == FieldType::group) return bind_group(line, field, index, target);
  Line made;
  made.source = line.source();
  made.field = index;
  made.required = field.required;
  made.transport = line["transport"].boolean_or(false);
  bind_value(line, field, std::move(made), target);
}

void ProfileCompiler::bind_value(const YamlNode& line, const FieldSpec& field, Line made,
                                 const Target& target) {
  const bool header = target.site == Site::header;
  const Keys keys(line, defaults(field.type));
  made.form = read_form(keys, field, profile_, target.message.from_partner, header);
  made.first_slot = static_cast<std::uint16_t>(target.layout.slots.size());
  if (!flat(target)) made.absent = read_absent(line);
  if (line.has("parts")) {
    bind_parts(line, field, made, target);
    if (made.slot_count == 0) return;
  } else {
    Slot slot;
    if (flat(target)) slot.padding = read_padding(keys, field.type);
    if (!flat(target) && profile_.format == Format::json) slot.as = read_as(keys, field, made.form);
    if (!add_slot(line["at"], std::move(slot), target)) return;
  }
  if (auto* money = std::get_if<MoneyForm>(&made.form);
      money != nullptr && money->sign == MoneyForm::Sign::flag) {
    Slot flag;
    if (flat(target)) flag.padding = {' ', Padding::Side::right};
    if (const auto slot = add_slot(line["flag_at"], std::move(flag), target)) money->flag_slot = *slot;
  }
  if (const auto* code = std::get_if<CodeForm>(&made.form);
      code != nullptr && code->map != nullptr && !target.message.from_partner) {
    check_written(*code->map, profile_, line);
  }
  const bool from_partner = target.message.from_partner;
  // Both name a message of the partner's own.
  const bool names_own = field.name == "original_id" || field.name == "statement_id";
  std::uint32_t& own = own_texts_[names_own ? "message_id" : field.name];
  if (from_partner && field.type == FieldType::text) own = std::max(own, capacity_of(made, target.layout));
  if (auto warning = check_fit(line, made, target.layout, profile_, from_partner, own)) {
    warn(line, *std::move(warning));
  }
  if (field.name == "message_id" && from_partner) {
    if (auto warning = check_message_id(made, target.layout)) warn(line, *std::move(warning));
  }
  add_line(std::move(made), target);
}

void ProfileCompiler::bind_parts(const YamlNode& line, const FieldSpec& field, Line& made,
                                 const Target& target) {
  if (field.type != FieldType::text && field.type != FieldType::instant) {
    line["parts"].error(fmt::format("`{}` is {}: only texts and instants are composed of parts", field.name,
                                    name(field.type)));
  }
  made.join = line["join"].text_or("");
  made.slot_count = 0;
  std::size_t whole = 0;
  const bool none_of_whole = !none_of(made.form).empty();
  const auto parts = line["parts"].items();
  for (const YamlNode& part : parts) {
    const Keys keys(part, defaults(field.type));
    Slot slot;
    slot.size = static_cast<std::uint16_t>(part["size"].integer_or(0, 0, 80));
    if (part.has("form")) {
      auto pattern = parse_time_pattern(part["form"].text());
      if (pattern) {
        slot.size = static_cast<std::uint16_t>(pattern->size());
        slot.pattern = *std::move(pattern);
      } else {
        part["form"].error(pattern.error());
      }
    }
    bool added = false;
    if (part.has("field")) {
      const std::string other = part["field"].text();
      const RecordSpec& record = *target.layout.record;
      const std::size_t index = record.index_of(other);
      const FieldType type = index < record.fields.size() ? record.fields[index].type : FieldType::group;
      if (type != FieldType::instant && type != FieldType::text) {
        part.error(
            fmt::format("`{}` is no instant or text of this message: a part repeats one of those", other));
        continue;
      }
      if (type == FieldType::instant && !slot.pattern) {
        part.error(fmt::format("`{}` is an instant: give the part a form", other));
      }
      if (none_of_whole) {
        line["parts"].error(
            "`none` of a whole that repeats another field: write none: … on the parts that have a place");
      }
      slot.place = Derived{static_cast<std::uint16_t>(index)};
      slot.name = other;
      target.layout.slots.push_back(std::move(slot));
      added = true;
    } else {
      if (flat(target)) slot.padding = read_padding(keys, FieldType::text);
      slot.none = read_none(part["none"]);
      if (none_of_whole && !slot.none.empty())
        part["none"].error("`none` stands on the line too: write it on the line, or on its parts");
      if (made.join.empty() && slot.size == 0) {
        part.error(
            "without `join` a part must have a size or a form: add one, so that the value can be split "
            "again");
      }
      whole += slot.size;
      added = add_slot(part["at"], std::move(slot), target).has_value();
    }
    if (added) ++made.slot_count;
  }
  if (parts.size() < 2) line["parts"].error("a value of parts has two or more: write `at` for one place");
  if (field.type == FieldType::text && whole > field.max_bytes) {
    line["parts"].error(fmt::format("the parts have {} bytes together, `{}` at most {}: make them shorter",
                                    whole, field.name, field.max_bytes));
  }
}

Absent ProfileCompiler::read_absent(const YamlNode& line) const {
  const YamlNode node = line.has("absent") ? line["absent"] : root_["defaults"]["absent"];
  const std::string word = node.text_or("omit");
  if (word == "omit") return Absent::omit;
  if (word == "empty") return Absent::empty;
  if (word == "null" && profile_.format == Format::json) return Absent::null;
  node.error(fmt::format("`{}` says nothing of an absent value: write omit or empty{}", word,
                         profile_.format == Format::json ? ", or \"null\"" : ""));
  return Absent::omit;
}

void ProfileCompiler::bind_group(const YamlNode& line, const FieldSpec& field, std::uint16_t index,
                                 const Target& target) {
  if (target.site != Site::body) {
    line.error(fmt::format(
        "the group `{}` stands here: groups stand in bodies, not in headers or other groups", field.name));
    forget(line);
    return;
  }
  Group group;
  group.source = line.source();
  group.field = index;
  group.required = field.required;
  group.times = static_cast<std::uint16_t>(line["times"].integer_or(field.max_rows, 1, field.max_rows));
  const RecordSpec& record = *target.layout.record;
  if (const std::size_t more = record.index_of(std::string(field.name) + "_more");
      more < record.fields.size()) {
    group.more_field = static_cast<std::uint16_t>(more);
    if (!line.has("times"))
      line.error(fmt::format("`{}` must state how many rows there can be: add times: …", field.name));
  }
  if (!flat(target)) group.absent = read_absent(line);
  group.rows.record = field.group;
  Mapped mapped;
  const Target rows{target.message, group.rows, Site::row, mapped};
  add_row_place(line, group, target, rows);
  if (line.has("count_at")) {
    const Keys keys(line, defaults(FieldType::count));
    Slot slot;
    if (flat(target)) {
      slot.padding = read_padding(keys, FieldType::count);
    } else if (profile_.format == Format::json) {
      slot.as = keys["as"].text_or("string") == "number" ? JsonAs::number : JsonAs::string;
    }
    if (const auto slot_index = add_slot(line["count_at"], std::move(slot), target))
      group.count_slot = *slot_index;
  }
  for (const YamlNode& row_line : line["lines"].items()) bind(row_line, rows, false);
  if (profile_.format == Format::fixed) {
    const auto* segments = std::get_if<Group::Segments>(&group.where);
    check_coverage(group.rows, {}, segments == nullptr ? 0 : segments->width, line.source(),
                   profile_.fixed.delimiter.has_value(),
                   [&](YamlLine at, std::string what) { error(at, std::move(what)); });
  }
  check_complete(*field.group, mapped, line);
  put_in_order(group.rows);
  target.message.groups.push_back(std::move(group));
}

/// Reads where the rows stand: `each`, or `tag` and `tag_at`.
void ProfileCompiler::add_row_place(const YamlNode& line, Group& group, const Target& target,
                                    const Target& rows) {
  if (profile_.format == Format::fixed && line.has("tag")) {
    group.name = fmt::format("records {}", line["tag"].text());
    if (profile_.fixed.separator.empty())
      line["tag"].error("records with a tag need a separator: write fixed: {separator: crlf} or lf");
    Slot slot;
    slot.padding = {' ', Padding::Side::right};
    Line tag{.kind = Line::Kind::constant, .text = line["tag"].text(), .source = line.source()};
    const auto index = add_slot(line["tag_at"], std::move(slot), rows);
    if (!index) return;
    group.where = Group::Tagged{tag.text, group.rows.slots[*index].place};
    tag.first_slot = *index;
    (void)check_fit(line, tag, group.rows, profile_, target.message.from_partner, 0);
    add_line(std::move(tag), rows);
    for (const Group& other : target.message.groups) {
      if (const auto* tagged = std::get_if<Group::Tagged>(&other.where);
          tagged != nullptr && tagged->tag == line["tag"].text()) {
        line["tag"].error(fmt::format("the tag `{}` is already that of another group ({}): give another",
                                      tagged->tag, shown(other.source, line.source())));
      }
    }
    return;
  }
  const YamlNode each = line["each"];
  group.name = each.text();
  if (profile_.format == Format::fixed) {
    if (const auto span = read_span(each, profile_.fixed.delimiter ? "column" : "byte")) {
      group.where = Group::Segments{span->offset, span->width};
    }
    return;
  }
  auto place = read_place(each, profile_, Site::body);
  if (!place) return;
  if (place->path.back().attribute) {
    each.error("an attribute cannot repeat: write the element that does");
    return;
  }
  const auto node = grow(target.layout, place->path, profile_, each, place->name);
  if (!node) return;
  target.layout.nodes[*node].group = static_cast<std::uint16_t>(target.message.groups.size());
  group.where = Group::Repeated{*node};
  Node row = target.layout.nodes[*node];
  row.parent = row.group = nowhere;
  group.rows.nodes.push_back(std::move(row));
}

std::optional<std::uint16_t> ProfileCompiler::add_slot(const YamlNode& at, Slot slot, const Target& target) {
  auto place = read_place(at, profile_, target.site);
  if (!place) return std::nullopt;
  Layout& layout = target.layout;
  const auto index = static_cast<std::uint16_t>(layout.slots.size());
  slot.name = place->name;
  if (place->flat) {
    slot.place = *place->flat;
  } else {
    const auto node = grow(layout, place->path, profile_, at, place->name);
    if (!node) return std::nullopt;
    layout.nodes[*node].slot = index;
    slot.place = Leaf{*node};
  }
  layout.slots.push_back(std::move(slot));
  return index;
}

void ProfileCompiler::add_line(Line line, const Target& target) {
  target.layout.lines.push_back(std::move(line));
}

void ProfileCompiler::remember_type_place(const Slot& slot, const Layout& layout, Site site) {
  TypePlace& type = profile_.type;
  if (!type.name.empty()) return;
  type.in_header = site == Site::header;
  type.place = slot.place;
  type.padding = slot.padding;
  type.as = slot.as;
  type.name = slot.name;
  const auto* leaf = std::get_if<Leaf>(&slot.place);
  if (leaf == nullptr) return;
  type.path = path_to(layout, leaf->node);
  type.place = Leaf{0};
}

std::vector<Node> path_to(const Layout& layout, std::uint16_t leaf) {
  std::vector<Node> path;
  for (std::uint16_t node = leaf; node != 0; node = layout.nodes[node].parent) {
    const Node& step = layout.nodes[node];
    path.insert(path.begin(), Node{.name = step.name,
                                   .qualified = step.qualified,
                                   .name_space = step.name_space,
                                   .attribute = step.attribute});
  }
  return path;
}

}  // namespace loangate::adapters
