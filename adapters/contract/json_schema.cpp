#include <fmt/format.h>

#include <algorithm>

#include "adapters/contract/places.hpp"
#include "adapters/contract/schemas.hpp"
#include "base/json_writer.hpp"

namespace loangate::adapters {

namespace {

bool is_json_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::string_view whole = text.substr(0, text.find('.'));
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(whole) || (whole.size() > 1 && whole.front() == '0')) return false;
  return whole.size() == text.size() || digits(text.substr(whole.size() + 1));
}

class JsonSchemaWriter {
 public:
  JsonSchemaWriter(const Profile& profile, const MessageMap& message)
      : profile_(profile), message_(message), body_(places_of(message.body, message.groups)), json_(out_) {}

  ContractFile write() {
    const MessageSpec& spec = spec_of(message_.kind);
    json_.begin_object()
        .member("$schema", "https://json-schema.org/draft/2020-12/schema")
        .member("$id", fmt::format("urn:loangate:{}:{}", profile_.id.view(), spec.name))
        .member("title", fmt::format("{} {} · {}", spec.name, spec.record->zh, spec.record->en));
    object(message_.body, body_, 0);
    json_.key("$defs").begin_object();
    json_.key("absent").raw(R"({"enum":["",null]})");
    json_.end_object().end_object();
    return {fmt::format("schema/{}.schema.json", spec.name), "application/schema+json", out_ + "\n"};
  }

 private:
  using Places = std::vector<PlacedValue>;

  static const PlacedValue* value_at(const Layout& layout, const Places& places, const Node& node) {
    if (node.slot == nowhere) return nullptr;
    const auto found = std::ranges::find(places, &layout.slots[node.slot], &PlacedValue::slot);
    return found == places.end() ? nullptr : &*found;
  }

  bool is_needed(const Layout& layout, const Places& places, std::uint16_t index) const {
    const Node& node = layout.nodes[index];
    if (node.group != nowhere) return message_.groups[node.group].required;
    const PlacedValue* value = value_at(layout, places, node);
    if (value != nullptr && value->required) return true;
    return std::ranges::any_of(node.children,
                               [&](std::uint16_t child) { return is_needed(layout, places, child); });
  }

  /// The keywords of an object, into the object that is open.
  void object(const Layout& layout, const Places& places, std::uint16_t index) {
    const Node& node = layout.nodes[index];
    json_.member("type", "object").key("properties").begin_object();
    for (const std::uint16_t child : node.children) {
      json_.key(layout.nodes[child].name).begin_object();
      member(layout, places, child);
      json_.end_object();
    }
    json_.end_object().key("required").begin_array();
    for (const std::uint16_t child : node.children) {
      if (is_needed(layout, places, child)) json_.value(std::string_view(layout.nodes[child].name));
    }
    json_.end_array().member("additionalProperties", profile_.lenient.ignore_unknown);
  }

  void member(const Layout& layout, const Places& places, std::uint16_t index) {
    const Node& node = layout.nodes[index];
    const bool needed = is_needed(layout, places, index);
    if (const PlacedValue* value = value_at(layout, places, node)) return leaf(*value);
    if (node.group != nowhere) {
      const Group& group = message_.groups[node.group];
      words(layout.record->fields[group.field], {});
      return needed ? array(group) : or_absent([&] { array(group); });
    }
    if (needed) return object(layout, places, index);
    json_.key("anyOf").begin_array().begin_object();
    object(layout, places, index);
    json_.end_object().raw(R"({"type":"null"})").end_array();
  }

  void array(const Group& group) {
    json_.member("type", "array");
    if (group.required) json_.member("minItems", 1);
    json_.member("maxItems", static_cast<int>(group.times)).key("items").begin_object();
    object(group.rows, places_of(group.rows), 0);
    json_.end_object();
  }

