#include "adapters/workbench/describe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapters/profile/form.hpp"

namespace loangate::adapters {
namespace {

std::string_view word(JsonAs as) {
  switch (as) {
    case JsonAs::string:
      return "string";
    case JsonAs::number:
      return "number";
    case JsonAs::boolean:
      return "boolean";
  }
  return "";
}

std::string_view word(Absent absent) {
  switch (absent) {
    case Absent::omit:
      return "omit";
    case Absent::empty:
      return "empty";
    case Absent::null:
      return "null";
  }
  return "";
}

std::string_view word(OnUnknown way) {
  switch (way) {
    case OnUnknown::resend:
      return "resend";
    case OnUnknown::query:
      return "query";
    case OnUnknown::park:
      return "park";
  }
  return "";
}

std::string_view truth(bool holds) {
  return holds ? "true" : "false";
}

std::string list_of(const std::vector<std::string>& values) {
  return fmt::format("[{}]", fmt::join(values, ", "));
}

/// Adds what the form of a value says.
class FormWords {
 public:
  FormWords(Words& words, const Layout& layout) : words_(words), layout_(layout) {}

  void operator()(const std::monostate&) {}
  void operator()(const TextForm& text) {
    if (text.trim) add("trim", "true");
    if (text.cut) add("cut", "true");
    none(text.none);
  }
  void operator()(const MoneyForm& money) {
    if (!money.point && money.places == 2) {
      add("unit", "fen");
    } else {
      add("unit", "yuan");
      add(money.point || money.places == 0 ? "places" : "implied", std::to_string(money.places));
    }
    add("sign", name(money.sign));
    if (money.sign != MoneyForm::Sign::flag) return;
    if (money.flag_slot != nowhere) add("flag_at", layout_.slots[money.flag_slot].name);
    add("plus", money.plus);
    add("minus", money.minus);
  }
  void operator()(const RateForm& rate) {
    add("unit", rate.unit);
    if (rate.unit == "per_10000_day") add("days", std::to_string(rate.scale / 100));
    add(rate.point || rate.places == 0 ? "places" : "implied", std::to_string(rate.places));
  }
  void operator()(const DateForm& date) {
    add("form", date.pattern.text);
    none(date.none);
  }
  void operator()(const InstantForm& instant) {
    add("form", instant.pattern.text);
    none(instant.none);
  }
  void operator()(const CodeForm& code) {
    if (code.map != nullptr) add("codes", code.map->name);
  }
  void operator()(const CountForm&) {}

 private:
  void add(std::string_view key, std::string_view value) { words_.emplace_back(key, value); }
  void none(const std::vector<std::string>& values) {
    if (!values.empty()) add("none", list_of(values));
  }

