#include "ops/alerts/watch.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "base/log.hpp"
#include "delivery/commit.hpp"
#include "intake/office.hpp"
#include "programme/deadline.hpp"

namespace loangate::ops::alerts {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::chrono::minutes between_slow_looks{10};  // at deadlines and certificates
constexpr std::chrono::minutes step_is_told{15};
constexpr std::size_t loans_a_look = 32;
constexpr std::size_t most_detail_bytes = 540;  // a detail has 600
constexpr std::size_t rows_a_page = 200;

/// Cut between characters.
std::string cut(std::string text) {
  if (text.size() <= most_detail_bytes) return text;
  std::size_t size = most_detail_bytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0u) == 0x80u) --size;
  text.resize(size);
  return text;
}

std::optional<OnRecord> read_turn(const Directive& directive) {
  const auto record = read_canonical(AlertTurn::spec(), directive.act);
  if (!record) return std::nullopt;
  const auto turn = AlertTurn::from(*record);
  const RuleSpec* const rule = find_rule(turn.rule);
  if (rule == nullptr) return std::nullopt;  // of a rule that is no more
  return OnRecord{.key = {rule->rule, turn.about},
                  .open = turn.state == AlertState::open,
                  .turn = directive.cause,
                  .since = directive.since,
                  .words = {turn.detail_zh, turn.detail_en}};
}

/// Whether the message would say that something is well that is not: another stage of the same certificate is
/// open.
bool replaced(const Key& key, const std::set<Key>& open) {
  const bool staged = key.first == Rule::certificate_expiring || key.first == Rule::revocations_expiring;
  return staged && std::ranges::any_of(open, [&](const Key& other) {
           return other.first == key.first && other != key && subject_of(other) == subject_of(key);
         });
}

}  // namespace

std::vector<OnRecord> on_record(const store::Store& store) {
  std::vector<OnRecord> alerts;
  for (const Change& change : store.all("directive")) {
    const auto& directive = std::get<Directive>(change);
    if (directive.kind != MessageKind::alert_turn) continue;
    if (auto alert = read_turn(directive)) alerts.push_back(*std::move(alert));
  }
  return alerts;
}

std::optional<Answered> answered(const store::Store& store, const Key& key, Instant now) {
  const std::string about = fmt::format("{}/{}", spec_of(key.first).name, key.second);
  const auto found = store.find("directive", directive_key(MessageKind::alert_answer, about));
  if (!found) return std::nullopt;
  const auto& directive = std::get<Directive>(*found);
  const auto record = read_canonical(AlertAnswer::spec(), directive.act);
  if (!record) return std::nullopt;
  const auto act = AlertAnswer::from(*record);
  Answered last{.answer = act.answer,
                .until = act.until,
                .reason = act.reason,
                .at = directive.since,
                .act = directive.cause};
  if (last.answer == AlertResponse::muted && (!last.until || *last.until <= now)) return std::nullopt;
  return last;
}

Notice notice_of(const OnRecord& alert) {
  const RuleSpec& rule = spec_of(alert.key.first);
  std::string command(rule.command);
  if (const auto at = command.find("{}"); at != std::string::npos) command.replace(at, 2, alert.key.second);
  return {.turn = alert.turn,
          .at = alert.since,
          .opened = alert.open,
          .rule = std::string(rule.name),
          .about = alert.key.second,
          .severity = std::string(rule.severity),
          .title_zh = std::string(rule.zh),
          .title_en = std::string(rule.en),
          .zh = alert.words.zh,
          .en = alert.words.en,
          .runbook = fmt::format("config/monitoring/runbooks/{}.md", rule.name),
          .command = std::move(command)};
}

Watch::Watch(Parts parts) : parts_(std::move(parts)) {
  auto alerts = on_record(parts_.store);
  std::ranges::sort(alerts, {}, &OnRecord::turn);
  for (const OnRecord& alert : alerts) {
    if (alert.open) open_.insert(alert.key);
  }
  for (const OnRecord& alert : alerts) {
    const bool silent = alert.open ? muted(alert.key) : replaced(alert.key, open_);
    if (!silent) parts_.messenger.tell(notice_of(alert));
  }
}

bool Watch::muted(const Key& key) const {
  const auto last = answered(parts_.store, key, real_now());
  return last && last->answer == AlertResponse::muted;
}

