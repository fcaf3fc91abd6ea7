// The working-day calendar, on the vectors of the programme's deadlines.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/temporary_folder.hpp"
#include "domain/working_days.hpp"

namespace loangate {
namespace {

const std::string file = LOANGATE_SOURCE_DIR "/config/calendar.yaml";

Date day(std::string_view text) {
  return parse_date(text).value();
}

const Calendar& calendar() {
  static const Calendar loaded = Calendar::load(file).value();
  return loaded;
}

struct Vector {
  const char* due;
  const char* fifth_after_due;       // day zero is the due date
  const char* fifth_after_next_day;  // day zero is the day after
  const char* ninety_days;
};

TEST(Calendar, CountsFiveWorkingDaysAndNinetyDays) {
  const Vector vectors[] = {
      {"2022-03-24", "2022-03-31", "2022-04-01", "2022-06-22"},
      {"2023-01-20", "2023-02-01", "2023-02-01", "2023-04-20"},
      {"2023-09-27", "2023-10-10", "2023-10-11", "2023-12-26"},
      {"2024-02-08", "2024-02-21", "2024-02-22", "2024-05-08"},
      {"2024-02-09", "2024-02-22", "2024-02-22", "2024-05-09"},
      {"2024-09-30", "2024-10-12", "2024-10-12", "2024-12-29"},
      {"2025-09-30", "2025-10-14", "2025-10-14", "2025-12-29"},
      {"2026-02-13", "2026-02-27", "2026-02-28", "2026-05-14"},
      {"2026-09-18", "2026-09-24", "2026-09-24", "2026-12-17"},
      {"2026-09-30", "2026-10-13", "2026-10-13", "2026-12-29"},
  };
  for (const Vector& v : vectors) {
    const Date due = day(v.due);
    EXPECT_EQ(calendar().nth_working_day_after(due, 5), (WorkingDay{day(v.fifth_after_due), false})) << v.due;
    EXPECT_EQ(calendar().nth_working_day_after(due.plus_days(1), 5),
              (WorkingDay{day(v.fifth_after_next_day), false}))
        << v.due;
    EXPECT_EQ(due.plus_days(90), day(v.ninety_days)) << v.due;
  }
}

TEST(Calendar, KnowsHolidaysAndMakeUpDays) {
  EXPECT_EQ(calendar().is_working_day(day("2026-09-20")), true) << "a Sunday that is worked";
  EXPECT_EQ(calendar().is_working_day(day("2021-02-20")), true) << "a Saturday that is worked";
  EXPECT_EQ(calendar().is_working_day(day("2024-02-09")), true) << "leave is only encouraged";
  EXPECT_EQ(calendar().is_working_day(day("2023-10-06")), false) << "a Friday off";
  EXPECT_EQ(calendar().is_working_day(day("2022-12-31")), false);
}

TEST(Calendar, KnowsNothingOutsideItsYearsAndSaysSo) {
  EXPECT_EQ(calendar().is_working_day(day("2027-01-04")), std::nullopt);
  EXPECT_EQ(calendar().is_working_day(day("2020-12-31")), std::nullopt);
  EXPECT_EQ(calendar().nth_working_day_after(day("2026-12-30"), 5), (WorkingDay{day("2027-01-06"), true}));
  EXPECT_EQ(calendar().nth_working_day_after(day("2026-12-24"), 5), (WorkingDay{day("2026-12-31"), false}));
}

struct BrokenCalendar : testing::Test {
  std::string text = [] {
    std::ostringstream whole;
    whole << std::ifstream(file).rdbuf();
    return whole.str();
  }();

  std::string fault(std::string_view from, std::string_view to) {
    text.replace(text.find(from), from.size(), to);
    const TemporaryFolder folder;
    const auto path = folder.path() / "calendar.yaml";
    std::ofstream(path) << text;
    const auto loaded = Calendar::load(path);
    return loaded ? "" : loaded.error().front().text();
  }
};

TEST_F(BrokenCalendar, ADayLeftOutIsNoticedByTheCount) {
  EXPECT_NE(fault("2026-02-28, ", "").find("248 working days are stated, 247 counted"), std::string::npos);
}
TEST_F(BrokenCalendar, AMakeUpDayIsASaturdayOrSunday) {
  EXPECT_NE(fault("2026-02-28, ", "2026-03-02, ").find("2026-03-02 is no Saturday or Sunday"),
            std::string::npos);
}
TEST_F(BrokenCalendar, ADayLiesInItsYear) {
  EXPECT_NE(fault("[2026-02-15, 2026-02-23]", "[2025-02-15, 2025-02-23]").find("does not lie in 2026"),
            std::string::npos);
}
TEST_F(BrokenCalendar, AYearIsNotLeftOut) {
  EXPECT_NE(fault("valid_to: 2026-12-31", "valid_to: 2027-12-31").find("year 2027 is missing"),
            std::string::npos);
}

}  // namespace
}  // namespace loangate
