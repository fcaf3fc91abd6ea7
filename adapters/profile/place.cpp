#include "adapters/profile/place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace loangate::adapters {
namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || value == 0 || value > 65'000)
    return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(by);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<Node> xml_step(std::string_view step, bool last, const Profile& profile, const YamlNode& node) {
  Node made;
  if (step.starts_with('@')) {
    if (!last) {
      node.error(fmt::format("`{}` is an attribute and cannot hold more: end the path with it", step));
      return std::nullopt;
    }
    made.attribute = true;
    step.remove_prefix(1);
  }
  made.qualified = step;
  std::string_view prefix = made.attribute ? "" : "default";
  const std::size_t colon = step.find(':');
  if (colon != step.npos) {
    prefix = step.substr(0, colon);
    step.remove_prefix(colon + 1);
  }
  made.name = step;
  if (!is_xml_name(step)) {
    node.error(fmt::format("`{}` is no XML name: write element names, `@` before an attribute", step));
    return std::nullopt;
  }
  for (std::size_t i = 0; i < profile.namespaces.size(); ++i) {
    const std::string& declared = profile.namespaces[i].prefix;
    if (prefix == (declared.empty() ? "default" : declared)) made.name_space = static_cast<std::uint16_t>(i);
  }
  if (colon != std::string_view::npos && made.name_space == nowhere) {
    node.error(fmt::format("the prefix `{}` is not declared: add it under xml.namespaces", prefix));
    return std::nullopt;
  }
  return made;
}

std::optional<Node> json_step(std::string_view step, const YamlNode& node) {
  Node made;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] != '~') {
      made.name += step[i];
    } else if (i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1')) {
      made.name += step[++i] == '0' ? '~' : '/';
    } else {
      node.error("`~` in a JSON Pointer: write `~0` for it, and `~1` for `/`");
      return std::nullopt;
    }
  }
  if (made.name.empty()) {
    node.error("an empty step in a path: remove the surplus `/`");
    return std::nullopt;
  }
  made.qualified = made.name;
  return made;
}

std::optional<PlaceText> read_path(const YamlNode& node, std::string text, const Profile& profile,
                                   Site site) {
  std::string_view rest = text;
  const bool xml = profile.format == Format::xml;
  if (!xml || site != Site::row) {
    if (!rest.starts_with('/')) {
      node.error(fmt::format("`{}` does not begin with `/`: write the path from the {}", text,
                             site == Site::row ? "row" : "root"));
      return std::nullopt;
    }
    rest.remove_prefix(1);
  } else if (rest.starts_with('/')) {
    node.error(fmt::format("`{}` begins with `/`: within `each`, paths start at the row", text));
    return std::nullopt;
  }
  PlaceText place;
  const auto steps = split(rest, '/');
  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto step = xml ? xml_step(steps[i], i + 1 == steps.size(), profile, node) : json_step(steps[i], node);
    if (!step) return std::nullopt;
    place.path.push_back(std::move(*step));
  }
  if (xml && site != Site::row && place.path.size() == 1 && place.path.front().attribute) {
    node.error("an attribute without an element: write `/ROOT/@name`");
    return std::nullopt;
  }
  place.name = std::move(text);
  return place;
}

}  // namespace

std::optional<Span> read_span(const YamlNode& node, std::string_view what) {
  const std::string text = node.text();
  const std::size_t plus = text.find('+');
  if (text.empty()) return std::nullopt;
  const auto first = number(std::string_view(text).substr(0, plus));
  const auto width = plus == text.npos ? std::nullopt : number(std::string_view(text).substr(plus + 1));
  if (!first || !width) {
    node.error(fmt::format("`{}` is no place: write the first {} and the width, such as 13+17", text, what));
    return std::nullopt;
  }
  return Span{*first - 1, *width};
}

bool is_xml_name(std::string_view name) {
  if (name.empty() || std::string_view("-.0123456789").contains(name.front())) return false;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
    if (!plain) return false;
  }
  return true;
}

std::optional<PlaceText> read_place(const YamlNode& node, const Profile& profile, Site site) {
  std::string text = node.text();
  if (text.empty()) return std::nullopt;
  if (site != Site::header && profile.format != Format::fixed)
    return read_path(node, std::move(text), profile, site);
  PlaceText place;
  if (site == Site::header || !profile.fixed.delimiter) {
    const auto span = read_span(node, "byte");
    if (!span) return std::nullopt;
    place.flat = *span;
    place.name = std::move(text);
    return place;
  }
  const std::size_t plus = text.find('+');
  const auto index = number(std::string_view(text).substr(0, plus));
  const auto width =
      plus == text.npos ? std::optional<std::uint32_t>(0) : number(std::string_view(text).substr(plus + 1));
  if (!index || !width) {
    node.error(fmt::format("`{}` is no column: write its number, such as 5, or with a width, 5+20", text));
    return std::nullopt;
  }
  place.flat = Column{static_cast<std::uint16_t>(*index - 1), static_cast<std::uint16_t>(*width)};
  place.name = fmt::format("column {}", *index);
  return place;
}

std::optional<std::uint16_t> grow(Layout& layout, const std::vector<Node>& path, const Profile& profile,
                                  const YamlNode& node, const std::string& name) {
  if (layout.nodes.empty()) layout.nodes.emplace_back();
  std::uint16_t at = 0;
  for (std::size_t depth = 0; depth < path.size(); ++depth) {
    const Node& step = path[depth];
    const Node& parent = layout.nodes[at];
    if (parent.group != nowhere) {
      node.error(fmt::format("`{}` leads into a group's rows: map it among the group's lines", name));
      return std::nullopt;
    }
    if (parent.slot != nowhere && !step.attribute) {
      node.error(fmt::format("`{}` leads through what is mapped as a value: a value cannot hold {} too", name,
                             profile.format == Format::xml ? "elements" : "members"));
      return std::nullopt;
    }
    std::uint16_t next = nowhere;
    for (const std::uint16_t child : parent.children) {
      const Node& known = layout.nodes[child];
      if (known.name == step.name && known.name_space == step.name_space && known.attribute == step.attribute)
        next = child;
    }
    if (next == nowhere) {
      const Node& document = layout.nodes[0];
      if (profile.format == Format::xml && depth == 0 && document.qualified.empty() &&
          !document.children.empty()) {
        node.error(fmt::format("`{}` is a second root element beside `{}`: a document has one", name,
                               layout.nodes[document.children.front()].qualified));
        return std::nullopt;
      }
      next = static_cast<std::uint16_t>(layout.nodes.size());
      Node made = step;
      made.parent = at;
      layout.nodes.push_back(std::move(made));
      auto& children = layout.nodes[at].children;
      // Attributes are written with the start tag, so they stand before all elements.
      auto place = children.end();
      if (step.attribute) {
        place = std::find_if(children.begin(), children.end(),
                             [&](std::uint16_t child) { return !layout.nodes[child].attribute; });
      }
      children.insert(place, next);
    }
    at = next;
  }
  const Node& leaf = layout.nodes[at];
  const bool holds_elements =
      std::ranges::any_of(leaf.children, [&](std::uint16_t child) { return !layout.nodes[child].attribute; });
  if (leaf.slot != nowhere || leaf.group != nowhere) {
    node.error(fmt::format("`{}` is mapped twice: keep one line", name));
    return std::nullopt;
  }
  if (holds_elements) {
    node.error(fmt::format("`{}` holds {} that are mapped: it cannot be a value too", name,
                           profile.format == Format::xml ? "elements" : "members"));
    return std::nullopt;
  }
  return at;
}

}  // namespace loangate::adapters
