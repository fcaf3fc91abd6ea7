// Makes the one description of the operations API, OpenAPI 3.1 as JSON, of the fragments in a folder and of
// the catalogue, from which the schemas of messages and acts follow.
//   loangate_describe catalogue.yaml operations/ OUTPUT_DIR
//
// A fragment has `paths` and `components`; `topic`, if it is there, says in a sentence what its calls are
// about. Of a scalar only its place says whether it is a number, a truth or a text.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <set>

#include "base/json_writer.hpp"
#include "catalogue.hpp"

using namespace loangate::schemas;
using loangate::JsonWriter;
using loangate::YamlFile;
using loangate::YamlNode;

namespace {

constexpr std::string_view methods[] = {"get", "put", "post", "patch", "delete"};
constexpr std::string_view numbers[] = {"minimum",   "maximum",   "exclusiveMinimum", "exclusiveMaximum",
                                        "minLength", "maxLength", "minItems",         "maxItems"};
constexpr std::string_view truths[] = {"required",    "additionalProperties", "unevaluatedProperties",
                                       "uniqueItems", "deprecated",           "explode",
                                       "x-text-only"};
constexpr std::string_view typed_by_sibling[] = {"const", "default", "enum", "example", "examples"};
constexpr std::string_view schema_ref = "#/components/schemas/";

template <class List>
bool holds(const List& list, std::string_view text) {
  return std::ranges::find(list, text) != std::end(list);
}

/// Turns YAML into JSON, and notes what is referred to.
class Document {
 public:
  explicit Document(std::string& out) : json(out) {}

  JsonWriter json;
  std::map<std::string, YamlNode> references;  ///< each once, with its first place

  void value(const YamlNode& node, std::string_view key = {}, std::string_view type = {}) {
    if (node.is_map()) {
      map(node);
    } else if (node.is_list()) {
      json.begin_array();
      for (const YamlNode& item : node.items()) value(item, key, type);
      json.end_array();
    } else {
      scalar(node, key, type);
    }
  }

  void map(const YamlNode& node) {
    json.begin_object();
    members(node);
    json.end_object();
  }

  void members(const YamlNode& node) {
    const std::string type = node.has("type") && node["type"].is_scalar() ? node["type"].text() : "";
    for (const auto& [key, member] : node.members()) {
      json.key(key);
      value(member, key, type);
    }
  }

 private:
  void scalar(const YamlNode& node, std::string_view key, std::string_view type) {
    if (node.is_null()) {
      node.error("nothing stands here: quote a text that has a comma or a colon in it");
      json.null();
      return;
    }
    const std::string text = node.text();
    const bool by_sibling = holds(typed_by_sibling, key);
    if (key == "$ref") references.try_emplace(text, node);
    if (holds(numbers, key) || (by_sibling && (type == "integer" || type == "number"))) {
      if (text.empty() || text.find_first_not_of("-0123456789") != std::string::npos)
        node.error(fmt::format("`{}`: a whole number is expected", text));
      json.raw(text.empty() ? "0" : text);
    } else if ((holds(truths, key) && (text == "true" || text == "false")) ||
               (by_sibling && type == "boolean")) {
      json.raw(text == "true" ? "true" : "false");
    } else {
      json.value(std::string_view(text));
    }
  }
};

/// A fragment and the topic that its file is named after.
struct Fragment {
  std::string topic;
  YamlFile file;
};

/// The schemas that follow from the catalogue, by their names.
class Generated {
 public:
  explicit Generated(const Catalogue& catalogue) : catalogue_(catalogue) {
    for (const CodeList& list : catalogue.lists) lists_[type_name(list.name)] = &list;
    for (const RecordType& row : catalogue.rows) records_[struct_name(row, true)] = &row;
    for (const RecordType& message : catalogue.messages) records_[struct_name(message, false)] = &message;
  }

  static constexpr std::string_view any_message = "AnyMessage";

