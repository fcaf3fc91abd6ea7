#include <algorithm>
#include <set>

#include "adapters/profile/file_drop.hpp"
#include "adapters/profile/profile.hpp"

namespace loangate::adapters {
namespace {

/// Every feature of the language, as `loangate check --json` names it (settled 49).
constexpr std::string_view all_features[] = {
    "absent.empty",
    "absent.null",
    "absent.omit",
    "base",
    "code.boolean",
    "code.many_to_one",
    "code.second_map",
    "cut",
    "date.hyphens",
    "date.none",
    "date.other_form",
    "date.plain",
    "date.two_digit_year",
    "delivery.mailbox",
    "delivery.push",
    "encoding.GB18030",
    "encoding.GB2312",
    "encoding.GBK",
    "encoding.UTF-8",
    "files.marker",
    "files.rename",
    "fixed.delimited",
    "fixed.no_separator",
    "fixed.separator_crlf",
    "fixed.separator_lf",
    "fixed.trailing_delimiter",
    "framing.body_length",
    "framing.end",
    "framing.header",
    "framing.length_all",
    "framing.length_rest",
    "framing.length_space_filled",
    "group.blank_ends",
    "group.counted",
    "group.elements",
    "group.segments",
    "group.tagged",
    "id.parts",
    "id.repeats_field",
    "id.single",
    "indent",
    "instant.fraction",
    "instant.parts",
    "instant.single",
    "json.number",
    "json.strings_only",
    "lenient.any_padding",
    "lenient.fewer_places",
    "lenient.ignore_unknown",
    "lenient.optional_record_end",
    "line.for_direction",
    "list.counted",
    "list.json",
    "list.xml",
    "money.fen",
    "money.implied",
    "money.yuan",
    "on_unknown.park",
    "on_unknown.query",
    "on_unknown.resend",
    "pad.space_left",
    "pad.space_right",
    "pad.zero_left",
    "rate.fraction",
    "rate.implied",
    "rate.per_10000_day",
    "rate.percent",
    "rate.permille_month",
    "sign.flag",
    "sign.if_negative",
    "sign.leading",
    "sign.trailing",
    "text.none",
    "text.trim",
    "transport",
    "unmappable.mark",
    "unmappable.park_notice",
    "xml.attribute",
    "xml.declaration_optional",
    "xml.declaration_required",
    "xml.namespace",
    "xml.no_declaration",
};

class Collector {
 public:
  explicit Collector(const Profile& profile) : profile_(profile) {}

  std::vector<std::string_view> collect() {
    document();
    delivery();
    for (const MessageMap& message : profile_.messages) {
      layout(message.header, true);
      layout(message.body, false);
      for (const Group& made : message.groups) group(made);
      if (message.unmappable == Unmappable::park && message.kind == MessageKind::default_notice)
        note("unmappable.park_notice");
      if (message.unmappable == Unmappable::mark && !message.from_partner) note("unmappable.mark");
    }
    if (profile_.files) note(profile_.files->marker ? "files.marker" : "files.rename");
    for (const CodeMap& map : profile_.codes) {
      if (map.name != map.list->name) note("code.second_map");
      const auto written =
          std::ranges::count_if(map.written, [](const std::string& code) { return !code.empty(); });
      if (map.read.size() > static_cast<std::size_t>(written)) note("code.many_to_one");
    }
    if (profile_.format == Format::json && !used_.contains("json.number") &&
        !used_.contains("code.boolean")) {
      note("json.strings_only");
    }
    return {used_.begin(), used_.end()};
  }

 private:
  void note(std::string_view feature) { used_.insert(feature); }

