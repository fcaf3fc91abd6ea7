#include "ops/flow/tally.hpp"

#include <algorithm>

namespace loangate::ops {
namespace {

constexpr std::int64_t micros_a_second = 1'000'000;
constexpr std::size_t entries_a_page = 500;

std::int64_t second_of(Instant at) {
  return at.micros / micros_a_second;
}
std::int64_t bucket_of(Instant at) {
  return second_of(at) / Tally::bucket_seconds;
}
std::size_t place(std::int64_t bucket) {
  return static_cast<std::size_t>(bucket % static_cast<std::int64_t>(Tally::buckets_a_day));
}

Tally::Fate fate_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
      return Tally::accepted;
    case Outcome::held:
      return Tally::held;
    case Outcome::rejected:
      return Tally::rejected;
    case Outcome::unreadable:
      return Tally::unreadable;
    case Outcome::conflict:
      return Tally::conflict;
  }
  return Tally::rejected;
}

}  // namespace

void Tally::Minute::add(std::int64_t second, std::uint32_t count) {
  const std::int64_t now = second / span;
  const auto size = static_cast<std::int64_t>(counts_.size());
  if (now > last_) {
    for (std::int64_t at = std::max(last_ + 1, now - size + 1); at <= now; ++at)
      counts_[static_cast<std::size_t>(at % size)] = 0;
    last_ = now;
  } else if (now <= last_ - size) {
    return;  // too long ago: the clock was set back, or a start reads old entries
  }
  counts_[static_cast<std::size_t>(now % size)] += count;
}

std::uint32_t Tally::Minute::sum(std::int64_t second) const {
  const std::int64_t now = second / span;
  const auto size = static_cast<std::int64_t>(counts_.size());
  std::uint32_t sum = 0;
  for (std::int64_t at = std::max<std::int64_t>(now, last_) - size + 1; at <= last_; ++at)
    sum += counts_[static_cast<std::size_t>(at % size)];
  return sum;
}

void Tally::Line::forget_until(std::int64_t bucket) {
  if (bucket <= last_bucket) return;
  const auto size = static_cast<std::int64_t>(buckets_a_day);
  for (std::int64_t at = std::max(last_bucket + 1, bucket - size + 1); at <= bucket; ++at)
    day[place(at)] = {};
  last_bucket = bucket;
}

void Tally::Line::add(Fate fate, Instant at) {
  const std::int64_t bucket = bucket_of(at);
  forget_until(bucket);
  if (bucket > last_bucket - static_cast<std::int64_t>(buckets_a_day)) ++day[place(bucket)][fate];
}

void Tally::opened(const std::vector<store::Undelivered>& outbox) {
  const std::lock_guard lock(mutex_);
  for (auto& [partner, line] : lines_) line.totals.waiting = line.totals.parked = 0;
  for (const store::Undelivered& rows : outbox) {
    Partner& totals = lines_[rows.to].totals;
    (rows.state == store::DeliveryState::parked ? totals.parked : totals.waiting) = rows.count;
  }
  version_.fetch_add(1, std::memory_order_relaxed);
}

void Tally::committed(const store::Facts& facts, std::chrono::microseconds took) {
  commits_.add(took);
  const std::lock_guard lock(mutex_);
  for (const store::EntryFact& entry : facts.entries) count(entry);
  for (const store::DeliveryFact& delivery : facts.deliveries) count(delivery);
  version_.fetch_add(1, std::memory_order_relaxed);
}

void Tally::count(const store::EntryFact& entry) {
  entries_.add(second_of(entry.real_time));
  last_entry_ = std::max(last_entry_.value_or(entry.real_time), entry.real_time);
  if (entry.partner.empty()) return;
  Line& line = lines_[entry.partner];
  line.received.add(second_of(entry.real_time));
  line.add(fate_of(entry.outcome), entry.real_time);
  line.totals.last_message = std::max(line.totals.last_message.value_or(entry.real_time), entry.real_time);
}

