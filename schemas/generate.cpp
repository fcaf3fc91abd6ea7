// Turns catalogue.yaml and findings.yaml into the C++ of the canonical messages and of the findings.
//   loangate_generate catalogue.yaml findings.yaml OUTPUT_DIR
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "catalogue.hpp"

using namespace loangate::schemas;
using loangate::YamlFile;
using loangate::YamlNode;

namespace {

std::string identifier(std::string name) {
  for (char& c : name) {
    if (c == '.') c = '_';
  }
  return name;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string cpp_type(const Field& field) {
  if (field.type == "text") return "std::string";
  if (field.type == "money") return "Fen";
  if (field.type == "rate") return "Rate";
  if (field.type == "date") return "Date";
  if (field.type == "instant") return "Instant";
  if (field.type == "count") return "std::int64_t";
  if (field.type == "code") return type_name(field.argument);
  if (field.type == "group") return fmt::format("std::vector<{}>", type_name(field.argument) + "Row");
  return field.type;
}

std::string field_type(const Field& field) {
  return id_types.contains(field.type) ? "text" : field.type;
}

void declare_struct(std::string& out, const RecordType& type, bool row) {
  const std::string name = struct_name(type, row);
  auto put = std::back_inserter(out);
  fmt::format_to(put, "/// {} · {}\nstruct {} {{\n", type.zh, type.en, name);
  if (!row)
    fmt::format_to(put, "  static constexpr MessageKind kind = MessageKind::{};\n", identifier(type.name));
  fmt::format_to(put, "  /// The places of the fields in spec() and in a Record.\n  struct field {{\n");
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    fmt::format_to(put, "    static constexpr std::uint16_t {} = {};\n", type.fields[i].name, i);
  }
  fmt::format_to(put, "  }};\n\n");
  for (const Field& field : type.fields) {
    if (field.type == "group") {
      fmt::format_to(put, "  {} {} = {{}};  ///< {}\n", cpp_type(field), field.name, field.zh);
    } else if (field.required) {
      fmt::format_to(put, "  {} {};  ///< {}\n", cpp_type(field), field.name, field.zh);
    } else {
      fmt::format_to(put, "  std::optional<{}> {} = {{}};  ///< {}\n", cpp_type(field), field.name, field.zh);
    }
  }
  fmt::format_to(put,
                 "\n  static const RecordSpec& spec();\n  /// From a record of this spec that has every "
                 "required field.\n"
                 "  static {0} from(const Record& record);\n  void write(Record& record) const;\n"
                 "  Record record() const;\n}};\n\n",
                 name);
}

void define_struct(std::string& out, const RecordType& type, bool row) {
  const std::string name = struct_name(type, row);
  auto put = std::back_inserter(out);
  fmt::format_to(put, "namespace {{\nconstexpr FieldSpec {}_fields[] = {{\n", name);
  for (const Field& field : type.fields) {
    fmt::format_to(put, "    {{{}, {}, {}, FieldType::{}, {}, {}, {}, {}, {}, {}}},\n", quoted(field.name),
                   quoted(field.zh), quoted(field.en), field_type(field), field.required, field.personal,
                   field_type(field) == "text" ? field.size : 0,
                   field.type == "code" ? fmt::format("&{}_list", type_name(field.argument)) : "nullptr",
                   field.type == "group" ? fmt::format("&{}Row_spec", type_name(field.argument)) : "nullptr",
                   field.type == "group" ? field.size : 0);
  }
  fmt::format_to(put,
                 "}};\nconstexpr RecordSpec {0}_spec{{{1}, {2}, {3}, {0}_fields}};\n}}  // namespace\n\n",
                 name, quoted(type.name), quoted(type.zh), quoted(type.en));
  fmt::format_to(put, "const RecordSpec& {0}::spec() {{ return {0}_spec; }}\n\n", name);
  fmt::format_to(put, "{0} {0}::from(const Record& record) {{\n  return {{\n", name);
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const Field& field = type.fields[i];
    if (field.type == "group") {
      fmt::format_to(put, "      .{} = read_rows<{}Row>(record.rows({})),\n", field.name,
                     type_name(field.argument), i);
    } else {
      fmt::format_to(put, "      .{} = {}<{}>(record[{}]),\n", field.name,
                     field.required ? "read" : "read_optional", cpp_type(field), i);
    }
  }
  fmt::format_to(put, "  }};\n}}\n\nvoid {}::write(Record& record) const {{\n", name);
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const Field& field = type.fields[i];
    if (field.type == "group") {
      fmt::format_to(put, "  for (const auto& row : {}) row.write(record.add_row({}));\n", field.name, i);
    } else if (field.required) {
      fmt::format_to(put, "  put(record, {}, {});\n", i, field.name);
    } else {
      fmt::format_to(put, "  if ({1}) put(record, {0}, *{1});\n", i, field.name);
    }
  }
  fmt::format_to(
      put,
      "}}\n\nRecord {0}::record() const {{\n  Record made({0}_spec);\n  write(made);\n  return made;\n}}\n\n",
      name);
}

