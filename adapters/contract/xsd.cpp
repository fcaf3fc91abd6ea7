#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adapters/contract/places.hpp"
#include "adapters/contract/schemas.hpp"
#include "base/html.hpp"

namespace loangate::adapters {

namespace {

constexpr std::string_view xsd_type = "application/xml";

/// Writes the declarations of one message. Elements may come in any order, each at most once, as decode()
/// takes them: xs:all where there is no repeating element, a sequence where there is nothing else. Where both
/// stand together, or where unknown elements are ignored, XSD 1.0 has no such content: there everything may
/// come, and keys say of each element that it must be there once (`xs:key`), or at most once (`xs:unique`).
class XsdWriter {
 public:
  XsdWriter(const Profile& profile, const MessageMap& message)
      : profile_(profile),
        message_(message),
        open_(profile.lenient.ignore_unknown),
        root_(message.body.nodes[message.body.nodes[0].children.front()]),
        target_(root_.name_space) {
    note(message.body, places_of(message.body, message.groups));
    for (const Group& group : message.groups) note(group.rows, places_of(group.rows));
  }

  std::vector<ContractFile> write() {
    const std::uint16_t root = message_.body.nodes[0].children.front();
    const std::string name = fmt::format("schema/{}.xsd", spec_of(message_.kind).name);
    document_ = target_;
    if (!open_) {
      const std::string element = declared(message_.body, root, 1, Where::global);
      return {{name, std::string(xsd_type), document(target_, {}, element)}};
    }
    look(message_.body, root);
    declare_globally(message_.body, root);
    std::vector<ContractFile> files;
    std::string imports;
    for (const auto& [space, declarations] : global_) {
      if (space == target_) continue;
      const std::string other = fmt::format("schema/{}.{}.xsd", spec_of(message_.kind).name,
                                            space == nowhere ? "local" : prefix(space));
      imports += fmt::format("  <xs:import{} schemaLocation=\"{}\"/>\n",
                             space == nowhere ? "" : fmt::format(" namespace=\"{}\"", uri(space)),
                             other.substr(other.find('/') + 1));
      files.push_back({other, std::string(xsd_type), document(space, {}, joined(declarations))});
    }
    files.insert(files.begin(),
                 {name, std::string(xsd_type), document(target_, imports, joined(global_[target_]))});
    return files;
  }

 private:
  using Declarations = std::map<std::string, std::string>;  // by name
  /// In which way an element is declared.
  enum class Where { global, once, among_any };

  void note(const Layout& layout, const std::vector<PlacedValue>& places) {
    for (const PlacedValue& place : places)
      values_.emplace(std::pair(&layout, static_cast<std::uint16_t>(place.slot - layout.slots.data())),
                      place);
  }

  std::string document(std::uint16_t space, const std::string& imports, const std::string& body) const {
    const MessageSpec& spec = spec_of(message_.kind);
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xs:schema "
        "xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"";
    if (space != nowhere) out += fmt::format(" targetNamespace=\"{}\"", uri(space));
    for (std::size_t i = 0; i < profile_.namespaces.size(); ++i)
      out += fmt::format(" xmlns:{}=\"{}\"", prefix(static_cast<std::uint16_t>(i)),
                         uri(static_cast<std::uint16_t>(i)));
    out += ">\n";
    out += fmt::format(
        "  <xs:annotation>\n    <xs:documentation xml:lang=\"zh\">{} {} {}</xs:documentation>\n"
        "    <xs:documentation xml:lang=\"en\">{}: {}</xs:documentation>\n",
        html_escaped(profile_.name_zh), spec.name, html_escaped(spec.record->zh),
        html_escaped(profile_.name_en), html_escaped(spec.record->en));
    if (open_) {
      out +=
          "    <xs:documentation xml:lang=\"en\">Elements and attributes that are not declared here are "
          "ignored.</xs:documentation>\n";
    }
    out += "  </xs:annotation>\n";
    out += imports;
    if (const auto types = types_.find(space); types != types_.end()) out += types->second;
    return out + body + "</xs:schema>\n";
  }

  static std::string joined(const Declarations& declarations) {
    std::string out;
    for (const auto& [name, text] : declarations) out += text;
    return out;
  }

  std::string uri(std::uint16_t space) const { return html_escaped(profile_.namespaces[space].uri); }
  std::string prefix(std::uint16_t space) const {
    // Names without a prefix are those without a namespace here, and `xs` is taken.
    const std::string& own = profile_.namespaces[space].prefix;
    return own.empty() || own == "xs" ? fmt::format("n{}", space + 1) : own;
  }
  std::string path_name(const Node& node) const {
    return (node.attribute ? "@" : "") +
           (node.name_space == nowhere ? node.name : prefix(node.name_space) + ':' + node.name);
  }