  bool has(const std::string& name) const {
    return name == any_message || lists_.contains(name) || records_.contains(name);
  }

  /// Writes the schema, and adds to `needed` which others it refers to.
  void write(JsonWriter& json, const std::string& name, std::deque<std::string>& needed) const {
    if (name == any_message) return write_any(json, needed);
    if (const auto list = lists_.find(name); list != lists_.end()) return write_list(json, *list->second);
    write_record(json, *records_.at(name), needed);
  }

 private:
  static void refer(JsonWriter& json, const std::string& name, std::deque<std::string>& needed) {
    json.member("$ref", std::string_view(fmt::format("{}{}", schema_ref, name)));
    needed.push_back(name);
  }

  void write_any(JsonWriter& json, std::deque<std::string>& needed) const {
    json.begin_object()
        .member(
            "description",
            "任一标准报文或操作，按 kind 区分 · Any canonical message or act: `kind` beside it says which")
        .key("anyOf")
        .begin_array();
    for (const RecordType& message : catalogue_.messages) {
      json.begin_object();
      refer(json, struct_name(message, false), needed);
      json.end_object();
    }
    json.end_array().end_object();
  }

  static void write_list(JsonWriter& json, const CodeList& list) {
    std::string words = fmt::format("{} · {}.", list.zh, list.en);
    for (const CodeName& code : list.codes)
      words += fmt::format(" `{}` {} · {};", code.name, code.zh, code.en);
    words.back() = '.';
    json.begin_object().member("type", "string").member("description", std::string_view(words));
    json.key("enum").begin_array();
    for (const CodeName& code : list.codes) json.value(std::string_view(code.name));
    json.end_array().end_object();
  }

  void write_record(JsonWriter& json, const RecordType& record, std::deque<std::string>& needed) const {
    json.begin_object()
        .member("type", "object")
        .member("description",
                std::string_view(fmt::format("{} · {} (`{}`)", record.zh, record.en, record.name)));
    json.key("properties").begin_object();
    for (const Field& field : record.fields) {
      json.key(field.name).begin_object();
      write_type(json, field, needed);
      const std::string_view masked =
          field.personal ? " (个人信息，按角色脱敏 · personal: masked by role)" : "";
      json.member("description", std::string_view(fmt::format("{} · {}{}", field.zh, field.en, masked)));
      json.end_object();
    }
    json.end_object();
    if (std::ranges::any_of(record.fields, &Field::required)) {
      json.key("required").begin_array();
      for (const Field& field : record.fields) {
        if (field.required) json.value(std::string_view(field.name));
      }
      json.end_array();
    }
    json.member("additionalProperties", false).end_object();
  }

  void write_type(JsonWriter& json, const Field& field, std::deque<std::string>& needed) const {
    static const std::map<std::string, std::string> scalars{
        {"money", "Money"}, {"rate", "Percent"}, {"date", "Day"}, {"instant", "Instant"}};
    if (const auto scalar = scalars.find(field.type); scalar != scalars.end()) {
      json.member("$ref", std::string_view(fmt::format("{}{}", schema_ref, scalar->second)));
    } else if (field.type == "count") {
      json.member("type", "integer");
    } else if (field.type == "code") {
      refer(json, type_name(field.argument), needed);
    } else if (field.type == "group") {
      json.member("type", "array").member("maxItems", field.size).key("items").begin_object();
      refer(json, type_name(field.argument) + "Row", needed);
      json.end_object();
    } else {
      json.member("type", "string").member("maxLength", field.size);
    }
  }

  const Catalogue& catalogue_;
  std::map<std::string, const CodeList*> lists_;
  std::map<std::string, const RecordType*> records_;
};

/// All fragments as one document.
class Merge {
 public:
  Merge(const std::vector<Fragment>& fragments, const Generated& generated)
      : fragments_(fragments), generated_(generated), document_(text_) {}

