#include "simulate/talk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "base/contains.hpp"
#include "domain/finding_codes.hpp"

namespace loangate::simulate {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view leave_out = "none";

std::string names_of(std::span<const CodeSpec> codes) {
  std::string all;
  for (const CodeSpec& code : codes) all += fmt::format("{}{}", all.empty() ? "" : ", ", code.name);
  return all;
}

std::optional<std::uint8_t> place_of(std::span<const CodeSpec> codes, std::string_view name) {
  const auto found = std::ranges::find(codes, name, &CodeSpec::name);
  if (found == codes.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - codes.begin());
}

std::string fields_of(const RecordSpec& record) {
  std::string all;
  for (const FieldSpec& field : record.fields)
    all += fmt::format("{}{}", all.empty() ? "" : ", ", field.name);
  return all;
}

/// What is wrong with a value that has no variable in it; empty: nothing.
std::string fault_of(const FieldSpec& field, std::string_view text) {
  switch (field.type) {
    case FieldType::text:
      return text.size() <= field.max_bytes ? ""
                                            : fmt::format("at most {} bytes are allowed", field.max_bytes);
    case FieldType::money:
      return parse_yuan(text) ? "" : "write yuan such as \"500000.00\"";
    case FieldType::rate:
      return parse_percent(text) ? "" : "write percent a year such as \"3.60\"";
    case FieldType::date:
      return parse_date(text) ? "" : "write a day such as 2024-03-14, or {today + 30}";
    case FieldType::instant:
      return parse_instant(text) ? "" : "write a time such as 2024-03-14T09:00:00+08:00";
    case FieldType::code:
      return place_of(field.codes->codes, text) ? "" : "choose one of " + names_of(field.codes->codes);
    case FieldType::count: {
      std::int64_t number = 0;
      const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
      return bad == std::errc{} && end == text.data() + text.size() ? "" : "write a whole number";
    }
    case FieldType::group:
      break;
  }
  return "write a list of rows";
}

/// The names of the variables in a text; an error for what is no variable.
template <class See>
void each_variable(std::string_view text, const See& see) {
  for (std::size_t at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) {
    const std::size_t end = text.find('}', at);
    std::string_view inside = text.substr(at + 1, end == text.npos ? text.npos : end - at - 1);
    inside = inside.substr(0, inside.find_first_of(" +"));
    see(inside);
    if (end == text.npos) return;
  }
}

/// Reads scripts; every mistake goes to the file's own list.
class Reader {
 public:
  explicit Reader(const Letters& letters) : letters_(letters) {}

  Script script(const YamlNode& root, const fs::path& file) {
    Script script;
    script.file = file.string();
    script.name = (file.parent_path().filename() / file.stem()).string();
    std::tie(script.zh, script.en) = two_languages(root["names"]);
    std::tie(script.text_zh, script.text_en) = two_languages(root["text"]);
    script.plays = role(root["plays"]);
    if (const YamlNode delivery = root["delivery"]; !delivery.is_null()) {
      const std::string how = delivery.text();
      if (how != "push" && how != "mailbox") delivery.error("delivery: write push or mailbox");
      script.pushed = how == "push";
    }
    if (const YamlNode programme = root["programme"]; !programme.is_null()) {
      if (programme.text() != "another") programme.error("programme: write `another`, or leave it out");
      script.another_programme = true;
    }
    known_ = {"today", "self", "self.name"};
    cast_[""] = script.plays.role;
    for (const auto& [name, node] : root["cast"].members()) {
      script.cast[name] = role(node);
      cast_[name] = script.cast[name].role;
      known_.insert(name);
    }
    for (const YamlNode& company : root["companies"].one_or_many()) {
      script.companies.push_back(company.text());
      known_.insert(company.text());
      known_.insert(company.text() + ".name");
    }
    for (const YamlNode& loan : root["loans"].one_or_many()) {
      script.loans.push_back(loan.text());
      known_.insert(loan.text());
    }
    const auto steps = root["steps"].items();
    if (steps.empty()) root["steps"].error("a script has at least one step: add `steps:` with a list");
    for (const YamlNode& node : steps) script.steps.push_back(step(node));
    return script;
  }