void Watch::see_clock(Seen& seen) {
  const auto steady = steady_clock::now();
  if (clocks_) {
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(steady - clocks_->second);
    const std::int64_t step = seen.now.micros - clocks_->first.micros - passed.count();
    const seconds whole(step / 1'000'000);
    if (std::chrono::abs(whole) > parts_.bounds.clock_step) {
      stepped_by_ = whole;
      stepped_ = steady;
    }
  }
  clocks_ = {seen.now, steady};
  if (steady - stepped_ < step_is_told) seen.clock_stepped_by = stepped_by_;
}

awaitable<std::vector<Seen::Deadlines>> Watch::deadlines_near() const {
  const Date today = civil_day(parts_.clock.now());
  std::set<LoanRef> told;
  for (const Change& change : parts_.store.all("deadline")) {
    const auto& deadline = std::get<Deadline>(change);
    if (!deadline.missed_on && deadline.due_on >= today &&
        deadline.due_on - today <= parts_.bounds.deadline_days)
      told.insert(deadline.loan);
  }
  auto near = std::make_shared<std::map<PartnerId, Seen::Deadlines>>();
  const std::vector<LoanRef> loans(told.begin(), told.end());
  for (std::size_t at = 0; at < loans.size(); at += loans_a_look) {
    const std::size_t end = std::min(loans.size(), at + loans_a_look);
    std::vector<LoanRef> some(loans.begin() + static_cast<std::ptrdiff_t>(at),
                              loans.begin() + static_cast<std::ptrdiff_t>(end));
    // What is still open is asked of the registry as decisions see it; nothing is written.
    store::Unit ask = [some = std::move(some), today, near, days = parts_.bounds.deadline_days,
                       &rulebook = parts_.rulebook](const store::View& view, Sequence) {
      const auto rules = rulebook.current();
      for (const LoanRef& ref : some) {
        const auto loan = view.loan(ref);
        if (!loan) continue;
        for (const auto& open : programme::deadlines_of(*loan, today, view, *rules)) {
          const Date due = open.deadline.due_on;
          if (!open.can_be_missed || due < today || due - today > days) continue;
          auto& lender = near->try_emplace(ref.lender, Seen::Deadlines{ref.lender, due, 0}).first->second;
          lender.first = std::min(lender.first, due);
          ++lender.count;
        }
      }
      return store::Writes{};
    };
    const store::Committed asked = co_await delivery::commit(parts_.committer, std::move(ask));
    if (!asked) break;
  }
  std::vector<Seen::Deadlines> found;
  for (const auto& [lender, deadlines] : *near) found.push_back(deadlines);
  co_return found;
}

awaitable<Seen> Watch::see() {
  Seen seen{.now = real_now(), .since = parts_.flow.parts().tally.since()};
  const auto steady = steady_clock::now();
  see_clock(seen);
  const Flow::Parts& flow = parts_.flow.parts();
  const Tally::Now counted = flow.tally.now(seen.now);
  const auto unreachable = flow.unreachable ? flow.unreachable() : std::vector<PartnerId>{};
  std::erase_if(out_of_reach_since_, [&](const auto& known) {
    return std::ranges::find(unreachable, known.first) == unreachable.end();
  });
  bool money_parked = false;
  for (const auto& total : parts_.store.delivery_totals()) {
    money_parked |= total.kind == MessageKind::compensation_instruction &&
                    total.state == store::DeliveryState::parked && total.count > 0;
  }
  const auto profiles = flow.profiles();
  for (const auto& profile : profiles->all()) {
    Seen::Partner partner{.id = profile->id, .flow = parts_.flow.partner(profile->id, counted, unreachable)};
    if (partner.flow.unreachable)
      partner.unreachable_for = std::chrono::duration_cast<seconds>(
          steady - out_of_reach_since_.try_emplace(profile->id, steady).first->second);
    if (money_parked && partner.flow.tally.parked > 0) {
      DeliveryId after{};
      for (bool more = true; more && !partner.oldest_parked_money;) {
        const auto rows = parts_.store.undelivered(profile->id, after, rows_a_page);
        more = rows.size() == rows_a_page;
        for (const auto& row : rows) {
          after = row.id;
          if (row.kind == MessageKind::compensation_instruction &&
              row.state == store::DeliveryState::parked && !partner.oldest_parked_money)
            partner.oldest_parked_money = row.created;
        }
      }
    }
    seen.partners.push_back(std::move(partner));
  }
  if (parts_.files) {
    for (const net::PartnerFiles& files : parts_.files()) {
      if (!files.missing.empty())
        seen.missing_files.push_back({files.partner, *files.missing.begin(), files.missing.size()});
    }
  }
  const auto ready = parts_.store.ready();
  if (!ready) seen.store_fault = ready.error().what;
  struct statvfs disk{};
  if (::statvfs(parts_.data.c_str(), &disk) == 0)
    seen.disk_free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (parts_.evidence) {
    const RecordStanding record = parts_.evidence();
    seen.record_read = record.rounds > 0;
    if (record.faults > 0) seen.evidence_fault = words_of(record);
  }

  if (ready && (!slow_things_seen_ || steady - *slow_things_seen_ >= between_slow_looks)) {
    slow_things_seen_ = steady;
    deadlines_ = co_await deadlines_near();
    if (parts_.certificates) {
      auto all = parts_.certificates();
      const std::lock_guard lock(mutex_);
      certificates_ = std::move(all);
    }
  }
  seen.deadlines = deadlines_;
  seen.certificates = certificates();
  co_return seen;
}

