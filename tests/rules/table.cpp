#include "tests/rules/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "base/contains.hpp"
#include "base/json_writer.hpp"
#include "base/yaml.hpp"

namespace loangate::support {

void stop_on(const ConfigErrors& errors) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  if (!errors.empty()) std::exit(2);
}

namespace {

namespace fs = std::filesystem;

/// A function, since the tables are read before the program begins: each row registers its test.
fs::path folder() {
  return LOANGATE_SOURCE_DIR "/tests/rules";
}

/// Files of the folder that hold no rows of this form.
constexpr std::array others{"world", "elsewhere", "vectors"};

struct Document {
  std::string from;
  std::string sha256;
};

struct World {
  std::vector<Step> acts;
  std::vector<Document> documents;
  std::map<std::string, Step> messages;  // by kind: the usual one
  std::map<std::string, Step> steps;
};

MessageKind kind_of(const YamlNode& node) {
  const auto kind = message_kind(node.text());
  if (!kind) node.error("no such message");
  return kind.value_or(MessageKind::loan_disbursement);
}

/// The rows of a group as its canonical JSON.
std::string rows_of(const YamlNode& list, const RecordSpec& spec) {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const YamlNode& row : list.items()) {
    json.begin_object();
    for (const auto& [name, value] : row.members()) {
      const std::size_t field = spec.index_of(name);
      if (field == spec.fields.size()) {
        value.error(fmt::format("`{}` is no field of {}", name, spec.name));
        continue;
      }
      const bool number = spec.fields[field].type == FieldType::count;
      json.key(name);
      number ? json.raw(value.text()) : json.value(std::string_view(value.text()));
    }
    json.end_object();
  }
  json.end_array();
  return text;
}

/// Fields of a message by name. Without a value the field is left out.
Fields fields_of(const YamlNode& node, MessageKind kind) {
  constexpr std::array beside{"act", "from", "on"};  // who says it and when, beside the fields
  const RecordSpec& spec = *spec_of(kind).record;
  Fields fields;
  for (const auto& [name, value] : node.members()) {
    if (contains(beside, name)) continue;
    const std::size_t field = spec.index_of(name);
    if (field == spec.fields.size()) {
      value.error(fmt::format("`{}` is no field of {}", name, spec.name));
    } else if (value.is_list()) {
      fields[name] = rows_of(value, *spec.fields[field].group);
    } else {
      fields[name] = value.is_null() ? std::nullopt : std::optional(value.text());
    }
  }
  return fields;
}

/// Values by path, as they stand.
Fields values_of(const YamlNode& node) {
  Fields values;
  for (const auto& [name, value] : node.members()) {
    values[name] = value.is_null() ? std::nullopt : std::optional(value.text());
  }
  return values;
}

/// The usual message of the kind, with what this one says otherwise.
Step step_of(const YamlNode& node, MessageKind kind, const World& world) {
  Step step{.kind = kind};
  if (const auto usual = world.messages.find(std::string(spec_of(kind).name));
      usual != world.messages.end()) {
    step = usual->second;
  }
  step.from = node["from"].text_or(step.from);
  step.on = node["on"].text_or(step.on);
  step.fields = with(step.fields, fields_of(node["with"], kind));
  step.times = static_cast<int>(node["times"].integer_or(1, 1, 1000));
  return step;
}

std::vector<std::string> words_of(const YamlNode& list) {
  std::vector<std::string> result;
  for (const YamlNode& item : list.one_or_many()) result.push_back(item.text());
  return result;
}

}  // namespace

std::vector<std::string> shown_by(const YamlNode& node) {
  std::vector<std::string> shown = words_of(node["shows"]);
  const bool by_number = std::ranges::any_of(shown, [](const std::string& rule) {
    return rule.size() == 4 && rule.starts_with("R-") && rule.find_first_not_of("0123456789", 2) == rule.npos;
  });
  if (!by_number) node.error("which rule does the row show? write `shows: [R-34]`");
  return shown;
}

