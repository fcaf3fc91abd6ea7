#include "net/drop_record.hpp"
#include "base/temporary_folder.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace loangate::net {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Calendar& calendar() {
  static const Calendar read = Calendar::load(fs::path(LOANGATE_SOURCE_DIR) / "config/calendar.yaml").value();
  return read;
}

const adapters::FileDrop::Expected by_six{.by_minutes = 18 * 60, .every_day = false, .by = "18:00"};
const adapters::FileDrop::Expected by_two_next_day{.by_minutes = 26 * 60, .every_day = true, .by = "26:00"};

Instant at(int month, unsigned day, int hour, int minute = 0) {
  return Instant{start_of(*Date::of(2026, static_cast<unsigned>(month), day)).micros +
                 (std::int64_t{hour} * 60 + minute) * 60'000'000};
}
Date on(unsigned month, unsigned day) {
  return *Date::of(2026, month, day);
}

TEST(DropRecord, AMissingFileIsReportedOnceWhenItIsDue) {
  DropRecord record;
  EXPECT_THAT(record.fall_due(by_six, calendar(), at(9, 21, 9)), IsEmpty()) << "a Monday";
  EXPECT_THAT(record.fall_due(by_six, calendar(), at(9, 21, 17, 59)), IsEmpty());
  EXPECT_THAT(record.fall_due(by_six, calendar(), at(9, 21, 18)), ElementsAre(on(9, 21)));
  EXPECT_THAT(record.fall_due(by_six, calendar(), at(9, 21, 18)), IsEmpty());
  EXPECT_THAT(record.missing(), ElementsAre(on(9, 21)));
  EXPECT_EQ(record.next_due(by_six, calendar()), at(9, 22, 18));
}

TEST(DropRecord, AFileThatComesLateClosesTheAlertOfItsDayOnce) {
  DropRecord record;
  record.fall_due(by_six, calendar(), at(9, 21, 9));
  record.fall_due(by_six, calendar(), at(9, 22, 19));
  EXPECT_THAT(record.missing(), ElementsAre(on(9, 21), on(9, 22)));
  EXPECT_TRUE(record.came(on(9, 21)));
  EXPECT_FALSE(record.came(on(9, 21)));
  EXPECT_THAT(record.missing(), ElementsAre(on(9, 22)));
}

TEST(DropRecord, AFileThatIsThereInTimeIsNotMissed) {
  DropRecord record;
  record.fall_due(by_six, calendar(), at(9, 21, 9));
  EXPECT_FALSE(record.came(on(9, 21)));
  EXPECT_EQ(record.next_due(by_six, calendar()), at(9, 22, 18));
  EXPECT_THAT(record.fall_due(by_six, calendar(), at(9, 21, 23)), IsEmpty());
}

TEST(DropRecord, DaysOffAreNotAskedAboutAndMakeUpDaysAre) {
  DropRecord record;
  record.fall_due(by_six, calendar(), at(9, 18, 19));  // a Friday
  // Sunday the 20th is worked for the National Day week.
  ASSERT_EQ(calendar().is_working_day(on(9, 20)), true);
  EXPECT_THAT(record.fall_due(by_six, calendar(), at(9, 20, 19)), ElementsAre(on(9, 20)));
  record.fall_due(by_six, calendar(), at(9, 30, 19));
  EXPECT_EQ(record.next_due(by_six, calendar()), at(10, 8, 18));
  EXPECT_THAT(record.fall_due(by_six, calendar(), at(10, 7, 23)), IsEmpty());
}

TEST(DropRecord, ADayCanEndAfterMidnight) {
  DropRecord record;
  record.fall_due(by_two_next_day, calendar(), at(9, 19, 12));
  EXPECT_THAT(record.fall_due(by_two_next_day, calendar(), at(9, 20, 1, 59)), IsEmpty());
  EXPECT_THAT(record.fall_due(by_two_next_day, calendar(), at(9, 20, 2)), ElementsAre(on(9, 19)));
}

TEST(DropRecord, WhatWasExpectedBeforeTheFirstLookIsNotMissing) {
  DropRecord record;
  EXPECT_THAT(record.fall_due(by_six, calendar(), at(9, 21, 20)), IsEmpty());
  EXPECT_EQ(record.next_due(by_six, calendar()), at(9, 22, 18));
}

TEST(DropRecord, ALeapOfTheClockAsksAboutAllDaysBetween) {
  DropRecord record;
  record.fall_due(by_six, calendar(), at(9, 1, 20));
  EXPECT_EQ(record.fall_due(by_six, calendar(), at(9, 11, 20)).size(), 8u);
}

TEST(DropRecord, ARestartNeitherForgetsNorRepeats) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "record.json";
  EXPECT_EQ(DropRecord::load(file).value(), DropRecord{}) << "no file is an empty record";
  DropRecord record;
  record.fall_due(by_six, calendar(), at(9, 21, 9));
  record.fall_due(by_six, calendar(), at(9, 21, 19));
  record.came(on(9, 22));
  record.set_last({"PF20260922001.dat", at(9, 21, 19), std::string(64, 'a')});
  ASSERT_TRUE(record.save(file));
  auto again = DropRecord::load(file).value();
  EXPECT_EQ(again, record);
  EXPECT_THAT(again.fall_due(by_six, calendar(), at(9, 22, 19)), IsEmpty());
  EXPECT_THAT(again.missing(), ElementsAre(on(9, 21)));
  std::ofstream(file) << "{\"asked\":\"soon\"}";
  EXPECT_FALSE(DropRecord::load(file)) << "never a guess at what was told";
}

}  // namespace
}  // namespace loangate::net
