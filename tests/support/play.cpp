#include "tests/support/play.hpp"

#include <fmt/format.h>

#include <algorithm>
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

namespace {

constexpr DocumentKind application_kinds[] = {DocumentKind::contract, DocumentKind::iou,
                                              DocumentKind::disbursement_voucher,
                                              DocumentKind::collection_record};

std::string document_digest(DocumentKind kind) {
  return hex(sha256(spec_of(kind).name));
}

}  // namespace

std::string application_documents() {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const DocumentKind kind : application_kinds) {
    json.begin_object().member("kind", spec_of(kind).name);
    json.member("sha256", std::string_view(document_digest(kind))).end_object();
  }
  json.end_array();
  return text;
}

Fields with(Fields fields, const Fields& other) {
  for (const auto& [name, value] : other) fields.insert_or_assign(name, value);
  return fields;
}

Record record_of(MessageKind kind, const Fields& fields) {
  const RecordSpec& spec = *spec_of(kind).record;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  for (const auto& [name, value] : fields) {
    if (!value) continue;
    const std::size_t index = spec.index_of(name);
    const FieldType type = index < spec.fields.size() ? spec.fields[index].type : FieldType::text;
    const bool raw = type == FieldType::count || type == FieldType::group;
    json.key(name);
    raw ? json.raw(*value) : json.value(std::string_view(*value));
  }
  json.end_object();
  auto record = read_canonical(spec, text);
  if (!record) {
    fmt::print(stderr, "{} {}: {}\n", spec.name, text, record.error());
    std::exit(2);
  }
  return std::move(*record);
}

std::string Play::filled(std::string text) const {
  const auto replace = [&](std::string_view name, std::string_view value) {
    if (const auto at = text.find(name); at != std::string::npos) text.replace(at, name.size(), value);
  };
  replace("<case>", last_case_.view());
  const auto payer_after = [&](std::string_view word) {
    const bool given = text.starts_with(word) && text.ends_with('>');
    return given ? PartnerId::parse(std::string_view(text).substr(word.size(), text.size() - word.size() - 1))
                 : std::nullopt;
  };
  if (const auto payer = payer_after("<instruction ")) return instruction_no(last_case_, *payer).string();
  if (const auto payer = payer_after("<remittance ")) return remittance_no(last_recovery_, *payer).string();
  return text;
}

Fields Play::filled(Fields fields) const {
  for (auto& [_, value] : fields) {
    if (value) value = filled(*std::move(value));
  }
  return fields;
}

Decision Play::judge(MessageKind kind, std::string_view partner, std::string_view day, const Fields& fields) {
  Fields given = filled(fields);
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
  if (kind == MessageKind::recovery_report) last_recovery_ = {sequence_};
  return decision;
}

void Play::receive_document(std::string_view partner, std::string_view sha256) {
  const std::string bytes = from_hex(sha256).value();
  Digest digest;
  std::ranges::copy(bytes, digest.begin());
  registry_.keep_document(PartnerId::parse(partner).value(), digest);
}

void Play::receive_documents(std::string_view partner) {
  for (const DocumentKind kind : application_kinds) receive_document(partner, document_digest(kind));
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