  /// Fields of a letter: their variables are the scripts' affair.
  GivenFields letter(const RecordSpec& record, const YamlNode& node) {
    known_ = {};
    return fields(record, node, false);
  }

 private:
  static std::pair<std::string, std::string> two_languages(const YamlNode& node) {
    const auto texts = node.items();
    if (texts.size() != 2) {
      node.error("write the text in Chinese and in English: [中文, English]");
      return {};
    }
    return {texts[0].text(), texts[1].text()};
  }

  /// `bank`, or `{role: bank, needs: [loan.disbursement.guarantor]}`.
  Role role(const YamlNode& node) {
    Role role;
    const YamlNode named = node.is_map() ? node["role"] : node;
    const auto place = place_of(partner_role_codes().codes, named.text());
    if (!place) {
      named.error(fmt::format("`{}` is no role: choose one of {}", named.text(),
                              names_of(partner_role_codes().codes)));
    }
    role.role = static_cast<PartnerRole>(place.value_or(0));
    if (!node.is_map()) return role;
    for (const YamlNode& need : node["needs"].one_or_many()) {
      if (auto one = this->need(need)) role.needs.push_back(*std::move(one));
    }
    return role;
  }

  /// `loan.disbursement.guarantor`, `loan.disbursement.security = guarantee`.
  std::optional<Need> need(const YamlNode& node) {
    Need need{.text = node.text(), .code = {}};
    std::string_view text = need.text;
    std::string_view code;
    if (const std::size_t equals = text.find(" = "); equals != text.npos) {
      code = text.substr(equals + 3);
      text = text.substr(0, equals);
    }
    const std::size_t dot = text.rfind('.');
    const auto kind = message_kind(text.substr(0, dot));
    if (!kind || dot == text.npos) {
      node.error(fmt::format("`{}`: write message.field, or message.field = code", need.text));
      return std::nullopt;
    }
    need.kind = *kind;
    const auto field = this->field(*spec_of(*kind).record, text.substr(dot + 1), node);
    if (!field) return std::nullopt;
    need.field = *field;
    const FieldSpec& spec = spec_of(*kind).record->fields[*field];
    if (!code.empty()) {
      const auto place = spec.codes == nullptr ? std::nullopt : place_of(spec.codes->codes, code);
      if (!place) {
        node.error(fmt::format("`{}` is no code of {}: choose one of {}", code, spec.name,
                               spec.codes == nullptr ? "none: it is no code" : names_of(spec.codes->codes)));
        return std::nullopt;
      }
      need.code = Code{*place};
    }
    return need;
  }

  std::optional<std::uint16_t> field(const RecordSpec& record, std::string_view name, const YamlNode& node) {
    const std::size_t index = record.index_of(name);
    if (index < record.fields.size()) return static_cast<std::uint16_t>(index);
    node.error(fmt::format("{} has no field `{}`: it has {}", record.name, name, fields_of(record)));
    return std::nullopt;
  }

  void check_variables(std::string_view text, const YamlNode& node) {
    each_variable(text, [&](std::string_view name) {
      if (known_.contains(std::string(name))) return;
      std::string all;
      for (const std::string& one : known_) all += fmt::format("{}{{{}}}", all.empty() ? "" : ", ", one);
      node.error(fmt::format("`{{{}}}` is not known here: known are {}", name, all));
    });
  }

  Words words(const YamlNode& node, bool check = true) {
    Words words{node.text(), node.line()};
    if (check) check_variables(words.text, node);
    return words;
  }

