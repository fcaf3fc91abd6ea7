#include "adapters/workbench/sketch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <pugixml.hpp>
#include <set>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/codec/xml_gate.hpp"
#include "base/contains.hpp"
#include "base/csv.hpp"
#include "base/json.hpp"

namespace loangate::adapters {
namespace {

constexpr std::size_t most_inputs = 200;
constexpr std::size_t largest_input = 1u << 20;
constexpr std::size_t most_places = 2'000;
constexpr std::size_t most_values = 24;
constexpr std::size_t deepest = 24;

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return made;
}

void add_value(Sighting& place, std::string_view value) {
  if (value.empty() || value.size() > 600 || place.values.size() >= most_values) return;
  if (std::ranges::find(place.values, value) == place.values.end()) place.values.emplace_back(value);
}

/// The place of that name in the list, made if it is new; null if there are too many.
Sighting* place_at(std::vector<Sighting>& places, const std::string& at, std::string_view name,
                   std::string_view parent) {
  const auto found = std::ranges::find(places, at, &Sighting::at);
  if (found != places.end()) return &*found;
  if (places.size() >= most_places) return nullptr;
  places.push_back({.at = at, .name = std::string(name), .parent = std::string(parent), .remark = {}});
  return &places.back();
}

SketchedGroup* group_at(Sketch& sketch, const std::string& each, std::string_view name,
                        std::string_view parent) {
  const auto found = std::ranges::find(sketch.groups, each, &SketchedGroup::each);
  if (found != sketch.groups.end()) return &*found;
  if (sketch.groups.size() >= 20) return nullptr;
  sketch.groups.push_back({each, std::string(name), std::string(parent), {}});
  return &sketch.groups.back();
}

// ---- XML

bool sounds_like_rows(std::string_view name) {
  const std::string word = lower(name);
  constexpr std::string_view words[] = {"row", "item", "record", "detail", "entry", "mx"};
  return contains(words, word);
}

class XmlSketcher {
 public:
  XmlSketcher(Sketch& sketch, Manner& manner) : sketch_(sketch), manner_(manner) {}

  void look(pugi::xml_node root) { element(root, fmt::format("/{}", root.name()), "", nullptr, 0); }

 private:
  void element(pugi::xml_node node, const std::string& path, std::string_view parent, SketchedGroup* group,
               std::size_t depth) {
    if (depth > deepest) return;
    std::vector<Sighting>& places = group == nullptr ? sketch_.places : group->places;
    for (const pugi::xml_attribute attribute : node.attributes()) {
      const std::string_view name = attribute.name();
      if (name == "xmlns" || name.starts_with("xmlns:")) {
        manner_.namespaces.try_emplace(name == "xmlns" ? "default" : std::string(name.substr(6)),
                                       attribute.value());
        continue;
      }
      const std::string at = path.empty() ? fmt::format("@{}", name) : fmt::format("{}/@{}", path, name);
      if (Sighting* place = place_at(places, at, name, node.name())) add_value(*place, attribute.value());
    }
    std::map<std::string_view, int> times;
    bool leaf = true;
    for (const pugi::xml_node child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      leaf = false;
      ++times[child.name()];
    }
    if (leaf) {
      if (path.empty()) return;  // a row of text alone is no record
      if (Sighting* place = place_at(places, path, local(node.name()), parent))
        add_value(*place, node.child_value());
      return;
    }
    for (const pugi::xml_node child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      const std::string below = path.empty() ? child.name() : fmt::format("{}/{}", path, child.name());
      const bool holds = std::ranges::any_of(
          child.children(), [](pugi::xml_node each) { return each.type() == pugi::node_element; });
      if (group == nullptr && (holds || child.first_attribute()) &&
          (times[child.name()] > 1 || sounds_like_rows(local(child.name())))) {
        if (SketchedGroup* made = group_at(sketch_, below, local(child.name()), local(node.name())))
          element(child, "", node.name(), made, depth + 1);
      } else {
        element(child, below, local(node.name()), group, depth + 1);
      }
    }
  }

  static std::string_view local(std::string_view name) { return name.substr(name.find(':') + 1); }

