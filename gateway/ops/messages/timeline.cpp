#include "ops/messages/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "delivery/commit.hpp"
#include "ops/aside.hpp"
#include "programme/deadline.hpp"
#include "store/search/index.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;
namespace search = store::search;

constexpr std::int64_t day_micros = 24LL * 3600 * 1'000'000;
/// Days without work that are named one by one.
constexpr std::size_t most_skipped = 60;

/// One point of the line. `order` keeps what has one time in the order in which it came about.
struct Event {
  Instant at;
  std::uint64_t order;
  std::string json;
};

/// What must still be done, as it is told.
struct Due {
  Deadline deadline;
  std::string whose;
};

/// The open deadlines of a loan, asked of the registry as decisions see it; a unit may be asked twice.
store::Unit look_at(LoanRef ref, Date today, const programme::RulebookInForce& rulebook,
                    std::shared_ptr<std::vector<Due>> found) {
  return [=, &rulebook](const store::View& view, Sequence) {
    const auto rules = rulebook.current();
    found->clear();
    if (const auto loan = view.loan(ref)) {
      for (const programme::OpenDeadline& open : programme::deadlines_of(*loan, today, view, *rules))
        found->push_back({view.deadline(open.deadline).value_or(open.deadline), open.whose.string()});
    }
    return store::Writes{};
  };
}

/// Gathers the events of a loan.
class Line {
 public:
  Line(const Operations& operations, Instant now)
      : now_(now), today_(civil_day(now)), calendar_(operations.rulebook.current()->calendar()) {}

  void entry(const Traced& traced) {
    const store::JournalEntry& entry = traced.stored.entry;
    const auto facts = search::facts_of(entry);
    Writer json = begin(entry.received, entry.person.empty() ? "message" : "act");
    const std::string_view zh = entry.kind ? spec_of(*entry.kind).record->zh : "无法识别的报文";
    const std::string_view en = entry.kind ? spec_of(*entry.kind).record->en : "Message of unknown type";
    json.say(fmt::format("{} · {}", zh, spec_of(entry.outcome).zh),
             fmt::format("{}: {}", en, spec_of(entry.outcome).en));
    json->member("sequence", traced.stored.sequence.number);
    if (!entry.partner.empty()) json->member("partner", entry.partner.view());
    if (!entry.person.empty()) json->member("person", entry.person.view());
    if (entry.kind) json->member("kind", spec_of(*entry.kind).name);
    json->member("outcome", spec_of(entry.outcome).name);
    json->key("findings").begin_array();
    for (const std::string& code : facts.findings) json->value(std::string_view(code));
    json->end_array();
    if (!facts.amount.empty()) json->member("amount", std::string_view(facts.amount));
    json->key("changes").begin_array();
    for (const store::StoredChange& change : traced.changes)
      json->value(fmt::format("{}/{}", change.kind, change.key));
    json->end_array();
    add(std::move(json), entry.received);
    for (const Sent& sent : traced.sent) delivery(sent, entry);
  }

  /// A day on which something is due, or was.
  void due(const Due& due) {
    const Deadline& deadline = due.deadline;
    const CodeSpec& kind = spec_of(deadline.kind);
    Writer json = begin_day(deadline.due_on);
    json.say(fmt::format("{}（应于该日前）", kind.zh), fmt::format("{}, due", kind.en));
    json->member("kind", kind.name).member("partner", std::string_view(due.whose));
    json->member("state", deadline.missed_on ? "missed" : deadline.reminded_on ? "reminded" : "open");
    json->member("provisional", deadline.provisional);
    count_days(*json, deadline.due_on);
    add(std::move(json), start_of(deadline.due_on.plus_days(1)));
  }

  void maturity(const Loan& loan) {
    if (!loan.open()) return;
    Writer json = begin_day(loan.matures_on);
    json.say("贷款到期", "The loan matures");
    json->member("kind", "maturity").member("partner", loan.ref.lender.view()).member("state", "open");
    count_days(*json, loan.matures_on);
    add(std::move(json), start_of(loan.matures_on.plus_days(1)));
  }

  std::vector<Event> take() {
    std::ranges::sort(events_, [](const Event& a, const Event& b) {
      return std::tie(a.at, a.order) < std::tie(b.at, b.order);
    });
    return std::move(events_);
  }

