#include "adapters/profile/compile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "adapters/profile/codes.hpp"
#include "adapters/profile/file_drop.hpp"
#include "adapters/profile/layout.hpp"

namespace loangate::adapters {
namespace {

std::vector<YamlNode> shared_lines(const YamlNode& node) {
  return node.is_null() ? std::vector<YamlNode>{} : node.items();
}

}  // namespace

void forget(const YamlNode& node) {
  if (node.is_map()) {
    for (const auto& [key, value] : node.members()) forget(value);
  } else if (node.is_list()) {
    for (const YamlNode& item : node.items()) forget(item);
  }
}

void ProfileCompiler::warn(const YamlNode& node, std::string what) const {
  if (warnings_ != nullptr) warnings_->push_back({node.file(), node.line(), std::move(what)});
}

void ProfileCompiler::error(YamlLine line, std::string what) const {
  errors_.push_back(profile_.at(line, std::move(what)));
}

void ProfileCompiler::compile() {
  const YamlNode own_defaults = root_["defaults"];
  for (const FieldType type : all_field_types()) know_default_keys(own_defaults[name(type)], type);
  (void)own_defaults["absent"];
  read_code_maps(root_["codes"], profile_);

  const YamlNode messages = root_["messages"];
  for (const auto& [name, node] : messages.members()) {
    const auto kind = message_kind(name);
    if (kind && std::ranges::find(profile_.messages, *kind, &MessageMap::kind) != profile_.messages.end())
      continue;
    node.error(kind ? fmt::format("`{}` is no message of this role: remove it", name)
                    : fmt::format("`{}` is no message of schemas/catalogue.yaml: correct the name", name));
    forget(node);
  }
  const bool pushed = profile_.push() != nullptr;
  std::erase_if(profile_.messages, [&](const MessageMap& message) {
    return message.kind == MessageKind::acknowledgement && !pushed && !messages.has("acknowledgement");
  });
  refuse_idle_shared_lines(root_["envelope"]);
  refuse_idle_shared_lines(root_["framing"]["header"]);
  for (MessageMap& message : profile_.messages) {
    const std::string_view name = spec_of(message.kind).name;
    const YamlNode node = messages[name];
    if (!messages.has(name)) {
      messages.error(fmt::format("`{}` is missing: a {} {} it", name,
                                 partner_role_codes().codes[static_cast<std::size_t>(profile_.role)].name,
                                 message.from_partner ? "sends" : "gets"));
      continue;
    }
    compile_message(message, node);
  }
  index_messages();
  compile_batch();
  if (profile_.batch || !root_.has("batch")) {
    profile_.files = read_file_drop(root_["files"], profile_.batch.get());
  } else {
    forget(root_["files"]);  // a batch form with mistakes has been reported
  }
  if (profile_.type.name.empty()) {
    root_.error("no line says which message it is: add {type: true, at: …} to envelope or framing.header");
  }
}

void ProfileCompiler::compile_message(MessageMap& message, const YamlNode& node) {
  message.code = node["when"].text();
  const RecordSpec& record = *spec_of(message.kind).record;
  message.header.record = message.body.record = &record;
  Mapped mapped;
  const Report report = [&](YamlLine line, std::string what) { error(line, std::move(what)); };

  const Target header{message, message.header, Site::header, mapped};
  for (const YamlNode& line : shared_lines(root_["framing"]["header"])) bind(line, header, true);
  check_coverage(message.header, {}, 0, root_["framing"]["header"].source(), false, report);
  if (profile_.framing.header_size == 0) profile_.framing.header_size = message.header.size;
  if (profile_.framing.header_size != message.header.size) {
    root_["framing"]["header"].error(
        fmt::format("the header of `{}` has {} bytes, that of others {}: fill it up",
                    spec_of(message.kind).name, message.header.size, profile_.framing.header_size));
  }

  const Target body{message, message.body, Site::body, mapped};
  for (const YamlNode& line : shared_lines(root_["envelope"])) bind(line, body, true);
  for (const YamlNode& line : node["lines"].items()) bind(line, body, false);
  if (profile_.format == Format::fixed) {
    check_coverage(message.body, message.groups, 0, node.source(), profile_.fixed.delimiter.has_value(),
                   report);
  }
  check_complete(record, mapped, node);
  check_left_out(message, mapped, node);
  check_derived(message.header, mapped);
  check_derived(message.body, mapped);
  if (message.kind == MessageKind::receipt) check_receipt(message, mapped, node);
  put_in_order(message.header);
  put_in_order(message.body);
}

void ProfileCompiler::check_complete(const RecordSpec& record, const Mapped& mapped,
                                     const YamlNode& node) const {
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const FieldSpec& field = record.fields[i];
    if (!field.required || mapped.contains(static_cast<std::uint16_t>(i))) continue;
    node.error(fmt::format("the required field `{}` ({}) has no line: add one", field.name, field.zh));
  }
}

