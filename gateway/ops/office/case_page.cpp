// GET /v1/cases/{no}: all that a decision on a case needs.
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/json_writer.hpp"
#include "ops/office/case_file.hpp"
#include "ops/office/decisions.hpp"
#include "programme/judgement.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

/// One step of what happened.
struct Event {
  std::string at;  ///< instant, or day where only that is known
  std::string zh;
  std::string en;
  std::string by = {};
  std::optional<Outcome> outcome = {};
  std::optional<Fen> amount = {};
  std::optional<Sequence> sequence = {};
};

/// What happened to the case and to its loan before.
class History {
 public:
  explicit History(const store::Store& store) : store_(store) {}

  /// A message, as the journal has it.
  void add_entry(Sequence sequence, std::optional<Fen> amount = {}) {
    const auto stored = store_.entry(sequence);
    if (!stored || !stored->entry.kind) return;
    const RecordSpec& spec = *spec_of(*stored->entry.kind).record;
    events_.push_back(
        {.at = format(stored->entry.received),
         .zh = std::string(spec.zh),
         .en = std::string(spec.en),
         .by = stored->entry.partner.empty() ? stored->entry.person.string() : stored->entry.partner.string(),
         .outcome = stored->entry.outcome,
         .amount = amount,
         .sequence = sequence});
  }

  void add_ruling(const Ruling& ruling, std::string_view zh, std::string_view en, std::optional<Fen> amount) {
    const CodeSpec& conclusion = spec_of(ruling.ruling);
    events_.push_back({.at = format(ruling.decided_on),
                       .zh = fmt::format("{}：{} {}", zh, conclusion.zh, ruling.meeting_no),
                       .en = fmt::format("{}: {} {}", en, conclusion.en, ruling.meeting_no),
                       .amount = amount});
  }

  void add_payment(const Instruction::Payment& payment, const PartnerId& by, std::string_view zh,
                   std::string_view en) {
    events_.push_back({.at = format(payment.on),
                       .zh = std::string(zh),
                       .en = std::string(en),
                       .by = by.string(),
                       .amount = payment.amount,
                       .sequence = payment.confirmation});
  }

  void write(JsonWriter& json) {
    std::ranges::sort(events_, {}, [](const Event& event) {
      return std::pair(std::string_view(event.at), event.sequence);
    });
    json.key("history").begin_array();
    for (const Event& event : events_) {
      json.begin_object()
          .member("at", std::string_view(event.at))
          .member("zh", std::string_view(event.zh))
          .member("en", std::string_view(event.en));
      if (!event.by.empty()) json.member("by", std::string_view(event.by));
      if (event.outcome) json.member("outcome", spec_of(*event.outcome).name);
      if (event.amount) json.member("amount", format_yuan(*event.amount));
      if (event.sequence) json.member("sequence", event.sequence->number);
      json.end_object();
    }
    json.end_array();
  }

 private:
  const store::Store& store_;
  std::vector<Event> events_;
};

std::vector<Remittance> remittances_of(const Case& of, const store::Store& store) {
  std::vector<Remittance> all;
  const auto add = [&](const std::optional<InstructionNo>& no) {
    const auto found = no ? store.find("remittance", no->view()) : std::nullopt;
    if (found) all.push_back(std::get<Remittance>(*found));
  };
  for (const Recovery& recovery : of.recoveries) {
    for (const Recovery::Return& part : recovery.returns) add(part.remittance);
    add(recovery.bank_remittance);
  }
  return all;
}

History history_of(const Case& of, const std::optional<Loan>& loan,
                   const std::vector<Instruction>& instructions, const std::vector<Remittance>& remittances,
                   const store::Store& store) {
  History history(store);
  if (loan) {
    history.add_entry(loan->filing, loan->filed);
    if (const auto* overdue = programme::overdue_of(*loan))
      history.add_entry(overdue->report, overdue->principal);
  }
  history.add_entry(of.application, of.principal + of.interest);
  if (of.ruling) history.add_ruling(*of.ruling, "代偿审定", "Ruling on the compensation", of.loss);
  for (const Instruction& each : instructions) {
    if (each.paid) history.add_payment(*each.paid, each.payer, "代偿支付", "Compensation paid");
    if (each.received)
      history.add_payment(*each.received, of.loan.lender, "代偿到账", "Compensation received");
  }
  for (const Recovery& each : of.recoveries) history.add_entry(each.report, each.recovered);
  for (const Remittance& each : remittances) {
    if (each.received) history.add_payment(*each.received, each.payee, "追偿缴回到账", "Recovery returned");
  }
  if (of.write_off) {
    history.add_entry(of.write_off->application);
    if (of.write_off->ruling)
      history.add_ruling(*of.write_off->ruling, "核销审定", "Ruling on the write-off", {});
  }
  return history;
}

