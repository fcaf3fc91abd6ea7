#include "adapters/profile/frame.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "adapters/profile/fit.hpp"
#include "adapters/profile/place.hpp"
#include "base/contains.hpp"

namespace loangate::adapters {
namespace {

template <class Choice>
struct Word {
  std::string_view word;
  Choice choice;
};

/// The choice that the node names; a mistake lists the words there are.
template <class Choice, std::size_t N>
Choice choose(const YamlNode& node, const std::string& given, std::string_view what,
              const Word<Choice> (&words)[N]) {
  std::vector<std::string_view> known;
  for (const auto& [word, choice] : words) {
    if (word == given) return choice;
    known.push_back(word);
  }
  if (!given.empty())
    node.error(fmt::format("`{}` is no {}: write one of {}", given, what, fmt::join(known, ", ")));
  return words[0].choice;
}

void read_identity(const YamlNode& root, std::string_view folder, Profile& profile) {
  const std::string id = root["id"].text();
  if (id != folder)
    root["id"].error(fmt::format("the id `{}` is not the folder's name `{}`: make them one", id, folder));
  const bool plain = std::ranges::all_of(
      id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (auto parsed = PartnerId::parse(id); parsed && plain) {
    profile.id = *parsed;
  } else if (!id.empty()) {
    root["id"].error("an id is 1 to 24 small letters, digits and hyphens: choose another");
  }

  const CodeListSpec& roles = partner_role_codes();
  const std::string role = root["role"].text();
  const auto known = std::ranges::find(roles.codes, role, &CodeSpec::name);
  if (known != roles.codes.end()) {
    profile.role = static_cast<PartnerRole>(known - roles.codes.begin());
  } else if (!role.empty()) {
    root["role"].error(
        fmt::format("`{}` is no role: write bank, guarantor, fund, office or credit_registry", role));
  }

  const auto names = root["names"].items();
  if (names.size() == 2) {
    profile.name_zh = names[0].text();
    profile.name_en = names[1].text();
  } else {
    root["names"].error("`names` has two: write [中文名称, English name]");
  }
  if (root.has("institution_code")) {
    const std::string code = root["institution_code"].text();
    profile.institution_code = InstitutionCode::parse(code);
    const bool shaped = code.size() == InstitutionCode::capacity && code.front() >= 'A' &&
                        code.front() <= 'Z' &&
                        std::ranges::all_of(code.substr(1), [](char c) { return c >= '0' && c <= '9'; });
    if (!shaped) {
      root["institution_code"].error(fmt::format(
          "`{}` is no institution code, which is a capital letter and 13 digits: correct it", code));
    }
  }
}

void read_style(const YamlNode& root, Profile& profile) {
  constexpr Word<Format> formats[] = {{"xml", Format::xml}, {"json", Format::json}, {"fixed", Format::fixed}};
  profile.format = choose(root["format"], root["format"].text(), "format", formats);
  constexpr Word<Charset> charsets[] = {{"UTF-8", Charset::utf8},
                                        {"GBK", Charset::gbk},
                                        {"GB18030", Charset::gb18030},
                                        {"GB2312", Charset::gb2312}};
  profile.charset = choose(root["encoding"], root["encoding"].text(), "encoding", charsets);
  for (const YamlNode& type : root["content_types"].one_or_many()) {
    std::string text = type.text();
    if (!text.contains('/') || text.contains(';') ||
        std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'Z'; })) {
      type.error(fmt::format(
          "`{}` is no content type: write type/subtype in small letters, without parameters", text));
    }
    profile.content_types.push_back(std::move(text));
  }
  if (profile.content_types.empty()) (void)root["content_types"].text();