std::string join(const Catalogue& catalogue, std::string_view direction) {
  std::string names;
  for (const RecordType& message : catalogue.messages) {
    if (message.direction != direction) continue;
    if (!names.empty()) names += ", ";
    names += struct_name(message, false);
  }
  return names;
}

/// A function from a kind of the direction and a record to the typed variant.
void define_reader(std::string& out, const Catalogue& catalogue, std::string_view direction,
                   std::string_view head) {
  auto put = std::back_inserter(out);
  fmt::format_to(put, "{}(MessageKind kind, const Record& record) {{\n  switch (kind) {{\n", head);
  for (const RecordType& message : catalogue.messages) {
    if (message.direction != direction) continue;
    fmt::format_to(put, "    case MessageKind::{}: return {}::from(record);\n", identifier(message.name),
                   struct_name(message, false));
  }
  out += "    default: __builtin_trap();\n  }\n}\n\n";
}

std::string messages_header(const Catalogue& catalogue) {
  std::string out =
      "// Generated from schemas/catalogue.yaml by schemas/generate.cpp: change the source, not this file.\n"
      "#pragma once\n#include <cstdint>\n#include <optional>\n#include <span>\n#include <string>\n#include "
      "<string_view>\n"
      "#include <variant>\n#include <vector>\n\n#include \"domain/ids.hpp\"\n#include "
      "\"domain/record.hpp\"\n\n"
      "namespace loangate {\n\n";
  auto put = std::back_inserter(out);
  fmt::format_to(
      put,
      "/// The canonical messages, those that come in first.\nenum class MessageKind : std::uint8_t {{\n");
  for (const RecordType& message : catalogue.messages)
    fmt::format_to(put, "  {},\n", identifier(message.name));
  fmt::format_to(put, "}};\ninline constexpr std::size_t message_kind_count = {};\n\n",
                 catalogue.messages.size());
  for (const CodeList& list : catalogue.lists) {
    fmt::format_to(put, "/// {} · {}\nenum class {} : std::uint8_t {{\n", list.zh, list.en,
                   type_name(list.name));
    for (const CodeName& code : list.codes) fmt::format_to(put, "  {},  ///< {}\n", code.name, code.zh);
    fmt::format_to(put, "}};\nconst CodeSpec& spec_of({} code);\n", type_name(list.name));
    fmt::format_to(put, "const CodeListSpec& {}_codes();\n\n", list.name);
  }
  out +=
      "/// in: from a partner, judged; answer: our receipt; reply: a partner's answer to a push; out: pushed "
      "or fetched;\n"
      "/// act: of the office, on the operations port.\n"
      "enum class Direction : std::uint8_t { in, answer, reply, out, act };\n\n"
      "struct MessageSpec {\n  MessageKind kind;\n  std::string_view name;\n  Direction direction;\n"
      "  const RecordSpec* record;\n  std::span<const PartnerRole> parties;  ///< who sends it, or to whom "
      "it goes\n};\n\n"
      "const MessageSpec& spec_of(MessageKind kind);\n"
      "std::optional<MessageKind> message_kind(std::string_view name);\n"
      "std::span<const MessageSpec> all_messages();\n\n";
  for (const RecordType& row : catalogue.rows) declare_struct(out, row, true);
  for (const RecordType& message : catalogue.messages) declare_struct(out, message, false);
  fmt::format_to(put, "/// Any message that comes in.\nusing InboundMessage = std::variant<{}>;\n",
                 join(catalogue, "in"));
  fmt::format_to(put, "/// Any act of the office.\nusing OfficeAct = std::variant<{}>;\n\n",
                 join(catalogue, "act"));
  out +=
      "/// The typed message of a complete record; `kind` must be one that comes in.\n"
      "InboundMessage inbound(MessageKind kind, const Record& record);\n"
      "/// The typed act of a complete record; `kind` must be an act.\n"
      "OfficeAct office_act(MessageKind kind, const Record& record);\n"
      "/// The code by which a receipt names the kind that it answers.\n"
      "MessageType message_type(MessageKind kind);\n\n"
      "/// What a credit event means in record 410 of the credit registry (二代征信): the status it leaves "
      "the account in, and\n"
      "/// the special transaction that it is, if any.\n"
      "struct CreditTags {\n  AccountStatus status;\n  std::optional<SpecialTransaction> transaction;\n};\n"
      "CreditTags credit_tags(CreditEventCode event);\n"
      "/// The tag of record 410 that a field of credit.event carries, or \"\".\n"
      "std::string_view credit_tag_of(std::string_view field);\n\n}  // namespace loangate\n";
  return out;
}