  GivenFields fields(const RecordSpec& record, const YamlNode& node, bool check_known = true) {
    GivenFields given;
    for (const auto& [name, value] : node.members()) {
      const auto index = field(record, name, value);
      if (!index) continue;
      const FieldSpec& spec = record.fields[*index];
      Given one{.field = *index, .words = {"", value.line()}, .rows = {}};
      if (spec.type == FieldType::group && !value.is_scalar()) {
        for (const YamlNode& row : value.items()) one.rows.push_back(fields(*spec.group, row, check_known));
      } else {
        one.words = words(value, check_known);
        if (one.words.text == leave_out) {
          one.words.text.clear();
        } else if (!one.words.text.contains('{')) {
          if (const std::string fault = fault_of(spec, one.words.text); !fault.empty())
            value.error(fmt::format("{}: `{}` is no {}: {}", name, one.words.text, type_name(spec), fault));
        }
      }
      given.push_back(std::move(one));
    }
    return given;
  }

  static std::string_view type_name(const FieldSpec& spec) {
    switch (spec.type) {
      case FieldType::money:
        return "amount";
      case FieldType::rate:
        return "rate";
      case FieldType::date:
        return "date";
      case FieldType::instant:
        return "time";
      case FieldType::code:
        return "code of its list";
      case FieldType::count:
        return "number";
      case FieldType::text:
        return "text of its length";
      case FieldType::group:
        break;
    }
    return "list";
  }

  Keeps keeps(const RecordSpec& record, const YamlNode& node) {
    Keeps keeps;
    for (const auto& [variable, name] : node.members()) {
      if (const auto index = field(record, name.text(), name)) keeps.emplace_back(variable, *index);
      known_.insert(variable);
    }
    return keeps;
  }

  std::string sent_before(const YamlNode& node) {
    std::string name = node.text();
    if (!sent_.contains(name))
      node.error(fmt::format("nothing was sent as `{}` before: give an earlier step `as: {}`", name, name));
    return name;
  }

  MessageKind message(const YamlNode& node, Direction direction, std::string_view by, std::string_view what) {
    const std::string name = node.text();
    const auto kind = message_kind(name);
    const PartnerRole role = cast_[std::string(by)];
    if (kind && spec_of(*kind).direction == direction &&
        (direction == Direction::act || contains(spec_of(*kind).parties, role)))
      return *kind;
    std::string all;
    for (const MessageSpec& spec : all_messages()) {
      if (spec.direction == direction && (direction == Direction::act || contains(spec.parties, role)))
        all += fmt::format("{}{}", all.empty() ? "" : ", ", spec.name);
    }
    node.error(fmt::format("`{}` is nothing that {}: choose one of {}", name, what, all));
    return kind.value_or(MessageKind::receipt);
  }

  Expected expected(const YamlNode& node, const RecordSpec& sent) {
    Expected expected;
    const RecordSpec& receipt = *spec_of(MessageKind::receipt).record;
    const auto outcome = [&](const YamlNode& named) {
      const auto place = place_of(outcome_codes().codes, named.text());
      if (!place) {
        named.error(fmt::format("`{}` is no outcome: choose one of {}", named.text(),
                                names_of(outcome_codes().codes)));
      }
      expected.outcome = static_cast<Outcome>(place.value_or(0));
    };
    if (node.is_null()) return expected;
    if (node.is_scalar()) {
      outcome(node);
      return expected;
    }
    if (node.has("outcome")) outcome(node["outcome"]);
    expected.duplicate = node["duplicate"].boolean_or(false);
    if (node.has("status")) expected.status = static_cast<unsigned>(node["status"].integer(200, 599));
    for (const YamlNode& reason : node["findings"].one_or_many()) {
      std::string_view text;
      const std::string whole = reason.text();
      text = whole;
      const std::size_t at = text.find(" at ");
      Expected::Reason one{.code = std::string(text.substr(0, at)), .field = {}};
      const bool known =
          std::ranges::any_of(all_findings(), [&](const FindingSpec& spec) { return spec.name == one.code; });
      if (!known) reason.error(fmt::format("`{}` is no finding: schemas/findings.yaml lists them", one.code));
      if (at != text.npos) one.field = field(sent, text.substr(at + 4), reason);
      expected.reasons.push_back(std::move(one));
    }
    expected.fields = fields(receipt, node["fields"]);
    return expected;
  }

