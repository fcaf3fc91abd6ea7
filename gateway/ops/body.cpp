#include "ops/body.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"

namespace loangate::ops {
namespace {

constexpr JsonLimits limits{.max_bytes = most_bytes_of_acts, .max_depth = 16, .max_nodes = 400'000};

Refusal malformed(const JsonFault& fault) {
  return invalid("", {fmt::format("第 {} 字节处不是合法的 JSON", fault.offset),
                      fmt::format("byte {}: {}", fault.offset, fault.what)});
}

/// The elements of a JSON array, each as it stands there. The text has been read and is well-formed.
std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> found;
  const std::size_t open = array.find('[');
  std::size_t depth = 0;
  std::size_t begin = open + 1;
  bool in_string = false;
  for (std::size_t i = open + 1; i < array.size(); ++i) {
    const char c = array[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (depth > 0 && (c == '}' || c == ']')) {
      --depth;
    } else if (depth == 0 && (c == ',' || c == ']')) {
      found.push_back(array.substr(begin, i - begin));
      begin = i + 1;
      if (c == ']') break;
    }
  }
  return found;
}

/// What a field must look like, for a person.
std::string form_zh(const FieldSpec& field) {
  switch (field.type) {
    case FieldType::text:
      return fmt::format("应为文本，1 至 {} 字节", field.max_bytes);
    case FieldType::money:
      return "应为金额（元），如 \"300000.00\"";
    case FieldType::rate:
      return "应为百分数年利率，如 \"4.75\"";
    case FieldType::date:
      return "应为日期，如 \"2023-09-12\"";
    case FieldType::instant:
      return "应为时间，如 \"2023-09-12T15:00:00+08:00\"";
    case FieldType::count:
      return "应为整数";
    case FieldType::group:
      return fmt::format("应为数组，至多 {} 行", field.max_rows);
    case FieldType::code:
      break;
  }
  std::string known = "应为下列代码之一：";
  for (const CodeSpec& code : field.codes->codes) known += fmt::format("{} ", code.name);
  known.pop_back();
  return known;
}

/// The declared field that a JSON Pointer leads to, or nullptr.
const FieldSpec* field_at(const RecordSpec& spec, std::string_view pointer) {
  const RecordSpec* record = &spec;
  const FieldSpec* field = nullptr;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view part = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(part.size());
    if (!part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; })) continue;
    const std::size_t index = record == nullptr ? 0 : record->index_of(part);
    if (record == nullptr || index == record->fields.size()) return nullptr;
    field = &record->fields[index];
    record = field->group;
  }
  return field;
}

/// `/valid_from: missing; it is required` as a fault of the field, in both languages.
Fault fault_of(const RecordSpec& spec, const std::string& prefix, std::string_view text) {
  const std::size_t colon = std::min(text.find(": "), text.size());
  const std::string_view pointer = text.substr(0, colon);
  const std::string_view en = text.substr(std::min(colon + 2, text.size()));
  Fault fault{.pointer = prefix + std::string(pointer), .detail = {.zh = "内容有误", .en = std::string(en)}};
  if (const FieldSpec* field = field_at(spec, pointer)) {
    fault.detail.zh = fmt::format("{}：{}", field->zh, form_zh(*field));
  } else if (pointer.size() > 1) {
    fault.detail.zh = "没有此字段，请删除";
  } else {
    fault.detail.zh = "应为 JSON 对象";
  }
  return fault;
}

/// An empty text says nothing: whoever means 'absent' leaves the field out.
void find_empty_texts(const Record& record, const std::string& at, std::vector<Fault>& faults) {
  const auto& fields = record.spec().fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string place = fmt::format("{}/{}", at, fields[i].name);
    if (const auto* text = std::get_if<std::string_view>(&record[i]); text != nullptr && text->empty()) {
      faults.push_back({.pointer = place,
                        .detail = {fmt::format("{}：不得为空", fields[i].zh),
                                   "must not be empty; leave it out if it is optional"}});
    }
    if (fields[i].type != FieldType::group || !record.has(i)) continue;
    std::size_t row = 0;
    for (const Record& item : record.rows(i))
      find_empty_texts(item, fmt::format("{}/{}", place, row++), faults);
  }
}

void read_act(MessageKind kind, std::string_view text, const std::string& at,
              std::vector<intake::GivenAct>& acts, std::vector<Fault>& faults) {
  const RecordSpec& spec = *spec_of(kind).record;
  const auto record = read_canonical(spec, text);
  if (!record) {
    faults.push_back(fault_of(spec, at, record.error()));
    return;
  }
  const std::size_t before = faults.size();
  find_empty_texts(*record, at, faults);
  if (faults.size() == before) acts.push_back(intake::given_act(kind, *record, std::string(text)));
}

}  // namespace

std::expected<ActBody, Refusal> read_acts(MessageKind kind, std::string_view body, std::size_t most) {
  JsonDocument document;
  if (const auto read = document.read(body, limits); !read) return std::unexpected(malformed(read.error()));

  ActBody result{.array = most > 1 && document.root().kind == JsonNode::Kind::array, .acts = {}};
  std::vector<Fault> faults;
  if (!result.array) {
    read_act(kind, body, "", result.acts, faults);
  } else if (const auto count = document.root().children; count == 0 || count > most) {
    faults.push_back({.pointer = "",
                      .detail = {fmt::format("数组应有 1 至 {} 项", most),
                                 fmt::format("the array must have 1 to {} items", most)}});
  } else {
    std::size_t index = 0;
    for (const std::string_view item : elements(body)) {
      read_act(kind, item, fmt::format("/{}", index++), result.acts, faults);
    }
  }
  if (faults.empty()) return result;
  Refusal refusal = invalid("", {});
  refusal.errors = std::move(faults);
  return std::unexpected(std::move(refusal));
}

std::expected<std::vector<std::string>, Refusal> read_texts(std::string_view body,
                                                            std::vector<std::string_view> names) {
  JsonDocument document;
  if (const auto read = document.read(body, {.max_bytes = 256u << 10, .max_depth = 4, .max_nodes = 50});
      !read) {
    return std::unexpected(malformed(read.error()));
  }
  if (document.root().kind != JsonNode::Kind::object) {
    return std::unexpected(invalid("", {"应为 JSON 对象", "an object is expected"}));
  }
  std::vector<std::string> texts(names.size());
  for (const JsonNode* member = document.first(document.root()); member != nullptr;
       member = document.next(*member)) {
    const std::string pointer = fmt::format("/{}", member->key);
    const auto name = std::ranges::find(names, member->key);
    if (name == names.end()) {
      return std::unexpected(invalid(pointer, {"没有此字段，请删除", "no such field; remove it"}));
    }
    if (member->kind != JsonNode::Kind::string) {
      return std::unexpected(invalid(pointer, {"应为文本", "a string is expected"}));
    }
    texts[static_cast<std::size_t>(name - names.begin())] = member->text;
  }
  return texts;
}

}  // namespace loangate::ops