std::string messages_source(const Catalogue& catalogue) {
  std::string out =
      "// Generated from schemas/catalogue.yaml by schemas/generate.cpp: change the source, not this file.\n"
      "#include \"domain/messages.hpp\"\n\nnamespace loangate {\nnamespace {\n\n"
      "template <class T>\nT read(const Value& value) {\n"
      "  if constexpr (std::is_enum_v<T>) {\n    return static_cast<T>(std::get<Code>(value).index);\n"
      "  } else if constexpr (std::is_same_v<T, std::string>) {\n    return "
      "std::string(std::get<std::string_view>(value));\n"
      "  } else if constexpr (requires { T::capacity; }) {\n"
      "    return T::parse(std::get<std::string_view>(value)).value_or(T{});\n"
      "  } else {\n    return std::get<T>(value);\n  }\n}\n\n"
      "template <class T>\nstd::optional<T> read_optional(const Value& value) {\n"
      "  if (value.index() == 0) return std::nullopt;\n  return read<T>(value);\n}\n\n"
      "template <class T>\nstd::vector<T> read_rows(std::span<const Record> rows) {\n  std::vector<T> "
      "read_all;\n"
      "  read_all.reserve(rows.size());\n  for (const Record& row : rows) read_all.push_back(T::from(row));\n"
      "  return read_all;\n}\n\n"
      "template <class T>\nvoid put(Record& record, std::size_t field, const T& value) {\n"
      "  if constexpr (std::is_enum_v<T>) {\n    record.set(field, Code{static_cast<std::uint8_t>(value)});\n"
      "  } else if constexpr (std::is_same_v<T, std::string>) {\n    record.set_text(field, value);\n"
      "  } else if constexpr (requires { T::capacity; }) {\n    record.set_text(field, value.view());\n"
      "  } else {\n    record.set(field, value);\n  }\n}\n\n";
  auto put = std::back_inserter(out);
  for (const CodeList& list : catalogue.lists) {
    const std::string type = type_name(list.name);
    fmt::format_to(put, "constexpr CodeSpec {}_codes_[] = {{\n", type);
    for (const CodeName& code : list.codes) {
      fmt::format_to(put, "    {{{}, {}, {}}},\n", quoted(code.name), quoted(code.zh), quoted(code.en));
    }
    fmt::format_to(put, "}};\nconstexpr CodeListSpec {0}_list{{{1}, {0}_codes_}};\n\n", type,
                   quoted(list.name));
  }
  out += "}  // namespace\n\n";
  for (const CodeList& list : catalogue.lists) {
    fmt::format_to(
        put, "const CodeSpec& spec_of({0} code) {{ return {0}_codes_[static_cast<std::size_t>(code)]; }}\n",
        type_name(list.name));
    fmt::format_to(put, "const CodeListSpec& {}_codes() {{ return {}_list; }}\n", list.name,
                   type_name(list.name));
  }
  out += '\n';
  for (const RecordType& row : catalogue.rows) define_struct(out, row, true);
  for (const RecordType& message : catalogue.messages) define_struct(out, message, false);

  out += "namespace {\n";
  for (const RecordType& message : catalogue.messages) {
    fmt::format_to(put, "constexpr PartnerRole {}_parties[] = {{", identifier(message.name));
    for (const std::string& party : message.parties) fmt::format_to(put, "PartnerRole::{}, ", party);
    out += "};\n";
  }
  out += "constexpr MessageSpec specs[] = {\n";
  for (const RecordType& message : catalogue.messages) {
    fmt::format_to(put, "    {{MessageKind::{0}, {1}, Direction::{2}, &{3}_spec, {0}_parties}},\n",
                   identifier(message.name), quoted(message.name), message.direction,
                   struct_name(message, false));
  }
  out +=
      "};\n}  // namespace\n\n"
      "const MessageSpec& spec_of(MessageKind kind) { return specs[static_cast<std::size_t>(kind)]; }\n"
      "std::span<const MessageSpec> all_messages() { return specs; }\n\n"
      "std::optional<MessageKind> message_kind(std::string_view name) {\n"
      "  for (const MessageSpec& spec : specs) {\n    if (spec.name == name) return spec.kind;\n  }\n"
      "  return std::nullopt;\n}\n\n";
  define_reader(out, catalogue, "in", "InboundMessage inbound");
  define_reader(out, catalogue, "act", "OfficeAct office_act");
  out += "MessageType message_type(MessageKind kind) {\n  switch (kind) {\n";
  for (const RecordType& message : catalogue.messages) {
    if (message.direction != "in") continue;
    fmt::format_to(put, "    case MessageKind::{0}: return MessageType::{0};\n", identifier(message.name));
  }
  out +=
      "    default: return MessageType::unknown;\n  }\n}\n\nCreditTags credit_tags(CreditEventCode event) "
      "{\n  switch (event) {\n";
  for (const auto& [event, codes] : catalogue.credit_events) {
    fmt::format_to(put, "    case CreditEventCode::{}: return {{AccountStatus::{}, {}}};\n", event,
                   codes.at(0),
                   codes.size() > 1 ? fmt::format("SpecialTransaction::{}", codes[1]) : "std::nullopt");
  }
  out += "  }\n  __builtin_trap();\n}\n\nstd::string_view credit_tag_of(std::string_view field) {\n";
  for (const auto& [field, tag] : catalogue.credit_tags) {
    fmt::format_to(put, "  if (field == {}) return {};\n", quoted(field), quoted(tag));
  }
  out += "  return {};\n}\n\n}  // namespace loangate\n";
  return out;
}

