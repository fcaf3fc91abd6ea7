#include "base/json.hpp"

#include <fmt/format.h>

#include "adapters/codec/charset.hpp"
#include "adapters/codec/documents.hpp"

namespace loangate::adapters {

namespace {

constexpr std::size_t deepest = 32;
constexpr std::size_t most_values = 20'000;

/// A JSON Pointer's step.
std::string escaped(std::string_view key) {
  std::string step;
  for (const char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

Cell cell_of(const JsonNode& value) {
  switch (value.kind) {
    case JsonNode::Kind::null:
      return {};
    case JsonNode::Kind::string:
      if (value.text.empty()) return {};
      return {.state = Cell::State::string, .text = value.text};
    case JsonNode::Kind::number:
      return {.state = Cell::State::number, .text = value.text};
    case JsonNode::Kind::truth:
      return {.state = Cell::State::boolean, .text = value.text};
    case JsonNode::Kind::array:
    case JsonNode::Kind::object:
      break;
  }
  return {.state = Cell::State::faulty};
}

class JsonReader final : public DocumentReader {
 public:
  bool open(const Profile& profile, const Framed& framed, Faults& faults) override {
    profile_ = &profile;
    faults_ = &faults;
    body_ = framed.body;
    std::string_view text = framed.body;
    if (profile.charset != Charset::utf8 || !is_ascii(text)) {
      converted_.clear();
      if (const auto converted = append_utf8(profile.charset, text, converted_); !converted) {
        const auto before = static_cast<std::size_t>(framed.body.data() - framed.whole.data());
        report_encoding(profile, before + converted.error().offset, faults);
        return false;
      }
      text = converted_;
    }
    text_ = text;
    const auto read =
        document_.read(text, {.max_bytes = text.size(), .max_depth = deepest, .max_nodes = most_values});
    if (read) return true;
    const JsonFault& fault = read.error();
    faults.add(fault.exceeds ? FindingCode::structure_exceeds : FindingCode::document_malformed,
               place_in(text, fault.offset), {{"what", fault.what}});
    return false;
  }

  std::string_view type() override {
    const JsonNode* at = &document_.root();
    for (const Node& step : profile_->type.path) {
      at = document_.member(*at, step.name);
      if (at == nullptr) return {};
    }
    return at->text;
  }

  std::optional<Source> source(std::span<const Node> path) override {
    const auto found = json_source(text_, path);
    if (!found) return std::nullopt;
    return source_in(*profile_, body_, text_, *found);
  }

  void read(const MessageMap& message, StretchVisitor& visitor) override {
    Stretch body{.profile = profile_, .layout = &message.body};
    cells_.assign(message.body.slots.size(), {});
    groups_.assign(message.groups.size(), nullptr);
    body.cells = cells_;
    if (document_.root().kind != JsonNode::Kind::object) {
      faults_->add(FindingCode::document_malformed, "/", {{"what", "an object is expected"}});
      return;
    }
    visitor_ = &visitor;
    path_.clear();
    walk(body, 0, document_.root(), cells_, &groups_);
    visitor.visit(body);
    for (std::size_t i = 0; i < message.groups.size(); ++i)
      read_rows(body, message.groups[i], groups_[i], visitor);
  }

 private:
  /// Fills the cells of the leaves under a node of the layout; notes where groups stand.
  void walk(const Stretch& stretch, std::uint16_t node, const JsonNode& object, std::vector<Cell>& cells,
            std::vector<const JsonNode*>* groups) {
    const Layout& layout = *stretch.layout;
    const std::vector<std::uint16_t>& children = layout.nodes[node].children;
    std::size_t expected = 0;
    for (const JsonNode* member = document_.first(object); member != nullptr;
         member = document_.next(*member)) {
      // Members mostly come in the profile's order: look there first.
      std::size_t found = expected;
      while (found < children.size() && layout.nodes[children[found]].name != member->key) ++found;
      if (found == children.size()) {
        found = 0;
        while (found < expected && layout.nodes[children[found]].name != member->key) ++found;
        if (found == expected) {
          unknown(stretch, *member);
          continue;
        }
      }
      expected = found + 1;
      const Node& child = layout.nodes[children[found]];
      if (child.group != nowhere) {
        if (groups != nullptr) (*groups)[child.group] = member;
      } else if (child.slot != nowhere) {
        cells[child.slot] = cell_of(*member);
        if (cells[child.slot].state == Cell::State::faulty) {
          faults_->add(FindingCode::field_malformed, stretch, child.slot,
                       {{"given", member->kind == JsonNode::Kind::object ? "{…}" : "[…]"},
                        {"form", "JSON string, number"}});
        }
      } else if (member->kind == JsonNode::Kind::object) {
        path_.push_back(member->key);
        walk(stretch, children[found], *member, cells, groups);
        path_.pop_back();
      } else if (member->kind != JsonNode::Kind::null) {
        faults_->add(FindingCode::document_malformed, pointer(stretch, member->key),
                     {{"what", "an object is expected"}});
        tell_unread(stretch, *member);
      }
    }
  }

  void read_rows(const Stretch& body, const Group& group, const JsonNode* array, StretchVisitor& visitor) {
    std::size_t found = 0;
    const FieldSpec& field = body.layout->record->fields[group.field];
    const bool is_nothing = array == nullptr || array->kind == JsonNode::Kind::null ||
                            (array->kind == JsonNode::Kind::string && array->text.empty());
    if (!is_nothing && array->kind != JsonNode::Kind::array) {
      faults_->add(FindingCode::document_malformed, group.name, {{"what", "an array is expected"}},
                   {.field = group.field});
      return;
    }
    if (!is_nothing && array->children > group.times) {
      faults_->add(
          FindingCode::group_too_long, group.name,
          {{"field", fmt::format("{} {}", group.name, field.zh)}, {"limit", std::to_string(group.times)}},
          {.field = group.field});
      return;
    }
    const JsonNode* item = is_nothing ? nullptr : document_.first(*array);
    for (; item != nullptr; item = document_.next(*item)) {
      Stretch row{.profile = profile_,
                  .layout = &group.rows,
                  .group = &group,
                  .row = static_cast<std::uint16_t>(found++)};
      if (item->kind != JsonNode::Kind::object) {
        faults_->add(FindingCode::document_malformed, fmt::format("{}/{}", group.name, row.row),
                     {{"what", "an object is expected"}}, {.field = group.field});
        continue;
      }
      row_cells_.assign(group.rows.slots.size(), {});
      row.cells = row_cells_;
      path_.clear();
      walk(row, 0, *item, row_cells_, nullptr);
      visitor.visit(row);
    }
    check_rows(body, group, found, *faults_);
  }

  std::string pointer(const Stretch& stretch, std::string_view key) const {
    std::string text = stretch.group == nullptr ? "" : fmt::format("{}/{}", stretch.group->name, stretch.row);
    for (const std::string_view step : path_) text += '/' + escaped(step);
    return text + '/' + escaped(key);
  }

  void tell_unread(const Stretch& stretch, const JsonNode& member) {
    if (visitor_->thorough()) visitor_->unread(pointer(stretch, member.key), member.text);
  }

  void unknown(const Stretch& stretch, const JsonNode& member) {
    tell_unread(stretch, member);
    if (profile_->lenient.ignore_unknown) return;
    faults_->add(FindingCode::element_unknown, pointer(stretch, member.key), {{"given", shown(member.key)}});
  }

  static std::string place_in(std::string_view text, std::size_t offset) {
    std::size_t line = 1;
    std::size_t column = 1;
    for (const char c : text.substr(0, offset)) {
      if (c == '\n') {
        ++line;
        column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
        ++column;
      }
    }
    return fmt::format("line {}, column {}", line, column);
  }

  const Profile* profile_ = nullptr;
  Faults* faults_ = nullptr;
  std::string_view body_, text_;  // as it came, and in UTF-8
  StretchVisitor* visitor_ = nullptr;
  JsonDocument document_;
  std::string converted_;
  std::vector<std::string_view> path_;
  std::vector<Cell> cells_, row_cells_;
  std::vector<const JsonNode*> groups_;
};

}  // namespace

DocumentReader& json_reader() {
  thread_local JsonReader reader;
  return reader;
}

}  // namespace loangate::adapters