  const PlacedValue* value_at(const Layout& layout, const Node& node) const {
    const auto found = values_.find({&layout, node.slot});
    return node.slot == nowhere || found == values_.end() ? nullptr : &found->second;
  }

  bool is_needed(const Layout& layout, std::uint16_t index) const {
    const Node& node = layout.nodes[index];
    if (node.group != nowhere) return message_.groups[node.group].required;
    const PlacedValue* value = value_at(layout, node);
    if (value != nullptr && value->required) return true;
    return std::ranges::any_of(node.children, [&](std::uint16_t child) { return is_needed(layout, child); });
  }

  /// The layout and node that say what is in an element: a row's own, if it repeats.
  std::pair<const Layout*, std::uint16_t> inside(const Layout& layout, std::uint16_t index) const {
    const Node& node = layout.nodes[index];
    if (node.group == nowhere) return {&layout, index};
    return {&message_.groups[node.group].rows, 0};
  }

  std::string words(const PlacedValue* value, const Node& node, const Layout& layout, unsigned depth) const {
    const FieldSpec* field = value != nullptr ? value->field : nullptr;
    if (node.group != nowhere) field = &layout.record->fields[message_.groups[node.group].field];
    if (field == nullptr) return {};
    const std::string pad(depth * 2, ' ');
    std::string form = value == nullptr ? "" : ": " + form_words(profile_, *value);
    return fmt::format(
        "{0}<xs:annotation>\n{0}  <xs:documentation xml:lang=\"zh\">{1}</xs:documentation>\n"
        "{0}  <xs:documentation xml:lang=\"en\">{2}{3}</xs:documentation>\n{0}</xs:annotation>\n",
        pad, html_escaped(field->zh), html_escaped(field->en), html_escaped(form));
  }

  std::string declared(const Layout& layout, std::uint16_t index, unsigned depth, Where where) {
    const Node& node = layout.nodes[index];
    const auto [in, at] = inside(layout, index);
    const PlacedValue* value = value_at(*in, in->nodes[at]);
    const std::string pad(depth * 2, ' ');
    std::string out = fmt::format("{}<xs:element name=\"{}\"", pad, html_escaped(node.name));
    if (where != Where::global && node.name_space != nowhere) out += " form=\"qualified\"";
    if (where == Where::once) {
      if (!is_needed(layout, index)) out += " minOccurs=\"0\"";
      if (node.group != nowhere) out += fmt::format(" maxOccurs=\"{}\"", message_.groups[node.group].times);
    }
    out += ">\n" + words(value, node, layout, depth + 1);
    const bool has_attributes = std::ranges::any_of(
        in->nodes[at].children, [&](std::uint16_t child) { return in->nodes[child].attribute; });
    if (value != nullptr && !has_attributes && !open_) {
      out += simple_type(*value, {}, depth + 1);
    } else {
      out += complex_type(*in, at, value, depth + 1);
    }
    return out + fmt::format("{}</xs:element>\n", pad);
  }