namespace {

void read_steps(const YamlNode& node, World& world) {
  for (const auto& [name, step] : node.members()) {
    if (world.steps.contains(name)) step.error(fmt::format("there is a step `{}` already", name));
    const auto [at, _] = world.steps.emplace(name, step_of(step, kind_of(step["say"]), world));
    at->second.name = name;
  }
}

World load_world() {
  const YamlFile file(folder() / "world.yaml");
  World world;
  for (const YamlNode& node : file.root()["acts"].items()) {
    const MessageKind kind = kind_of(node["act"]);
    world.acts.push_back(
        {.kind = kind, .from = "office", .on = "2021-01-01", .fields = fields_of(node, kind)});
  }
  for (const YamlNode& node : file.root()["documents"].items())
    world.documents.push_back({node["from"].text(), node["sha256"].text()});
  for (const auto& [name, node] : file.root()["messages"].members()) {
    const auto kind = message_kind(name);
    if (!kind) {
      node.error("no such message");
      continue;
    }
    world.messages.emplace(name, Step{.kind = *kind,
                                      .from = node["from"].text(),
                                      .on = node["on"].text(),
                                      .fields = fields_of(node, *kind)});
  }
  read_steps(file.root()["steps"], world);
  file.refuse_unread();
  stop_on(file.errors());
  return world;
}

const World& world() {
  static const World loaded = load_world();
  return loaded;
}

/// `{to: fund, say: compensation.instruction, amount: 600.00}`
Expected sent_of(const YamlNode& node) {
  Expected sent{.what = {}, .values = values_of(node)};
  sent.what = fmt::format("{} {}", node["to"].text(), spec_of(kind_of(node["say"])).name);
  sent.values.erase("to");
  sent.values.erase("say");
  return sent;
}

/// `{what: loan, outstanding: 0.00}`
Expected kept_of(const YamlNode& node) {
  Expected kept{.what = node["what"].text(), .values = values_of(node)};
  kept.values.erase("what");
  return kept;
}

Row row_of(const YamlNode& node, MessageKind kind, const World& known) {
  Row row{.line = node.line(),
          .shows = shown_by(node),
          .name = node["case"].text(),
          .under = values_of(node["under"]),
          .before = {},
          .step = step_of(node, kind, known),
          .outcome = node["is"].text(),
          .finds = words_of(node["finds"]),
          .finds_not = words_of(node["not"]),
          .says = words_of(node["says"]),
          .sends = {},
          .keeps = {},
          .leaves = words_of(node["leaves"]),
          .books = {},
          .answers = {}};
  for (const YamlNode& name : node["before"].items()) {
    if (const auto step = known.steps.find(name.text()); step != known.steps.end()) {
      row.before.push_back(step->second);
    } else {
      name.error(fmt::format("`{}` is no step of world.yaml or of this table", name.text()));
    }
  }
  for (const std::vector<std::string>* const codes : {&row.finds, &row.finds_not}) {
    for (const std::string& code : *codes) {
      if (!contains(all_findings(), code, &FindingSpec::name))
        node.error(fmt::format("`{}` is no finding of schemas/findings.yaml", code));
    }
  }
  if (node.has("sends")) {
    row.sends.emplace();
    for (const YamlNode& sent : node["sends"].items()) row.sends->push_back(sent_of(sent));
  }
  for (const YamlNode& kept : node["keeps"].items()) row.keeps.push_back(kept_of(kept));
  if (node.has("books")) row.books = words_of(node["books"]);
  if (node.has("answers")) row.answers = values_of(node["answers"]);
  return row;
}

Table load_table(const fs::path& path) {
  Table table{.name = path.stem().string(), .path = path.string(), .rows = {}};
  const YamlFile file(path);
  World known = world();
  read_steps(file.root()["steps"], known);
  for (const YamlNode& node : file.root()["cases"].items()) {
    const MessageKind kind = kind_of(node.has("say") ? node["say"] : file.root()["say"]);
    table.rows.push_back(row_of(node, kind, known));
  }
  file.refuse_unread();
  stop_on(file.errors());
  return table;
}

}  // namespace

void enter_world(Play& play) {
  for (const Step& act : world().acts) play.say(act.kind, act.from, act.on, act.fields);
  for (const Document& document : world().documents) play.receive_document(document.from, document.sha256);
}

const std::vector<Table>& tables() {
  static const std::vector<Table> loaded = [] {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder())) {
      const fs::path& path = entry.path();
      if (path.extension() == ".yaml" && !contains(others, path.stem().string())) files.push_back(path);
    }
    std::ranges::sort(files);
    std::vector<Table> all;
    for (const fs::path& path : files) all.push_back(load_table(path));
    return all;
  }();
  return loaded;
}

const std::map<std::string, std::string>& found_elsewhere() {
  static const std::map<std::string, std::string> loaded = [] {
    std::map<std::string, std::string> files;
    const YamlFile file(folder() / "elsewhere.yaml");
    for (const auto& [test, codes] : file.root().members()) {
      for (const YamlNode& code : codes.items()) files.emplace(code.text(), test);
    }
    stop_on(file.errors());
    return files;
  }();
  return loaded;
}

}  // namespace loangate::support