  Sketch& sketch_;
  Manner& manner_;
};

// ---- JSON

std::string escaped(std::string_view key) {
  std::string step;
  for (const char c : key) step += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return step;
}

class JsonSketcher {
 public:
  JsonSketcher(const JsonDocument& document, Sketch& sketch) : document_(document), sketch_(sketch) {}

  void look(const JsonNode& object, const std::string& path, std::string_view parent, SketchedGroup* group) {
    for (const JsonNode* member = document_.first(object); member != nullptr;
         member = document_.next(*member)) {
      if (member->key.empty()) continue;
      const std::string at = fmt::format("{}/{}", path, escaped(member->key));
      if (member->kind == JsonNode::Kind::object) {
        look(*member, at, member->key, group);
      } else if (member->kind == JsonNode::Kind::array) {
        const JsonNode* item = document_.first(*member);
        if (group != nullptr || item == nullptr || item->kind != JsonNode::Kind::object) continue;
        SketchedGroup* made = group_at(sketch_, at, member->key, parent);
        for (; made != nullptr && item != nullptr; item = document_.next(*item))
          look(*item, "", member->key, made);
      } else if (Sighting* place =
                     place_at(group == nullptr ? sketch_.places : group->places, at, member->key, parent)) {
        add_value(*place, member->text);
        place->number = place->number || member->kind == JsonNode::Kind::number;
        place->truth = place->truth || member->kind == JsonNode::Kind::truth;
      }
    }
  }

 private:
  const JsonDocument& document_;
  Sketch& sketch_;
};

// ---- XSD

constexpr std::string_view compositors[] = {"sequence", "choice", "all", "complexContent", "simpleContent"};

class XsdSketcher {
 public:
  XsdSketcher(pugi::xml_node schema, Sketch& sketch, Manner& manner)
      : schema_(schema),
        sketch_(sketch),
        qualified_(std::string_view(schema.attribute("elementFormDefault").value()) == "qualified") {
    const std::string_view target = schema.attribute("targetNamespace").value();
    if (!target.empty()) manner.namespaces.try_emplace(qualified_ ? "default" : "t", target);
    prefix_ = !target.empty() && !qualified_ ? "t:" : "";
  }

  void look(pugi::xml_node root) {
    element(root, fmt::format("/{}{}", prefix_, root.attribute("name").value()), "", nullptr, 0);
  }

  static std::string_view local(std::string_view name) { return name.substr(name.find(':') + 1); }

 private:
  pugi::xml_node global(std::string_view kind, std::string_view name) const {
    for (const pugi::xml_node child : schema_.children()) {
      if (local(child.name()) == kind && local(name) == child.attribute("name").value()) return child;
    }
    return {};
  }

  static std::string remark_of(pugi::xml_node node) {
    for (const pugi::xml_node note : node.children()) {
      if (local(note.name()) != "annotation") continue;
      for (const pugi::xml_node text : note.children()) {
        if (local(text.name()) == "documentation")
          return std::string(trimmed(text.child_value())).substr(0, 200);
      }
    }
    return {};
  }

  void element(pugi::xml_node node, const std::string& path, std::string_view parent, SketchedGroup* group,
               std::size_t depth) {
    if (depth > deepest || ++visited_ > most_places * 4) return;
    const std::string_view name = node.attribute("name").value();
    pugi::xml_node type;
    for (const pugi::xml_node child : node.children()) {
      if (local(child.name()) == "complexType" || local(child.name()) == "simpleType") type = child;
    }
    const std::string_view named = node.attribute("type").value();
    if (!type && !named.empty()) type = global("complexType", named);
    if (type && local(type.name()) == "complexType") return content(type, path, name, group, depth + 1);
    if (!type && !named.empty()) type = global("simpleType", named);
    if (path.empty()) return;
    if (Sighting* place = place_at(group == nullptr ? sketch_.places : group->places, path, name, parent)) {
      place->remark = remark_of(node);
      values(type, *place, depth);
    }
  }

