#include "ops/system/retention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "intake/office.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;
using store::ArchivedDay;
namespace fs = std::filesystem;

constexpr std::chrono::minutes between_looks{10};
// In the night, when a day is over everywhere.
constexpr std::int64_t after_midnight_micros = 2LL * 3600 * 1'000'000;
// What stays although its time is over, is looked at again: a loan ends, a hold is lifted.
constexpr int days_until_another_look = 7;
constexpr std::size_t most_days_told = 50;

/// The last night in which a round should have gone.
Date night_of(Instant now) {
  return civil_day({now.micros - after_midnight_micros});
}

std::uint64_t size_of(const fs::path& file) {
  std::error_code absent;
  const auto size = fs::file_size(file, absent);
  return absent ? 0 : size;
}

/// When texts of the day may go for the first time.
std::optional<Date> due(const ArchivedDay& day, const RetentionLimits& limits) {
  const auto least = limits.least();
  if (!least || day.entries == 0) return std::nullopt;
  return day.day.plus_days(*least + 1);
}

}  // namespace

void Retention::keep_going() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Retention::run(const std::stop_token& stop) {
  std::optional<Date> gone;
  while (!stop.stop_requested()) {
    if (const Date night = night_of(real_now()); gone != night) {
      gone = night;
      const RetentionRound round = go(civil_day(real_now()), [&stop] { return !stop.stop_requested(); });
      if (!round.fault.empty() && !stop.stop_requested()) {
        LogLine(LogLevel::error, "retention.failed").reason(round.fault);
        gone.reset();  // the next look tries again
      }
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, between_looks, [] { return false; });
  }
}

std::optional<RetentionRound> Retention::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

void Retention::publish(const RetentionRound& round) {
  const std::lock_guard lock(mutex_);
  last_ = round;
}

RetentionRound Retention::go(Date today, const store::Archive::GoOn& go_on) {
  RetentionRound round{.began = real_now()};
  publish(round);
  store::Archive& archive = parts_.store.archive();
  archive.sweep();
  const Date before = today.plus_days(-parts_.limits.archive_after_days);
  while (round.fault.empty() && parts_.limits.archive_after_days > 0 && go_on()) {
    // The last room on the disk is the journal's.
    if (const auto ready = parts_.store.ready(); !ready) {
      round.fault = ready.error().what;
      break;
    }
    const auto day = archive.archive_next(before, go_on);
    if (!day) {
      round.fault = day.error();
    } else if (!*day) {
      break;
    } else {
      ++round.archived_days;
      LogLine(LogLevel::info, "retention.archived")
          .sequence((*day)->last.number)
          .number("loangate.entries", (*day)->entries);
    }
    publish(round);
  }
  const auto days = archive.days();
  if (!days && round.fault.empty()) round.fault = "the store cannot be read now";
  for (const ArchivedDay& day : days.value_or(std::vector<ArchivedDay>())) {
    if (!round.fault.empty() || !go_on()) break;
    const auto first = due(day, parts_.limits);
    const auto again = not_before_.find(day.first);
    if (!first || *first > today || (again != not_before_.end() && again->second > today)) continue;
    look_at(day, today, go_on, round);
    publish(round);
  }
  if (round.removed_entries > 0) parts_.on_removed();
  round.ended = real_now();
  publish(round);
  return round;
}

void Retention::look_at(const ArchivedDay& day, Date today, const store::Archive::GoOn& go_on,
                        RetentionRound& round) {
  const std::uint64_t failed_before = parts_.store.archive().failed_reads();
  RetentionRules rules(parts_.store, parts_.limits, today);
  // When something of what stays may go: the age of a kind is known, the end of a loan or a hold is not.
  Date again = Date::of(9999, 12, 31).value();
  const auto stays = [&](const store::StoredEntry& entry) {
    const auto why = rules.stays(entry, day.day);
    if (!why) return false;
    ++round.kept[*why];
    const auto limit = parts_.limits.keep_days_of(entry.entry);
    if (*why == Stays::not_yet && limit) again = std::min(again, day.day.plus_days(*limit + 1));
    if (*why == Stays::legal_hold || *why == Stays::not_final)
      again = std::min(again, today.plus_days(days_until_another_look));
    return true;
  };
  const auto remainder = parts_.store.archive().keep_only(day, stays, go_on);
  if (!remainder) {
    round.fault = remainder.error();
    return;
  }
  if (remainder->removed == 0) {
    not_before_.insert_or_assign(day.first, again);
    return;
  }
  if (!remove(*remainder, rules, failed_before)) {
    LogLine(LogLevel::warn, "retention.not_removed")
        .reason("something new speaks against it, or the store does");
    parts_.store.archive().sweep();
    return;  // another night decides again
  }
  not_before_.insert_or_assign(day.first, again);
  round.removed_entries += remainder->removed;
  round.removed_bytes += remainder->bytes;
  parts_.store.archive().sweep();
}

