#include "base/clock.hpp"

#include <fmt/compile.h>

#include <chrono>

namespace loangate {

using namespace std::chrono;

Instant real_now() {
  return {duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

BusinessClock::BusinessClock(Instant start) : offset_micros_(start.micros - real_now().micros) {}

Instant BusinessClock::now() const {
  std::int64_t micros = real_now().micros + offset_micros_.load();
  std::int64_t last = last_micros_.load();
  while (micros > last && !last_micros_.compare_exchange_weak(last, micros)) {
  }
  return {micros > last ? micros : last};
}

bool BusinessClock::advance_to(Instant then) {
  if (then < now()) return false;
  offset_micros_.store(then.micros - real_now().micros);
  return true;
}

std::string format(Instant instant) {
  const sys_time<microseconds> local{microseconds{instant.micros + shanghai_offset_micros}};
  const auto day = floor<days>(local);
  const year_month_day date{day};
  const hh_mm_ss time{local - day};
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+08:00"),
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                     time.seconds().count(), time.subseconds().count());
}

namespace {

/// Exactly `count` digits at the head of `text`, taken off it.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Instant> parse_instant(std::string_view text) {
  const auto y = digits(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto mo = digits(text, 2);
  if (!mo || !take(text, '-')) return std::nullopt;
  const auto d = digits(text, 2);
  if (!d || !take(text, 'T')) return std::nullopt;
  const auto h = digits(text, 2);
  if (!h || !take(text, ':')) return std::nullopt;
  const auto mi = digits(text, 2);
  if (!mi || !take(text, ':')) return std::nullopt;
  const auto s = digits(text, 2);
  if (!s || *h > 23 || *mi > 59 || *s > 59) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;

  std::int64_t fraction = 0;
  if (take(text, '.')) {
    int places = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      if (++places > 6) return std::nullopt;
      fraction = fraction * 10 + (text.front() - '0');
      text.remove_prefix(1);
    }
    if (places == 0) return std::nullopt;
    for (; places < 6; ++places) fraction *= 10;
  }

  minutes offset{0};
  if (!take(text, 'Z')) {
    const bool east = !text.empty() && text.front() == '+';
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto oh = digits(text, 2);
    if (!oh || !take(text, ':')) return std::nullopt;
    const auto om = digits(text, 2);
    if (!om || *oh > 14 || *om > 59) return std::nullopt;
    offset = hours{*oh} + minutes{*om};
    if (!east) offset = -offset;
  }
  if (!text.empty()) return std::nullopt;
  const auto point = sys_days{date} + hours{*h} + minutes{*mi} + seconds{*s} - offset;
  return Instant{duration_cast<microseconds>(point.time_since_epoch()).count() + fraction};
}

}  // namespace loangate
