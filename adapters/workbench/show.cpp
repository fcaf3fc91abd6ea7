#include "adapters/workbench/show.hpp"

#include <fmt/format.h>

#include <map>

#include "adapters/profile/base.hpp"
#include "adapters/workbench/describe.hpp"
#include "base/json_writer.hpp"

namespace loangate::adapters {
namespace {

/// What the compiled profile says of each of its lines, found again by where the line stands.
class Compiled {
 public:
  explicit Compiled(const Profile& profile) : profile_(profile) {
    for (const MessageMap& message : profile.messages) {
      take(message.header);
      take(message.body);
      for (const Group& group : message.groups) {
        said_.try_emplace({group.source, std::string(message.body.record->fields[group.field].name)},
                          words_of(profile, message, group));
        take(group.rows);
      }
    }
  }

  /// The keys that the line leaves to defaults, as they apply; nothing if the node is no line.
  Words defaults_of(const YamlNode& line) const {
    if (!line.is_map()) return {};
    const auto said = said_.find({line.source(), name_of(line)});
    if (said == said_.end()) return {};
    Words defaults;
    for (const auto& [key, value] : said->second) {
      const bool written = line.has(key) || key == "at" || (key == "tag" && line.has("each"));
      if (!written) defaults.emplace_back(key, value);
    }
    return defaults;
  }

 private:
  void take(const Layout& layout) {
    for (const Line& line : layout.lines)
      said_.try_emplace({line.source, subject_of(layout, line)}, words_of(profile_, layout, line));
  }

  static std::string name_of(const YamlNode& line) {
    if (line.has("field")) return line["field"].text();
    if (line.has("constant")) return "constant " + line["at"].text();
    if (line.has("filler")) return "filler " + line["filler"].text();
    return line.has("type") ? "type" : "body_length";
  }

  const Profile& profile_;
  std::map<std::pair<YamlLine, std::string>, Words> said_;
};

bool has_path(const YamlNode& node, std::string_view path) {
  const std::size_t dot = path.find('.');
  // The names of messages have a dot of their own.
  if (node.is_map() && node.has(path)) return true;
  const std::string_view key = path.substr(0, dot);
  return dot != path.npos && node.is_map() && node.has(key) && has_path(node[key], path.substr(dot + 1));
}

/// What applies around the messages without being written.
Words frame_defaults(const Profile& profile, const YamlNode& root) {
  Words defaults;
  for (auto& [path, value] : frame_words(profile)) {
    if (!path.starts_with("lenient.") && !has_path(root, path)) defaults.emplace_back(path, value);
  }
  return defaults;
}

std::string told(const Words& words) {
  std::string text;
  for (const auto& [key, value] : words)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", key, value);
  return text;
}

/// `profile.yaml:12`, `bases/json.yaml:7`.
std::string origin(const YamlNode& node) {
  const std::filesystem::path file = node.file();
  const std::string base = node.source().file == 0 ? "" : "bases/";
  return fmt::format("{}{}:{}", base, file.filename().string(), node.line());
}

void write_values(JsonWriter& json, const YamlNode& node, const std::string& path, const Compiled& compiled,
                  Words& defaults) {
  if (node.is_map()) {
    for (auto& [key, value] : compiled.defaults_of(node)) defaults.emplace_back(path + '/' + key, value);
    for (const auto& [key, value] : node.members())
      write_values(json, value, path + '/' + key, compiled, defaults);
  } else if (node.is_list()) {
    std::size_t index = 0;
    for (const YamlNode& item : node.items())
      write_values(json, item, fmt::format("{}/{}", path, index++), compiled, defaults);
  } else {
    json.begin_object().member("path", path).key("value");
    if (node.is_null()) {
      json.null();
    } else {
      json.value(node.text());
    }
    json.member("file", node.file()).member("line", node.line()).end_object();
  }
}

}  // namespace

std::expected<std::string, ConfigErrors> show_profile(const std::filesystem::path& file) {
  const auto profile = load_profile(file);
  if (!profile) return std::unexpected(profile.error());
  const YamlFile read = read_profile(file);
  const Compiled compiled(*profile);
  std::string text = fmt::format("# {}: {} {}\n# 版本 · version {}\n", profile->id.view(), profile->name_zh,
                                 profile->name_en, hex(profile->version));
  if (!profile->base_file.empty()) text += fmt::format("# 基础 · base {}\n", profile->base_file);
  text += read.written([&](const YamlNode& node) {
    const std::string defaults = told(compiled.defaults_of(node));
    return defaults.empty() ? origin(node) : fmt::format("{}; 缺省 · default {}", origin(node), defaults);
  });
  text += "# 其余缺省 · other defaults that apply:\n";
  for (const auto& [path, value] : frame_defaults(*profile, read.root()))
    text += fmt::format("#   {}: {}\n", path, value);
  return text;
}

std::expected<std::string, ConfigErrors> show_profile_json(const std::filesystem::path& file) {
  const auto profile = load_profile(file);
  if (!profile) return std::unexpected(profile.error());
  const YamlFile read = read_profile(file);
  const Compiled compiled(*profile);
  Words defaults = frame_defaults(*profile, read.root());
  for (auto& [path, value] : defaults) path = '/' + path;
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("partner", profile->id.view()).member("version", hex(profile->version));
  json.key("files").begin_array();
  for (const std::string& each : read.files()) json.value(each);
  json.end_array().key("values").begin_array();
  write_values(json, read.root(), "", compiled, defaults);
  json.end_array().key("defaults").begin_array();
  for (const auto& [path, value] : defaults)
    json.begin_object().member("path", path).member("value", value).end_object();
  json.end_array().end_object();
  return out;
}

}  // namespace loangate::adapters
