// CSV as RFC 4180 has it, and as spreadsheets write it.
#include "base/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace loangate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<CsvRow> rows(std::string_view text) {
  auto read = read_csv(text);
  EXPECT_TRUE(read) << read.error().line << ": " << read.error().en;
  return read ? *std::move(read) : std::vector<CsvRow>{};
}

TEST(Csv, CellsAreSplitAtCommasAndRowsAtLineEnds) {
  for (const char* text : {"a,b\nc,\n", "a,b\r\nc,\r\n", "a,b\nc,"}) {
    const auto read = rows(text);
    ASSERT_EQ(read.size(), 2u) << text;
    EXPECT_THAT(read[0].cells, ElementsAre("a", "b"));
    EXPECT_THAT(read[1].cells, ElementsAre("c", ""));
    EXPECT_EQ(read[1].line, 2u);
  }
  EXPECT_THAT(rows(""), IsEmpty());
}

TEST(Csv, WithinQuotationMarksEverythingIsText) {
  const auto read = rows("\"a,b\",\"say \"\"no\"\"\",\"two\nlines\"\nnext\n");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_THAT(read[0].cells, ElementsAre("a,b", "say \"no\"", "two\nlines"));
  EXPECT_EQ(read[0].line, 1u);
  EXPECT_EQ(read[1].line, 3u) << "lines are those of the file";
}

TEST(Csv, EmptyLinesAndSpacesAroundCellsDoNotCount) {
  const auto read = rows("\n\n a , b\n\n\nc\n");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_THAT(read[0].cells, ElementsAre("a", "b"));
  EXPECT_EQ(read[0].line, 3u);
  EXPECT_EQ(read[1].line, 6u);
}

TEST(Csv, WhatIsNoCsvIsRefusedWithItsLine) {
  const auto fault = [](std::string_view text) {
    const auto read = read_csv(text);
    EXPECT_FALSE(read);
    return read ? CsvFault{} : read.error();
  };
  EXPECT_EQ(fault("a\nb\nc\"d\n").line, 3u);
  EXPECT_EQ(fault("a\n\"b\"c\n").line, 2u);
  EXPECT_EQ(fault("a\nb\n\"c\nd\ne\n").line, 3u) << "where it was opened";
  EXPECT_EQ(fault(std::string_view("a\nb\0\n", 5)).line, 2u);
  EXPECT_THAT(fault("\"a").en, HasSubstr("closed"));
}

TEST(Csv, NoCellIsTakenForAFormula) {
  CsvWriter csv;
  csv.text("=1+1").text("@x").plain("-5.00").text("平湖, 某").end_row();
  EXPECT_EQ(csv.take(), "\xEF\xBB\xBF\"'=1+1\",\"'@x\",-5.00,\"平湖, 某\"\r\n");
}

RC_GTEST_PROP(Csv, WhatIsWrittenIsReadBack, ()) {
  const auto cell = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\",\n \r")));
  const auto table = *rc::gen::container<std::vector<std::vector<std::string>>>(
      rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(cell)));
  CsvWriter csv;
  for (const auto& row : table) {
    csv.text("x");  // so that no line is empty
    for (const std::string& each : row) csv.text(each);
    csv.end_row();
  }
  const std::string text = csv.take();
  const auto read = read_csv(std::string_view(text).substr(3));
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->size() == table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    std::vector<std::string> expected{"x"};
    for (std::string each : table[i]) {
      // Unquoted, spaces around a cell do not count; a carriage return in front is guarded.
      if (!each.empty() && each.front() == '\r') each.insert(0, 1, '\'');
      if (each.find_first_of(",\"\r\n") == std::string::npos) {
        each.erase(0, each.find_first_not_of(' '));
        each.erase(each.find_last_not_of(' ') + 1);
      }
      expected.push_back(each);
    }
    RC_ASSERT(read->at(i).cells == expected);
  }
}

}  // namespace
}  // namespace loangate