  std::string run() {
    document_.json.begin_object();
    for (const Fragment& fragment : fragments_) {
      if (fragment.file.root().has("document")) document_.members(fragment.file.root()["document"]);
    }
    write_topics();
    gather();
    write_paths();
    write_components();
    document_.json.end_object();
    return text_;
  }

 private:
  struct Placed {
    const Fragment* fragment;
    YamlNode node;
  };

  void write_topics() {
    document_.json.key("tags").begin_array();
    for (const Fragment& fragment : fragments_) {
      const YamlNode root = fragment.file.root();
      if (!root.has("paths")) continue;
      document_.json.begin_object()
          .member("name", std::string_view(fragment.topic))
          .member("description", std::string_view(root["topic"].text_or(fragment.topic)))
          .end_object();
    }
    document_.json.end_array();
  }

  void gather() {
    for (const Fragment& fragment : fragments_) {
      const YamlNode root = fragment.file.root();
      for (const auto& [path, item] : root["paths"].members()) {
        if (!paths_.contains(path)) order_.push_back(path);
        paths_[path].push_back({&fragment, item});
      }
      for (const auto& [section, names] : root["components"].members()) {
        for (const auto& [name, node] : names.members()) {
          const bool twice = !components_[section].try_emplace(name, Placed{&fragment, node}).second;
          if (twice || (section == "schemas" && generated_.has(name)))
            node.error(fmt::format("`{}` stands twice, here and in {}: rename one", name,
                                   twice ? components_[section].at(name).node.file() : "the catalogue"));
        }
      }
      for (const auto& [rule, responses] : root["everywhere"].members()) {
        for (const auto& [status, node] : responses.members()) everywhere_[rule].emplace_back(status, node);
      }
    }
  }

  void write_paths() {
    document_.json.key("paths").begin_object();
    for (const std::string& path : order_) {
      document_.json.key(path).begin_object();
      std::set<std::string> there;
      for (const Placed& placed : paths_.at(path)) {
        for (const auto& [key, member] : placed.node.members()) {
          if (!there.insert(key).second)
            member.error(fmt::format("`{}` of {} stands twice: leave one", key, path));
          document_.json.key(key);
          if (holds(methods, key)) {
            write_operation(path, key, placed, member);
          } else {
            document_.value(member, key);
          }
        }
      }
      document_.json.end_object();
    }
    document_.json.end_object();
  }

