#include "adapters/codec/forms.hpp"

#include <gtest/gtest.h>

#include "adapters/profile/time_pattern.hpp"

namespace loangate::adapters {
namespace {

using Sign = MoneyForm::Sign;

MoneyForm money(std::uint8_t places, bool point, Sign sign = Sign::none) {
  MoneyForm form;
  form.places = places;
  form.point = point;
  form.sign = sign;
  return form;
}

struct MoneyRow {
  MoneyForm form;
  const char* text;
  std::optional<std::int64_t> fen;
  const char* written;  // null: as read
};

TEST(Money, ReadsTheWholeTextByItsFormOrNothing) {
  const MoneyForm yuan = money(2, true);
  const MoneyForm fen = money(2, false);
  const MoneyRow rows[] = {
      {yuan, "300000.00", 30'000'000, nullptr},
      {yuan, "0.01", 1, nullptr},
      {yuan, "0.00", 0, nullptr},
      {yuan, "000012.30", 1'230, "12.30"},
      {yuan, "300000", {}, nullptr},
      {yuan, "300000.0", {}, nullptr},
      {yuan, "300000.000", {}, nullptr},
      {yuan, ".50", {}, nullptr},
      {yuan, "1.", {}, nullptr},
      {yuan, "", {}, nullptr},
      {yuan, " 1.00", {}, nullptr},
      {yuan, "1.00 ", {}, nullptr},
      {yuan, "+1.00", {}, nullptr},
      {yuan, "-1.00", {}, nullptr},
      {yuan, "1,000.00", {}, nullptr},
      {yuan, "1e3", {}, nullptr},
      {yuan, "1..0", {}, nullptr},
      {yuan, "１.00", {}, nullptr},
      {yuan, "1000000000000.00", 100'000'000'000'000, nullptr},
      {yuan, "1000000000000.01", {}, nullptr},
      {yuan, "99999999999999999999.00", {}, nullptr},
      {fen, "30000000", 30'000'000, nullptr},
      {fen, "000000000001", 1, "1"},
      {fen, "1.00", {}, nullptr},
      {money(3, false), "300000000", 30'000'000, nullptr},
      {money(3, false), "300000001", {}, nullptr},  // a tenth of a fen
      {money(0, true), "300000", 30'000'000, nullptr},
      {money(0, true), "300000.", {}, nullptr},
      {money(4, true), "1.2300", 123, nullptr},
      {money(4, true), "1.2345", {}, nullptr},
      {money(2, true, Sign::leading), "+1.00", 100, nullptr},
      {money(2, true, Sign::leading), "-0000001.00", -100, "-1.00"},
      {money(2, true, Sign::leading), "1.00", {}, nullptr},
      {money(2, true, Sign::leading), "+-1.00", {}, nullptr},
      {money(2, true, Sign::if_negative), "-1.00", -100, nullptr},
      {money(2, true, Sign::if_negative), "1.00", 100, nullptr},
      {money(2, true, Sign::if_negative), "+1.00", {}, nullptr},
      {money(2, false, Sign::trailing), "100-", -100, nullptr},
      {money(2, false, Sign::trailing), "100+", 100, nullptr},
      {money(2, false, Sign::trailing), "100", {}, nullptr},
      {money(2, false, Sign::trailing), "+", {}, nullptr},
  };
  for (const MoneyRow& row : rows) {
    SCOPED_TRACE(row.text);
    const auto read = read_money(row.form, row.text);
    ASSERT_EQ(read.has_value(), row.fen.has_value());
    if (!read) continue;
    EXPECT_EQ(read->count(), *row.fen);
    std::string written;
    ASSERT_TRUE(write_money(row.form, *read, written));
    EXPECT_EQ(written, row.written == nullptr ? row.text : row.written);
  }
}

TEST(Money, FewerPlacesAreReadOnlyWhereThatIsForgiven) {
  EXPECT_EQ(read_money(money(2, true), "300000", true)->count(), 30'000'000);
  EXPECT_EQ(read_money(money(2, true), "300000.5", true)->count(), 30'000'050);
  EXPECT_FALSE(read_money(money(2, true), "300000.555", true));
  EXPECT_FALSE(read_money(money(2, true), "300000.", true));
}

TEST(Money, WhatTheFormCannotCarryIsNotWritten) {
  std::string out;
  EXPECT_FALSE(write_money(money(2, true), Fen{-1}, out));
  EXPECT_FALSE(write_money(money(1, true), Fen{105}, out));
  EXPECT_FALSE(write_money(money(0, true), Fen{50}, out));
  EXPECT_EQ(out, "");
}

RateForm rate(std::int64_t scale, std::uint8_t places, bool point = true) {
  RateForm form;
  form.scale = scale;
  form.places = places;
  form.point = point;
  return form;
}

TEST(Rate, IsWholeMillionthsAYearOrRefused) {  // settled 31
  const RateForm percent = rate(10'000, 4);
  const RateForm fraction = rate(1'000'000, 6);
  const RateForm permille_month = rate(12'000, 4);
  const RateForm per_10000_day = rate(36'000, 4);
  struct Row {
    RateForm form;
    const char* text;
    std::optional<std::int64_t> millionths;
  };
  const Row rows[] = {
      {percent, "4.3500", 43'500},
      {percent, "0.0000", 0},
      {percent, "4.35", {}},
      {percent, "-4.3500", {}},
      {percent, "1000.0000", 10'000'000},
      {percent, "1000.0001", {}},
      {fraction, "0.043500", 43'500},
      {permille_month, "3.6250", 43'500},
      {permille_month, "3.6251", {}},
      {permille_month, "3.6255", 43'506},
      {per_10000_day, "1.0000", 36'000},
      {per_10000_day, "1.0001", {}},
      {rate(10'000, 4, false), "43500", 43'500},
      {rate(10'000, 2), "4.35", 43'500},
      {percent, "4.3500%", {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const auto read = read_rate(row.form, row.text);
    ASSERT_EQ(read.has_value(), row.millionths.has_value());
    if (!read) continue;
    EXPECT_EQ(read->millionths(), *row.millionths);
    std::string written;
    ASSERT_TRUE(write_rate(row.form, *read, written));
    EXPECT_EQ(written, row.text);
  }
  std::string out;
  EXPECT_FALSE(write_rate(permille_month, Rate::millionths(43'501), out)) << "3.62508…";
  EXPECT_FALSE(write_rate(rate(10'000, 2), Rate::millionths(43'550), out)) << "4.355 %";
  EXPECT_FALSE(write_rate(percent, Rate::millionths(-1), out));
}

TEST(DateForm, ReadsOnlyDaysOfTheCalendarInTheirExactForm) {
  struct Row {
    const char* pattern;
    const char* text;
    const char* date;  // null: none
  };
  const Row rows[] = {
      {"yyyyMMdd", "20230315", "2023-03-15"},
      {"yyyyMMdd", "20230229", nullptr},
      {"yyyyMMdd", "20240229", "2024-02-29"},
      {"yyyyMMdd", "20231301", nullptr},
      {"yyyyMMdd", "2023031", nullptr},
      {"yyyyMMdd", "202303155", nullptr},
      {"yyyyMMdd", "00000000", nullptr},
      {"yyyyMMdd", "2023O315", nullptr},
      {"yyyy-MM-dd", "2023-03-15", "2023-03-15"},
      {"yyyy-MM-dd", "2023/03/15", nullptr},
      {"yyMMdd", "230315", "2023-03-15"},
      {"yyyy年MM月dd日", "2023年03月15日", "2023-03-15"},
      {"yyyy年MM月dd日", "2023年03月15号", nullptr},
      {"dd.MM.yyyy", "15.03.2023", "2023-03-15"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const auto pattern = parse_time_pattern(row.pattern);
    ASSERT_TRUE(pattern) << pattern.error();
    const auto read = read_date(*pattern, row.text);
    ASSERT_EQ(read.has_value(), row.date != nullptr);
    if (!read) continue;
    EXPECT_EQ(format(*read), row.date);
    std::string written;
    ASSERT_TRUE(write_date(*pattern, *read, written));
    EXPECT_EQ(written, row.text);
  }
}

TEST(DateForm, AYearOfTwoDigitsIsOfThisCentury) {
  std::string out;
  EXPECT_FALSE(write_date(*parse_time_pattern("yyMMdd"), *Date::of(1999, 12, 31), out));
  EXPECT_FALSE(write_date(*parse_time_pattern("yyMMdd"), *Date::of(2100, 1, 1), out));
}

TEST(InstantForm, IsBeijingTimeCutToItsPrecision) {
  const auto pattern = *parse_time_pattern("yyyy-MM-ddTHH:mm:ss.SSS+08:00");
  const auto read = read_instant(pattern, "2023-03-15T00:20:30.456+08:00");
  ASSERT_TRUE(read);
  EXPECT_EQ(format(*read), "2023-03-15T00:20:30.456000+08:00");
  std::string out;
  ASSERT_TRUE(write_instant(pattern, Instant{read->micros + 789}, out));
  EXPECT_EQ(out, "2023-03-15T00:20:30.456+08:00");
  EXPECT_FALSE(read_instant(pattern, "2023-03-15T00:20:30.456+09:00")) << "the offset is part of the form";
  EXPECT_FALSE(read_instant(*parse_time_pattern("yyyyMMddHHmmss"), "20230315240000"));
  EXPECT_FALSE(read_instant(*parse_time_pattern("yyyyMMddHHmmss"), "20230315235960"));
}

TEST(Count, IsDigitsAlone) {
  EXPECT_EQ(read_count("007"), 7);
  EXPECT_EQ(read_count("0"), 0);
  for (const char* text : {"", "-1", "+1", "1.0", "12abc", "99999999999999999999", " 1"}) {
    EXPECT_FALSE(read_count(text)) << text;
  }
  std::string out;
  EXPECT_FALSE(write_count(-1, out));
}

TEST(Count, MayBeNegativeWhereTheFieldNeedsIt) {  // settled 31: LPR - bp
  const CountForm form{.negative = true};
  EXPECT_EQ(read_count("-15", form), -15);
  EXPECT_EQ(read_count("-0015", form), -15);
  EXPECT_EQ(read_count("15", form), 15);
  for (const char* text : {"-", "--1", "+1", "1-", "- 1"}) EXPECT_FALSE(read_count(text, form)) << text;
  std::string out;
  ASSERT_TRUE(write_count(-15, out, form));
  EXPECT_EQ(out, "-15");
  EXPECT_FALSE(write_count(std::numeric_limits<std::int64_t>::min(), out, form));
}

TEST(Text, MayHoldLineEndsButNoControlCharacters) {
  EXPECT_TRUE(is_printable("平湖\t1\r\n\xEF\xBF\xBD\xEF\xBC\x88"));
  for (const std::string& text : {std::string("a\0b", 3), std::string("\x1b[0m"), std::string("\x7f"),
                                  std::string("a\xEF\xBF\xBE"), std::string("\xEF\xBF\xBF")}) {
    EXPECT_FALSE(is_printable(text));
  }
  EXPECT_TRUE(is_blank(" \t\r\n"));
  EXPECT_FALSE(is_blank("　")) << "an ideographic space is a character";
  EXPECT_EQ(trimmed("  a b \n"), "a b");
}

}  // namespace
}  // namespace loangate::adapters