  Words& words_;
  const Layout& layout_;
};

bool is_derived(const Slot& slot) {
  return std::holds_alternative<Derived>(slot.place);
}

/// Whether the place has a padding: bytes, or a column of a width.
bool is_padded(const Slot& slot) {
  if (std::holds_alternative<Span>(slot.place)) return true;
  const auto* column = std::get_if<Column>(&slot.place);
  return column != nullptr && column->width != 0;
}

std::string place_words(const Layout& layout, const Line& line) {
  std::string places;
  for (const Slot& slot : layout.slots_of(line)) {
    if (!places.empty()) places += line.join.empty() ? " + " : fmt::format(" {} ", line.join);
    places += is_derived(slot) ? fmt::format("{{field: {}}}", slot.name) : slot.name;
    if (slot.pattern && line.slot_count > 1) {
      places += fmt::format(" ({})", slot.pattern->text);
    } else if (slot.size != 0) {
      places += fmt::format(" ({} bytes)", slot.size);
    }
    if (!slot.none.empty()) places += fmt::format(" none {}", list_of(slot.none));
  }
  return places;
}

void add_list(Words& words, const ListEnvelope& list) {
  const auto add = [&](std::string_view key, std::string value) {
    words.emplace_back(fmt::format("delivery.mailbox.list.{}", key), std::move(value));
  };
  if (const auto* xml = std::get_if<XmlList>(&list)) {
    add("root", xml->root);
    add("item", xml->item);
    add("id", (xml->id_is_attribute ? "@" : "") + xml->id);
  } else if (const auto* json = std::get_if<JsonList>(&list)) {
    add("items", json->items);
    add("id", json->id);
    add("message", json->message);
  } else {
    const auto& counted = std::get<CountedList>(list);
    add("id_digits", std::to_string(counted.id_digits));
    add("length_digits", std::to_string(counted.length_digits));
  }
}

void add_delivery(Words& words, const Profile& profile) {
  if (const Push* push = profile.push()) {
    words.emplace_back("delivery.push.url", push->url);
    words.emplace_back("delivery.push.server_name",
                       push->server_name.empty() ? "(the URL's host)" : push->server_name);
    words.emplace_back("delivery.push.within_seconds", std::to_string(push->within_seconds));
  } else {
    add_list(words, std::get<Mailbox>(profile.delivery).list);
  }
  for (const MessageMap& message : profile.messages) {
    if (message.from_partner) continue;
    const MessageSpec& spec = spec_of(message.kind);
    if (profile.push() != nullptr && spec.direction == Direction::out)
      words.emplace_back(fmt::format("delivery.on_unknown.{}", spec.name), word(message.on_unknown));
    words.emplace_back(fmt::format("unmappable.{}", spec.name),
                       message.unmappable == Unmappable::park ? "park" : "mark");
  }
}

void add_framing(Words& words, const Framing& framing) {
  if (framing.length) {
    words.emplace_back("framing.length.digits", std::to_string(framing.length->digits));
    words.emplace_back("framing.length.counts", framing.length->counts_itself ? "all" : "rest");
    words.emplace_back("framing.length.pad", std::string(1, framing.length->padding.byte));
    words.emplace_back("framing.length.side",
                       framing.length->padding.side == Padding::Side::left ? "left" : "right");
  }
  if (!framing.end.empty()) words.emplace_back("framing.end", framing.end);
}

}  // namespace

std::string subject_of(const Layout& layout, const Line& line) {
  switch (line.kind) {
    case Line::Kind::field:
      return std::string(layout.record->fields[line.field].name);
    case Line::Kind::constant:
      return "constant " + layout.slots[line.first_slot].name;
    case Line::Kind::filler:
      return "filler " + layout.slots[line.first_slot].name;
    case Line::Kind::type:
      return "type";
    case Line::Kind::body_length:
      return "body_length";
    case Line::Kind::seal:
      return "seal";
    case Line::Kind::seal_key:
      return "seal key";
  }
  return "";
}

Words words_of(const Profile& profile, const Layout& layout, const Line& line) {
  Words words;
  if (line.kind == Line::Kind::constant) words.emplace_back("constant", line.text);
  words.emplace_back(line.kind == Line::Kind::filler ? "filler" : "at", place_words(layout, line));
  std::visit(FormWords(words, layout), line.form);
  const Slot& slot = layout.slots[line.first_slot];
  if (is_padded(slot)) {
    words.emplace_back("pad", std::string(1, slot.padding.byte));
    words.emplace_back("side", slot.padding.side == Padding::Side::left ? "left" : "right");
  } else if (std::holds_alternative<Leaf>(slot.place)) {
    if (profile.format == Format::json) words.emplace_back("as", word(slot.as));
    if (line.kind == Line::Kind::field && !line.required) words.emplace_back("absent", word(line.absent));
  }
  if (line.transport) words.emplace_back("transport", "true");
  return words;
}

Words words_of(const Profile& profile, const MessageMap& message, const Group& group) {
  Words words;
  words.emplace_back(std::holds_alternative<Group::Tagged>(group.where) ? "tag" : "each", group.name);
  words.emplace_back("times", std::to_string(group.times));
  if (group.count_slot != nowhere) words.emplace_back("count_at", message.body.slots[group.count_slot].name);
  if (profile.format != Format::fixed && !group.required) words.emplace_back("absent", word(group.absent));
  return words;
}

Words frame_words(const Profile& profile) {
  Words words;
  words.emplace_back("role", partner_role_codes().codes[static_cast<std::size_t>(profile.role)].name);
  words.emplace_back("format", name(profile.format));
  words.emplace_back("encoding", name(profile.charset));
  words.emplace_back("content_types", list_of(profile.content_types));
  words.emplace_back("limits.body_bytes", std::to_string(profile.bounds.body_bytes));
  words.emplace_back("limits.per_second", std::to_string(profile.bounds.messages_per_second));
  if (profile.format != Format::fixed) words.emplace_back("indent", std::to_string(profile.indent));
  if (profile.format == Format::xml) {
    words.emplace_back("xml.declaration", profile.xml.declaration);
    words.emplace_back("xml.required", truth(profile.xml.declaration_required));
    for (const Namespace& each : profile.namespaces)
      words.emplace_back("xml.namespaces." + (each.prefix.empty() ? "default" : each.prefix), each.uri);
  }
  if (profile.format == Format::fixed) {
    const std::string& separator = profile.fixed.separator;
    words.emplace_back("fixed.separator", separator.empty() ? "none" : separator == "\n" ? "lf" : "crlf");
    if (profile.fixed.delimiter) {
      words.emplace_back("fixed.delimiter", std::string(1, *profile.fixed.delimiter));
      words.emplace_back("fixed.trailing", truth(profile.fixed.trailing_delimiter));
    }
  }
  for (const Leniency& leniency : profile.leniencies)
    words.emplace_back("lenient." + leniency.option,
                       fmt::format("until {} ({})", format(leniency.until), leniency.reason));
  add_framing(words, profile.framing);
  add_delivery(words, profile);
  return words;
}

}  // namespace loangate::adapters