  void values(pugi::xml_node type, Sighting& place, std::size_t depth) {
    if (!type || depth > deepest) return;
    if (place.remark.empty()) place.remark = remark_of(type);
    for (const pugi::xml_node restriction : type.children()) {
      if (local(restriction.name()) != "restriction") continue;
      for (const pugi::xml_node facet : restriction.children()) {
        if (local(facet.name()) != "enumeration") continue;
        add_value(place, facet.attribute("value").value());
        place.enumerated = true;
        const std::string note = remark_of(facet);
        if (!note.empty() && place.remark.size() < 400)
          place.remark += fmt::format(" {}={}", facet.attribute("value").value(), note);
      }
      values(global("simpleType", restriction.attribute("base").value()), place, depth + 1);
    }
  }

  /// What stands in a complex type: through sequences, choices, extensions and groups.
  void content(pugi::xml_node node, const std::string& path, std::string_view parent, SketchedGroup* group,
               std::size_t depth) {
    if (depth > deepest || ++visited_ > most_places * 4) return;
    for (pugi::xml_node child : node.children()) {
      const std::string_view kind = local(child.name());
      if (kind == "attribute") {
        const std::string_view name = child.attribute("name").value();
        const std::string at = path.empty() ? fmt::format("@{}", name) : fmt::format("{}/@{}", path, name);
        if (name.empty()) continue;
        if (Sighting* place = place_at(group == nullptr ? sketch_.places : group->places, at, name, parent))
          place->remark = remark_of(child);
      } else if (kind == "element") {
        const std::string_view most = child.attribute("maxOccurs").value();
        if (const std::string_view ref = child.attribute("ref").value(); !ref.empty())
          child = global("element", ref);
        const std::string_view name = child.attribute("name").value();
        if (name.empty()) continue;
        const std::string below = path.empty() ? std::string(name) : fmt::format("{}/{}", path, name);
        if (group == nullptr && !most.empty() && most != "1" && most != "0") {
          if (SketchedGroup* made = group_at(sketch_, below, name, parent))
            element(child, "", parent, made, depth + 1);
        } else {
          element(child, below, parent, group, depth + 1);
        }
      } else if (kind == "group" && *child.attribute("ref").value() != '\0') {
        content(global("group", child.attribute("ref").value()), path, parent, group, depth + 1);
      } else if (kind == "extension") {
        content(global("complexType", child.attribute("base").value()), path, parent, group, depth + 1);
        content(child, path, parent, group, depth + 1);
      } else if (contains(compositors, kind)) {
        content(child, path, parent, group, depth + 1);
      }
    }
  }

  pugi::xml_node schema_;
  Sketch& sketch_;
  bool qualified_;
  std::string prefix_;
  std::size_t visited_ = 0;
};

// ---- JSON Schema

class JsonSchemaSketcher {
 public:
  JsonSchemaSketcher(const JsonDocument& document, Sketch& sketch) : document_(document), sketch_(sketch) {}

  void look() { schema(document_.root(), "", "", "", nullptr, 0); }

 private:
  std::string_view text(const JsonNode& node, std::string_view key) const {
    const JsonNode* member = document_.member(node, key);
    return member != nullptr && member->kind == JsonNode::Kind::string ? member->text : std::string_view{};
  }

  /// `#/$defs/loan` within this document.
  const JsonNode* resolved(std::string_view ref) const {
    if (!ref.starts_with("#/")) return nullptr;
    const JsonNode* at = &document_.root();
    for (ref.remove_prefix(2); at != nullptr; ref.remove_prefix(ref.find('/') + 1)) {
      at = document_.member(*at, ref.substr(0, ref.find('/')));
      if (!ref.contains('/')) break;
    }
    return at;
  }

