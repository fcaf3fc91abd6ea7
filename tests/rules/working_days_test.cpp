// Working-day arithmetic against a calendar as one keeps it on paper: days written out,
// one after another, with the State Council's breaks and make-up days of config/calendar.yaml marked in it.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/yaml.hpp"
#include "tests/support/play.hpp"
#include "tests/support/property.hpp"

namespace loangate::support {
namespace {

bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/// A day as it is written, counted on by hand.
struct PaperDay {
  int year, month, day;
  int weekday;  ///< 0 = Sunday

  std::string text() const { return fmt::format("{:04}-{:02}-{:02}", year, month, day); }

  void turn() {
    constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int length = month == 2 && is_leap(year) ? 29 : lengths[month - 1];
    weekday = (weekday + 1) % 7;
    if (++day <= length) return;
    day = 1;
    if (++month <= 12) return;
    month = 1;
    ++year;
  }
};

/// Every day from 2020-12-01 (a Tuesday) to the end of 2027, and on which of them people work.
class PaperCalendar {
 public:
  PaperCalendar() {
    const YamlFile file(std::filesystem::path(LOANGATE_SOURCE_DIR "/config/calendar.yaml"));
    std::set<std::string> off;
    std::set<std::string> worked;
    first_ = file.root()["valid_from"].text();
    last_ = file.root()["valid_to"].text();
    for (const auto& [_, year] : file.root()["years"].members()) {
      for (const YamlNode& range : year["days_off"].items()) {
        // Days as text are in the order of their days.
        const std::string from = range.items()[0].text();
        const std::string until = range.items()[1].text();
        for (PaperDay day = beginning(); day.text() <= until; day.turn()) {
          if (day.text() >= from) off.insert(day.text());
        }
      }
      for (const YamlNode& day : year["workdays"].items()) worked.insert(day.text());
    }
    for (PaperDay day = beginning(); day.year < 2028; day.turn()) {
      const bool weekday = day.weekday != 0 && day.weekday != 6;
      const std::string text = day.text();
      days_.push_back({.text = text,
                       .works = worked.contains(text) || (weekday && !off.contains(text)),
                       .known = text >= first_ && text <= last_});
    }
  }

  struct Day {
    std::string text;
    bool works;
    bool known;
  };
  const std::vector<Day>& days() const { return days_; }

  /// Goes on from the day and ticks off working days.
  std::pair<std::string, bool> nth_working_day_after(std::size_t day, int count) const {
    bool provisional = false;
    while (count > 0) {
      ++day;
      provisional = provisional || !days_[day].known;
      if (days_[day].works) --count;
    }
    return {days_[day].text, provisional};
  }

 private:
  static PaperDay beginning() { return {.year = 2020, .month = 12, .day = 1, .weekday = 2}; }

  std::string first_;
  std::string last_;
  std::vector<Day> days_;
};

TEST(WorkingDays, AgreeWithACalendarOnPaper) {
  const PaperCalendar paper;
  const Calendar& calendar = rulebook().calendar();
  holds([&] {
    // 60 working days take at most some 110 days.
    const auto day =
        *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, paper.days().size() - 120));
    const int count = *rc::gen::inRange(1, 61);
    const auto [expected, provisional] = paper.nth_working_day_after(day, count);
    const Date start = parse_date(paper.days()[day].text).value();
    const WorkingDay counted = calendar.nth_working_day_after(start, count);
    RC_ASSERT(format(counted.date) == expected);
    RC_ASSERT(counted.provisional == provisional);
  });
}

TEST(WorkingDays, EveryDayIsWhatThePaperSays) {
  const PaperCalendar paper;
  Date day = *Date::of(2020, 12, 1);
  for (const PaperCalendar::Day& written : paper.days()) {
    ASSERT_EQ(format(day), written.text);
    ASSERT_EQ(rulebook().calendar().is_working_day(day),
              written.known ? std::optional(written.works) : std::nullopt)
        << written.text;
    day = day.plus_days(1);
  }
}

}  // namespace
}  // namespace loangate::support