  Send send(const YamlNode& node, const Step& step) {
    Send send;
    const bool again = node.has("again");
    if (again) {
      send.again = sent_before(node["again"]);
      send.kind = sent_[send.again];
    } else {
      send.kind = message(node["send"], Direction::in, step.by, "this partner sends");
    }
    const RecordSpec& record = *spec_of(send.kind).record;
    if (again) {
      send.fields = fields(record, node["change"]);
    } else {
      send.fields = fields(record, node["fields"]);
      if (spec_of(send.kind).direction == Direction::in) check_letter(send, node);
      send.damaged = node["damaged"].boolean_or(false);
    }
    if (const YamlNode fault = node["fault"]; !fault.is_null()) {
      const auto named = send_fault(fault.text());
      if (!named) fault.error(fmt::format("`{}` is no way to fail at sending: see README.md", fault.text()));
      send.fault = named.value_or(SendFault::none);
    }
    send.expect = expected(node["expect"], record);
    send.keep = keeps(*spec_of(MessageKind::receipt).record, node["keep"]);
    send.as = node["as"].text_or("");
    if (!send.as.empty()) {
      sent_[send.as] = send.kind;
      known_.insert(send.as + ".message_id");
    }
    return send;
  }

  /// What the letter says beside the step's own fields must be known here; required fields must be there.
  void check_letter(const Send& send, const YamlNode& node) {
    const GivenFields all = over(letters_, send.kind, send.fields);
    for (const Given& given : all) {
      if (contains(send.fields, given.field, &Given::field)) continue;
      check_variables(given.words.text, node);
      for (const GivenFields& row : given.rows) {
        for (const Given& column : row) check_variables(column.words.text, node);
      }
    }
    const RecordSpec& record = *spec_of(send.kind).record;
    for (std::uint16_t field = 0; field < record.fields.size(); ++field) {
      if (!record.fields[field].required || field == LoanDisbursement::field::message_id) continue;
      if (contains(all, field, &Given::field)) continue;
      node.error(fmt::format("{} needs {}: add it to `fields`, or to letters.yaml", record.name,
                             record.fields[field].name));
    }
  }

  Step step(const YamlNode& node) {
    Step step{.line = node.line(), .by = {}, .act = GoTo{}};
    if (!node.is_map()) {
      node.error("a step is a map such as `- send: loan.disbursement`");
      return step;
    }
    if (const YamlNode by = node["by"]; !by.is_null()) {
      if (cast_.contains(by.text())) {
        step.by = by.text();
      } else {
        by.error(fmt::format("`{}` is not in the cast: name it under `cast`", by.text()));
      }
    }
    if (node.has("send") || node.has("again")) {
      step.act = send(node, step);
    } else if (node.has("receive") || node.has("never")) {
      const bool never = node.has("never");
      const YamlNode named = node[never ? "never" : "receive"];
      Receive receive;
      receive.kind = message(named, Direction::out, step.by, "comes to this partner");
      receive.never = never;
      const RecordSpec& record = *spec_of(receive.kind).record;
      receive.where = fields(record, node["where"]);
      if (!never) {
        receive.fields = fields(record, node["fields"]);
        receive.keep = keeps(record, node["keep"]);
        receive.times = static_cast<unsigned>(node["times"].integer_or(0, 0, 100));
      }
      step.act = std::move(receive);
    } else if (node.has("office")) {
      const MessageKind kind = message(node["office"], Direction::act, "", "the office does");
      step.act = OfficeAct{kind, fields(*spec_of(kind).record, node["fields"])};
    } else if (node.has("go_to")) {
      step.act = GoTo{words(node["go_to"])};
    } else if (node.has("let")) {
      Let let;
      for (const auto& [name, value] : node["let"].members()) {
        let.values.emplace_back(name, words(value));
        known_.insert(name);
      }
      step.act = std::move(let);
    } else if (node.has("hand_in")) {
      HandIn hand_in;
      for (const YamlNode& kind : node["hand_in"].one_or_many()) {
        const auto place = place_of(document_kind_codes().codes, kind.text());
        if (!place)
          kind.error(fmt::format("`{}` is no kind of document: choose one of {}", kind.text(),
                                 names_of(document_kind_codes().codes)));
        hand_in.kinds.push_back(static_cast<DocumentKind>(place.value_or(0)));
        known_.insert(kind.text() + ".sha256");
      }
      step.act = std::move(hand_in);
    } else if (node.has("order")) {
      const auto mood = mood_named(node["order"].text());
      if (!mood)
        node["order"].error(fmt::format("`{}` is no way to misbehave: see README.md", node["order"].text()));
      step.act =
          Order{mood.value_or(Mood::well), static_cast<unsigned>(node["times"].integer_or(1, 1, 1000))};
    } else if (node.has("call")) {
      Call call;
      const std::string whole = node["call"].text();
      const std::size_t blank = whole.find(' ');
      call.method = whole.substr(0, blank);
      call.target = {blank == whole.npos ? "" : whole.substr(blank + 1), node["call"].line()};
      if (!call.target.text.starts_with('/'))
        node["call"].error("write it as `GET /v1/receipts/{filing.message_id}`");
      check_variables(call.target.text, node["call"]);
      call.content_type = node["content_type"].text_or("");
      call.body = node.has("body") ? words(node["body"]) : Words{};
      call.status = static_cast<unsigned>(node["status"].integer_or(200, 200, 599));
      if (node.has("same_as")) call.same_as = sent_before(node["same_as"]);
      step.act = std::move(call);
    } else {
      node.error("a step does one of send, again, receive, never, office, hand_in, go_to, let, order, call");
    }
    return step;
  }

