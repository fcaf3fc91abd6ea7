#include "adapters/profile/base.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace loangate::adapters {
namespace {

/// What a partner says of itself; a base is for several.
constexpr std::string_view own_keys[] = {"base", "id", "role", "names", "institution_code"};

bool holds_lines(std::span<const std::string> path) {
  if (path.size() == 1) return path[0] == "envelope";
  if (path.size() == 2) return path[0] == "framing" && path[1] == "header";
  return path.size() == 3 && path[0] == "messages" && path[2] == "lines";
}

/// What a line is known by; empty if it is none, which is reported when it is compiled.
std::string line_name(const YamlNode& line) {
  if (!line.is_map()) return {};
  for (const std::string_view key : {"type", "body_length"}) {
    if (line.has(key)) return std::string(key);
  }
  for (const std::string_view key : {"field", "filler", "at"}) {
    if (line.has(key) && line[key].is_scalar()) return line[key].text();
  }
  return {};
}

struct NamedLine {
  std::string name;
  YamlNode node;
};

std::vector<NamedLine> named(const YamlNode& list) {
  std::vector<NamedLine> lines;
  for (const YamlNode& item : list.items()) lines.push_back({line_name(item), item});
  return lines;
}

bool has(const std::vector<NamedLine>& lines, std::string_view name) {
  return !name.empty() && std::ranges::find(lines, name, &NamedLine::name) != lines.end();
}

/// The names that a line `{remove: …}` drops.
std::vector<std::string> removed_by(const YamlNode& line, const std::vector<NamedLine>& base) {
  std::vector<std::string> names;
  if (line.members().size() > 1) line.error("`remove` beside other keys: write it in a line of its own");
  for (const YamlNode& node : line["remove"].one_or_many()) {
    std::string name = node.text();
    if (!has(base, name)) {
      node.error(fmt::format(
          "the base has no line `{}` here: name a line's field, or the place of one without", name));
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<YamlNode> merge_lines(const YamlNode& base_list, const YamlNode& own_list) {
  const std::vector<NamedLine> base = named(base_list);
  std::vector<NamedLine> own = named(own_list);
  std::vector<NamedLine> kept = base;
  for (const NamedLine& line : own) {
    if (!line.node.is_map() || !line.node.has("remove")) continue;
    for (const std::string& name : removed_by(line.node, base))
      std::erase_if(kept, [&](const NamedLine& under) { return under.name == name; });
  }
  std::erase_if(own, [](const NamedLine& line) { return line.node.is_map() && line.node.has("remove"); });

  std::vector<YamlNode> lines;
  for (const NamedLine& line : kept) {
    if (!has(own, line.name)) {
      lines.push_back(line.node);
    } else if (&*std::ranges::find(kept, line.name, &NamedLine::name) == &line) {  // the first of its name
      for (const NamedLine& mine : own) {
        if (mine.name == line.name) lines.push_back(mine.node);
      }
    }
  }
  for (const NamedLine& mine : own) {
    if (!has(kept, mine.name)) lines.push_back(mine.node);
  }
  return lines;
}

bool is_base_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

YamlFile on_its_base(YamlFile own, const std::filesystem::path& bases) {
  const YamlNode root = own.root();
  if (!root.is_map() || !root.has("base")) return own;
  const YamlNode named_base = root["base"];
  const std::string name = named_base.text();
  if (!is_base_name(name)) {
    if (named_base.is_scalar())
      named_base.error(
          "a base's name is of small letters, digits and hyphens: name a file of the bases' folder");
    return own;
  }
  if (bases.empty()) {
    named_base.error("here is no folder of bases: write the profile out, as `loangate profile show` does");
    return own;
  }
  const std::filesystem::path file = bases / (name + ".yaml");
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(file, unknown)) {
    named_base.error(fmt::format("there is no base {}: correct the name", file.string()));
    return own;
  }
  const YamlFile base(file);
  if (base.root().is_map()) {
    for (const std::string_view key : own_keys) {
      if (!base.root().has(key)) continue;
      base.root()[key].error(key == "base"
                                 ? "a base has no base of its own: write its lines here"
                                 : fmt::format("`{}` is a partner's own: write it in its profile", key));
    }
  } else if (base.errors().empty()) {
    base.root().error("a base is a map, as a profile is: write what several partners share");
  }
  return YamlFile::overlay(base, own, "base",
                           [](std::span<const std::string> path, const YamlNode& under,
                              const YamlNode& over) -> std::optional<std::vector<YamlNode>> {
                             if (!holds_lines(path)) return std::nullopt;
                             return merge_lines(under, over);
                           });
}

YamlFile read_profile(const std::filesystem::path& file) {
  return on_its_base(YamlFile(file), (file.parent_path().parent_path() / ".." / "bases").lexically_normal());
}

}  // namespace loangate::adapters