  /// `GET /v1/loans/{lender}/{loan_no}` → `get_v1_loans_lender_loan_no`
  static std::string name_of(std::string_view path, std::string_view method) {
    std::string name(method);
    for (const char c : path) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
        name += c;
      } else if (c != '}' && name.back() != '_') {
        name += '_';
      }
    }
    return name;
  }

  void write_operation(const std::string& path, const std::string& method, const Placed& placed,
                       const YamlNode& operation) {
    JsonWriter& json = document_.json;
    json.begin_object();
    if (!operation.has("operationId")) json.member("operationId", std::string_view(name_of(path, method)));
    if (!operation.has("tags"))
      json.key("tags").begin_array().value(std::string_view(placed.fragment->topic)).end_array();
    bool described = false;
    for (const auto& [key, member] : operation.members()) {
      if (key == "responses") continue;
      described = described || key == "summary";
      json.key(key);
      document_.value(member, key);
    }
    if (!described) operation.error("`summary` is missing: say in a line what the call does");
    json.key("responses").begin_object();
    std::set<std::string> stated;
    for (const auto& [status, response] : operation["responses"].members()) {
      stated.insert(status);
      json.key(status);
      document_.value(response, status);
    }
    const auto add = [&](const char* rule) {
      for (const auto& [status, response] : everywhere_[rule]) {
        if (!stated.insert(status).second) continue;
        json.key(status);
        document_.value(response, status);
      }
    };
    add("every_call");
    if (path.contains('{')) add("with_path_parameters");
    if (operation.has("parameters")) add("with_query");
    if (operation.has("requestBody")) add("with_body");
    json.end_object().end_object();
  }

  void write_components() {
    JsonWriter& json = document_.json;
    json.key("components").begin_object();
    for (const auto& [section, names] : components_) {
      if (section == "schemas") continue;
      json.key(section).begin_object();
      for (const auto& [name, placed] : names) {
        json.key(name);
        document_.value(placed.node, name);
      }
      json.end_object();
    }
    json.key("schemas").begin_object();
    for (const auto& [name, placed] : components_["schemas"]) {
      json.key(name);
      document_.value(placed.node, name);
    }
    write_generated();
    json.end_object().end_object();
  }

  /// Of the catalogue only what is referred to.
  void write_generated() {
    std::deque<std::string> needed;
    for (const auto& [to, at] : document_.references) {
      if (has_component(to)) continue;
      const std::string name = to.starts_with(schema_ref) ? to.substr(schema_ref.size()) : "";
      if (!generated_.has(name)) {
        at.error(
            fmt::format("`{}` leads nowhere: name a component of a fragment, or a record, message or code "
                        "list of the catalogue",
                        to));
        continue;
      }
      needed.push_back(name);
    }
    std::set<std::string> written;
    while (!needed.empty()) {
      const std::string name = needed.front();
      needed.pop_front();
      if (!written.insert(name).second) continue;
      document_.json.key(name);
      generated_.write(document_.json, name, needed);
    }
  }

  bool has_component(std::string_view to) const {
    constexpr std::string_view start = "#/components/";
    if (!to.starts_with(start)) return false;
    to.remove_prefix(start.size());
    const std::size_t slash = to.find('/');
    const auto section = components_.find(std::string(to.substr(0, slash)));
    return slash != std::string_view::npos && section != components_.end() &&
           section->second.contains(std::string(to.substr(slash + 1)));
  }

  const std::vector<Fragment>& fragments_;
  const Generated& generated_;
  std::string text_;
  Document document_;
  std::vector<std::string> order_;
  std::map<std::string, std::vector<Placed>> paths_;
  std::map<std::string, std::map<std::string, Placed>> components_;
  std::map<std::string, std::vector<std::pair<std::string, YamlNode>>> everywhere_;
};

/// The text as C++: in parts, because compilers bound a literal's length.
std::string source_of(const std::string& text) {
  constexpr std::size_t part = 60'000;
  std::string out =
      "// Generated from schemas/operations by schemas/describe.cpp: change the source, not this file.\n"
      "#include \"ops/openapi.hpp\"\n\nnamespace loangate::ops {\nnamespace {\nconstexpr std::string_view "
      "parts[] = {\n";
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(at + part, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      --end;  // whole characters
    out += fmt::format("    R\"openapi({})openapi\",\n", text.substr(at, end - at));
    at = end;
  }
  out +=
      "};\n}  // namespace\n\nstd::span<const std::string_view> openapi_parts() { return parts; }\n\n}  // "
      "namespace "
      "loangate::ops\n";
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: loangate_describe catalogue.yaml operations/ OUTPUT_DIR\n", stderr);
    return 2;
  }
  const YamlFile catalogue_file{std::filesystem::path(argv[1])};
  if (!report(catalogue_file)) return 1;
  const Catalogue catalogue = read_catalogue(catalogue_file.root());
  if (!report(catalogue_file)) return 1;

  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(argv[2])) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Fragment> fragments;
  bool good = true;
  for (const auto& path : paths) {
    fragments.push_back({path.stem().string(), YamlFile(path)});
    good = report(fragments.back().file) && good;
  }
  if (!good) return 1;

  const Generated generated(catalogue);
  const std::string text = Merge(fragments, generated).run();
  for (const Fragment& fragment : fragments) {
    fragment.file.refuse_unread();
    good = report(fragment.file) && good;
  }
  if (!good) return 1;
  const std::filesystem::path out = argv[3];
  write_file(out / "openapi.json", text);
  write_file(out / "ops/openapi_text.cpp", source_of(text));
  return 0;
}