void Tally::count(const store::DeliveryFact& delivery) {
  using enum store::DeliveryState;
  Line& line = lines_[delivery.to];
  Partner& totals = line.totals;
  const auto place = [&](store::DeliveryState state) -> std::uint64_t* {
    if (state == waiting) return &totals.waiting;
    return state == parked ? &totals.parked : nullptr;
  };
  if (delivery.before) {
    if (std::uint64_t* const was = place(*delivery.before); was != nullptr && *was > 0) --*was;
  }
  if (std::uint64_t* const is = place(delivery.after)) ++*is;

  if (!delivery.before) return;
  if (delivery.after == store::DeliveryState::delivered) {
    ++totals.attempts_delivered;
    totals.last_delivery = delivery.at;
    line.delivered.add(second_of(delivery.at));
    line.add(Fate::delivered, delivery.at);
  } else if (delivery.after == parked) {
    ++totals.attempts_parked;
  } else if (delivery.after == waiting && *delivery.before == waiting) {
    ++totals.attempts_failed;
    line.failed.add(second_of(delivery.at));
    line.add(Fate::failed, delivery.at);
  }
}

void Tally::recall(const store::Store& store, std::size_t most_entries) {
  const std::uint64_t last = store.last_sequence().number;
  Sequence after{last > most_entries ? last - most_entries : 0};
  const bool whole = after.number == 0;
  const Instant from{since_.micros -
                     static_cast<std::int64_t>(buckets_a_day) * bucket_seconds * micros_a_second};
  Instant first = since_;
  for (;;) {
    const auto page = store.entries_after(after, entries_a_page);
    if (page.empty()) break;
    const std::lock_guard lock(mutex_);
    for (const store::StoredEntry& stored : page) {
      const store::JournalEntry& entry = stored.entry;
      first = std::min(first, entry.real_time);
      count(store::EntryFact{entry.partner, entry.kind, entry.outcome, entry.real_time});
    }
    after = page.back().sequence;
  }
  const std::lock_guard lock(mutex_);
  complete_from_ = whole ? from : std::max(first, from);
}

Tally::Now Tally::now(Instant at) const {
  const std::int64_t second = second_of(at);
  const std::lock_guard lock(mutex_);
  Now now{.entries_a_minute = entries_.sum(second), .last_entry = last_entry_};
  for (const auto& [id, line] : lines_) {
    Partner partner = line.totals;
    partner.received_a_minute = line.received.sum(second);
    partner.delivered_a_minute = line.delivered.sum(second);
    partner.failed_a_minute = line.failed.sum(second);
    now.received_a_minute += partner.received_a_minute;
    now.partners.emplace(id, partner);
  }
  return now;
}

Tally::Day Tally::day(Instant at, const std::optional<PartnerId>& partner) const {
  const std::int64_t last = bucket_of(at);
  const std::int64_t first = last - static_cast<std::int64_t>(buckets_a_day) + 1;
  Day day{.complete_from = {}};
  for (std::int64_t bucket = first; bucket <= last; ++bucket)
    day.buckets.push_back({Instant{bucket * bucket_seconds * micros_a_second}});
  const std::lock_guard lock(mutex_);
  day.complete_from = std::max(complete_from_, day.buckets.front().at);
  for (const auto& [id, line] : lines_) {
    if (partner && id != *partner) continue;
    const std::int64_t oldest = line.last_bucket - static_cast<std::int64_t>(buckets_a_day) + 1;
    for (std::int64_t bucket = std::max(first, oldest); bucket <= std::min(last, line.last_bucket);
         ++bucket) {
      Counts& sum = day.buckets[static_cast<std::size_t>(bucket - first)].counts;
      const Counts& counts = line.day[place(bucket)];
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += counts[i];
    }
  }
  return day;
}

}  // namespace loangate::ops