/// On record first, then told: what is not on record is found again by the next look.
awaitable<void> Watch::turn(Key key, bool opens, Words words) {
  const AlertTurn act{.rule = std::string(spec_of(key.first).name),
                      .about = key.second,
                      .state = opens ? AlertState::open : AlertState::closed,
                      .detail_zh = cut(std::move(words.zh)),
                      .detail_en = cut(std::move(words.en))};
  const Record record = act.record();
  const intake::Hand hand{intake::gateway_itself, parts_.clock.now()};
  store::Unit unit = [given = intake::given_act(AlertTurn::kind, record, canonical_json(record)), hand,
                      &rulebook = parts_.rulebook](const store::View& view, Sequence sequence) {
    intake::ActReply reply;
    return intake::enter(given, hand, *rulebook.current(), view, sequence, reply);
  };
  const store::Committed committed = co_await delivery::commit(parts_.committer, std::move(unit));
  if (!committed || !*committed) {
    LogLine(LogLevel::error, "alert.not_recorded")
        .reason(committed ? "the act was not kept" : committed.error().what);
    co_return;
  }
  bool silent = false;
  {
    const std::lock_guard lock(mutex_);
    if (opens) {
      open_.insert(key);
    } else {
      open_.erase(key);
      silent = replaced(key, open_);
    }
  }
  LogLine(opens ? LogLevel::warn : LogLevel::info, opens ? "alert.opened" : "alert.closed")
      .sequence((*committed)->number)
      .reason(spec_of(key.first).name);
  if (opens && muted(key)) silent = true;
  if (silent) co_return;
  parts_.messenger.tell(notice_of({.key = key,
                                   .open = opens,
                                   .turn = **committed,
                                   .since = real_now(),
                                   .words = {act.detail_zh, act.detail_en}}));
}

awaitable<void> Watch::look() {
  const Seen seen = co_await see();
  const std::set<Key> before = [&] {
    const std::lock_guard lock(mutex_);
    return open_;
  }();
  std::set<Key> now;
  for (Trouble& trouble : troubles(seen, parts_.bounds, before)) {
    now.insert(trouble.key);
    if (!before.contains(trouble.key)) co_await turn(trouble.key, true, std::move(trouble.words));
  }
  for (const Key& key : before) {
    if (now.contains(key)) continue;
    Words words{"已恢复正常", "it is well again"};
    co_await turn(key, false, std::move(words));
  }
}

void Watch::keep_looking(asio::io_context& context) {
  const auto forever = [this]() -> awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
      timer.expires_after(parts_.every);  // first of all: a start has to settle
      co_await timer.async_wait(asio::use_awaitable);
      co_await look();
    }
  };
  asio::co_spawn(context, forever, [](const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
  });
}

std::map<Rule, std::size_t> Watch::open() const {
  std::map<Rule, std::size_t> counts;
  for (const RuleSpec& rule : all_rules()) counts[rule.rule] = 0;
  const std::lock_guard lock(mutex_);
  for (const Key& key : open_) ++counts[key.first];
  return counts;
}

std::vector<Seen::Certificate> Watch::certificates() const {
  const std::lock_guard lock(mutex_);
  return certificates_;
}

}  // namespace loangate::ops::alerts