/// On record first, in one commit with the day's new file. Alone in its group, so that what was committed
/// before is all there is.
bool Retention::remove(const store::Archive::Remainder& remainder, RetentionRules& rules,
                       std::uint64_t failed_before) {
  const RetentionRemoval act{
      .subject = fmt::format("texts {}-{}", remainder.day.first.number, remainder.day.last.number),
      .day = remainder.day.day,
      .entries = static_cast<std::int64_t>(remainder.removed),
      .bytes = static_cast<std::int64_t>(remainder.bytes),
      .digest = hex(remainder.digest)};
  const Record record = act.record();
  auto given = std::make_shared<const intake::GivenAct>(
      intake::given_act(RetentionRemoval::kind, record, canonical_json(record)));
  const intake::Hand hand{intake::gateway_itself, parts_.clock.now()};
  auto reply = std::make_shared<intake::ActReply>();
  std::vector<store::Unit> units;
  units.emplace_back([given, hand, reply, archived = remainder.day, &rulebook = parts_.rulebook](
                         const store::View& view, Sequence sequence) {
    store::Writes writes = intake::enter(*given, hand, *rulebook.current(), view, sequence, *reply);
    writes.archived = archived;
    return writes;
  });
  // Most of what is new is looked at before the writer has to wait for it.
  if (!rules.still_so()) return false;
  const store::Archive& archive = parts_.store.archive();
  const auto keep = [&rules, &archive, reply, failed_before] {
    return reply->status < 300 && rules.still_so() && archive.failed_reads() == failed_before;
  };
  std::promise<store::Committer::Kept> told;
  parts_.committer.submit_whole(std::move(units), keep,
                                [&told](store::Committer::Kept kept) { told.set_value(std::move(kept)); });
  const store::Committer::Kept kept = told.get_future().get();
  if (!kept || !*kept) return false;
  LogLine line(LogLevel::info, "retention.removed");
  if (reply->sequence) line.sequence(reply->sequence->number);
  line.number("loangate.entries", remainder.removed).number("loangate.bytes", remainder.bytes);
  return true;
}

namespace {

void write_limits(JsonWriter& json, const RetentionLimits& limits) {
  json.member("archive_after_days", static_cast<std::uint64_t>(limits.archive_after_days));
  json.key("keep_days").begin_array();
  for (const auto& [kind, days] : limits.keep_days) {
    json.begin_object()
        .member("kind", std::string_view(kind))
        .member("days", static_cast<std::uint64_t>(days))
        .end_object();
  }
  json.end_array();
}

void write_archived(JsonWriter& json, const std::vector<ArchivedDay>& days) {
  std::uint64_t files = 0, entries = 0, bytes = 0, moved = 0;
  for (const ArchivedDay& day : days) {
    files += day.entries > 0 ? 1 : 0;
    entries += day.entries;
    bytes += day.bytes;
    moved += day.last.number - day.first.number + 1;
  }
  json.key("archived").begin_object();
  if (!days.empty()) {
    json.member("from", format(days.front().day))
        .member("until", format(days.back().day))
        .member("through", days.back().last.number);
  }
  json.member("files", files)
      .member("entries", entries)
      .member("bytes", bytes)
      .member("removed", moved - entries);
  json.end_object();
}

void write_days(JsonWriter& json, const std::vector<ArchivedDay>& days, const RetentionLimits& limits) {
  json.key("next").begin_array();
  std::size_t told = 0;
  for (const ArchivedDay& day : days) {
    const auto on = due(day, limits);
    if (!on || ++told > most_days_told) continue;
    json.begin_object()
        .member("day", format(day.day))
        .member("first", day.first.number)
        .member("last", day.last.number)
        .member("entries", day.entries)
        .member("bytes", day.bytes)
        .member("from", format(*on));
    if (day.removed_by) json.member("removed_by", day.removed_by->number);
    json.end_object();
  }
  json.end_array();
}

void write_holds(JsonWriter& json, const std::vector<HoldInForce>& holds) {
  json.key("holds").begin_array();
  for (const HoldInForce& hold : holds) {
    json.begin_object().member("institution", hold.institution.view());
    if (hold.loan_no) json.member("loan_no", hold.loan_no->view());
    json.member("reason", std::string_view(hold.reason))
        .member("act", hold.act.number)
        .member("since", format(hold.since))
        .end_object();
  }
  json.end_array();
}

void write_round(JsonWriter& json, const RetentionRound& round) {
  json.key("last_round").begin_object().member("began", format(round.began));
  if (round.ended) json.member("ended", format(*round.ended));
  json.member("archived_days", round.archived_days)
      .member("removed_entries", round.removed_entries)
      .member("removed_bytes", round.removed_bytes)
      .key("kept")
      .begin_object();
  for (const Stays why : {Stays::act, Stays::not_yet, Stays::legal_hold, Stays::not_final}) {
    const auto count = round.kept.find(why);
    json.member(name_of(why), count == round.kept.end() ? 0 : count->second);
  }
  json.end_object();
  if (!round.fault.empty()) json.member("fault", std::string_view(round.fault));
  json.end_object();
}

}  // namespace

awaitable<Reply> read_retention(const Operations& operations, const Call&) {
  if (operations.retention == nullptr)
    co_return std::unexpected(not_found({"此处不作留存清理", "nothing is archived here"}));
  const Retention& retention = *operations.retention;
  const auto days = retention.archive().days();
  if (!days) co_return std::unexpected(not_stored());
  std::uint64_t archive_bytes = 0;
  std::error_code absent;
  for (const auto& each : fs::directory_iterator(retention.data() / "archive", absent))
    archive_bytes += size_of(each.path());

  std::string body;
  JsonWriter json(body);
  json.begin_object();
  write_limits(json, retention.limits());
  write_archived(json, *days);
  write_days(json, *days, retention.limits());
  write_holds(json, holds_in_force(operations.store));
  json.key("space")
      .begin_object()
      .member("store", size_of(retention.data() / "loangate.db"))
      .member("archive", archive_bytes)
      .end_object();
  if (const auto round = retention.last()) write_round(json, *round);
  json.end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