/// Rows that find no room are counted in a field of their own, or else would be lost in silence (settled 14).
void ProfileCompiler::check_left_out(const MessageMap& message, const Mapped& mapped,
                                     const YamlNode& node) const {
  const auto& fields = message.body.record->fields;
  for (const Group& group : message.groups) {
    if (group.more_field == nowhere || mapped.contains(group.more_field)) continue;
    node.error(fmt::format("`{}` may have more rows than there is room for: add a line for `{}`",
                           fields[group.field].name, fields[group.more_field].name));
  }
}

void ProfileCompiler::check_derived(const Layout& layout, const Mapped& mapped) const {
  for (const Line& line : layout.lines) {
    for (const Slot& slot : layout.slots_of(line)) {
      const auto* derived = std::get_if<Derived>(&slot.place);
      if (derived == nullptr || mapped.contains(derived->field)) continue;
      error(line.source,
            fmt::format("the part `{}` has no line in this message: give it one, or a place here",
                        layout.record->fields[derived->field].name));
    }
  }
}

/// Bytes that nobody could read get a receipt too, with as many findings as there are (settled 14).
void ProfileCompiler::check_receipt(const MessageMap& receipt, const Mapped& mapped,
                                    const YamlNode& node) const {
  using Field = Receipt::field;
  for (const Layout* layout : {&receipt.header, &receipt.body}) {
    for (const Line& line : layout->lines) {
      if (line.kind != Line::Kind::field || line.field != Field::original_id) continue;
      const bool in_parts =
          std::ranges::any_of(layout->slots_of(line), [](const Slot& part) { return !part.none.empty(); });
      if (none_of(line.form).empty() && !in_parts) {
        error(line.source, "`original_id` has no value for unknown: add none: [\"…\"]");
      }
    }
  }
  for (const std::uint16_t field : {Field::original_id, Field::findings}) {
    if (mapped.contains(field)) continue;
    node.error(fmt::format("a receipt needs a line for `{}`: add one", Receipt::spec().fields[field].name));
  }
}

void ProfileCompiler::refuse_idle_shared_lines(const YamlNode& lines) const {
  for (const YamlNode& line : shared_lines(lines)) {
    if (!line.has("field")) continue;
    const std::string field = line["field"].text();
    const bool known = std::ranges::any_of(profile_.messages, [&](const MessageMap& message) {
      const RecordSpec& record = *spec_of(message.kind).record;
      return record.index_of(field) < record.fields.size();
    });
    if (known) continue;
    line["field"].error(fmt::format("no message of this profile has a field `{}`: correct the name", field));
    forget(line);
  }
}

void ProfileCompiler::index_messages() {
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < profile_.messages.size(); ++i) {
    const MessageMap& message = profile_.messages[i];
    profile_.by_kind_[static_cast<std::size_t>(message.kind)] = static_cast<std::uint8_t>(i + 1);
    if (message.code.empty()) continue;
    for (const auto& [code, other] : profile_.by_code_) {
      if (code != message.code) continue;
      root_["messages"][spec_of(message.kind).name]["when"].error(
          fmt::format("`{}` is also the code of `{}`: each message has its own", code,
                      spec_of(profile_.messages[other].kind).name));
    }
    profile_.by_code_.emplace_back(message.code, static_cast<std::uint8_t>(i));
    if (message.from_partner) known.push_back(message.code);
  }
  profile_.known_codes_ = fmt::format("{}", fmt::join(known, ", "));
  std::ranges::sort(profile_.by_code_);
}

}  // namespace loangate::adapters