  void document() {
    switch (profile_.charset) {
      case Charset::utf8:
        note("encoding.UTF-8");
        break;
      case Charset::gbk:
        note("encoding.GBK");
        break;
      case Charset::gb18030:
        note("encoding.GB18030");
        break;
      case Charset::gb2312:
        note("encoding.GB2312");
        break;
    }
    if (!profile_.base_file.empty()) note("base");
    const Framing& framing = profile_.framing;
    if (framing.length) {
      note(framing.length->counts_itself ? "framing.length_all" : "framing.length_rest");
      if (framing.length->padding.byte == ' ') note("framing.length_space_filled");
    }
    if (framing.header_size > 0) note("framing.header");
    if (!framing.end.empty()) note("framing.end");
    if (profile_.indent > 0) note("indent");
    if (profile_.format == Format::xml) {
      note(profile_.xml.declaration.empty()    ? "xml.no_declaration"
           : profile_.xml.declaration_required ? "xml.declaration_required"
                                               : "xml.declaration_optional");
      if (!profile_.namespaces.empty()) note("xml.namespace");
    }
    if (profile_.format == Format::fixed) {
      const std::string& separator = profile_.fixed.separator;
      note(separator.empty()   ? "fixed.no_separator"
           : separator == "\n" ? "fixed.separator_lf"
                               : "fixed.separator_crlf");
      if (profile_.fixed.delimiter) note("fixed.delimited");
      if (profile_.fixed.trailing_delimiter) note("fixed.trailing_delimiter");
    }
    if (profile_.lenient.ignore_unknown) note("lenient.ignore_unknown");
    if (profile_.lenient.fewer_places) note("lenient.fewer_places");
    if (profile_.lenient.any_padding) note("lenient.any_padding");
    if (profile_.lenient.optional_record_end) note("lenient.optional_record_end");
  }

  void delivery() {
    if (const auto* mailbox = std::get_if<Mailbox>(&profile_.delivery)) {
      note("delivery.mailbox");
      note(std::holds_alternative<XmlList>(mailbox->list)    ? "list.xml"
           : std::holds_alternative<JsonList>(mailbox->list) ? "list.json"
                                                             : "list.counted");
      return;
    }
    note("delivery.push");
    for (const MessageMap& message : profile_.messages) {
      if (spec_of(message.kind).direction != Direction::out) continue;
      switch (message.on_unknown) {
        case OnUnknown::resend:
          note("on_unknown.resend");
          break;
        case OnUnknown::query:
          note("on_unknown.query");
          break;
        case OnUnknown::park:
          note("on_unknown.park");
          break;
      }
    }
  }

  void layout(const Layout& made, bool header) {
    for (const Line& line : made.lines) this->line(made, line);
    if (profile_.format == Format::fixed || header) {
      for (const Slot& slot : made.slots) padding(slot);
    }
    for (const Node& node : made.nodes) {
      if (node.attribute) note("xml.attribute");
    }
    for (const Slot& slot : made.slots) {
      if (slot.as == JsonAs::number) note("json.number");
      if (slot.as == JsonAs::boolean) note("code.boolean");
    }
  }

  void padding(const Slot& slot) {
    if (std::holds_alternative<Derived>(slot.place)) return;
    if (const auto* column = std::get_if<Column>(&slot.place); column != nullptr && column->width == 0)
      return;
    const bool left = slot.padding.side == Padding::Side::left;
    if (slot.padding.byte == ' ') note(left ? "pad.space_left" : "pad.space_right");
    if (slot.padding.byte == '0' && left) note("pad.zero_left");
  }

  void group(const Group& made) {
    if (std::holds_alternative<Group::Repeated>(made.where)) note("group.elements");
    if (std::holds_alternative<Group::Tagged>(made.where)) note("group.tagged");
    if (std::holds_alternative<Group::Segments>(made.where)) {
      note("group.segments");
      if (made.count_slot == nowhere) note("group.blank_ends");
    }
    if (made.count_slot != nowhere) note("group.counted");
    layout(made.rows, false);
  }