 private:
  /// An event being written: its members go into one text that does not move.
  class Writer {
   public:
    Writer() : text_(std::make_unique<std::string>()), json_(*text_) { json_.begin_object(); }
    JsonWriter* operator->() { return &json_; }
    JsonWriter& operator*() { return json_; }
    void say(std::string_view zh, std::string_view en) { json_.member("zh", zh).member("en", en); }
    std::string take() {
      json_.end_object();
      return std::move(*text_);
    }

   private:
    std::unique_ptr<std::string> text_;
    JsonWriter json_;
  };

  Writer begin(Instant at, std::string_view what) {
    Writer json;
    json->member("at", format(at)).member("when", at <= now_ ? "past" : "future").member("what", what);
    return json;
  }
  Writer begin_day(Date day) {
    Writer json;
    json->member("at", format(day))
        .member("when", day < today_ ? "past" : "future")
        .member("what", "deadline");
    return json;
  }
  void add(Writer json, Instant at) { events_.push_back({at, events_.size(), json.take()}); }

  /// Attempts are kept in real time. Where business time is another day's, they are told in it: as long after
  /// the entry as they were.
  static Instant in_business_time(Instant real, const store::JournalEntry& entry) {
    const std::int64_t ahead = entry.received.micros - entry.real_time.micros;
    return ahead < day_micros && ahead > -day_micros ? real : Instant{real.micros + ahead};
  }

  void delivery(const Sent& sent, const store::JournalEntry& entry) {
    const store::Delivery& delivery = sent.delivery;
    const RecordSpec& record = *spec_of(delivery.kind).record;
    const Instant created = in_business_time(delivery.created, entry);
    Writer json = begin(created, "delivery");
    json.say(fmt::format("发往 {}：{}", delivery.to.view(), record.zh),
             fmt::format("To {}: {}", delivery.to.view(), record.en));
    json->member("partner", delivery.to.view())
        .member("kind", spec_of(delivery.kind).name)
        .member("state", name_of(delivery.state))
        .member("sequence", delivery.cause.number)
        .member("delivery", delivery.id.number);
    add(std::move(json), created);
    for (const store::DeliveryChange& each : sent.attempts) attempt(each, sent, entry);
  }

  void attempt(const store::DeliveryChange& attempt, const Sent& sent, const store::JournalEntry& entry) {
    using enum store::DeliveryState;
    const Instant at = in_business_time(attempt.at, entry);
    Writer json = begin(at, "attempt");
    const std::string_view to = sent.delivery.to.view();
    switch (attempt.state) {
      case waiting:
        json.say(fmt::format("未送达 {}，稍后重试", to),
                 fmt::format("Not delivered to {}, to be tried again", to));
        break;
      case delivered:
        json.say(fmt::format("{} 已确认收到", to), fmt::format("{} confirmed it", to));
        break;
      case parked:
        json.say(fmt::format("发往 {} 的报文已搁置", to), fmt::format("Parked on its way to {}", to));
        break;
      case withdrawn:
        json.say(fmt::format("发往 {} 的报文已撤下", to), fmt::format("Withdrawn from {}", to));
        break;
    }
    json->member("partner", to)
        .member("state", name_of(attempt.state))
        .member("sequence", sent.delivery.cause.number)
        .member("delivery", sent.delivery.id.number);
    if (!attempt.reason.empty()) json->member("reason", std::string_view(attempt.reason));
    add(std::move(json), at);
  }

  bool works(Date day) const {
    return calendar_.is_working_day(day).value_or(day.weekday() != 0 && day.weekday() != 6);
  }

  void count_days(JsonWriter& json, Date due) const {
    json.member("days_left", static_cast<std::int64_t>(due - today_));
    if (due < today_) return;
    std::vector<Date> skipped;
    std::int64_t working = 0;
    for (Date day = today_.plus_days(1); day <= due; day = day.plus_days(1)) {
      if (works(day)) {
        ++working;
      } else if (skipped.size() < most_skipped) {
        skipped.push_back(day);
      }
    }
    json.member("working_days_left", working).key("skipped").begin_array();
    for (const Date day : skipped) json.value(format(day));
    json.end_array();
  }

  const Instant now_;
  const Date today_;
  const Calendar calendar_;
  std::vector<Event> events_;
};

/// The newest entries that any of these find.
std::expected<store::SearchFound, std::string> newest(const store::SearchIndex& index,
                                                      std::vector<search::Meaning> any, std::size_t most) {
  search::Query query;
  query.clauses.push_back({"", std::move(any)});
  return index.find(query, {.limit = most});
}

