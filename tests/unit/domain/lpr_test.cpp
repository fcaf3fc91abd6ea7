// The LPR table (R-13, settled 30).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/temporary_folder.hpp"
#include "domain/lpr.hpp"

namespace loangate {
namespace {

const std::string file = LOANGATE_SOURCE_DIR "/config/lpr.yaml";

Date day(std::string_view text) {
  return parse_date(text).value();
}
const Calendar& calendar() {
  static const Calendar loaded = Calendar::load(LOANGATE_SOURCE_DIR "/config/calendar.yaml").value();
  return loaded;
}
const LprTable& table() {
  static const LprTable loaded = LprTable::load(file).value();
  return loaded;
}
LprQuote one_year(std::string_view on) {
  return table().quote(day(on), LprTenor::one_year, calendar()).value();
}
LprQuote five_years(std::string_view on) {
  return table().quote(day(on), LprTenor::five_years, calendar()).value();
}

TEST(Lpr, EveryQuoteHoldsFromItsDayToTheDayBeforeTheNext) {
  const auto& all = table().publications();
  ASSERT_EQ(all.size(), 86u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Date last = i + 1 < all.size() ? all[i + 1].on.plus_days(-1) : day("2026-10-19");
    for (const Date on : {all[i].on, last}) {
      EXPECT_EQ(table().quote(on, LprTenor::one_year, calendar()),
                (LprQuote{all[i].one_year, all[i].on, true}))
          << format(on);
      EXPECT_EQ(table().quote(on, LprTenor::five_years, calendar()),
                (LprQuote{all[i].five_years, all[i].on, true}));
    }
  }
}

TEST(Lpr, EveryPublicationDayIsTheTwentiethOrTheNextWorkingDay) {
  for (const auto& publication : table().publications()) {
    Date expected = *Date::of(publication.on.year(), publication.on.month(), 20);
    while (calendar().is_working_day(expected) == false) expected = expected.plus_days(1);
    if (calendar().is_working_day(expected)) EXPECT_EQ(publication.on, expected);
  }
}

TEST(Lpr, KnownTraps) {
  EXPECT_EQ(one_year("2021-02-20").published, day("2021-02-20")) << "a Saturday that was worked, not 02-22";
  EXPECT_EQ(five_years("2024-02-19").rate, Rate::basis_points(420));
  EXPECT_EQ(five_years("2024-02-20").rate, Rate::basis_points(395)) << "some tables cut it a month late";
  EXPECT_EQ(one_year("2022-06-26").rate, Rate::basis_points(370));
  EXPECT_EQ(five_years("2022-06-26").rate, Rate::basis_points(445));
}

TEST(Lpr, IsNotVouchedForFromTheNextPublicationDayOn) {
  EXPECT_TRUE(one_year("2026-10-19").vouched);
  EXPECT_FALSE(one_year("2026-10-20").vouched);
  EXPECT_EQ(one_year("2026-10-20").rate, Rate::basis_points(300)) << "the last one known";
  EXPECT_FALSE(table().quote(day("2019-08-19"), LprTenor::one_year, calendar())) << "before the first";
}

struct BrokenLpr : testing::Test {
  std::string text = [] {
    std::ostringstream whole;
    whole << std::ifstream(file).rdbuf();
    return whole.str();
  }();

  void replace(std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
  }
  std::expected<LprTable, ConfigErrors> load() {
    const TemporaryFolder folder;
    const auto path = folder.path() / "lpr.yaml";
    std::ofstream(path) << text;
    return LprTable::load(path);
  }
};

TEST_F(BrokenLpr, AMonthLeftOutIsNotVouchedFor) {
  replace("  - [2026-08-20, \"3.00\", \"3.50\", A]\n", "");
  const auto loaded = load();
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->quote(day("2026-08-19"), LprTenor::one_year, calendar())->vouched);
  EXPECT_FALSE(loaded->quote(day("2026-08-20"), LprTenor::one_year, calendar())->vouched);
  EXPECT_TRUE(loaded->quote(day("2026-09-20"), LprTenor::one_year, calendar())->vouched);
}
TEST_F(BrokenLpr, AMistypedRateContradictsTheListOfChanges) {
  replace("[2023-09-20, \"3.45\"", "[2023-09-20, \"3.54\"");
  const auto loaded = load();
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().front().text().find("is not a day on which the quotes change"), std::string::npos);
}
TEST_F(BrokenLpr, QuotesStandInOrder) {
  replace("[2023-09-20, ", "[2023-11-21, ");
  EXPECT_FALSE(load());
}
TEST_F(BrokenLpr, ARateThatIsABinaryFloatInDisguiseIsRefused) {
  replace("\"3.45\"", "3.45e0");
  EXPECT_FALSE(load());
}
TEST_F(BrokenLpr, VouchedToIsTheLastQuote) {
  replace("vouched_to: 2026-09-20", "vouched_to: 2026-12-20");
  EXPECT_FALSE(load());
}

}  // namespace
}  // namespace loangate