  void schema(const JsonNode& node, const std::string& path, std::string_view name, std::string_view parent,
              SketchedGroup* group, std::size_t depth) {
    if (depth > deepest || ++visited_ > most_places * 4) return;
    if (const auto ref = text(node, "$ref"); !ref.empty()) {
      if (const JsonNode* target = resolved(ref)) schema(*target, path, name, parent, group, depth + 1);
      return;
    }
    for (const std::string_view all : {"allOf", "oneOf", "anyOf"}) {
      const JsonNode* parts = document_.member(node, all);
      if (parts == nullptr) continue;
      for (const JsonNode* part = document_.first(*parts); part != nullptr; part = document_.next(*part))
        schema(*part, path, name, parent, group, depth + 1);
    }
    if (const JsonNode* properties = document_.member(node, "properties")) {
      for (const JsonNode* each = document_.first(*properties); each != nullptr;
           each = document_.next(*each)) {
        if (!each->key.empty())
          schema(*each, fmt::format("{}/{}", path, escaped(each->key)), each->key, name, group, depth + 1);
      }
      return;
    }
    if (const JsonNode* items = document_.member(node, "items")) {
      if (group != nullptr || path.empty()) return;
      if (SketchedGroup* made = group_at(sketch_, path, name, parent))
        schema(*items, "", name, parent, made, depth + 1);
      return;
    }
    if (path.empty()) return;
    Sighting* place = place_at(group == nullptr ? sketch_.places : group->places, path, name, parent);
    if (place == nullptr) return;
    place->remark = text(node, "title");
    if (place->remark.empty()) place->remark = text(node, "description");
    place->remark = std::string(whole_characters(Charset::utf8, place->remark, 200));
    const std::string_view type = text(node, "type");
    place->number = place->number || type == "number" || type == "integer";
    place->truth = place->truth || type == "boolean";
    if (const JsonNode* only = document_.member(node, "const")) add_value(*place, only->text);
    if (const JsonNode* choices = document_.member(node, "enum")) {
      place->enumerated = true;
      for (const JsonNode* each = document_.first(*choices); each != nullptr; each = document_.next(*each))
        add_value(*place, each->text);
    }
  }

  const JsonDocument& document_;
  Sketch& sketch_;
  std::size_t visited_ = 0;
};

// ---- records of bytes

/// Where columns seem to begin: where in some sample a value begins behind spaces, and where the kind of
/// character changes in all of them.
std::vector<std::size_t> boundaries(const std::vector<std::string_view>& records) {
  const std::size_t size = records.front().size();
  const auto kind = [](char c) {
    if (c == ' ') return 's';
    if (c >= '0' && c <= '9') return 'd';
    return static_cast<unsigned char>(c) >= 0x80 ? 'h' : 'a';
  };
  std::vector<std::size_t> begins{0};
  for (std::size_t i = 1; i < size; ++i) {
    bool after_space = false;
    bool changes = true;
    for (const std::string_view record : records) {
      after_space =
          after_space || (record[i - 1] == ' ' && record[i] != ' ' && i > 1 && record[i - 2] == ' ');
      const char before = kind(record[i - 1]);
      const char here = kind(record[i]);
      // Letters, digits and hanzi stand together in names and numbers; an amount's point and sign too.
      changes = changes && before != here && before != 's' && here != 's' &&
                ((before == 'h') != (here == 'h')) && records.size() > 1;
    }
    if (after_space || changes) begins.push_back(i);
  }
  return begins;
}

class FixedSketcher {
 public:
  FixedSketcher(Sketch& sketch, Manner& manner) : sketch_(sketch), manner_(manner) {}

  void look(const std::vector<std::string_view>& records) {
    if (manner_.delimiter != '\0') {
      for (const std::string_view record : records) columns(record);
      return;
    }
    const auto begins = boundaries(records);
    for (std::size_t i = 0; i < begins.size() && i < most_places; ++i) {
      const std::size_t end = i + 1 < begins.size() ? begins[i + 1] : records.front().size();
      add(begins[i], end - begins[i], "", "", records);
    }
    sketch_.doubts.push_back(
        "the columns are guessed from blanks and kinds of characters: compare them with the bank's table");
  }

