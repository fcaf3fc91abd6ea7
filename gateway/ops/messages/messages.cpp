#include "ops/messages/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adapters/workbench/annotate.hpp"
#include "base/base64.hpp"
#include "ops/messages/consequences.hpp"
#include "ops/messages/masking.hpp"
#include "ops/system/configuration.hpp"
#include "store/search/index.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;
using store::SearchFound;
using store::SearchPage;
namespace search = store::search;

constexpr std::int64_t day_micros = 24LL * 3600 * 1'000'000;
constexpr std::int64_t usual_days = 30;

/// Where the page before ended, and since when it searched.
struct Cursor {
  Sequence before;
  std::optional<Instant> from;
};

std::string text_of(const Cursor& cursor) {
  return base64(fmt::format("{}:{}", cursor.before.number,
                            cursor.from ? std::max<std::int64_t>(cursor.from->micros, 0) : 0));
}

std::optional<Cursor> read_cursor(std::string_view text) {
  const auto plain = from_base64(text);
  if (!plain) return std::nullopt;
  const std::size_t colon = std::min(plain->find(':'), plain->size() - 1);
  const auto before = whole_number(std::string_view(*plain).substr(0, colon));
  const auto from = whole_number(std::string_view(*plain).substr(colon + 1));
  if (!before || !from || *before > INT64_MAX || *from > INT64_MAX) return std::nullopt;
  Cursor cursor{{*before}, {}};
  if (*from != 0) cursor.from = Instant{static_cast<std::int64_t>(*from)};
  return cursor;
}

