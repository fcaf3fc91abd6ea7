#include <fmt/format.h>

#include <pugixml.hpp>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/documents.hpp"
#include "adapters/codec/forms.hpp"
#include "adapters/codec/xml_gate.hpp"

namespace loangate::adapters {

namespace {

/// What is in a namespace that the profile does not name.
constexpr std::uint16_t foreign = 0xfffe;

struct QualifiedName {
  std::string_view prefix;
  std::string_view local;
};

QualifiedName split(std::string_view name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return {{}, name};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

bool is_declaration(std::string_view attribute) {
  return attribute == "xmlns" || attribute.starts_with("xmlns:");
}

/// What the declaration at the head of the bytes names as encoding, for bytes that cannot be parsed.
std::string_view declared_in(std::string_view bytes) {
  bytes = bytes.substr(0, 200);
  const std::size_t end = bytes.find("?>");
  if (!bytes.starts_with("<?xml") || end == std::string_view::npos) return {};
  bytes = bytes.substr(0, end);
  const std::size_t at = bytes.find("encoding");
  const std::size_t open = bytes.find_first_of("\"'", at);
  if (at == std::string_view::npos || open == std::string_view::npos) return {};
  const std::size_t close = bytes.find(bytes[open], open + 1);
  return close == std::string_view::npos ? std::string_view{} : bytes.substr(open + 1, close - open - 1);
}

class XmlReader final : public DocumentReader {
 public:
  bool open(const Profile& profile, const Framed& framed, Faults& faults) override {
    profile_ = &profile;
    faults_ = &faults;
    body_ = framed.body;
    text_.clear();
    if (const auto converted = append_utf8(profile.charset, framed.body, text_); !converted) {
      const auto before = static_cast<std::size_t>(framed.body.data() - framed.whole.data());
      report_encoding(profile, before + converted.error().offset, faults);
      check_declared(declared_in(framed.body), false);
      return false;
    }
    const auto checked = check_xml(text_, {.namespaces = !profile.namespaces.empty()});
    if (!checked) {
      report(checked.error());
      return false;
    }
    check_declared(checked->declared_encoding, !framed.is_part);
    has_attributes_ = checked->has_attributes;
    // In place: texts become views into `text_`, which stays as it is until the next message.
    // The first text of an element is embedded in it: half as many nodes.
    unsigned flags = pugi::parse_cdata | pugi::parse_wconv_attribute | pugi::parse_embed_pcdata;
    if (checked->has_escapes) flags |= pugi::parse_escapes | pugi::parse_eol;
    const auto parsed = document_.load_buffer_inplace(text_.data(), text_.size(), flags, pugi::encoding_utf8);
    if (parsed) return true;
    faults.add(FindingCode::document_malformed, {}, {{"what", parsed.description()}});
    return false;
  }

  std::string_view type() override {
    const std::vector<Node>& path = profile_->type.path;
    const pugi::xml_node element = element_at(path);
    if (!path.empty() && path.back().attribute) return attribute_of(element, path.back());
    return element.child_value();
  }

  std::optional<Source> source(std::span<const Node> path) override {
    const pugi::xml_node element = element_at(path);
    const std::ptrdiff_t name_at = element.offset_debug();
    if (name_at < 1) return std::nullopt;
    // pugixml has written into its own text.
    pristine_.clear();
    if (!append_utf8(profile_->charset, body_, pristine_)) return std::nullopt;
    const std::string_view attribute =
        path.back().attribute ? std::string_view(path.back().qualified) : std::string_view{};
    const auto found = xml_source(pristine_, static_cast<std::size_t>(name_at) - 1, attribute);
    if (!found) return std::nullopt;
    return source_in(*profile_, body_, pristine_, *found);
  }

  void read(const MessageMap& message, StretchVisitor& visitor) override {
    Stretch body{.profile = profile_, .layout = &message.body};
    visitor_ = &visitor;
    bindings_.clear();
    cells_.assign(message.body.slots.size(), {});
    seen_.assign(message.body.nodes.size(), false);
    items_.clear();
    body.cells = cells_;
    pool_.clear();
    pool_.reserve(text_.size() + 1);
    walk(body, 0, document_, cells_, seen_);
    visitor.visit(body);
    for (std::size_t i = 0; i < message.groups.size(); ++i) {
      read_rows(body, message.groups[i], static_cast<std::uint16_t>(i), visitor);
    }
  }

 private:
  struct Item {
    std::uint16_t group;
    pugi::xml_node element;
  };
  struct Binding {
    std::string_view prefix;
    std::uint16_t name_space;
  };

  void report(const XmlFault& fault) {
    const std::string place = fmt::format("line {}, column {}", fault.line, fault.column);
    switch (fault.kind) {
      case XmlFault::Kind::malformed:
        return faults_->add(FindingCode::document_malformed, place, {{"what", fault.what}});
      case XmlFault::Kind::dtd:
        return faults_->add(FindingCode::dtd_refused, place);
      case XmlFault::Kind::exceeds:
        return faults_->add(FindingCode::structure_exceeds, place, {{"what", fault.what}});
    }
  }

  /// The first element at the end of the path, but for an attribute; its bindings stay.
  pugi::xml_node element_at(std::span<const Node> path) {
    bindings_.clear();
    pugi::xml_node at = document_;
    for (const Node& step : path) {
      if (step.attribute) return at;
      pugi::xml_node found;
      for (pugi::xml_node child = at.first_child(); child; child = child.next_sibling()) {
        const std::size_t bound = profile_->namespaces.empty() ? 0 : bind(child);
        if (is_element(step, child.name())) {
          found = child;  // its bindings stay for what is under it
          break;
        }
        bindings_.resize(bound);
      }
      if (!found) return {};
      at = found;
    }
    return at;
  }

  std::string_view attribute_of(pugi::xml_node element, const Node& step) const {
    for (auto attribute = element.first_attribute(); attribute; attribute = attribute.next_attribute()) {
      if (is_attribute(step, attribute.name())) return attribute.value();
    }
    return {};
  }

  /// The declaration must name what was agreed (hazard 4): a sender who declares one and sends the other will
  /// sooner or later be read wrongly by somebody.
  void check_declared(std::string_view declared, bool complete) {
    if (declared.empty()) {
      if (complete && profile_->xml.declaration_required) {
        faults_->add(FindingCode::document_malformed, "line 1, column 1",
                     {{"what", "the XML declaration is missing"}});
      }
      return;
    }
    if (charset_named(declared) == profile_->charset) return;
    faults_->add(FindingCode::encoding_contradicts, "line 1",
                 {{"declared", shown(declared)}, {"agreed", std::string(name(profile_->charset))}});
  }

  /// Notes the element's namespace declarations; gives how many there were before.
  std::size_t bind(pugi::xml_node element) {
    const std::size_t before = bindings_.size();
    for (auto attribute = element.first_attribute(); attribute; attribute = attribute.next_attribute()) {
      const std::string_view attribute_name = attribute.name();
      if (!is_declaration(attribute_name)) continue;
      const std::string_view uri = attribute.value();
      std::uint16_t which = uri.empty() ? nowhere : foreign;
      for (std::size_t i = 0; i < profile_->namespaces.size(); ++i) {
        if (profile_->namespaces[i].uri == uri) which = static_cast<std::uint16_t>(i);
      }
      bindings_.push_back({attribute_name == "xmlns" ? std::string_view{} : attribute_name.substr(6), which});
    }
    return before;
  }

  std::uint16_t name_space(std::string_view prefix) const {
    for (std::size_t i = bindings_.size(); i > 0; --i) {
      if (bindings_[i - 1].prefix == prefix) return bindings_[i - 1].name_space;
    }
    return nowhere;
  }

  /// Whether a name in the document is this one. Its length, which is where its end mark stands, tells most
  /// of them apart.
  bool is_name(const char* in_document, std::string_view wanted) const {
    const auto room = static_cast<std::size_t>(text_.data() + text_.size() - in_document);
    return wanted.size() <= room && in_document[wanted.size()] == '\0' &&
           same_bytes(in_document, wanted.data(), wanted.size());
  }

  /// Whether the element is what the step means: by its URI where the profile has namespaces, never by its
  /// prefix.
  bool is_element(const Node& step, const char* element) const {
    if (profile_->namespaces.empty()) return is_name(element, step.name);
    const QualifiedName parts = split(element);
    return parts.local == step.name && name_space(parts.prefix) == step.name_space;
  }
  bool is_attribute(const Node& step, std::string_view attribute) const {
    if (profile_->namespaces.empty() || !attribute.contains(':'))
      return attribute == step.name && step.name_space == nowhere;
    const QualifiedName parts = split(attribute);
    return parts.local == step.name && name_space(parts.prefix) == step.name_space;
  }

  /// Fills the cells of the leaves under a node of the layout, whose element is given; notes where rows
  /// stand.
  void walk(const Stretch& stretch, std::uint16_t node, pugi::xml_node element, std::vector<Cell>& cells,
            std::vector<bool>& seen) {
    const Layout& layout = *stretch.layout;
    const std::vector<std::uint16_t>& children = layout.nodes[node].children;
    read_attributes(stretch, node, element, cells);
    if (*element.value() != '\0') unknown(element, "text", element.value());
    std::size_t expected = 0;
    for (pugi::xml_node child = element.first_child();; child = child.next_sibling()) {
      const char* child_name = child.name();
      if (*child_name == '\0') {  // text, or no node at all
        if (!child) break;
        unknown(element, "text", child.value());
        continue;
      }
      const std::size_t before = profile_->namespaces.empty() ? 0 : bind(child);
      const std::size_t found = find(layout, children, expected, child_name);
      if (found == children.size()) {
        unknown(child, child_name, child.child_value());
      } else {
        const std::uint16_t which = children[found];
        expected = layout.nodes[which].group == nowhere ? found + 1 : found;
        take(stretch, which, child, cells, seen);
      }
      if (bindings_.size() != before) bindings_.resize(before);
    }
  }

  /// Elements mostly come in the profile's order: looks there first. children.size() if there is none.
  std::size_t find(const Layout& layout, const std::vector<std::uint16_t>& children, std::size_t expected,
                   const char* element) const {
    const auto matches = [&](std::size_t i) {
      const Node& step = layout.nodes[children[i]];
      return !step.attribute && is_element(step, element);
    };
    for (std::size_t i = expected; i < children.size(); ++i) {
      if (matches(i)) return i;
    }
    for (std::size_t i = 0; i < expected; ++i) {
      if (matches(i)) return i;
    }
    return children.size();
  }

  void take(const Stretch& stretch, std::uint16_t which, pugi::xml_node element, std::vector<Cell>& cells,
            std::vector<bool>& seen) {
    const Node& step = stretch.layout->nodes[which];
    if (step.group != nowhere) {
      items_.push_back({step.group, element});
      return;
    }
    if (seen[which]) {
      const std::string place = path_of(element);
      faults_->add(FindingCode::field_repeated, place, {{"field", place}});
      if (visitor_->thorough()) visitor_->unread(place, element.child_value());
      return;
    }
    seen[which] = true;
    if (step.slot == nowhere) {
      walk(stretch, which, element, cells, seen);
    } else {
      read_attributes(stretch, which, element, cells);
      read_text(step.slot, element, cells);
    }
  }

  void read_text(std::uint16_t slot, pugi::xml_node element, std::vector<Cell>& cells) {
    std::string_view text = element.value();
    if (const pugi::xml_node first = element.first_child()) {
      // Pieces between comments and CDATA sections are one text.
      const std::size_t begin = pool_.size();
      pool_ += text;
      for (pugi::xml_node piece = first; piece; piece = piece.next_sibling()) {
        if (piece.type() == pugi::node_element) {
          // Ignored nowhere: the text around it would become a value that nobody wrote.
          faults_->add(FindingCode::element_unknown, path_of(piece), {{"given", shown(piece.name())}});
        } else {
          pool_ += piece.value();
        }
      }
      text = std::string_view(pool_).substr(begin);
    }
    if (!text.empty()) cells[slot] = {.state = Cell::State::string, .text = text};
  }

  void read_attributes(const Stretch& stretch, std::uint16_t node, pugi::xml_node element,
                       std::vector<Cell>& cells) {
    if (!has_attributes_) return;  // pugixml need not be asked for those of each element
    const std::vector<std::uint16_t>& children = stretch.layout->nodes[node].children;
    for (auto attribute = element.first_attribute(); *attribute.name() != '\0';
         attribute = attribute.next_attribute()) {
      read_attribute(stretch, children, element, attribute, cells);
    }
  }

  void read_attribute(const Stretch& stretch, const std::vector<std::uint16_t>& children,
                      pugi::xml_node element, pugi::xml_attribute attribute, std::vector<Cell>& cells) {
    const std::string_view attribute_name = attribute.name();
    if (!profile_->namespaces.empty() && is_declaration(attribute_name)) return;
    for (const std::uint16_t child : children) {
      const Node& step = stretch.layout->nodes[child];
      if (!step.attribute) break;  // attributes stand first
      if (!is_attribute(step, attribute_name)) continue;
      const std::string_view value = attribute.value();
      if (!value.empty()) cells[step.slot] = {.state = Cell::State::string, .text = value};
      return;
    }
    if (visitor_->thorough())
      visitor_->unread(fmt::format("{}/@{}", path_of(element), attribute_name), attribute.value());
    refuse_unknown(element, attribute_name);
  }

  void read_rows(const Stretch& body, const Group& group, std::uint16_t index, StretchVisitor& visitor) {
    std::size_t found = 0;
    for (const Item& item : items_) {
      if (item.group != index) continue;
      if (found == group.times) {
        const FieldSpec& field = body.layout->record->fields[group.field];
        faults_->add(
            FindingCode::group_too_long, path_of(item.element),
            {{"field", fmt::format("{} {}", group.name, field.zh)}, {"limit", std::to_string(group.times)}},
            {.field = group.field});
        return;
      }
      Stretch row{.profile = profile_,
                  .layout = &group.rows,
                  .group = &group,
                  .row = static_cast<std::uint16_t>(found++)};
      row_cells_.assign(group.rows.slots.size(), {});
      row_seen_.assign(group.rows.nodes.size(), false);
      row.cells = row_cells_;
      bindings_.clear();
      bind_from_root(item.element);
      walk(row, 0, item.element, row_cells_, row_seen_);
      visitor.visit(row);
    }
    check_rows(body, group, found, *faults_);
  }

  void bind_from_root(pugi::xml_node element) {
    if (profile_->namespaces.empty() || element.type() != pugi::node_element) return;
    bind_from_root(element.parent());
    bind(element);
  }

  void unknown(pugi::xml_node at, std::string_view what, std::string_view text) {
    if (visitor_->thorough()) visitor_->unread(path_of(at), text);
    refuse_unknown(at, what);
  }

  void refuse_unknown(pugi::xml_node at, std::string_view what) {
    if (profile_->lenient.ignore_unknown) return;
    faults_->add(FindingCode::element_unknown, path_of(at), {{"given", shown(what)}});
  }

  /// The element's XPath as it stands in the document, with an index where it has siblings of its name.
  static std::string path_of(pugi::xml_node element) {
    std::string path;
    for (; element && element.type() == pugi::node_element; element = element.parent()) {
      std::size_t index = 1;
      for (pugi::xml_node other = element.previous_sibling(element.name()); other;
           other = other.previous_sibling(element.name())) {
        ++index;
      }
      const bool several = index > 1 || element.next_sibling(element.name());
      path = several ? fmt::format("/{}[{}]{}", element.name(), index, path)
                     : fmt::format("/{}{}", element.name(), path);
    }
    return path;
  }

  const Profile* profile_ = nullptr;
  Faults* faults_ = nullptr;
  StretchVisitor* visitor_ = nullptr;
  bool has_attributes_ = false;
  std::string_view body_;  // as it came
  std::string pristine_;   // in UTF-8
  std::string text_;       // the same, until pugixml writes into it
  std::string pool_;
  pugi::xml_document document_;
  std::vector<Binding> bindings_;
  std::vector<Item> items_;
  std::vector<Cell> cells_, row_cells_;
  std::vector<bool> seen_, row_seen_;
};

}  // namespace

DocumentReader& xml_reader() {
  thread_local XmlReader reader;
  return reader;
}

}  // namespace loangate::adapters
