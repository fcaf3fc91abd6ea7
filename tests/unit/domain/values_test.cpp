// Money, rates and dates: exact, whole texts only.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "domain/date.hpp"
#include "domain/fen.hpp"
#include "domain/rate.hpp"
#include "tests/support/property.hpp"

namespace loangate {
namespace {

using support::holds;

TEST(Fen, IsReadAndWrittenExactly) {
  EXPECT_EQ(parse_yuan("300000.00"), Fen{300000'00});
  EXPECT_EQ(parse_yuan("-0.01"), Fen{-1});
  EXPECT_EQ(parse_yuan("5"), Fen{500});
  EXPECT_EQ(parse_yuan("5.1"), Fen{510});
  EXPECT_EQ(format_yuan(Fen{-1}), "-0.01");
  EXPECT_EQ(format_yuan_grouped(Fen::yuan(10'000'000)), "10,000,000.00");
  EXPECT_EQ(format_yuan_grouped(Fen{99999}), "999.99");
}

TEST(Fen, RefusesEveryOtherText) {
  for (const char* text : {"", "-", "+1.00", "1.", ".5", "1.001", "1,000.00", " 1.00", "1.00 ", "1e3", "0x10",
                           "12abc", "１.00", "1.0.0", "1000000000000.01", "99999999999999999999"}) {
    EXPECT_FALSE(parse_yuan(text)) << text;
  }
  EXPECT_EQ(parse_yuan("1000000000000.00"), Fen{Fen::greatest});
}

TEST(Fen, RoundTrips) {
  holds([](std::int64_t) {
    const Fen amount{*rc::gen::inRange<std::int64_t>(-Fen::greatest, Fen::greatest)};
    RC_ASSERT(parse_yuan(format_yuan(amount)) == amount);
  });
}

TEST(Fen, PortionsRoundHalfAwayFromZero) {
  EXPECT_EQ(portion_half_up(Fen{1}, 1, 2), Fen{1});
  EXPECT_EQ(portion_half_up(Fen{-1}, 1, 2), Fen{-1});
  EXPECT_EQ(portion_half_up(Fen{1}, 1, 3), Fen{0});
  EXPECT_EQ(portion_half_up(Fen{2}, 1, 3), Fen{1});
  EXPECT_EQ(portion_half_up(Fen{Fen::greatest}, 999'999, 1'000'000), Fen{99'999'900'000'000})
      << "nothing wraps";
}

TEST(Rate, IsReadAndWrittenExactly) {
  EXPECT_EQ(parse_percent("4.75"), Rate::millionths(47'500));
  EXPECT_EQ(parse_percent("3.8525"), Rate::millionths(38'525));
  EXPECT_EQ(parse_percent("-0.0001"), Rate::millionths(-1));
  EXPECT_EQ(format_percent(Rate::millionths(47'500)), "4.75");
  EXPECT_EQ(format_percent(Rate::millionths(38'525)), "3.8525");
  EXPECT_EQ(format_percent(Rate::millionths(40'000)), "4.00");
  EXPECT_EQ(Rate::basis_points(90), Rate::millionths(9'000));
  for (const char* text : {"", "4.", ".75", "4.75%", "4.00001", "1000.0001", "4,75", " 4.75"}) {
    EXPECT_FALSE(parse_percent(text)) << text;
  }
}

TEST(Rate, RoundTrips) {
  holds([] {
    const Rate rate = Rate::millionths(*rc::gen::inRange<std::int64_t>(-10'000'000, 10'000'000));
    RC_ASSERT(parse_percent(format_percent(rate)) == rate);
  });
}

TEST(Date, IsReadAndWrittenExactly) {
  EXPECT_EQ(parse_date("2023-09-12"), Date::of(2023, 9, 12));
  EXPECT_EQ(format(*Date::of(2024, 2, 29)), "2024-02-29");
  for (const char* text : {"", "2023-02-29", "2023-13-01", "2023-9-12", "20230912", "2023-09-12 ",
                           "2023-09-1２", "1899-12-31", "2023/09/12", "-023-01-01"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(Date, YearsEndOnTheCorrespondingDayOrTheMonthsLast) {
  EXPECT_EQ(Date::of(2024, 2, 29)->plus_years(1), *Date::of(2025, 2, 28));
  EXPECT_EQ(Date::of(2024, 2, 29)->plus_years(4), *Date::of(2028, 2, 29));
  EXPECT_EQ(Date::of(2021, 3, 25)->plus_years(1), *Date::of(2022, 3, 25));
}

TEST(Date, OfAnInstantIsThatOfShanghai) {
  const Date day = *Date::of(2023, 9, 12);
  EXPECT_EQ(format(start_of(day)), "2023-09-12T00:00:00.000000+08:00");
  EXPECT_EQ(civil_day(start_of(day)), day);
  EXPECT_EQ(civil_day({start_of(day).micros - 1}), day.plus_days(-1))
      << "the last microsecond of the day before";
  EXPECT_EQ(civil_day(*parse_instant("2023-09-11T16:00:00Z")), day);
}

TEST(Date, DaysCountOn) {
  holds([] {
    const Date day = Date::from_days(*rc::gen::inRange(-25'567, 2'932'000));
    RC_ASSERT(parse_date(format(day)) == day);
    RC_ASSERT(day.plus_days(1) - day == 1);
    RC_ASSERT((day.weekday() + 1) % 7 == day.plus_days(1).weekday());
  });
}

}  // namespace
}  // namespace loangate
