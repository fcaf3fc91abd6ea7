#include "catalogue.hpp"

#include <cctype>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace loangate::schemas {
namespace {

void split_type(Field& field, const YamlNode& at) {
  const auto open = field.type.find('(');
  if (open == std::string::npos) return;
  std::string inside = field.type.substr(open + 1, field.type.size() - open - 2);
  field.type.resize(open);
  const auto comma = inside.find(',');
  if (field.type == "text") {
    field.size = std::stoi(inside);
  } else if (comma != std::string::npos) {
    field.argument = inside.substr(0, comma);
    field.size = std::stoi(inside.substr(comma + 1));
  } else {
    field.argument = inside;
  }
  if (field.size > 60000) at.error("too large: at most 60000");
}

std::vector<Field> read_fields(const YamlNode& list) {
  std::vector<Field> fields;
  for (const YamlNode& row : list.items()) {
    const auto cells = texts(row);
    if (cells.size() != 5) {
      row.error("a field is [name, type, need, 中文, English]");
      continue;
    }
    Field field{cells[0], cells[1], cells[3], cells[4], cells[2] == "required", cells[2] == "personal",
                "",       0};
    if (!field.required && !field.personal && cells[2] != "optional")
      row.error("need: required, optional or personal");
    split_type(field, row);
    if (const auto id = id_types.find(field.type); id != id_types.end()) field.size = id->second;
    for (const Field& other : fields) {
      if (other.name == field.name) row.error("this field stands twice");
    }
    fields.push_back(field);
  }
  return fields;
}

}  // namespace

const std::map<std::string, int> id_types{
    {"PartnerId", 24}, {"MessageId", 80}, {"LoanNo", 40},          {"ContractNo", 40},   {"Uscc", 18},
    {"BankCode", 12},  {"CaseNo", 24},    {"InstitutionCode", 14}, {"InstructionNo", 32}};

std::string type_name(const std::string& name) {
  std::string type;
  bool upper = true;
  for (const char c : name) {
    if (c == '.' || c == '_') {
      upper = true;
    } else {
      type += upper ? static_cast<char>(std::toupper(c)) : c;
      upper = false;
    }
  }
  return type;
}

std::string struct_name(const RecordType& type, bool row) {
  return type_name(type.name) + (row ? "Row" : "");
}

std::vector<std::string> texts(const YamlNode& list) {
  std::vector<std::string> result;
  for (const YamlNode& item : list.items()) result.push_back(item.text());
  return result;
}

Catalogue read_catalogue(const YamlNode& root) {
  Catalogue catalogue;
  for (const auto& [name, node] : root["code_lists"].members()) {
    const auto names = texts(node["names"]);
    CodeList list{name, names.at(0), names.at(1), {}};
    for (const auto& [code, words] : node["codes"].members()) {
      const auto both = texts(words);
      if (both.size() != 2) words.error("a code is name: [中文, English]");
      list.codes.push_back({code, both.at(0), both.at(1)});
    }
    catalogue.lists.push_back(list);
  }
  for (const auto& [name, node] : root["records"].members()) {
    const auto names = texts(node["names"]);
    catalogue.rows.push_back({name, names.at(0), names.at(1), read_fields(node["fields"]), "", {}});
  }
  for (const auto& [name, node] : root["messages"].members()) {
    const auto names = texts(node["names"]);
    RecordType message{name, names.at(0), names.at(1), read_fields(node["fields"]), node["direction"].text(),
                       {}};
    message.parties = texts(node.has("from") ? node["from"] : node["to"]);
    catalogue.messages.push_back(message);
  }
  for (const auto& [field, tag] : root["credit_410"]["tags"].members()) {
    catalogue.credit_tags.emplace_back(field, tag.text());
  }
  for (const auto& [event, codes] : root["credit_410"]["events"].members()) {
    catalogue.credit_events.emplace_back(event, texts(codes));
  }
  return catalogue;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ifstream there(path, std::ios::binary);
  if (there && std::string(std::istreambuf_iterator<char>(there), {}) == text) return;
  there.close();
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

bool report(const YamlFile& file) {
  for (const auto& error : file.errors()) std::fputs((error.text() + "\n").c_str(), stderr);
  return file.errors().empty();
}

}  // namespace loangate::schemas
