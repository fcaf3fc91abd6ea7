#include "ops/messages/consequences.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "ops/messages/journal.hpp"
#include "ops/messages/masking.hpp"
#include "store/search/index.hpp"

namespace loangate::ops {
namespace {

/// More than an entry can send: its deliveries are numbered with two digits.
constexpr std::uint64_t most_deliveries = 99;
constexpr std::uint64_t most_changes = 10'000;

}  // namespace

std::string_view name_of(store::DeliveryState state) {
  using enum store::DeliveryState;
  switch (state) {
    case waiting:
      return "waiting";
    case delivered:
      return "delivered";
    case parked:
      return "parked";
    case withdrawn:
      return "withdrawn";
  }
  __builtin_trap();
}

std::optional<Traced> trace(const Operations& operations, Sequence sequence) {
  const store::Store& store = operations.store;
  auto stored = store.entry(sequence);
  if (!stored) return std::nullopt;
  Traced traced{.stored = *std::move(stored), .changes = {}, .sent = {}};
  const auto caused = operations.searching ? operations.searching->index.caused(sequence) : std::nullopt;
  traced.indexed = caused.has_value();
  if (caused && caused->count > 0) {
    traced.changes = store.changes_after(caused->first - 1, std::min(caused->count, most_changes));
    std::erase_if(traced.changes,
                  [&](const store::StoredChange& change) { return change.cause != sequence; });
  }
  for (std::uint64_t place = 1; place <= most_deliveries; ++place) {
    auto delivery = store.delivery(DeliveryId{sequence.number * 100 + place});
    if (!delivery) break;
    const DeliveryId id = delivery->id;
    traced.sent.push_back({*std::move(delivery), store.attempts(id)});
  }
  return traced;
}

void write_message_head(JsonWriter& json, const store::StoredEntry& stored) {
  write_entry_head(json, stored);
  if (stored.entry.kind) {
    const RecordSpec& record = *spec_of(*stored.entry.kind).record;
    json.member("kind_zh", record.zh).member("kind_en", record.en);
  }
  const auto facts = store::search::facts_of(stored.entry);
  json.key("findings").begin_array();
  for (const std::string& code : facts.findings) json.value(std::string_view(code));
  json.end_array();
  const auto say = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) json.member(name, std::string_view(value));
  };
  say("loan_no", facts.loan_no);
  say("lender", facts.lender);
  say("company_uscc", facts.company_uscc);
  say("company_name", facts.company_name);
  say("amount", facts.amount);
}

void write_delivery(JsonWriter& json, const Sent& sent, bool whole) {
  const store::Delivery& delivery = sent.delivery;
  json.begin_object()
      .member("id", delivery.id.number)
      .member("to", delivery.to.view())
      .member("kind", spec_of(delivery.kind).name)
      .member("kind_zh", spec_of(delivery.kind).record->zh)
      .member("lane", std::string_view(delivery.lane))
      .member("state", name_of(delivery.state))
      .member("attempts", static_cast<std::uint64_t>(delivery.attempts))
      .member("created", format(delivery.created));
  if (delivery.next_attempt.micros != 0) json.member("next_attempt", format(delivery.next_attempt));
  if (!delivery.reason.empty()) json.member("reason", std::string_view(delivery.reason));
  json.key("history").begin_array();
  for (const store::DeliveryChange& attempt : sent.attempts) {
    json.begin_object()
        .member("at", format(attempt.at))
        .member("state", name_of(attempt.state))
        .member("attempts", static_cast<std::uint64_t>(attempt.attempts))
        .member("reason", std::string_view(attempt.reason))
        .member("answer", base64(attempt.answer))
        .end_object();
  }
  json.end_array().key("message").raw(whole ? delivery.message : masked(delivery.kind, delivery.message));
  json.end_object();
}

void write_changes(JsonWriter& json, const std::vector<store::StoredChange>& changes) {
  json.begin_array();
  for (const store::StoredChange& change : changes) {
    json.begin_object()
        .member("number", change.number)
        .member("kind", std::string_view(change.kind))
        .member("key", std::string_view(change.key));
    json.key("state").raw(change.json).end_object();
  }
  json.end_array();
}

Refusal no_index() {
  return {.status = 503,
          .code = "no_index",
          .detail = {"检索暂不可用，请稍后再试", "searching is not possible now; try again in a moment"},
          .headers = {{"Retry-After", "2"}}};
}

}  // namespace loangate::ops