  std::string complex_type(const Layout& layout, std::uint16_t index, const PlacedValue* value,
                           unsigned depth) {
    const Node& node = layout.nodes[index];
    const std::string pad(depth * 2, ' ');
    std::string attributes;
    for (const std::uint16_t child : node.children) {
      if (layout.nodes[child].attribute)
        attributes += attribute(layout, child, depth + (value != nullptr ? 3 : 1));
    }
    const bool foreign_attribute = std::ranges::any_of(node.children, [&](std::uint16_t child) {
      return layout.nodes[child].attribute && is_foreign(layout.nodes[child]);
    });
    if (open_ || foreign_attribute) {
      attributes += fmt::format("{}<xs:anyAttribute processContents=\"skip\"/>\n",
                                std::string((depth + (value != nullptr ? 3 : 1)) * 2, ' '));
    }
    if (value != nullptr) {
      const std::string type = fmt::format("value{}", ++type_count_);
      types_[document_] += simple_type(*value, type, 1);
      const std::string qualified = document_ == nowhere ? type : prefix(document_) + ':' + type;
      return fmt::format(
          "{0}<xs:complexType>\n{0}  <xs:simpleContent>\n{0}    <xs:extension base=\"{1}\">\n{2}{0}    "
          "</xs:extension>\n{0}  </xs:simpleContent>\n{0}</xs:complexType>\n",
          pad, qualified, attributes);
    }
    std::vector<std::uint16_t> elements;
    std::ranges::copy_if(node.children, std::back_inserter(elements),
                         [&](std::uint16_t child) { return !layout.nodes[child].attribute; });
    const auto is_row = [&](std::uint16_t child) { return layout.nodes[child].group != nowhere; };
    const bool foreign =
        std::ranges::any_of(elements, [&](std::uint16_t child) { return is_foreign(layout.nodes[child]); });
    const bool mixed = elements.size() > 1 && std::ranges::any_of(elements, is_row);
    const bool anything = open_ || foreign || mixed;
    std::string out = fmt::format("{}<xs:complexType{}>\n", pad, open_ ? " mixed=\"true\"" : "");
    if (open_) {
      out += fmt::format(
          "{0}  <xs:sequence>\n{0}    <xs:any processContents=\"lax\" minOccurs=\"0\" "
          "maxOccurs=\"unbounded\"/>\n{0}  </xs:sequence>\n",
          pad);
    } else if (!elements.empty()) {
      const bool rows_alone = elements.size() == 1 && is_row(elements.front()) && !foreign;
      const std::string_view kind = anything     ? "choice minOccurs=\"0\" maxOccurs=\"unbounded\""
                                    : rows_alone ? "sequence"
                                                 : "all";
      out += fmt::format("{}  <xs:{}>\n", pad, kind);
      for (const std::uint16_t child : elements) {
        if (is_foreign(layout.nodes[child])) continue;
        out += declared(layout, child, depth + 2, anything ? Where::among_any : Where::once);
      }
      if (foreign)
        out += fmt::format("{}    <xs:any namespace=\"##other\" processContents=\"skip\"/>\n", pad);
      out += fmt::format("{}  </xs:{}>\n", pad, kind.substr(0, kind.find(' ')));
    }
    out += attributes + fmt::format("{}</xs:complexType>\n", pad);
    if (anything) out += keys(layout, elements, depth);
    return out;
  }

  bool is_foreign(const Node& node) const {
    return !open_ && node.name_space != nowhere && node.name_space != target_;
  }

  std::string attribute(const Layout& layout, std::uint16_t index, unsigned depth) {
    const Node& node = layout.nodes[index];
    const PlacedValue* value = value_at(layout, node);
    if (value == nullptr || is_foreign(node)) return {};
    const std::string pad(depth * 2, ' ');
    return fmt::format("{0}<xs:attribute name=\"{1}\"{2}{3}>\n{4}{5}{0}</xs:attribute>\n", pad,
                       html_escaped(node.name), node.name_space == nowhere ? "" : " form=\"qualified\"",
                       value->required ? " use=\"required\"" : "", words(value, node, layout, depth + 1),
                       simple_type(*value, {}, depth + 1));
  }

  std::string simple_type(const PlacedValue& value, const std::string& name, unsigned depth) const {
    const ValueRule rule = rule_of(profile_, value, Dialect::xsd);
    const std::string pad(depth * 2, ' ');
    std::string facets;
    const auto facet = [&](std::string_view which, std::string_view text) {
      facets += fmt::format("{}    <xs:{} value=\"{}\"/>\n", pad, which, html_escaped(text));
    };
    if (rule.any_text) {
      if (rule.longest != 0) facet("maxLength", std::to_string(rule.longest));
      if (rule.not_blank) {
        facet("pattern", "\\s*\\S(.|\\s)*");
      } else if (!rule.may_be_empty) {
        facet("minLength", "1");
      }
    } else if (!rule.pattern.empty()) {
      std::string pattern = rule.pattern;
      for (const std::string& each : rule.values) pattern += '|' + in_pattern(each, Dialect::xsd);
      // An element of nothing but spaces is an empty one.
      facet("pattern", rule.may_be_empty ? pattern + "|\\s*" : pattern);
    } else {
      for (const std::string& each : rule.values) enumerate(value, each, pad, facets);
    }
    const std::string named = name.empty() ? "" : fmt::format(" name=\"{}\"", name);
    const std::string restriction =
        fmt::format("{0}  <xs:restriction base=\"xs:string\">\n{1}{0}  </xs:restriction>\n", pad, facets);
    if (rule.any_text || !rule.pattern.empty() || !rule.may_be_empty)
      return fmt::format("{0}<xs:simpleType{1}>\n{2}{0}</xs:simpleType>\n", pad, named, restriction);
    return fmt::format(
        "{0}<xs:simpleType{1}>\n{0}<xs:union>\n{0}<xs:simpleType>\n{2}{0}</"
        "xs:simpleType>\n{0}<xs:simpleType><xs:restriction "
        "base=\"xs:string\"><xs:pattern "
        "value=\"\\s*\"/></xs:restriction></xs:simpleType>\n{0}</xs:union>\n{0}</xs:simpleType>\n",
        pad, named, restriction);
  }