void write_found(JsonWriter& json, const SearchFound& found) {
  json.key("understood").begin_array();
  for (const search::Clause& clause : found.understood) {
    json.begin_object().member("word", std::string_view(clause.word)).key("as").begin_array();
    for (const search::Meaning& meaning : clause.any) {
      json.value(meaning.key == search::Key::thing
                     ? meaning.value
                     : fmt::format("{}:{}", name_of(meaning.key), meaning.value));
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void write_index(JsonWriter& json, const Operations& operations, Sequence through) {
  const std::uint64_t last = operations.store.last_sequence().number;
  json.member("indexed_through", through.number).member("behind", last - std::min(last, through.number));
}

// --- One message

/// The bytes as text; what is no character of the charset shows as U+FFFD.
std::string lenient_text(adapters::Charset charset, std::string_view bytes) {
  std::string text;
  while (true) {
    const auto read = adapters::append_utf8(charset, bytes, text);
    if (read) return text;
    bytes.remove_prefix(std::min(read.error().offset + 1, bytes.size()));
    text += "\xEF\xBF\xBD";
  }
}

/// The profile by which the sender's bytes are read now; null: none is in force here.
std::shared_ptr<const adapters::Profile> profile_of(const Operations& operations, const PartnerId& partner) {
  if (operations.configuring == nullptr || partner.empty()) return nullptr;
  auto in_force = operations.configuring->in_force.current();
  const net::Terms* const terms = in_force->find(partner);
  return terms == nullptr ? nullptr : std::shared_ptr<const adapters::Profile>(in_force, &terms->profile);
}

constexpr std::size_t most_places = 5'000;

void write_places(JsonWriter& json, const adapters::Profile& profile, std::string_view bytes) {
  const adapters::Annotation annotation = adapters::annotate(profile, bytes);
  std::size_t written = 0;
  for (const adapters::AnnotatedPlace& place : annotation.places) {
    if (++written > most_places) break;
    json.begin_object().member("kind", name(place.kind)).member("place", std::string_view(place.place));
    if (!place.field.empty()) json.member("field", std::string_view(place.field));
    if (!place.zh.empty()) json.member("zh", place.zh);
    if (place.size != 0) {
      json.member("begin", static_cast<std::uint64_t>(place.begin))
          .member("size", static_cast<std::uint64_t>(place.size));
    }
    json.member("raw", std::string_view(place.raw));
    if (!place.canonical.empty()) json.key("value").raw(place.canonical);
    if (place.missing) json.member("missing", true);
    json.end_object();
  }
}

/// What came, to those who may see it.
void write_bytes(JsonWriter& json, const Operations& operations, const store::StoredEntry& stored,
                 bool may_see) {
  const store::JournalEntry& entry = stored.entry;
  const bool whole = may_see && !stored.removed_by;
  json.member("raw_sha256", hex(entry.raw_digest)).member("content_sha256", hex(entry.content));
  const auto profile = profile_of(operations, entry.partner);
  json.key("raw");
  whole ? json.value(base64(entry.raw)) : json.null();
  json.key("raw_text");
  if (!whole) {
    json.null();
  } else if (profile) {
    json.value(lenient_text(profile->charset, entry.raw));
  } else {
    json.value(lenient_text(adapters::Charset::utf8, entry.raw));
  }
  if (profile) json.member("charset", adapters::name(profile->charset));
  // Documents and files of many records have no mapping as a whole.
  const bool is_message = !entry.message_id.view().starts_with("document/") &&
                          !entry.message_id.view().starts_with("batch/") && entry.person.empty();
  json.key("places").begin_array();
  if (whole && profile && is_message) write_places(json, *profile, entry.raw);
  json.end_array();
  if (whole && profile && is_message)
    json.member("places_by", profile->version == entry.profile ? "same" : "other");
  if (stored.removed_by) return;
  if (entry.person.empty()) {
    json.member("receipt_raw", base64(entry.receipt));
    json.member("receipt_text",
                lenient_text(profile ? profile->charset : adapters::Charset::utf8, entry.receipt));
  } else if (!entry.receipt.empty()) {
    json.key("receipt").raw(entry.receipt);
  }
}

struct Stage {
  std::string_view name;
  std::string_view zh;
  std::string_view en;
  std::string_view state;
  std::optional<Instant> at;
  std::string detail;
};

std::vector<Stage> stages_of(const Traced& traced) {
  const store::JournalEntry& entry = traced.stored.entry;
  const bool readable = entry.outcome != Outcome::unreadable;
  std::size_t delivered = 0;
  std::size_t parked = 0;
  std::optional<Instant> last;
  for (const Sent& sent : traced.sent) {
    delivered += sent.delivery.state == store::DeliveryState::delivered ? 1 : 0;
    parked += sent.delivery.state == store::DeliveryState::parked ? 1 : 0;
    for (const store::DeliveryChange& attempt : sent.attempts)
      last = std::max(last, std::optional(attempt.at));
  }
  const bool refused = entry.outcome == Outcome::rejected || entry.outcome == Outcome::conflict;
  std::string_view sending = "waiting";
  if (traced.sent.empty()) sending = "none";
  if (!traced.sent.empty() && delivered == traced.sent.size()) sending = "done";
  if (parked > 0) sending = "parked";
  return {
      {"received", "收到", "Received", "done", entry.received, fmt::format("{} B", entry.raw.size())},
      {"decoded", "解码", "Decoded", readable ? "done" : "failed", std::nullopt, {}},
      {"judged", "判定", "Judged",
       !readable ? "none"
       : refused ? "failed"
                 : "done",
       std::nullopt, std::string(spec_of(entry.outcome).name)},
      {"committed", "提交", "Committed", "done", entry.real_time,
       fmt::format("#{}", traced.stored.sequence.number)},
      {"answered", "回执", "Answered", "done", std::nullopt, fmt::format("{}", entry.status)},
      {"delivered", "投递", "Delivered", sending, last, fmt::format("{}/{}", delivered, traced.sent.size())}};
}

void write_stages(JsonWriter& json, const Traced& traced) {
  json.key("stages").begin_array();
  for (const Stage& stage : stages_of(traced)) {
    json.begin_object().member("name", stage.name).member("zh", stage.zh).member("en", stage.en);
    if (stage.at) json.member("at", format(*stage.at));
    json.member("state", stage.state).member("detail", std::string_view(stage.detail)).end_object();
  }
  json.end_array();
}

/// The things whose lives an entry is a part of. Companies and institutions are left out: nearly every
/// message touches one.
std::vector<search::Meaning> things_of(const Traced& traced) {
  std::vector<search::Meaning> things;
  const auto add = [&](search::Key key, std::string value) {
    search::Meaning meaning{key, std::move(value)};
    if (std::ranges::find(things, meaning) == things.end()) things.push_back(std::move(meaning));
  };
  const auto facts = store::search::facts_of(traced.stored.entry);
  if (!facts.loan_no.empty()) add(search::Key::loan, fmt::format("{}/{}", facts.lender, facts.loan_no));
  for (const store::StoredChange& change : traced.changes) {
    if (change.kind == "loan") {
      add(search::Key::loan, change.key);
    } else if (change.kind == "case" || change.kind == "instruction" || change.kind == "remittance" ||
               change.kind == "proposal" || change.kind == "guarantee" || change.kind == "application" ||
               change.kind == "batch" || change.kind == "directive") {
      add(search::Key::thing, fmt::format("{}/{}", change.kind, change.key));
    }
  }
  constexpr std::size_t most_things = 8;
  if (things.size() > most_things) things.resize(most_things);
  return things;
}

/// Neighbours in the lives of the same things: sequence → which thing.
struct Neighbours {
  std::map<Sequence, std::string> before;
  std::map<Sequence, std::string> after;
};

Neighbours neighbours_of(const store::SearchIndex& index, const Traced& traced) {
  Neighbours neighbours;
  const Sequence here = traced.stored.sequence;
  for (search::Meaning& thing : things_of(traced)) {
    const std::string named = thing.key == search::Key::loan ? "loan/" + thing.value : thing.value;
    search::Query query;
    query.clauses.push_back({thing.value, {std::move(thing)}});
    const auto before = index.find(query, {.limit = 1, .before = here});
    if (before && !before->entries.empty()) neighbours.before.try_emplace(before->entries.front(), named);
    // Newest first, so the next one is the last that is behind.
    const auto all = index.find(query, {.limit = greatest_limit});
    if (!all) continue;
    std::optional<Sequence> next;
    for (const Sequence sequence : all->entries) {
      if (sequence > here) next = sequence;
    }
    if (next) neighbours.after.try_emplace(*next, named);
  }
  return neighbours;
}

void write_links(JsonWriter& json, std::string_view member, const store::Store& store,
                 const std::map<Sequence, std::string>& links) {
  json.key(member).begin_array();
  for (const auto& [sequence, thing] : links) {
    json.begin_object().member("sequence", sequence.number);
    if (const auto other = store.entry(sequence)) {
      if (other->entry.kind) {
        json.member("kind", spec_of(*other->entry.kind).name)
            .member("kind_zh", spec_of(*other->entry.kind).record->zh);
      }
      json.member("by",
                  other->entry.person.empty() ? other->entry.partner.view() : other->entry.person.view())
          .member("received", format(other->entry.received))
          .member("outcome", spec_of(other->entry.outcome).name);
    }
    json.member("thing", std::string_view(thing)).end_object();
  }
  json.end_array();
}

Reply found(const Operations& operations, const Call& call) {
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) return std::unexpected(limit.error());
  auto query = search::parse_query(call.request.head.parameter("q").value_or(""));
  if (!query) {
    const search::QueryFault& fault = query.error();
    return std::unexpected(invalid("/q", {fmt::format("“{}”：{}", fault.word, fault.zh),
                                          fmt::format("`{}`: {}", fault.word, fault.en)}));
  }
  std::optional<Cursor> cursor;
  if (const auto text = call.request.head.parameter("cursor")) {
    cursor = read_cursor(*text);
    if (!cursor) {
      return std::unexpected(
          invalid("/cursor", {"cursor 应为上一页的 next", "`cursor` must be `next` of the page before"}));
    }
  }
  const bool by_default = !query->from && !query->until;
  // A sequence is one message, whenever it came.
  const bool by_sequence = std::ranges::any_of(query->clauses, [](const search::Clause& clause) {
    return clause.any.size() == 1 && clause.any.front().key == search::Key::sequence;
  });
  if (cursor) {
    query->from = cursor->from;
  } else if (by_default && !by_sequence) {
    query->from = Instant{operations.clock.now().micros - usual_days * day_micros};
  }
  SearchPage page{.limit = static_cast<std::size_t>(*limit),
                  .count_earlier = !cursor && query->from.has_value()};
  if (cursor) page.before = cursor->before;
  const auto answer = operations.searching->index.find(*query, page);
  if (!answer) return std::unexpected(no_index());

  std::string body;
  JsonWriter json(body);
  json.begin_object().key("items").begin_array();
  for (const Sequence sequence : answer->entries) {
    const auto stored = operations.store.entry(sequence);
    if (!stored) continue;
    json.begin_object();
    write_message_head(json, *stored);
    json.end_object();
  }
  json.end_array();
  if (answer->next) json.member("next", text_of({*answer->next, query->from}));
  write_found(json, *answer);
  json.key("range").begin_object();
  if (query->from) json.member("from", format(*query->from));
  if (query->until) json.member("until", format(*query->until));
  json.member("by_default", by_default && query->from.has_value()).end_object();
  json.member("complete", answer->complete).key("earlier").begin_object();
  json.member("count", answer->earlier).member("exact", answer->earlier_exact).end_object();
  write_index(json, operations, answer->through);
  json.end_object();
  return json_answer(std::move(body));
}

Reply message(const Operations& operations, const Call& call) {
  const auto number = whole_number(call.arguments.front());
  const auto traced =
      number && *number <= INT64_MAX / 100 ? trace(operations, Sequence{*number}) : std::nullopt;
  if (!traced) {
    return std::unexpected(not_found({"流水中没有这一号", "the journal has no entry of this number"}));
  }
  const store::JournalEntry& entry = traced->stored.entry;
  const bool whole = call.sees_personal_fields();
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("head").begin_object();
  write_message_head(json, traced->stored);
  json.end_object().key("findings").raw(entry.findings.empty() ? "[]" : entry.findings);
  if (entry.kind && !entry.canonical.empty())
    json.key("canonical").raw(whole ? entry.canonical : masked(*entry.kind, entry.canonical));
  write_bytes(json, operations, traced->stored, whole);
  write_stages(json, *traced);
  json.member("indexed", traced->indexed).key("changes");
  write_changes(json, traced->changes);
  json.key("deliveries").begin_array();
  for (const Sent& sent : traced->sent) write_delivery(json, sent, whole);
  json.end_array();
  const Neighbours neighbours =
      traced->indexed ? neighbours_of(operations.searching->index, *traced) : Neighbours{};
  write_links(json, "caused_by", operations.store, neighbours.before);
  write_links(json, "led_to", operations.store, neighbours.after);
  json.end_object();
  return json_answer(std::move(body));
}

}  // namespace

awaitable<Reply> find_messages(const Operations& operations, const Call& call) {
  if (!operations.searching) co_return std::unexpected(no_index());
  auto work = [&] { return found(operations, call); };
  co_return co_await on_thread_of(operations.searching->threads, work);
}

awaitable<Reply> read_message(const Operations& operations, const Call& call) {
  if (!operations.searching) co_return message(operations, call);
  auto work = [&] { return message(operations, call); };
  co_return co_await on_thread_of(operations.searching->threads, work);
}

}  // namespace loangate::ops
