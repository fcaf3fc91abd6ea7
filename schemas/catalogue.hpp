#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/yaml.hpp"

/// catalogue.yaml, read: what both generators start from.
namespace loangate::schemas {

struct CodeName {
  std::string name, zh, en;
};

struct CodeList {
  std::string name, zh, en;
  std::vector<CodeName> codes;
};

struct Field {
  std::string name, type, zh, en;
  bool required = false, personal = false;
  std::string argument;  // of code(…), group(…), text(…)
  int size = 0;          // text bytes, group rows
};

struct RecordType {
  std::string name, zh, en;
  std::vector<Field> fields;
  std::string direction;
  std::vector<std::string> parties;
};

struct Catalogue {
  std::vector<CodeList> lists;
  std::vector<RecordType> rows;
  std::vector<RecordType> messages;
  std::vector<std::pair<std::string, std::string>> credit_tags;
  std::vector<std::pair<std::string, std::vector<std::string>>> credit_events;
};

/// Bytes that an id type of gateway/domain/ids.hpp holds.
extern const std::map<std::string, int> id_types;

/// `compensation_ruling`, `rule.compensation` → `CompensationRuling`, `RuleCompensation`.
std::string type_name(const std::string& name);
/// Of a record or message: rows of a group end in `Row`.
std::string struct_name(const RecordType& type, bool row);

std::vector<std::string> texts(const YamlNode& list);
/// Mistakes are added to the file's errors.
Catalogue read_catalogue(const YamlNode& root);

/// Writes the file, unless it holds just this: what was not changed is not compiled anew.
void write_file(const std::filesystem::path& path, const std::string& text);
/// Prints the file's mistakes; whether there are none.
bool report(const YamlFile& file);

}  // namespace loangate::schemas
