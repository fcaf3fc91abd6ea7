#include <fmt/format.h>

#include <algorithm>

#include "adapters/batch/form.hpp"
#include "adapters/profile/compile.hpp"
#include "adapters/profile/fit.hpp"
#include "adapters/profile/layout.hpp"
#include "base/contains.hpp"

/// The `batch:` block: a partner's files of many records, and the return file. Its lines are lines of
/// messages.
namespace loangate::adapters {
namespace {

constexpr std::uint64_t usual_bytes = 256 << 20;
constexpr std::uint64_t usual_records = 200'000;

std::string read_separator(const YamlNode& node, const Profile& profile) {
  const std::string& own = profile.fixed.separator;
  const std::string word = node.text_or("");
  if (word.empty()) {
    if (profile.format == Format::fixed && own.empty()) {
      node.error(
          "records of this profile have no separator: say what ends a line of the file: separator: crlf or "
          "lf");
    }
    return own.empty() ? "\n" : own;
  }
  if (word != "crlf" && word != "lf")
    node.error(fmt::format("`{}` is no separator of lines: write crlf or lf", word));
  const std::string separator = word == "crlf" ? "\r\n" : "\n";
  if (!own.empty() && separator != own)
    node.error("records of this profile end otherwise: leave `separator` out");
  return separator;
}

}  // namespace

/// One line of a file, or the document around its items.
MessageMap ProfileCompiler::compile_part(const YamlNode& lines, const RecordSpec& record, bool from_partner) {
  MessageMap part{.kind = MessageKind::receipt, .from_partner = from_partner, .unmappable = Unmappable::mark};
  part.header.record = part.body.record = &record;
  Mapped mapped;
  const Target target{part, part.body, Site::body, mapped};
  for (const YamlNode& line : lines.items()) {
    if (line.is_map() && (line.has("type") || line.has("body_length"))) {
      line.error("what stands around records has neither a type nor a length: write a constant or a filler");
      forget(line);
      continue;
    }
    bind(line, target, false);
  }
  if (profile_.format == Format::fixed) {
    check_coverage(part.body, {}, 0, lines.source(), profile_.fixed.delimiter.has_value(),
                   [&](YamlLine at, std::string what) { error(at, std::move(what)); });
  }
  check_complete(record, mapped, lines);
  check_derived(part.body, mapped);
  return part;
}

/// The node of a path through the document, made where it is not there yet; nothing if a value stands in the
/// way.
std::uint16_t ProfileCompiler::way_to(Layout& layout, std::span<const Node> path, const YamlNode& node) {
  if (layout.nodes.empty()) layout.nodes.emplace_back();
  std::uint16_t at = 0;
  for (const Node& step : path) {
    std::uint16_t next = nowhere;
    for (const std::uint16_t child : layout.nodes[at].children) {
      if (!layout.nodes[child].attribute && layout.nodes[child].name == step.name) next = child;
    }
    if (next == nowhere) {
      next = static_cast<std::uint16_t>(layout.nodes.size());
      Node made = step;
      made.parent = at;
      layout.nodes.push_back(std::move(made));
      layout.nodes[at].children.push_back(next);
    }
    at = next;
    if (layout.nodes[at].slot != nowhere) {
      node.error("a value is mapped on the way to `items`: it cannot hold records too");
      return 0;
    }
  }
  return at;
}

void ProfileCompiler::compile_batch() {
  const YamlNode node = root_["batch"];
  if (node.is_null()) return;
  auto form = std::make_shared<BatchForm>();

  if (node.has("kind")) {
    const std::string kind = node["kind"].text();
    form->kind = message_kind(kind);
    const MessageMap* map = form->kind ? profile_.find(*form->kind) : nullptr;
    if (map == nullptr || !map->from_partner) {
      node["kind"].error(
          fmt::format("`{}` is no message that this partner sends: write one of them, or leave "
                      "`kind` out if each record has its type",
                      kind));
      form->kind.reset();
    }
  } else if (profile_.type.in_header) {
    node.error(
        "the type stands in framing.header, which records of a file do not have: say which message all of "
        "them are: kind: …");
  }
  const std::string judged = node["judged"].text_or("each");
  form->all_or_nothing = judged == "all_or_nothing";
  if (!form->all_or_nothing && judged != "each") {
    node["judged"].error(fmt::format("`{}` is no way to judge a file: write each or all_or_nothing", judged));
  }
  const std::uint64_t most = form->all_or_nothing ? BatchForm::most_records_at_once : BatchForm::most_records;
  form->max_records = static_cast<std::uint64_t>(node["records"].integer_or(
      static_cast<std::int64_t>(std::min(most, usual_records)), 1, static_cast<std::int64_t>(most)));
  form->max_bytes = static_cast<std::uint64_t>(node["bytes"].integer_or(
      static_cast<std::int64_t>(usual_bytes), 1, static_cast<std::int64_t>(BatchForm::most_bytes)));
  form->total_of = node["total_of"].text_or("");

  check_record_kinds(*form, node);

  const bool lines = !node.has("items");
  if (lines && profile_.format == Format::xml) {
    node.error("an XML file needs the path of its records: write items: /ROOT/LIST/ITEM");
  }
  if (lines) {
    form->separator = read_separator(node["separator"], profile_);
  } else if (profile_.format == Format::fixed) {
    node["items"].error("`items` is for XML and JSON: a fixed-width file has a record a line; leave it out");
  } else if (const auto place = read_place(node["items"], profile_, Site::body)) {
    form->items = place->path;
    form->items_name = place->name;
    if (profile_.format == Format::xml && (place->path.size() < 2 || place->path.back().attribute)) {
      node["items"].error(
          "records stand within the root element: write items: /ROOT/ITEM or /ROOT/LIST/ITEM");
    }
  }
  if (node.has("header")) form->header = compile_part(node["header"], BatchControl::spec(), true);
  if (node.has("trailer")) {
    form->trailer = compile_part(node["trailer"], BatchControl::spec(), true);
    if (!lines) node["trailer"].error("a document has no last line: put these lines into `header`");
  }
  if (!form->items.empty()) {
    if (!form->header) form->header.emplace(MessageMap{.kind = MessageKind::receipt, .from_partner = true});
    form->header->header.record = form->header->body.record = &BatchControl::spec();
    // XML: the last step is the record itself, which is cut out; JSON: the array, for which null is read.
    const std::size_t steps = form->items.size() - (profile_.format == Format::xml ? 1 : 0);
    way_to(form->header->body, std::span(form->items).first(steps), node["items"]);
  }
  const auto has_id = [](const std::optional<MessageMap>& part) {
    return part && std::ranges::any_of(part->body.lines, [](const Line& line) {
             return line.kind == Line::Kind::field && line.field == BatchControl::field::batch_id;
           });
  };
  if (!has_id(form->header) && !has_id(form->trailer)) {
    node.error(
        "no line names the file: add {field: batch_id, at: …} to header or trailer; if the bank numbers its "
        "files each day, make it of parts: date and number");
  }
  for (auto* part : {&form->header, &form->trailer}) {
    if (*part) put_in_order((*part)->body);
  }
  compile_return(*form, node["result"]);
  profile_.batch = std::move(form);
}

/// Every required field of a record stands in the record itself: a file has no header block for each of them.
void ProfileCompiler::check_record_kinds(const BatchForm& form, const YamlNode& node) const {
  bool has_total = form.total_of.empty();
  for (const MessageMap& map : profile_.messages) {
    if (!map.from_partner || (form.kind && map.kind != *form.kind)) continue;
    const RecordSpec& record = *map.body.record;
    const auto stands = [&](std::uint16_t field) {
      return std::ranges::any_of(
                 map.body.lines,
                 [&](const Line& line) { return line.kind == Line::Kind::field && line.field == field; }) ||
             contains(map.groups, field, &Group::field);
    };
    for (std::uint16_t i = 1; i < record.fields.size(); ++i) {
      if (!record.fields[i].required || stands(i)) continue;
      node.error(
          fmt::format("`{}` of `{}` stands in framing.header, which records of a file do not have: map it in "
                      "the message",
                      record.fields[i].name, record.name));
    }
    for (const Line& line : map.body.lines) {
      for (const Slot& slot : map.body.slots_of(line)) {
        const auto* derived = std::get_if<Derived>(&slot.place);
        if (derived == nullptr || stands(derived->field)) continue;
        node.error(
            fmt::format("`{}` of `{}` repeats `{}`, which stands in framing.header: records of a file do not "
                        "have it",
                        record.fields[line.field].name, record.name, record.fields[derived->field].name));
      }
    }
    const bool in_records = std::ranges::any_of(
        map.groups, [](const Group& group) { return std::holds_alternative<Group::Tagged>(group.where); });
    if (in_records && form.kind) {
      node["kind"].error(
          fmt::format("`{}` is of several records: a file has one line for each", record.name));
    }
    const std::size_t total = record.index_of(form.total_of);
    has_total = has_total || (total < record.fields.size() && record.fields[total].type == FieldType::money);
  }
  if (!has_total) {
    node["total_of"].error(
        fmt::format("`{}` is no amount of the records: name a money field of theirs", form.total_of));
  }
}

void ProfileCompiler::compile_return(BatchForm& form, const YamlNode& node) {
  BatchForm::Return& result = form.result;
  const std::string which = node["lines_of"].text_or("all");
  result.failures_only = which == "failures";
  if (!result.failures_only && which != "all") {
    node["lines_of"].error(fmt::format("`{}` is no choice of records: write all or failures", which));
  }
  result.line = compile_part(node["line"], BatchLine::spec(), false);
  if (node.has("header")) result.header = compile_part(node["header"], BatchSummary::spec(), false);
  if (node.has("trailer")) {
    result.trailer = compile_part(node["trailer"], BatchSummary::spec(), false);
    if (!form.in_lines()) node["trailer"].error("a document has no last line: put these lines into `header`");
  }
  if (!form.in_lines()) {
    const auto place = read_place(node["items"], profile_, Site::body);
    if (place && !place->path.back().attribute) {
      if (!result.header) result.header.emplace(MessageMap{.kind = MessageKind::receipt});
      Layout& layout = result.header->body;
      layout.record = &BatchSummary::spec();
      const std::uint16_t at = way_to(layout, place->path, node["items"]);
      if (at != 0 && layout.nodes[at].children.empty()) {
        layout.nodes[at].slot = static_cast<std::uint16_t>(layout.slots.size());
        layout.lines.push_back({.kind = Line::Kind::constant,
                                .first_slot = layout.nodes[at].slot,
                                .text = std::string(BatchForm::lines_mark),
                                .source = node["items"].source()});
        layout.slots.push_back({.place = Leaf{at}, .padding = {}, .pattern = {}, .name = place->name});
      } else {
        node["items"].error(
            "records stand in an element or array of their own: name one that holds nothing else");
      }
    }
  }
  put_in_order(result.line.body);
  for (auto* part : {&result.header, &result.trailer}) {
    if (*part) put_in_order((*part)->body);
  }
}

}  // namespace loangate::adapters
