#include "tests/support/play.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/json_writer.hpp"
#include "domain/case_no.hpp"

namespace loangate::support {

using programme::Decision;
using programme::Occasion;

const programme::Rulebook& rulebook() {
  static const programme::Rulebook loaded = [] {
    const std::filesystem::path config = LOANGATE_SOURCE_DIR "/config";
    auto read =
        programme::load_rulebook(config / "programmes", config / "calendar.yaml", config / "lpr.yaml");
    if (!read) {
      for (const ConfigError& error : read.error()) fmt::print(stderr, "{}\n", error.text());
      std::exit(2);
    }
    return std::move(*read);
  }();
  return loaded;
}

Fields with(Fields fields, const Fields& other) {
  for (const auto& [name, value] : other) fields.insert_or_assign(name, value);
  return fields;
}

namespace {

Record record_of(MessageKind kind, const Fields& fields) {
  const RecordSpec& spec = *spec_of(kind).record;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  for (const auto& [name, value] : fields) {
    if (!value) continue;
    const std::size_t index = spec.index_of(name);
    const bool number = index < spec.fields.size() && spec.fields[index].type == FieldType::count;
    json.key(name);
    number ? json.raw(*value) : json.value(std::string_view(*value));
  }
  json.end_object();
  auto record = read_canonical(spec, text);
  if (!record) {
    fmt::print(stderr, "{} {}: {}\n", spec.name, text, record.error());
    std::exit(2);
  }
  return std::move(*record);
}

}  // namespace

std::string Play::filled(std::string text) const {
  const auto replace = [&](std::string_view name, std::string_view value) {
    if (const auto at = text.find(name); at != std::string::npos) text.replace(at, name.size(), value);
  };
  replace("<case>", last_case_.view());
  if (text.starts_with("<instruction ") && text.ends_with(">")) {
    const auto payer = PartnerId::parse(std::string_view(text).substr(13, text.size() - 14)).value();
    return instruction_no(last_case_, payer).string();
  }
  return text;
}

Decision Play::judge(MessageKind kind, std::string_view partner, std::string_view day, const Fields& fields) {
  Fields given;
  for (const auto& [name, value] : fields) given[name] = value ? std::optional(filled(*value)) : std::nullopt;
  const std::uint64_t number = ++sequence_;
  const MessageSpec& spec = spec_of(kind);
  if (spec.direction == Direction::in) given.try_emplace("message_id", fmt::format("M{}", number));
  Record record = record_of(kind, given);
  Occasion occasion{.sequence = {number},
                    .partner = PartnerId::parse(partner).value(),
                    .received = {start_of(parse_date(day).value()).micros + 12LL * 3600 * 1'000'000}};
  if (spec.direction == Direction::act) {
    return decide(office_act(kind, record), occasion, registry_, *rulebook_);
  }
  const InboundMessage message = inbound(kind, record);
  record.clear(0);
  occasion.content = sha256(canonical_json(record));
  return decide(message, occasion, registry_, *rulebook_);
}

Decision Play::say(MessageKind kind, std::string_view partner, std::string_view day, const Fields& fields) {
  Decision decision = judge(kind, partner, day, fields);
  registry_.apply(decision.changes);
  if (decision.case_no) last_case_ = *decision.case_no;
  return decision;
}

std::optional<Decision> Play::judge_again(std::string_view partner, std::string_view loan_no,
                                          std::string_view day) {
  const Occasion occasion{.sequence = {++sequence_},
                          .partner = PartnerId::parse(partner).value(),
                          .received = start_of(parse_date(day).value())};
  auto decision = decide_again(loan(partner, loan_no), occasion, registry_, *rulebook_);
  if (decision) registry_.apply(decision->changes);
  return decision;
}

Loan Play::loan(std::string_view lender, std::string_view number) const {
  return registry_.loan({PartnerId::parse(lender).value(), LoanNo::parse(number).value()}).value();
}

}  // namespace loangate::support