/// What was attached, and which kinds the programme asks for that were not.
void write_documents(JsonWriter& json, const Case& of, const programme::Version* version,
                     const store::Store& store) {
  json.key("documents").begin_array();
  for (const AttachmentRow& row : of.attachments) {
    const auto bytes = from_hex(row.sha256);
    Digest digest{};
    const bool readable = bytes && bytes->size() == digest.size();
    if (readable) std::ranges::copy(*bytes, digest.begin());
    const auto document = readable ? store.entry(of.loan.lender, store::document_id(digest)) : std::nullopt;
    const bool there = document && !document->removed_by;
    json.begin_object().member("kind", spec_of(row.kind).name).member("there", there);
    if (readable) json.member("sha256", std::string_view(hex(digest)));
    if (row.name) json.member("name", std::string_view(*row.name));
    if (there)
      json.member("link",
                  std::string_view(fmt::format("/v1/documents/{}/{}", of.loan.lender.view(), hex(digest))));
    json.end_object();
  }
  const auto& kinds = document_kind_codes().codes;
  for (std::size_t i = 0; version != nullptr && version->documents && i < kinds.size(); ++i) {
    const auto kind = static_cast<DocumentKind>(i);
    const bool asked = version->documents->application.has(kind) ||
                       (of.write_off && version->documents->write_off.has(kind));
    if (!asked || std::ranges::find(of.attachments, kind, &AttachmentRow::kind) != of.attachments.end())
      continue;
    json.begin_object().member("kind", kinds[i].name).member("there", false).end_object();
  }
  json.end_array();
}

void write_proposals(JsonWriter& json, const Case& of, const store::Store& store) {
  json.key("proposals").begin_array();
  for (const Change& change : store.all("proposal")) {
    const auto& proposal = std::get<Proposal>(change);
    const bool of_cases =
        proposal.kind == MessageKind::rule_compensation || proposal.kind == MessageKind::rule_writeoff;
    if (of_cases && proposal.state == Proposal::State::open && subject_of(proposal) == of.no.view())
      write_open_proposal(json, proposal);
  }
  json.end_array();
}

template <class Thing>
void write_all(JsonWriter& json, std::string_view key, const std::vector<Thing>& things) {
  json.key(key).begin_array();
  for (const Thing& thing : things) json.raw(to_json(thing));
  json.end_array();
}

}  // namespace

awaitable<Reply> read_case(const Operations& operations, const Call& call) {
  const store::Store& store = operations.store;
  const auto found = store.find("case", call.arguments[0]);
  if (!found)
    co_return std::unexpected(
        not_found({"没有这个案件；见 GET /v1/cases", "there is no such case; see GET /v1/cases"}));
  const auto& of = std::get<Case>(*found);
  const auto loan = store.loan(of.loan);
  std::vector<Instruction> instructions;
  for (const InstructionNo& no : of.instructions) {
    if (const auto instruction = store.find("instruction", no.view()))
      instructions.push_back(std::get<Instruction>(*instruction));
  }
  const auto remittances = remittances_of(of, store);
  const auto application = store.entry(of.application);
  const auto rulebook = operations.rulebook.current();

  std::string body;
  JsonWriter json(body);
  json.begin_object().key("case").raw(to_json(of));
  if (loan) json.key("loan").raw(to_json(*loan));
  write_all(json, "instructions", instructions);
  write_all(json, "remittances", remittances);
  history_of(of, loan, instructions, remittances, store).write(json);
  write_documents(json, of, rulebook->at(of.loan.lender, civil_day(operations.clock.now())), store);
  json.key("findings")
      .raw(application && !application->entry.findings.empty() ? application->entry.findings : "[]");
  write_proposals(json, of, store);
  json.end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
