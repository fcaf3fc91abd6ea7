#include "ops/people/audit.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "ops/messages/journal.hpp"
#include "ops/messages/masking.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

constexpr std::uint64_t usual_page = 50;
constexpr std::size_t acts_a_look = 200;
constexpr std::size_t most_acts_looked_at = 4000;
constexpr std::size_t most_changes = 20;           // told of one act
constexpr std::size_t most_text_bytes = 8u << 10;  // of an act, or of a state; beyond, the journal has it

struct Filter {
  std::string_view person;
  std::optional<MessageKind> kind = {};
  std::optional<Date> from = {};
  std::optional<Date> to = {};
};

std::expected<Filter, Refusal> filter_of(const Call& call) {
  Filter filter{.person = call.request.head.parameter("person").value_or("")};
  if (const auto kind = call.request.head.parameter("kind")) {
    filter.kind = message_kind(*kind);
    if (!filter.kind) {
      return std::unexpected(invalid("/kind", {"没有这种操作", "there is no such kind of act"}));
    }
  }
  const auto from = date_parameter(call, "from");
  if (!from) return std::unexpected(from.error());
  const auto to = date_parameter(call, "to");
  if (!to) return std::unexpected(to.error());
  filter.from = *from;
  filter.to = *to;
  return filter;
}

/// Whether an access event is about this person.
bool is_about(const store::JournalEntry& entry, std::string_view person) {
  if (entry.kind != MessageKind::access_event) return false;
  const auto record = read_canonical(AccessEvent::spec(), entry.canonical);
  if (!record) return false;
  const auto event = AccessEvent::from(*record);
  return event.person == person || event.by_person == person;
}

bool passes(const store::JournalEntry& entry, const Filter& filter) {
  if (filter.kind && entry.kind != filter.kind) return false;
  const Date day = civil_day(entry.received);
  if (filter.from && day < *filter.from) return false;
  if (filter.to && day > *filter.to) return false;
  return filter.person.empty() || entry.person.view() == filter.person || is_about(entry, filter.person);
}

/// Which step of an act it was, and of which proposal: as the act's answer says.
void write_step(JsonWriter& json, const store::JournalEntry& entry) {
  JsonDocument document;
  if (!document.read(entry.receipt)) return;
  for (const std::string_view name : {"step", "proposal"}) {
    if (const JsonNode* member = document.member(document.root(), name)) json.member(name, member->text);
  }
}

/// A state as it stands in the change feed, which has personal fields only where the registry needs them.
void write_state(JsonWriter& json, std::string_view name, const std::string& state) {
  if (state.size() <= most_text_bytes) json.key(name).raw(state);
}

void write_changes(JsonWriter& json, const store::Store& store, Sequence sequence) {
  json.key("changes").begin_array();
  for (const store::StoredChange& change : store.changes_of(sequence, most_changes)) {
    json.begin_object()
        .member("kind", std::string_view(change.kind))
        .member("key", std::string_view(change.key))
        .member("before_known", change.before.has_value());
    if (change.before && *change.before > 0) {
      const auto before = store.changes_after(*change.before - 1, 1);
      if (!before.empty()) write_state(json, "before", before.front().json);
    }
    write_state(json, "after", change.json);
    json.end_object();
  }
  json.end_array();
}

void write_item(JsonWriter& json, const store::Store& store, const store::StoredEntry& stored) {
  const store::JournalEntry& entry = stored.entry;
  json.begin_object();
  write_entry_head(json, stored);
  if (!entry.address.empty()) json.member("address", std::string_view(entry.address));
  write_step(json, entry);
  json.key("findings").raw(entry.findings.empty() ? "[]" : entry.findings);
  if (entry.kind && entry.canonical.size() <= most_text_bytes && !entry.canonical.empty())
    json.key("act").raw(masked(*entry.kind, entry.canonical));
  write_changes(json, store, stored.sequence);
  json.end_object();
}

}  // namespace

awaitable<Reply> read_audit(const Operations& operations, const Call& call) {
  const auto filter = filter_of(call);
  if (!filter) co_return std::unexpected(filter.error());
  const auto limit = number_parameter(call, "limit", usual_page, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());
  const auto cursor = number_parameter(call, "cursor", INT64_MAX, 1, INT64_MAX);
  if (!cursor) co_return std::unexpected(cursor.error());

  std::string body;
  JsonWriter json(body);
  json.begin_object().key("items").begin_array();
  Sequence before{*cursor};
  std::uint64_t told = 0;
  bool more = true;
  for (std::size_t looked_at = 0; more && told < *limit && looked_at < most_acts_looked_at;) {
    const auto acts = operations.store.acts_before(before, acts_a_look);
    more = acts.size() == acts_a_look;
    for (const store::StoredEntry& act : acts) {
      before = act.sequence;
      ++looked_at;
      // Business time never goes back: what is older than the first day need not be looked at.
      if (filter->from && civil_day(act.entry.received) < *filter->from) {
        more = false;
        break;
      }
      if (!passes(act.entry, *filter)) continue;
      write_item(json, operations.store, act);
      if (++told == *limit) {
        more = true;
        break;
      }
    }
  }
  json.end_array();
  if (more) json.member("next", std::string_view(std::to_string(before.number)));
  json.end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