  /// A layout: name, first byte (from 1), width, and if given type and remark.
  void take(const std::vector<CsvRow>& table, const std::vector<std::string_view>& records) {
    for (const auto& [line, row] : table) {
      std::uint32_t first = 0;
      std::uint32_t width = 0;
      const auto number = [](const std::string& text, std::uint32_t& into) {
        const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), into);
        return fault == std::errc{} && end == text.data() + text.size() && into > 0 && into <= 65'000;
      };
      if (row.size() < 3 || !number(row[1], first) || !number(row[2], width) ||
          sketch_.places.size() >= most_places)
        continue;
      add(first - 1, width, row[0], row.size() > 3 ? row[3] : "", records);
      if (row.size() > 4) sketch_.places.back().remark = row[4];
    }
  }

 private:
  void columns(std::string_view record) {
    std::size_t begin = 0;
    std::size_t index = 1;
    for (std::size_t at = 0; at <= record.size();) {
      if (at == record.size() || record[at] == manner_.delimiter) {
        if (at == record.size() && manner_.trailing && begin == at) break;
        std::string utf8;
        (void)append_utf8(manner_.charset, record.substr(begin, at - begin), utf8);
        const std::string place = std::to_string(index++);
        if (Sighting* made = place_at(sketch_.places, place, "", "")) add_value(*made, trimmed(utf8));
        begin = ++at;
        continue;
      }
      at += static_cast<unsigned char>(record[at]) < 0x80 ? 1 : character_size(manner_.charset, record, at);
    }
  }

  void add(std::size_t offset, std::size_t width, const std::string& name, const std::string& type,
           const std::vector<std::string_view>& records) {
    Sighting place{.at = fmt::format("{}+{}", offset + 1, width), .name = name, .parent = {}, .remark = {}};
    place.width = width;
    bool zeros = true;
    bool spaces_left = false;
    bool any = false;
    for (const std::string_view record : records) {
      if (offset + width > record.size()) continue;
      const std::string_view bytes = record.substr(offset, width);
      std::string utf8;
      if (!append_utf8(manner_.charset, bytes, utf8) || is_blank(utf8)) continue;
      any = true;
      zeros = zeros && std::ranges::all_of(bytes, [](char c) {
                return (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-';
              });
      spaces_left = spaces_left || (bytes.front() == ' ' && bytes.back() != ' ');
      add_value(place, trimmed(utf8));
    }
    if (any && zeros) place.pad = '0';
    if (spaces_left) place.pad = ' ';
    if (!type.empty()) place.remark = type;
    sketch_.places.push_back(std::move(place));
  }

  Sketch& sketch_;
  Manner& manner_;
};

// ---- the whole order

class Sketcher {
 public:
  explicit Sketcher(const DraftOrder& order) : order_(order) {}

  std::expected<Sketches, ConfigErrors> look() {
    if (order_.inputs.empty()) fault("", "nothing to look at: name samples, a schema or a layout");
    if (order_.inputs.size() > most_inputs)
      fault("", fmt::format("more than {} files: a handful of each message will do", most_inputs));
    for (const DraftInput& input : order_.inputs) {
      if (input.bytes.size() > largest_input)
        fault(input.name, "larger than 1 MiB: give one message in a file");
    }
    if (!errors_.empty()) return std::unexpected(std::move(errors_));
    manner();
    for (const DraftInput& input : order_.inputs) {
      switch (input.kind) {
        case DraftInput::Kind::sample:
          if (order_.format != Format::fixed) sample(input);
          break;
        case DraftInput::Kind::xsd:
          xsd(input);
          break;
        case DraftInput::Kind::json_schema:
          json_schema(input);
          break;
        case DraftInput::Kind::layout:
          break;
      }
    }
    if (order_.format == Format::fixed) fixed();
    if (errors_.empty() && made_.messages.empty())
      fault("", "no message was found in the files: see that they are of the format");
    if (!errors_.empty()) return std::unexpected(std::move(errors_));
    return std::move(made_);
  }

 private:
  void fault(const std::string& file, std::string what, std::size_t line = 0) {
    errors_.push_back({file.empty() ? "draft" : file, static_cast<int>(line), std::move(what)});
  }

  /// Encoding, and what stands before the document, by the first samples.
  void manner() {
    for (const DraftInput& input : order_.inputs) {
      if (input.kind != DraftInput::Kind::sample) continue;
      std::string unused;
      if (!append_utf8(Charset::utf8, input.bytes, unused)) made_.manner.charset = Charset::gb18030;
    }
    for (const DraftInput& input : order_.inputs) {
      if (input.kind != DraftInput::Kind::sample) continue;
      framing(input.bytes);
      break;
    }
  }