  template <class Write>
  void or_absent(Write write) {
    json_.key("anyOf").begin_array().begin_object();
    write();
    json_.end_object().raw(R"({"$ref":"#/$defs/absent"})").end_array();
  }

  void words(const FieldSpec& field, const std::string& form) {
    json_.member("title", fmt::format("{} · {}", field.zh, field.en));
    if (!form.empty()) json_.member("description", form);
  }

  void leaf(const PlacedValue& value) {
    if (value.field != nullptr) words(*value.field, form_words(profile_, value));
    const ValueRule rule = rule_of(profile_, value, Dialect::ecma);
    using Holds = PlacedValue::Holds;
    if (value.holds == Holds::constant || value.holds == Holds::type || value.holds == Holds::sign)
      return of_texts(rule);
    if (value.holds == Holds::row_count) return row_count();
    // Reading passes over these; a seal is proved by itself, with a better finding.
    if (value.holds == Holds::filler || value.holds == Holds::seal || value.holds == Holds::seal_key) {
      json_.key("not").raw(R"({"anyOf":[{"type":"object"},{"type":"array"}]})");
      return;
    }
    if (!rule.may_be_empty) return of_kind(value, rule);
    or_absent([&] { of_kind(value, rule); });
  }

  /// Constants and signs are compared by their characters, whether they stand as strings or as numbers.
  void of_texts(const ValueRule& rule) {
    const bool may_be_absent = rule.may_be_empty || std::ranges::find(rule.values, "") != rule.values.end();
    json_.key("enum").begin_array();
    for (const std::string& text : rule.values) {
      if (!text.empty()) json_.value(std::string_view(text));
      if (is_json_number(text) || text == "true" || text == "false") json_.raw(text);
    }
    if (may_be_absent) json_.value("").null();
    json_.end_array();
  }

  void row_count() {
    json_.key("anyOf").raw(
        R"([{"type":"string","pattern":"^[0-9]*$"},{"type":"integer","minimum":0},{"type":"null"}])");
  }

  void of_kind(const PlacedValue& value, const ValueRule& rule) {
    if (value.slot->as != JsonAs::string) return bare(value, rule);
    if (rule.any_text) {
      json_.member("type", "string");
      if (rule.longest != 0) json_.member("maxLength", static_cast<std::uint64_t>(rule.longest));
      if (rule.not_blank) {
        json_.member("pattern", "[^ \\t\\r\\n]");
      } else if (!rule.may_be_empty) {
        json_.member("minLength", 1);
      }
    } else if (!rule.pattern.empty()) {
      std::string pattern = rule.pattern;
      for (const std::string& each : rule.values) pattern += '|' + in_pattern(each, Dialect::ecma);
      json_.member("type", "string").member("pattern", fmt::format("^({})$", pattern));
    } else {
      json_.key("enum").begin_array();
      for (const std::string& each : rule.values) json_.value(std::string_view(each));
      json_.end_array();
    }
  }

  /// Numbers and truth values have no pattern: a schema sees 1.0 and 1 alike. The gateway reads their digits.
  void bare(const PlacedValue& value, const ValueRule& rule) {
    if (rule.pattern.empty()) {
      json_.key("enum").begin_array();
      for (const std::string& each : rule.values) json_.raw(each);
      json_.end_array();
      return;
    }
    const auto* money = value.line == nullptr ? nullptr : std::get_if<MoneyForm>(&value.line->form);
    const auto* rate = value.line == nullptr ? nullptr : std::get_if<RateForm>(&value.line->form);
    const auto* count = value.line == nullptr ? nullptr : std::get_if<CountForm>(&value.line->form);
    const bool fraction = (money != nullptr && money->point && money->places > 0) ||
                          (rate != nullptr && rate->point && rate->places > 0);
    const bool negative = (money != nullptr && money->sign == MoneyForm::Sign::if_negative) ||
                          (count != nullptr && count->negative);
    json_.member("type", fraction ? "number" : "integer");
    if (!negative) json_.member("minimum", 0);
  }

  const Profile& profile_;
  const MessageMap& message_;
  const Places body_;
  std::string out_;
  JsonWriter json_;
};

}  // namespace

ContractFile json_schema(const Profile& profile, const MessageMap& message) {
  return JsonSchemaWriter(profile, message).write();
}

}  // namespace loangate::adapters