  void line(const Layout& made, const Line& line) {
    if (line.kind == Line::Kind::body_length) note("framing.body_length");
    if (line.one_way) note("line.for_direction");
    if (line.kind != Line::Kind::field) return;
    const FieldSpec& field = made.record->fields[line.field];
    if (line.transport) note("transport");
    if (profile_.format != Format::fixed && !field.required) {
      note(line.absent == Absent::omit    ? "absent.omit"
           : line.absent == Absent::empty ? "absent.empty"
                                          : "absent.null");
    }
    if (field.name == "message_id") {
      note(line.slot_count == 1 ? "id.single" : "id.parts");
      for (const Slot& slot : made.slots_of(line)) {
        if (std::holds_alternative<Derived>(slot.place)) note("id.repeats_field");
      }
    }
    std::visit([&](const auto& form) { this->form(form, line); }, line.form);
  }

  void form(const std::monostate&, const Line&) {}
  void form(const TextForm& text, const Line&) {
    if (text.trim) note("text.trim");
    if (text.cut) note("cut");
    if (!text.none.empty()) note("text.none");
  }
  void form(const MoneyForm& money, const Line&) {
    note(money.point ? "money.yuan" : money.places == 2 ? "money.fen" : "money.implied");
    switch (money.sign) {
      case MoneyForm::Sign::none:
        break;
      case MoneyForm::Sign::leading:
        note("sign.leading");
        break;
      case MoneyForm::Sign::if_negative:
        note("sign.if_negative");
        break;
      case MoneyForm::Sign::trailing:
        note("sign.trailing");
        break;
      case MoneyForm::Sign::flag:
        note("sign.flag");
        break;
    }
  }
  void form(const RateForm& rate, const Line&) {
    if (rate.unit == "percent") note("rate.percent");
    if (rate.unit == "fraction") note("rate.fraction");
    if (rate.unit == "permille_month") note("rate.permille_month");
    if (rate.unit == "per_10000_day") note("rate.per_10000_day");
    if (!rate.point) note("rate.implied");
  }
  void form(const DateForm& date, const Line&) {
    if (!date.none.empty()) note("date.none");
    const std::string& text = date.pattern.text;
    if (date.pattern.year.digits == 2) note("date.two_digit_year");
    note(text == "yyyyMMdd" || text == "yyMMdd" ? "date.plain"
         : text == "yyyy-MM-dd"                 ? "date.hyphens"
                                                : "date.other_form");
  }
  void form(const InstantForm& instant, const Line& line) {
    note(line.slot_count == 1 ? "instant.single" : "instant.parts");
    if (instant.pattern.fraction.digits > 0) note("instant.fraction");
  }
  void form(const CodeForm&, const Line&) {}
  void form(const CountForm&, const Line&) {}

  const Profile& profile_;
  std::set<std::string_view> used_;
};

}  // namespace

std::vector<std::string_view> features(const Profile& profile) {
  return Collector(profile).collect();
}

Spread spread(const Partners& partners) {
  Spread spread;
  std::vector<std::vector<std::string_view>> of_profile;
  for (const auto& profile : partners.all()) of_profile.push_back(features(*profile));
  for (const std::string_view feature : all_features) {
    std::vector<PartnerId> users;
    for (std::size_t i = 0; i < of_profile.size(); ++i) {
      if (std::ranges::binary_search(of_profile[i], feature)) users.push_back(partners.all()[i]->id);
    }
    if (users.size() < 2) spread.rare.push_back(feature);
    spread.used.emplace_back(feature, std::move(users));
  }
  for (std::size_t i = 0; i < of_profile.size(); ++i) {
    for (std::size_t j = i + 1; j < of_profile.size(); ++j) {
      if (partners.all()[i]->format != partners.all()[j]->format) continue;
      Spread::Pair pair{partners.all()[i]->id, partners.all()[j]->id, {}};
      std::ranges::set_symmetric_difference(of_profile[i], of_profile[j], std::back_inserter(pair.differ));
      if (pair.differ.size() < 3) spread.alike.push_back(std::move(pair));
    }
  }
  return spread;
}

}  // namespace loangate::adapters