  const Letters& letters_;
  std::set<std::string> known_;
  std::map<std::string, PartnerRole> cast_;
  std::map<std::string, MessageKind> sent_;
};

void take(const YamlFile& file, ConfigErrors& errors) {
  file.refuse_unread();
  errors.insert(errors.end(), file.errors().begin(), file.errors().end());
}

Letters load_letters(const fs::path& path, ConfigErrors& errors) {
  Letters letters;
  if (!fs::exists(path)) return letters;
  const YamlFile file(path);
  for (const auto& [name, node] : file.root().members()) {
    const auto kind = message_kind(name);
    if (!kind) {
      node.error(fmt::format("there is no message `{}`: schemas/catalogue.yaml lists them", name));
      continue;
    }
    letters[*kind] = Reader(letters).letter(*spec_of(*kind).record, node);
  }
  take(file, errors);
  return letters;
}

Script load_one(const fs::path& path, const Letters& letters, ConfigErrors& errors) {
  const YamlFile file(path);
  Script script;
  if (file.errors().empty()) script = Reader(letters).script(file.root(), path);
  take(file, errors);
  return script;
}

}  // namespace

GivenFields over(const Letters& letters, MessageKind kind, const GivenFields& fields) {
  GivenFields all;
  if (const auto letter = letters.find(kind); letter != letters.end()) all = letter->second;
  for (const Given& given : fields) {
    const auto at = std::ranges::find(all, given.field, &Given::field);
    if (at == all.end()) {
      all.push_back(given);
    } else {
      *at = given;
    }
  }
  return all;
}

std::expected<Talk, ConfigErrors> load_talk(const fs::path& folder) {
  ConfigErrors errors;
  if (!fs::is_directory(folder)) {
    return std::unexpected(
        ConfigErrors{{folder.string(), 0,
                      "there is no such folder: name the one with letters.yaml and the roles' folders"}});
  }
  Talk talk;
  talk.letters = load_letters(folder / "letters.yaml", errors);
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml" && entry.path().parent_path() != folder)
      files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) talk.scripts.push_back(load_one(file, talk.letters, errors));
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return talk;
}

std::expected<Talk, ConfigErrors> load_script(const fs::path& file) {
  ConfigErrors errors;
  Talk talk;
  talk.letters = load_letters(file.parent_path().parent_path() / "letters.yaml", errors);
  talk.scripts.push_back(load_one(file, talk.letters, errors));
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return talk;
}

}  // namespace loangate::simulate