/// What else belongs to the loan: its cases, their instructions, what is owed from recoveries.
std::vector<search::Meaning> things_of(const std::vector<Traced>& entries) {
  std::set<std::string> keys;
  for (const Traced& traced : entries) {
    for (const store::StoredChange& change : traced.changes) {
      if (change.kind == "case" || change.kind == "instruction" || change.kind == "remittance")
        keys.insert(fmt::format("{}/{}", change.kind, change.key));
    }
  }
  std::vector<search::Meaning> things;
  for (const std::string& key : keys) things.push_back({search::Key::thing, key});
  return things;
}

std::expected<LoanHistory, Refusal> gathered(const Operations& operations, const Call& call,
                                             std::size_t most) {
  const auto unknown = [] {
    return std::unexpected(not_found({"没有关于这笔贷款的记录", "nothing is known of such a loan"}));
  };
  const auto lender = PartnerId::parse(call.arguments[0]);
  const auto number = LoanNo::parse(call.arguments[1]);
  if (!lender || !number) return unknown();

  LoanHistory history{.ref = {*lender, *number},
                      .loan = operations.store.loan({*lender, *number}),
                      .entries = {},
                      .complete = true,
                      .through = {}};
  std::vector<search::Meaning> meant{{search::Key::loan, history.ref.text()}};
  std::set<Sequence> known;
  // Twice: what names the loan, then what names only its case or an instruction.
  for (int round = 0; round < 2 && !meant.empty(); ++round) {
    const auto found = newest(operations.searching->index, meant, most);
    if (!found) return std::unexpected(no_index());
    history.complete = history.complete && found->complete && !found->next;
    history.through = found->through;
    for (const Sequence sequence : found->entries) {
      if (!known.insert(sequence).second) continue;
      if (auto traced = trace(operations, sequence)) history.entries.push_back(*std::move(traced));
    }
    meant = things_of(history.entries);
  }
  if (history.entries.empty() && !history.loan) return unknown();
  std::ranges::sort(history.entries, {}, [](const Traced& traced) { return traced.stored.sequence; });
  if (history.entries.size() > most) {
    const auto surplus = static_cast<std::ptrdiff_t>(history.entries.size() - most);
    history.entries.erase(history.entries.begin(), history.entries.begin() + surplus);
    history.complete = false;
  }
  return history;
}

}  // namespace

awaitable<std::expected<LoanHistory, Refusal>> history_of(const Operations& operations, const Call& call,
                                                          std::size_t most) {
  if (!operations.searching) co_return std::unexpected(no_index());
  auto work = [&] { return gathered(operations, call, most); };
  co_return co_await on_thread_of(operations.searching->threads, work);
}

awaitable<std::optional<std::string>> timeline_json(const Operations& operations, const LoanHistory& history,
                                                    Instant now) {
  Line line(operations, now);
  for (const Traced& traced : history.entries) line.entry(traced);
  if (history.loan) {
    line.maturity(*history.loan);
    auto found = std::make_shared<std::vector<Due>>();
    store::Unit look = look_at(history.ref, civil_day(now), operations.rulebook, found);
    const store::Committed looked = co_await delivery::commit(operations.committer, std::move(look));
    if (!looked) co_return std::nullopt;
    for (const Due& due : *found) line.due(due);
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("lender", history.ref.lender.view())
      .member("loan_no", history.ref.number.view())
      .member("now", format(now));
  if (history.loan) json.key("loan").raw(to_json(*history.loan));
  json.key("events").begin_array();
  for (const Event& event : line.take()) json.raw(event.json);
  json.end_array().member("complete", history.complete);
  const std::uint64_t last = operations.store.last_sequence().number;
  json.member("indexed_through", history.through.number)
      .member("behind", last - std::min(last, history.through.number))
      .end_object();
  co_return body;
}

awaitable<Reply> read_timeline(const Operations& operations, const Call& call) {
  const auto limit = number_parameter(call, "limit", greatest_limit, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());
  const auto history = co_await history_of(operations, call, static_cast<std::size_t>(*limit));
  if (!history) co_return std::unexpected(history.error());
  auto body = co_await timeline_json(operations, *history, operations.clock.now());
  if (!body) co_return std::unexpected(not_stored());
  co_return json_answer(*std::move(body));
}

}  // namespace loangate::ops