  const YamlNode limits = root["limits"];
  profile.bounds.body_bytes =
      static_cast<std::uint32_t>(limits["body_bytes"].integer_or(65'536, 256, 1'048'576));
  profile.bounds.messages_per_second =
      static_cast<std::uint32_t>(limits["per_second"].integer_or(50, 1, 100'000));

  if (profile.format != Format::fixed) {
    profile.indent = static_cast<std::uint8_t>(root["indent"].integer_or(0, 0, 8));
  } else {
    const YamlNode fixed = root["fixed"];
    constexpr Word<std::string_view> separators[] = {{"none", ""}, {"crlf", "\r\n"}, {"lf", "\n"}};
    profile.fixed.separator =
        choose(fixed["separator"], fixed["separator"].text_or("none"), "separator", separators);
    if (fixed.has("delimiter")) {
      const std::string delimiter = fixed["delimiter"].text();
      if (delimiter.size() == 1 && delimiter.front() > ' ' && delimiter.front() < 127) {
        profile.fixed.delimiter = delimiter.front();
      } else if (delimiter == "\t") {
        profile.fixed.delimiter = '\t';
      } else {
        fixed["delimiter"].error("a delimiter is one ASCII character: write it in quotes, such as \"|\"");
      }
      profile.fixed.trailing_delimiter = fixed["trailing"].boolean_or(false);
    }
  }
}

/// The value of `encoding` in an XML declaration, or nothing.
std::optional<std::string_view> declared_encoding(std::string_view declaration) {
  const std::size_t at = declaration.find("encoding=");
  if (at == declaration.npos || at + 10 >= declaration.size()) return std::nullopt;
  const char quote = declaration[at + 9];
  const std::size_t end = declaration.find(quote, at + 10);
  if (end == declaration.npos) return std::nullopt;
  return declaration.substr(at + 10, end - at - 10);
}

void read_xml(const YamlNode& root, Profile& profile) {
  if (profile.format != Format::xml) return;
  const YamlNode xml = root["xml"];
  profile.xml.declaration = xml["declaration"].text_or("");
  profile.xml.declaration_required = xml["required"].boolean_or(false);
  const std::string& declaration = profile.xml.declaration;
  // An encoding that is none of ours has been reported.
  if (!declaration.empty() && root["encoding"].text() == name(profile.charset)) {
    const std::string_view trimmed =
        std::string_view(declaration).substr(0, declaration.find_last_not_of("\r\n") + 1);
    const auto encoding = declared_encoding(declaration);
    if (!trimmed.starts_with("<?xml version=\"1.0\"") && !trimmed.starts_with("<?xml version='1.0'")) {
      xml["declaration"].error(
          "an XML declaration begins with <?xml version=\"1.0\": write it so, in single quotes");
    } else if (!trimmed.ends_with("?>")) {
      xml["declaration"].error("an XML declaration ends with ?>: complete it");
    } else if (encoding ? charset_named(*encoding) != profile.charset : profile.charset != Charset::utf8) {
      xml["declaration"].error(fmt::format("the declaration says `{}`, but encoding is {}: make them one",
                                           encoding.value_or("UTF-8"), name(profile.charset)));
    }
  }
  for (const auto& [prefix, uri] : xml["namespaces"].members()) {
    profile.namespaces.push_back({prefix == "default" ? "" : prefix, uri.text()});
  }
}

void read_leniencies(const YamlNode& root, Profile& profile) {
  constexpr Word<bool Leniencies::*> options[] = {{"ignore_unknown", &Leniencies::ignore_unknown},
                                                  {"fewer_places", &Leniencies::fewer_places},
                                                  {"any_padding", &Leniencies::any_padding},
                                                  {"optional_record_end", &Leniencies::optional_record_end}};
  for (const YamlNode& item : root["lenient"].items()) {
    const std::string option = item["option"].text();
    profile.lenient.*choose(item["option"], option, "leniency", options) = true;
    Leniency leniency{.option = option,
                      .reason = item["reason"].text(),
                      .until = Date::from_days(0),
                      .source = item.source()};
    if (leniency.reason.empty() && item.has("reason")) item["reason"].error("an empty reason: say why");
    const std::string until = item["until"].text();
    if (const auto day = parse_date(until)) {
      leniency.until = *day;
    } else if (!until.empty()) {
      item["until"].error(fmt::format("`{}` is no day: write the last one, such as 2026-12-31", until));
    }
    profile.leniencies.push_back(std::move(leniency));
    const bool of_trees = option == "ignore_unknown";
    const bool of_records = option == "any_padding" || option == "optional_record_end";
    if ((of_trees && profile.format == Format::fixed) || (of_records && profile.format != Format::fixed)) {
      item["option"].error(fmt::format("`{}` means nothing for {}: remove it", option, name(profile.format)));
    }
    if (option == "optional_record_end" && profile.fixed.separator.empty()) {
      item["option"].error("`optional_record_end` without a separator: remove it");
    }
  }
}

void read_framing(const YamlNode& framing, Profile& profile) {
  if (framing.has("length")) {
    const YamlNode length = framing["length"];
    LengthPrefix prefix;
    prefix.digits = static_cast<std::uint8_t>(length["digits"].integer(2, 10));
    constexpr Word<bool> counts[] = {{"rest", false}, {"all", true}};
    prefix.counts_itself = choose(length["counts"], length["counts"].text(), "count", counts);
    const std::string pad = length["pad"].text_or("0");
    if (pad != "0" && pad != " ")
      length["pad"].error("a length is filled with \"0\" or \" \": write one of them");
    constexpr Word<Padding::Side> sides[] = {{"left", Padding::Side::left}, {"right", Padding::Side::right}};
    const auto side = choose(length["side"], length["side"].text_or("left"), "side", sides);
    if (pad == "0" && side == Padding::Side::right)
      length["side"].error("zeros on the right make another number: write left");
    prefix.padding = {pad == " " ? ' ' : '0', side};
    profile.framing.length = prefix;
  }
  profile.framing.end = framing["end"].text_or("");
}

std::optional<MessageKind> out_message(const YamlNode& node, const std::string& name) {
  const auto kind = message_kind(name);
  const bool ours =
      kind && (spec_of(*kind).direction == Direction::out || spec_of(*kind).direction == Direction::answer);
  if (!ours) node.error(fmt::format("`{}` is no message that we send: name one of the profile's", name));
  return ours ? kind : std::nullopt;
}

XmlList read_xml_list(const YamlNode& list, const Profile& profile) {
  const auto checked = [&](std::string_view key, std::string name) {
    if (!list.has(key)) return name;  // reported as missing
    if (!is_xml_name(name)) {
      list[key].error(
          fmt::format("`{}` is no XML name: write one name, not a path{}", name,
                      key == "id" ? ", with `@` before it if it is an attribute of the item" : ""));
    } else {
      (void)encoded_size(list[key], name, profile);
    }
    return name;
  };
  std::string id = list["id"].text();
  const bool is_attribute = id.starts_with('@');
  if (is_attribute) id.erase(0, 1);
  return {.root = checked("root", list["root"].text()),
          .item = checked("item", list["item"].text()),
          .id = checked("id", std::move(id)),
          .id_is_attribute = is_attribute};
}

ListEnvelope read_list(const YamlNode& list, const Profile& profile, bool framed) {
  if (profile.format == Format::fixed || framed || list.has("id_digits")) {
    CountedList counted;
    counted.id_digits = static_cast<std::uint8_t>(list["id_digits"].integer_or(20, 10, 20));
    counted.length_digits = static_cast<std::uint8_t>(list["length_digits"].integer_or(8, 5, 10));
    return counted;
  }
  if (profile.format == Format::xml) return read_xml_list(list, profile);
  const auto name = [&](std::string_view key) {
    const std::string text = list[key].text();
    (void)encoded_size(list[key], text, profile);
    return text;
  };
  return JsonList{name("items"), name("id"), name("message")};
}

void read_delivery(const YamlNode& delivery, Profile& profile, bool framed) {
  if (delivery.has("push") == delivery.has("mailbox")) {
    delivery.error("`delivery` names one way: write push or mailbox");
  }
  if (delivery.has("push")) {
    const YamlNode push = delivery["push"];
    Push made;
    made.url = push["url"].text();
    if (!made.url.empty() && !made.url.starts_with("https://")) {
      push["url"].error(fmt::format("`{}` is no https URL: pushes go over mutual TLS", made.url));
    }
    made.server_name = push["server_name"].text_or("");
    made.within_seconds = static_cast<int>(push["within_seconds"].integer_or(10, 1, 120));
    profile.delivery = std::move(made);
  } else {
    profile.delivery = Mailbox{read_list(delivery["mailbox"]["list"], profile, framed)};
  }
  constexpr Word<OnUnknown> choices[] = {
      {"resend", OnUnknown::resend}, {"query", OnUnknown::query}, {"park", OnUnknown::park}};
  for (const auto& [name, choice] : delivery["on_unknown"].members()) {
    const auto kind = out_message(choice, name);
    if (!profile.push()) choice.error("`on_unknown` is for a push: remove it");
    const OnUnknown chosen = choose(choice, choice.text(), "way on", choices);
    for (MessageMap& message : profile.messages) {
      if (message.kind == kind) message.on_unknown = chosen;
    }
  }
}

void read_unmappable(const YamlNode& unmappable, Profile& profile) {
  constexpr Word<Unmappable> choices[] = {{"park", Unmappable::park}, {"mark", Unmappable::mark}};
  for (const auto& [name, choice] : unmappable.members()) {
    const auto kind = out_message(choice, name);
    const Unmappable chosen = choose(choice, choice.text(), "way on", choices);
    for (MessageMap& message : profile.messages) {
      if (message.kind == kind) message.unmappable = chosen;
    }
  }
}

/// Makes the messages that follow from the role, with the defaults of settled 20 and 24.
void lay_out_messages(Profile& profile) {
  for (const MessageSpec& spec : all_messages()) {
    if (std::ranges::find(spec.parties, profile.role) == spec.parties.end() ||
        spec.direction == Direction::act)
      continue;
    MessageMap message{.kind = spec.kind};
    message.from_partner = spec.direction == Direction::in || spec.direction == Direction::reply;
    message.unmappable = moves_money(spec.kind) ? Unmappable::park : Unmappable::mark;
    if (spec.kind == MessageKind::compensation_instruction) message.on_unknown = OnUnknown::park;
    profile.messages.push_back(std::move(message));
  }
}

constexpr MessageKind money_messages[] = {
    MessageKind::compensation_decision, MessageKind::compensation_instruction, MessageKind::writeoff_decision,
    MessageKind::recovery_remittance, MessageKind::credit_event};

}  // namespace

bool moves_money(MessageKind kind) {
  return contains(money_messages, kind);
}

void read_frame(const YamlNode& root, std::string_view folder, Profile& profile) {
  if (!root.is_map()) {
    if (root.line() > 0)
      root.error("a profile is a map: write `id: …` and so on, as adapters/README.md shows");
    return;
  }
  read_identity(root, folder, profile);
  read_style(root, profile);
  read_xml(root, profile);
  read_leniencies(root, profile);
  read_framing(root["framing"], profile);
  lay_out_messages(profile);
  read_delivery(root["delivery"], profile, !root["framing"].is_null());
  read_unmappable(root["unmappable"], profile);
}

}  // namespace loangate::adapters
