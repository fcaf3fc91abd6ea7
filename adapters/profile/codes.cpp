#include "adapters/profile/codes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace loangate::adapters {
namespace {

std::span<const CodeListSpec* const> all_code_lists() {
  static const std::vector<const CodeListSpec*> lists = [] {
    std::vector<const CodeListSpec*> found;
    const auto collect = [&](const RecordSpec& record) {
      for (const FieldSpec& field : record.fields) {
        if (field.codes != nullptr && std::ranges::find(found, field.codes) == found.end())
          found.push_back(field.codes);
        if (field.group == nullptr) continue;
        for (const FieldSpec& column : field.group->fields) {
          if (column.codes != nullptr && std::ranges::find(found, column.codes) == found.end())
            found.push_back(column.codes);
        }
      }
    };
    for (const MessageSpec& message : all_messages()) collect(*message.record);
    return found;
  }();
  return lists;
}

const CodeListSpec* list_named(std::string_view name) {
  for (const CodeListSpec* list : all_code_lists()) {
    if (list->name == name) return list;
  }
  return nullptr;
}

class MapReader {
 public:
  MapReader(CodeMap& map, const YamlNode& node) : map_(map), node_(node) {
    map_.written.resize(map_.list->codes.size());
  }

  void read() {
    for (const auto& [key, value] : node_.members()) {
      if (key == "list") continue;
      const auto code = std::ranges::find(map_.list->codes, key, &CodeSpec::name);
      if (code == map_.list->codes.end()) {
        std::vector<std::string_view> known;
        for (const CodeSpec& spec : map_.list->codes) known.push_back(spec.name);
        value.error(fmt::format("`{}` is no code of the list `{}`: its codes are {}", key, map_.list->name,
                                fmt::join(known, ", ")));
        continue;
      }
      read_code(Code{static_cast<std::uint8_t>(code - map_.list->codes.begin())}, value);
    }
    for (std::size_t i = 0; i < map_.list->codes.size(); ++i) {
      const std::string_view name = map_.list->codes[i].name;
      if (node_.has(name) || map_.list->name == "message_type") continue;
      node_.error(fmt::format(
          "`{}` has no line in this map: give the partner's code, or `{}:` with nothing behind it", name,
          name));
      map_.written[i] = name;  // said once is enough
    }
    std::vector<std::string_view> known;
    for (const auto& [text, code] : map_.read) known.push_back(text);
    map_.known = fmt::format("{}", fmt::join(known, ", "));
    std::ranges::sort(map_.read, {}, &std::pair<std::string, Code>::first);
  }

 private:
  void read_code(Code code, const YamlNode& value) {
    if (value.is_null()) return;
    if (value.is_scalar()) {
      add(code, value, value.text());
      map_.written[code.index] = value.text();
      return;
    }
    map_.written[code.index] = value["write"].text();
    add(code, value["write"], map_.written[code.index]);
    for (const YamlNode& other : value["also"].one_or_many()) add(code, other, other.text());
  }

  void add(Code code, const YamlNode& node, const std::string& text) {
    if (text.empty()) {
      if (node.is_scalar()) node.error("an empty code: an empty value means absent, give another");
      return;
    }
    for (const auto& [known, meaning] : map_.read) {
      if (known != text) continue;
      node.error(meaning == code ? fmt::format("`{}` stands twice: keep one", text)
                                 : fmt::format("`{}` already means `{}`: a partner's code has one meaning",
                                               text, map_.list->codes[meaning.index].name));
      return;
    }
    map_.read.emplace_back(text, code);
  }

  CodeMap& map_;
  const YamlNode& node_;
};

}  // namespace

std::optional<Code> CodeMap::find(std::string_view partner_code) const {
  const auto at = std::ranges::lower_bound(read, partner_code, {},
                                           [](const auto& pair) { return std::string_view(pair.first); });
  if (at == read.end() || at->first != partner_code) return std::nullopt;
  return at->second;
}

void read_code_maps(const YamlNode& codes, Profile& profile) {
  for (const auto& [name, node] : codes.members()) {
    const std::string wanted = node["list"].text_or(name);
    CodeMap map;
    map.name = name;
    map.list = list_named(wanted);
    if (map.list == nullptr) {
      node.error(fmt::format(
          "`{}` is no code list of schemas/catalogue.yaml: name the map as its list, or add `list:`",
          wanted));
      (void)node.members();
      continue;
    }
    MapReader(map, node).read();
    profile.codes.push_back(std::move(map));
  }
}

void check_written(const CodeMap& map, const Profile& profile, const YamlNode& line) {
  const bool types = map.list->name == "message_type";
  for (std::size_t i = 0; i < map.written.size(); ++i) {
    const std::string_view name = map.list->codes[i].name;
    if (!map.written[i].empty()) continue;
    if (types && name != "unknown" && std::ranges::none_of(profile.messages, [&](const MessageMap& message) {
          return message_type(message.kind) == static_cast<MessageType>(i);
        })) {
      continue;
    }
    line.error(fmt::format("the map `{}` has no code for `{}`, which we must be able to write here: add it",
                           map.name, name));
  }
}

}  // namespace loangate::adapters