  /// One of the values, with what it means if it is a code.
  static void enumerate(const PlacedValue& value, const std::string& text, const std::string& pad,
                        std::string& out) {
    const CodeForm* form =
        value.holds == PlacedValue::Holds::field ? std::get_if<CodeForm>(&value.line->form) : nullptr;
    const auto code = form == nullptr ? std::nullopt : form->map->find(text);
    if (!code) {
      out += fmt::format("{}    <xs:enumeration value=\"{}\"/>\n", pad, html_escaped(text));
      return;
    }
    const CodeSpec& spec = form->map->list->codes[code->index];
    out += fmt::format(
        "{0}    <xs:enumeration value=\"{1}\"><xs:annotation><xs:documentation>{2} · {3}"
        "</xs:documentation></xs:annotation></xs:enumeration>\n",
        pad, html_escaped(text), html_escaped(spec.zh), html_escaped(spec.en));
  }

  /// That each element of an element without order is there at most once, or just once.
  std::string keys(const Layout& layout, const std::vector<std::uint16_t>& elements, unsigned depth) {
    std::string out;
    const std::string pad(depth * 2, ' ');
    for (const std::uint16_t child : elements) {
      const Node& of = layout.nodes[child];
      if (of.group != nowhere) continue;
      const bool needed = is_needed(layout, child);
      if (of.slot == nowhere && !needed) continue;
      const std::string path = leaf_path(layout, child);
      if (path.empty()) continue;
      out += fmt::format(
          "{0}<xs:{1} name=\"once{2}\">\n{0}  <xs:selector xpath=\".\"/>\n{0}  <xs:field "
          "xpath=\"{3}\"/>\n{0}</xs:{1}>\n",
          pad, needed ? "key" : "unique", ++key_count_, path);
    }
    return out;
  }

  /// The path to the element itself, or to the first value under it that must be there; "" if none is
  /// declared.
  std::string leaf_path(const Layout& layout, std::uint16_t index) const {
    const Node& node = layout.nodes[index];
    if (is_foreign(node) || node.group != nowhere || (open_ && is_disputed(node))) return {};
    if (node.slot != nowhere) return path_name(node);
    for (const std::uint16_t child : node.children) {
      if (!is_needed(layout, child)) continue;
      if (const std::string rest = leaf_path(layout, child); !rest.empty())
        return path_name(node) + '/' + rest;
    }
    return {};
  }

  // Where unknown elements are ignored, known ones are declared once for the whole document, and found by
  // their name. A name that means two things stays undeclared.

  static std::pair<std::uint16_t, std::string> key_of(const Node& node) {
    return {node.name_space, node.name};
  }
  bool is_disputed(const Node& node) const {
    return !node.attribute && meanings_.at(key_of(node)).size() > 1;
  }

  void look(const Layout& layout, std::uint16_t index) {
    const auto [in, at] = inside(layout, index);
    const PlacedValue* value = value_at(*in, in->nodes[at]);
    const std::string meaning =
        value != nullptr ? simple_type(*value, {}, 0) : fmt::format("{} {}", fmt::ptr(in), at);
    auto& meanings = meanings_[key_of(layout.nodes[index])];
    if (std::ranges::find(meanings, meaning) == meanings.end()) meanings.push_back(meaning);
    for (const std::uint16_t child : in->nodes[at].children) {
      if (!in->nodes[child].attribute) look(*in, child);
    }
  }

  void declare_globally(const Layout& layout, std::uint16_t index) {
    const Node& node = layout.nodes[index];
    if (!is_disputed(node)) {
      document_ = node.name_space;
      auto& declarations = global_[node.name_space];
      if (!declarations.contains(node.name))
        declarations[node.name] = declared(layout, index, 1, Where::global);
    }
    const auto [in, at] = inside(layout, index);
    for (const std::uint16_t child : in->nodes[at].children) {
      if (!in->nodes[child].attribute) declare_globally(*in, child);
    }
  }

  const Profile& profile_;
  const MessageMap& message_;
  const bool open_;
  const Node& root_;
  const std::uint16_t target_;
  std::uint16_t document_ = nowhere;  // the namespace of the file that is being written
  std::map<std::pair<const Layout*, std::uint16_t>, PlacedValue> values_;  // by slot
  std::map<std::uint16_t, std::string> types_;                             // by the file that names them
  std::map<std::uint16_t, Declarations> global_;
  std::map<std::pair<std::uint16_t, std::string>, std::vector<std::string>> meanings_;
  unsigned type_count_ = 0;
  unsigned key_count_ = 0;
};

}  // namespace

std::vector<ContractFile> xsd(const Profile& profile, const MessageMap& message) {
  return XsdWriter(profile, message).write();
}

}  // namespace loangate::adapters