  void framing(std::string_view bytes) {
    std::string_view before = bytes;
    if (order_.format != Format::fixed) {
      const std::size_t begin = bytes.find(order_.format == Format::xml ? '<' : '{');
      if (begin == bytes.npos || begin == 0 || begin > 1'000) return;
      before = bytes.substr(0, begin);
    }
    std::size_t digits = 0;
    while (digits < before.size() && digits < 10 && before[digits] >= '0' && before[digits] <= '9') ++digits;
    for (std::size_t count = digits; count >= 4; --count) {
      std::uint64_t stated = 0;
      std::from_chars(before.data(), before.data() + count, stated);
      if (stated != bytes.size() && stated != bytes.size() - count) continue;
      made_.manner.length_digits = static_cast<int>(count);
      made_.manner.counts_itself = stated == bytes.size();
      before.remove_prefix(count);
      break;
    }
    // A record's header cannot be told from the record.
    if (order_.format != Format::fixed && before.find_first_not_of(" \r\n\t") != before.npos)
      made_.manner.header = before.size();
  }

  std::string_view body_of(std::string_view bytes) const {
    const std::size_t before = made_.manner.header + static_cast<std::size_t>(made_.manner.length_digits);
    return bytes.substr(std::min(before, bytes.size()));
  }

  void sample(const DraftInput& input) {
    std::string text;
    if (const auto read = append_utf8(made_.manner.charset, body_of(input.bytes), text); !read) {
      return fault(input.name,
                   fmt::format("byte {} is neither UTF-8 nor GB18030: give the message as it is sent",
                               read.error().offset + 1));
    }
    Sketch sketch{.source = input.name, .told = input.message, .places = {}, .groups = {}, .doubts = {}};
    if (order_.format == Format::xml) {
      pugi::xml_document document;
      if (!load_xml(input, text, document)) return;
      XmlSketcher(sketch, made_.manner).look(document.document_element());
    } else {
      JsonDocument document;
      if (!load_json(input, text, document)) return;
      JsonSketcher(document, sketch).look(document.root(), "", "", nullptr);
    }
    made_.messages.push_back(std::move(sketch));
  }

  bool load_xml(const DraftInput& input, std::string& text, pugi::xml_document& document) {
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    const auto checked = check_xml(text, {});
    if (!checked) {
      fault(
          input.name,
          fmt::format("{}: give a well-formed document",
                      checked.error().kind == XmlFault::Kind::dtd ? "a document type" : checked.error().what),
          checked.error().line);
      return false;
    }
    if (input.kind == DraftInput::Kind::sample && text.starts_with("<?xml") &&
        made_.manner.declaration.empty()) {
      made_.manner.declaration = text.substr(0, text.find("?>") + 2);
      const auto named = charset_named(checked->declared_encoding);
      // All of GBK and GB2312 is GB18030 too; the declaration says which was agreed.
      if (named && (*named == Charset::utf8) == (made_.manner.charset == Charset::utf8))
        made_.manner.charset = *named;
    }
    return document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  }

  bool load_json(const DraftInput& input, std::string_view text, JsonDocument& document) {
    if (const auto read = document.read(text); !read) {
      fault(input.name,
            fmt::format("{} at byte {}: give a JSON document", read.error().what, read.error().offset + 1));
      return false;
    }
    if (document.root().kind == JsonNode::Kind::object) return true;
    fault(input.name, "no JSON object: give one message or schema in a file");
    return false;
  }

  void xsd(const DraftInput& input) {
    pugi::xml_document document;
    std::string text = input.bytes;
    std::string checked;
    if (!append_utf8(Charset::utf8, text, checked))
      return fault(input.name, "not in UTF-8: convert the schema first");
    if (!load_xml(input, text, document)) return;
    const pugi::xml_node schema = document.document_element();
    if (XsdSketcher::local(schema.name()) != "schema")
      return fault(input.name, "no XML Schema: its root is no `schema`");
    std::set<std::string_view> used;
    for (const auto& found : schema.select_nodes("//@ref"))
      used.insert(XsdSketcher::local(found.attribute().value()));
    for (const pugi::xml_node root : schema.children()) {
      if (XsdSketcher::local(root.name()) != "element" || used.contains(root.attribute("name").value()))
        continue;
      if (made_.messages.size() >= most_inputs) break;
      Sketch sketch{.source = fmt::format("{} {}", input.name, root.attribute("name").value()),
                    .told = input.message,
                    .places = {},
                    .groups = {},
                    .doubts = {}};
      XsdSketcher(schema, sketch, made_.manner).look(root);
      made_.messages.push_back(std::move(sketch));
    }
  }

  void json_schema(const DraftInput& input) {
    JsonDocument document;
    if (!load_json(input, input.bytes, document)) return;
    Sketch sketch{.source = input.name, .told = input.message, .places = {}, .groups = {}, .doubts = {}};
    JsonSchemaSketcher(document, sketch).look();
    made_.messages.push_back(std::move(sketch));
  }

  /// Records of one size are samples of one message, unless the order says which they are.
  void fixed() {
    separators();
    struct Pile {
      std::optional<MessageKind> told;
      std::string source;
      std::vector<std::string_view> records;
      const DraftInput* layout = nullptr;
    };
    std::vector<Pile> piles;
    for (const DraftInput& input : order_.inputs) {
      const std::string_view record = first_record(input);
      const auto pile = std::ranges::find_if(piles, [&](const Pile& each) {
        if (input.message || each.told) return input.message == each.told;
        return input.kind == DraftInput::Kind::sample && each.layout == nullptr &&
               made_.manner.delimiter == '\0' && each.records.front().size() == record.size();
      });
      Pile& into =
          pile == piles.end() ? piles.emplace_back(Pile{input.message, input.name, {}, nullptr}) : *pile;
      if (input.kind == DraftInput::Kind::layout) {
        into.layout = &input;
      } else if (!record.empty() && (made_.manner.delimiter != '\0' || into.records.empty() ||
                                     into.records.front().size() == record.size())) {
        into.records.push_back(record);
      }
    }
    for (const Pile& pile : piles) {
      Sketch sketch{.source = pile.source, .told = pile.told, .places = {}, .groups = {}, .doubts = {}};
      FixedSketcher sketcher(sketch, made_.manner);
      if (pile.layout != nullptr) {
        const auto table = read_csv(pile.layout->bytes);
        if (!table) {
          fault(pile.layout->name,
                fmt::format("{}: give a CSV table name,offset,width,type", table.error().en),
                table.error().line);
          continue;
        }
        sketcher.take(*table, pile.records);
        if (sketch.places.empty())
          fault(pile.layout->name,
                "no row with a name, a first byte and a width: give name,offset,width,type");
      } else if (!pile.records.empty()) {
        sketcher.look(pile.records);
      }
      if (!sketch.places.empty()) made_.messages.push_back(std::move(sketch));
    }
  }

  std::string_view first_record(const DraftInput& input) const {
    const std::string_view body = body_of(input.bytes);
    return body.substr(0, body.find_first_of("\r\n"));
  }

  void separators() {
    Manner& manner = made_.manner;
    manner.separator = "none";
    std::vector<std::string_view> records;
    for (const DraftInput& input : order_.inputs) {
      if (input.kind != DraftInput::Kind::sample) continue;
      const std::string_view bytes = input.bytes;
      if (bytes.contains("\r\n")) {
        manner.separator = "crlf";
      } else if (bytes.contains('\n') && manner.separator == "none") {
        manner.separator = "lf";
      }
      records.push_back(first_record(input));
    }
    for (const char delimiter : {'|', '^', '~', ',', ';', '\t'}) {
      const bool all = !records.empty() && std::ranges::all_of(records, [&](std::string_view record) {
        return std::ranges::count(record, delimiter) >= 4;
      });
      if (!all) continue;
      manner.delimiter = delimiter;
      manner.trailing =
          std::ranges::all_of(records, [&](std::string_view record) { return record.ends_with(delimiter); });
      break;
    }
  }

  const DraftOrder& order_;
  ConfigErrors errors_;
  Sketches made_;
};

}  // namespace

std::expected<Sketches, ConfigErrors> sketch(const DraftOrder& order) {
  return Sketcher(order).look();
}

}  // namespace loangate::adapters
