#include "ops/system/record_check.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "adapters/codec/codec.hpp"
#include "base/log.hpp"

namespace loangate::ops {
namespace {

// Of the thread: a core that is wanted goes to those who answer partners.
constexpr int niceness = 15;
// Faults that are kept one by one; a record with more is lost, and the first of them is told.
constexpr std::size_t most_faults = 10'000;

/// A file of many records is in the journal as its frame, under the digest of the whole.
bool is_file(const store::JournalEntry& entry) {
  return !entry.kind && entry.content == entry.raw_digest &&
         entry.message_id != store::document_id(entry.raw_digest);
}

/// A seal in the HTTP head is part of what is told apart, and is not kept.
bool refused_for_seal(const store::JournalEntry& entry) {
  return entry.outcome == Outcome::unreadable && entry.findings.contains(R"("code":"seal_)");
}

Words wrong_content() {
  return {"规范报文与其内容摘要不一致", "its canonical form is not the one of its content digest"};
}

/// Whether the canonical form is what the content digest was made of; none: it cannot be told.
std::optional<bool> content_holds(const store::JournalEntry& entry, const adapters::Profile* in_force) {
  if (!entry.person.empty()) return sha256(entry.canonical) == entry.content;
  if (!entry.kind || entry.canonical.empty() || in_force == nullptr || in_force->version != entry.profile)
    return std::nullopt;
  auto record = read_canonical(*spec_of(*entry.kind).record, entry.canonical);
  if (!record) return false;
  return adapters::content_digest(*in_force, {*entry.kind, *std::move(record)}) == entry.content;
}

}  // namespace

std::optional<Words> fault_of(const store::StoredEntry& stored, const adapters::Profile* in_force) {
  if (stored.removed_by) return std::nullopt;  // its bytes are gone by an act on record
  const store::JournalEntry& entry = stored.entry;
  if (!is_file(entry) && !refused_for_seal(entry) && sha256(entry.raw) != entry.raw_digest)
    return Words{"原始字节与其摘要不一致", "its bytes are not those of its digest"};
  if (content_holds(entry, in_force) == false) return wrong_content();
  return std::nullopt;
}

Words words_of(const RecordStanding& standing) {
  if (standing.faults > 0) {
    return {fmt::format("流水 #{}：{}；共 {} 条有误", standing.first_fault.number, standing.fault.zh,
                        standing.faults),
            fmt::format("entry {}: {}; {} entries in all", standing.first_fault.number, standing.fault.en,
                        standing.faults)};
  }
  if (!standing.last_round) {
    return {fmt::format("首轮核对至 #{}，共 {} 条，尚无不符", standing.through.number, standing.until.number),
            fmt::format("read up to entry {} of {} for the first time, nothing wrong so far",
                        standing.through.number, standing.until.number)};
  }
  return {fmt::format("上一轮于 {} 核对完毕，全部相符", format(*standing.last_round)),
          fmt::format("read through at {}, all as it was written", format(*standing.last_round))};
}

RecordCheck::RecordCheck(const store::Store& store, Profiles profiles, Pace pace)
    : store_(store),
      profiles_(std::move(profiles)),
      pace_(pace),
      thread_([this](const std::stop_token& stop) { keep_looking(stop); }) {}

RecordStanding RecordCheck::standing() const {
  const std::lock_guard lock(mutex_);
  RecordStanding standing = standing_;
  standing.faults = found_.size() + before_.size();
  // What this round found stands before what it has not come to.
  const auto& first = found_.empty() ? before_ : found_;
  if (!first.empty()) {
    standing.first_fault = first.begin()->first;
    standing.fault = first.begin()->second;
  }
  return standing;
}

void RecordCheck::keep_looking(const std::stop_token& stop) {
  // On Linux of this thread alone. Where it is not allowed the check costs more; that is all.
  ::setpriority(PRIO_PROCESS, 0, niceness);
  bool round_ended = false;
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, round_ended ? pace_.between_rounds : pace_.between_looks,
                   [] { return false; });
    lock.unlock();
    if (!stop.stop_requested()) round_ended = look();
  }
}

/// Whether a round ended.
bool RecordCheck::look() {
  const RecordStanding now = standing();
  if (now.through == now.until) {  // a round begins
    const std::lock_guard lock(mutex_);
    standing_.through = {};
    standing_.until = store_.last_sequence();
    if (standing_.until == Sequence{}) return true;
    return false;
  }
  const Sequence next{now.through.number + 1};
  auto entries = store_.entries_after(now.through, pace_.entries);
  if (entries.empty()) {
    // One that cannot be read hides those behind it.
    if (auto one = store_.entry(next)) entries.push_back(*std::move(one));
  }
  if (entries.empty()) {
    const auto ready = store_.ready();
    if (!ready && ready.error().kind == store::StoreFault::Kind::broken) return false;  // it cannot say
    note(next, {"无法读出或已缺失", "it cannot be read, or is missing"});
    passed(next);
  }
  partners_ = profiles_();
  for (const store::StoredEntry& stored : entries) {
    const Sequence expected{standing().through.number + 1};
    if (stored.sequence != expected) {
      const Sequence last{std::min(stored.sequence.number - 1, now.until.number)};
      note(expected, {fmt::format("直至 #{} 均缺失", last.number),
                      fmt::format("it is missing, and all up to entry {}", last.number)});
      passed(last);
    }
    if (stored.sequence > now.until) break;
    look_at(stored);
    passed(stored.sequence);
  }
  const RecordStanding after = standing();
  if (after.through != after.until) return false;
  const std::lock_guard lock(mutex_);
  ++standing_.rounds;
  standing_.last_round = real_now();
  before_ = std::move(found_);
  found_.clear();
  return true;
}

void RecordCheck::look_at(const store::StoredEntry& stored) {
  const auto* profile = partners_ == nullptr ? nullptr : partners_->find(stored.entry.partner);
  if (auto fault = fault_of(stored, profile)) note(stored.sequence, *std::move(fault));
}

void RecordCheck::note(Sequence sequence, Words what) {
  const std::lock_guard lock(mutex_);
  if (found_.size() >= most_faults) return;
  if (!before_.contains(sequence))
    LogLine(LogLevel::error, "record.fault").sequence(sequence.number).reason(what.en);
  found_.emplace(sequence, std::move(what));
}

void RecordCheck::passed(Sequence through) {
  const std::lock_guard lock(mutex_);
  standing_.through = through;
  before_.erase(before_.begin(), before_.upper_bound(through));
}

}  // namespace loangate::ops
