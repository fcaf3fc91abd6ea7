#include "ops/messages/journal.hpp"

#include "base/base64.hpp"
#include "ops/messages/masking.hpp"

namespace loangate::ops {
namespace {

void write_findings(JsonWriter& json, const store::JournalEntry& entry) {
  json.key("findings").raw(entry.findings.empty() ? "[]" : entry.findings);
}

void write_contents(JsonWriter& json, const store::StoredEntry& stored, bool whole, bool audits) {
  const store::JournalEntry& entry = stored.entry;
  const bool for_auditors = entry.kind == MessageKind::access_event;
  if (entry.kind && !entry.canonical.empty() && (audits || !for_auditors)) {
    json.key("canonical").raw(whole ? entry.canonical : masked(*entry.kind, entry.canonical));
  }
  json.member("raw_sha256", hex(entry.raw_digest)).member("content_sha256", hex(entry.content));
  json.key("raw");
  if (whole && !stored.removed_by && (audits || !for_auditors)) {
    json.value(base64(entry.raw));
  } else {
    json.null();
  }
  // A receipt repeats ids and findings only; that of an act is JSON.
  json.key("receipt");
  if (stored.removed_by) {
    json.null();
  } else if (entry.person.empty()) {
    json.value(base64(entry.receipt));
  } else {
    json.raw(entry.receipt);
  }
}

}  // namespace

void write_entry_head(JsonWriter& json, const store::StoredEntry& stored) {
  const store::JournalEntry& entry = stored.entry;
  json.member("sequence", stored.sequence.number);
  if (!entry.partner.empty()) json.member("partner", entry.partner.view());
  if (!entry.person.empty()) json.member("person", entry.person.view());
  if (entry.kind) json.member("kind", spec_of(*entry.kind).name);
  if (!entry.message_id.empty()) json.member("message_id", entry.message_id.view());
  if (entry.profile != Digest{}) json.member("profile", hex(entry.profile));
  json.member("received", format(entry.received))
      .member("real_time", format(entry.real_time))
      .member("outcome", spec_of(entry.outcome).name)
      .member("status", static_cast<std::uint64_t>(entry.status));
  if (stored.removed_by) json.member("removed_by", stored.removed_by->number);
}

boost::asio::awaitable<Reply> list_journal(const Operations& operations, const Call& call) {
  const auto after = number_parameter(call, "after", 0, 0, INT64_MAX);
  if (!after) co_return std::unexpected(after.error());
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());

  std::string body;
  JsonWriter json(body);
  json.begin_object().key("entries").begin_array();
  Sequence last{*after};
  for (const store::StoredEntry& stored : operations.store.entries_after(last, *limit)) {
    last = stored.sequence;
    json.begin_object();
    write_entry_head(json, stored);
    write_findings(json, stored.entry);
    json.end_object();
  }
  json.end_array().member("next", last.number).end_object();
  co_return json_answer(std::move(body));
}

boost::asio::awaitable<Reply> read_journal(const Operations& operations, const Call& call) {
  const auto number = whole_number(call.arguments.front());
  const auto stored = number ? operations.store.entry(Sequence{*number}) : std::nullopt;
  if (!stored)
    co_return std::unexpected(not_found({"流水中没有这一号", "the journal has no entry of this number"}));

  std::string body;
  JsonWriter json(body);
  json.begin_object();
  write_entry_head(json, *stored);
  write_findings(json, stored->entry);
  write_contents(json, *stored, call.sees_personal_fields(), call.sees_audit());
  json.end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