struct FindingRow {
  std::string number, name;
  std::vector<std::string> cells;  // resend, clause, zh, en
};

std::vector<FindingRow> read_findings(const YamlNode& root) {
  std::vector<FindingRow> rows;
  for (const auto& [name, cells] : root.members()) {
    auto values = texts(cells);
    if (values.size() != 5) {
      cells.error("a finding is name: [number, resend, clause, 中文, English]");
      continue;
    }
    const std::string number = values.front();
    values.erase(values.begin());
    rows.push_back({number, name, std::move(values)});
  }
  return rows;
}

std::string findings_header(const std::vector<FindingRow>& rows) {
  std::string out =
      "// Generated from schemas/findings.yaml by schemas/generate.cpp: change the source, not this "
      "file.\n#pragma once\n"
      "#include <cstdint>\n#include <optional>\n#include <span>\n#include <string_view>\n\nnamespace "
      "loangate {\n\n"
      "/// Every reason that a finding can give; the numbers are frozen, their order is the precedence.\n"
      "enum class FindingCode : std::uint16_t {\n";
  auto put = std::back_inserter(out);
  for (const FindingRow& row : rows) fmt::format_to(put, "  {} = {},\n", row.name, row.number);
  out +=
      "};\n\nstruct FindingSpec {\n  FindingCode code;\n  std::string_view name;\n  bool may_resend;  ///< "
      "the same message id may be sent again\n"
      "  std::string_view clause;\n  std::string_view zh;  ///< with {name} where a value goes\n  "
      "std::string_view en;\n};\n\n"
      "const FindingSpec& spec_of(FindingCode code);\nstd::span<const FindingSpec> all_findings();\n\n}  // "
      "namespace loangate\n";
  return out;
}

std::string findings_source(const std::vector<FindingRow>& rows) {
  std::string out =
      "// Generated from schemas/findings.yaml by schemas/generate.cpp: change the source, not this file.\n"
      "#include \"domain/finding_codes.hpp\"\n\nnamespace loangate {\nnamespace {\nconstexpr FindingSpec "
      "specs[] = {\n";
  auto put = std::back_inserter(out);
  for (const FindingRow& row : rows) {
    fmt::format_to(put, "    {{FindingCode::{}, {}, {}, {}, {}, {}}},\n", row.name, quoted(row.name),
                   row.cells[0] == "yes", quoted(row.cells[1]), quoted(row.cells[2]), quoted(row.cells[3]));
  }
  out +=
      "};\n}  // namespace\n\nstd::span<const FindingSpec> all_findings() { return specs; }\n\n"
      "const FindingSpec& spec_of(FindingCode code) {\n  for (const FindingSpec& spec : specs) {\n"
      "    if (spec.code == code) return spec;\n  }\n  __builtin_trap();\n}\n\n}  // namespace loangate\n";
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: loangate_generate catalogue.yaml findings.yaml OUTPUT_DIR\n", stderr);
    return 2;
  }
  const YamlFile catalogue_file{std::filesystem::path(argv[1])};
  const YamlFile findings_file{std::filesystem::path(argv[2])};
  if (!report(catalogue_file) || !report(findings_file)) return 1;
  const Catalogue catalogue = read_catalogue(catalogue_file.root());
  const auto findings = read_findings(findings_file.root());
  catalogue_file.refuse_unread();
  findings_file.refuse_unread();
  if (!report(catalogue_file) || !report(findings_file)) return 1;

  const std::filesystem::path out = argv[3];
  write_file(out / "domain/messages.hpp", messages_header(catalogue));
  write_file(out / "domain/messages.cpp", messages_source(catalogue));
  write_file(out / "domain/finding_codes.hpp", findings_header(findings));
  write_file(out / "domain/finding_codes.cpp", findings_source(findings));
  return 0;
}
