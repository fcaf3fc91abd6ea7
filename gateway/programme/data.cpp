// lpr.entry, calendar.entry: the data on which rules rest, as an operator extends it. A publication or a year
// that is accepted here is then written to its file; the registry does not change.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "programme/judgement.hpp"

namespace loangate::programme {
namespace {

/// The day of the next publication: the first for which the table does not vouch any more (settled 30).
Date next_publication(const Rulebook& rulebook) {
  Date day = rulebook.lpr().publications().back().on;
  const auto vouched = [&] {
    return rulebook.lpr().quote(day, LprTenor::one_year, rulebook.calendar())->vouched;
  };
  while (vouched()) day = day.plus_days(1);
  return day;
}

void check_quote(Rate rate, std::uint16_t field, Judgement& j) {
  constexpr Rate step = Rate::basis_points(5);  // 以 0.05 个百分点为步长
  constexpr Rate most = Rate::basis_points(10'000);
  if (rate <= Rate::millionths(0) || rate > most) {
    j.refuse(FindingCode::rate_out_of_range, field,
             {{"given", format_percent(rate)}, {"most", format_percent(most)}});
  } else if (rate.millionths() % step.millionths() != 0) {
    j.refuse(FindingCode::lpr_step_wrong, field,
             {{"field", std::string(LprEntry::spec().fields[field].name)}, {"given", format_percent(rate)}});
  }
}

bool is_weekend(Date day) {
  return day.weekday() == 0 || day.weekday() == 6;
}

/// The days of a year on which people work, in the making.
class Year {
 public:
  Year(int year, Judgement& judgement) : year_(year), judgement_(judgement) {}

  void take_off(const DayRangeRow& range) {
    if (range.last_day < range.first_day) {
      return judgement_.require_order("first_day", range.first_day, "last_day", range.last_day,
                                      CalendarEntry::field::days_off);
    }
    if (range.first_day.year() != year_ || range.last_day.year() != year_ ||
        range.last_day - range.first_day >= longest_break_days) {
      return refuse(range.first_day, CalendarEntry::field::days_off);
    }
    for (Date day = range.first_day; day <= range.last_day; day = day.plus_days(1)) off_.insert(day);
  }
  void put_on(Date day) {
    if (day.year() != year_ || !is_weekend(day)) return refuse(day, CalendarEntry::field::workdays);
    off_.erase(day);
    on_.insert(day);
  }
  std::int64_t working_days() const {
    const Date first = *Date::of(year_, 1, 1);
    std::int64_t count = 0;
    for (Date day = first; day < first.plus_years(1); day = day.plus_days(1)) {
      count += on_.contains(day) || (!is_weekend(day) && !off_.contains(day));
    }
    return count;
  }

 private:
  static constexpr int longest_break_days = 31;

  void refuse(Date day, std::uint16_t field) {
    judgement_.refuse(FindingCode::calendar_day_wrong, field,
                      {{"given", format(day)}, {"year", std::to_string(year_)}});
  }

  const int year_;
  Judgement& judgement_;
  std::set<Date> off_;
  std::set<Date> on_;
};

}  // namespace

// one publication a month, the next one after the last.
void judge(const LprEntry& act, Judgement& j) {
  using Field = LprEntry::field;
  j.require_not_future(LprEntry::spec(), Field::published_on, act.published_on);
  check_quote(act.one_year, Field::one_year, j);
  check_quote(act.five_years, Field::five_years, j);
  const Date expected = next_publication(j.rulebook);
  if (expected > j.rulebook.calendar().valid_to()) {
    j.refuse(FindingCode::calendar_year_missing, Field::published_on,
             {{"year", std::to_string(expected.year())}});
  } else if (act.published_on != expected) {
    j.refuse(FindingCode::lpr_day_wrong, Field::published_on,
             {{"given", format(act.published_on)}, {"expected", format(expected)}});
  }
}

// one year at a time, the next one after the last.
void judge(const CalendarEntry& act, Judgement& j) {
  using Field = CalendarEntry::field;
  const int last = j.rulebook.calendar().valid_to().year();
  if (act.year != last + 1) {
    return j.refuse(FindingCode::calendar_year_wrong, Field::year,
                    {{"last", std::to_string(last)},
                     {"expected", std::to_string(last + 1)},
                     {"given", std::to_string(act.year)}});
  }
  Year year(last + 1, j);
  for (const DayRangeRow& range : act.days_off) year.take_off(range);
  for (const CalendarDayRow& day : act.workdays) year.put_on(day.day);
  if (j.refused()) return;
  if (year.working_days() != act.working_days) {
    j.refuse(FindingCode::calendar_count_differs, Field::working_days,
             {{"given", std::to_string(act.working_days)}, {"counted", std::to_string(year.working_days())}});
  }
}

}  // namespace loangate::programme
