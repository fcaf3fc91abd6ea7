// The LPR table and the calendar, extended while the gateway runs (R-13, R-34, settled 8, settled 30).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "port.hpp"

namespace loangate::ops::testing {
namespace {

namespace stage = intake::testing;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

std::string publication(std::string_view on, std::string_view one_year = "3.00",
                        std::string_view five_years = "3.50") {
  return fmt::format(
      R"({{"published_on":"{}","one_year":"{}","five_years":"{}","source":"人民银行授权公布 # 2026-10-20"}})",
      on, one_year, five_years);
}

/// 2027: 365 days with 104 on weekends; days off as given.
std::string year_2027(int working_days = 251, std::string_view workdays = R"([{"day":"2027-02-20"}])") {
  return fmt::format(
      R"({{"year":2027,"notice":"国办发明电〔2026〕1号","working_days":{},"days_off":[{{"first_day":"2027-01-01","last_day":"2027-01-03"}},{{"first_day":"2027-02-05","last_day":"2027-02-11"}},{{"first_day":"2027-10-01","last_day":"2027-10-07"}}],"workdays":{}}})",
      working_days, workdays);
}

std::string text_of(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// A mortgage loan of `day`: priced over an LPR, so it waits for one that is vouched for.
Record priced_over_lpr(std::string_view number, std::string_view day) {
  auto filing = stage::disbursement(number, day, "2027-10-20");
  filing.security = Security::mortgage;
  filing.rate = parse_percent("3.10").value();
  return filing.record();
}

/// The filing as it is judged on the running gateway, by the rulebook in force when its turn comes.
store::Unit arriving(const programme::RulebookInForce& rulebook, std::string_view number,
                     std::string_view day) {
  return [&rulebook, number = std::string(number), day = std::string(day)](const store::View& view,
                                                                           Sequence sequence) {
    const auto rules = rulebook.current();
    return stage::message(stage::bank(), priced_over_lpr(number, day), LoanDisbursement::kind,
                          stage::at("2026-10-28"), *rules)(view, sequence);
  };
}

struct DataPort : Port {
  DataPort() : Port({.demo_clock = true}) {
    post("bureau", "/v1/acts/institution.entry", stage::institution("phrcb", "bank").raw);
    post("bureau", "/v1/acts/company.entry", stage::listing(stage::company_one).raw);
  }
  bool filed(std::string_view number) {
    return std::holds_alternative<standing::Filed>(store().loan(stage::loan_ref(number)).value().standing);
  }
  std::string lpr() const { return text_of(folder() / "lpr.yaml"); }
  std::string calendar() const { return text_of(folder() / "calendar.yaml"); }
};

TEST(OpsRulebookData, APublicationIsOnRecordAndInTheFileAndDecidesWhatWaitedForIt) {
  DataPort port;
  port.commits(arriving(port.rulebook(), "L1", "2026-10-26"));
  ASSERT_FALSE(port.filed("L1"));
  const std::string before = port.lpr();

  const Told told = port.post("operator-zhao", "/v1/acts/lpr.entry", publication("2026-10-20"));
  ASSERT_EQ(told.status, 200u) << told.body;
  EXPECT_TRUE(port.filed("L1")) << "decided again when the answer comes";
  EXPECT_THAT(port.told(), Contains(stage::bank()));
  const Told entry = port.get("/v1/journal/" + told["sequence"]);
  EXPECT_EQ(entry["person"], "operator-zhao");
  EXPECT_EQ(entry["canonical/source"], "人民银行授权公布 # 2026-10-20");

  EXPECT_THAT(port.lpr(), HasSubstr("\nvouched_to: 2026-10-20\n"));
  EXPECT_THAT(port.lpr(), HasSubstr("\n  - [2026-10-20, \"3.00\", \"3.50\", A]   # 人民银行授权公布"));
  EXPECT_EQ(port.lpr().substr(0, 1000), before.substr(0, 1000)) << "comments stay";
  const LprTable read_again = LprTable::load(port.folder() / "lpr.yaml").value();
  EXPECT_EQ(read_again.publications().back().on, parse_date("2026-10-20"));

  port.commits(arriving(port.rulebook(), "L2", "2026-10-27"));
  EXPECT_TRUE(port.filed("L2")) << "later filings are judged by it at once";
}

TEST(OpsRulebookData, AChangeOfTheRateIsAlsoInTheListsOfChanges) {
  DataPort port;
  ASSERT_EQ(port.post("officer-li", "/v1/acts/lpr.entry", publication("2026-10-20", "2.95", "3.50")).status,
            200u);
  const LprTable read_again = LprTable::load(port.folder() / "lpr.yaml").value();
  EXPECT_EQ(read_again.publications().back().one_year, Rate::basis_points(295));
  EXPECT_THAT(port.lpr(), HasSubstr("2025-05-20, 2026-10-20]\nchanges_5y"));
  EXPECT_EQ(port.post("officer-li", "/v1/acts/lpr.entry", publication("2026-11-20", "2.95", "3.45")).status,
            200u)
      << "and so on, month by month";
}

TEST(OpsRulebookData, APublicationThatCannotBeIsRefusedWithTheReasonAndKeptNowhereElse) {
  DataPort port;
  const std::string before = port.lpr();
  const auto refused = [&](const std::string& act) {
    const Told told = port.post("operator-zhao", "/v1/acts/lpr.entry", act);
    EXPECT_EQ(told.status, 422u) << told.body;
    EXPECT_EQ(port.get("/v1/journal/" + std::to_string(port.store().last_sequence().number))["outcome"],
              "rejected")
        << "the attempt is kept";
    return told["code"];
  };
  EXPECT_EQ(refused(publication("2026-11-20")), "lpr_day_wrong") << "October comes first";
  EXPECT_EQ(refused(publication("2026-10-21")), "lpr_day_wrong") << "the 20th was a working day";
  EXPECT_EQ(refused(publication("2026-10-20", "3.02")), "lpr_step_wrong");
  EXPECT_EQ(refused(publication("2026-10-20", "0.00")), "rate_out_of_range");
  EXPECT_EQ(refused(publication("2099-01-20")), "date_in_future");
  EXPECT_EQ(port.lpr(), before);
  ASSERT_EQ(port.post("operator-zhao", "/v1/acts/lpr.entry", publication("2026-10-20")).status, 200u);
  EXPECT_EQ(refused(publication("2026-10-20")), "lpr_day_wrong") << "it is there";
}

TEST(OpsRulebookData, BeyondTheCalendarADayOfPublicationCannotBeChecked) {
  DataPort port;
  port.clock().advance_to(stage::at("2027-01-25"));
  for (const char* day : {"2026-10-20", "2026-11-20", "2026-12-21"}) {
    ASSERT_EQ(port.post("operator-zhao", "/v1/acts/lpr.entry", publication(day)).status, 200u) << day;
  }
  const Told early = port.post("operator-zhao", "/v1/acts/lpr.entry", publication("2027-01-20"));
  EXPECT_EQ(early["code"], "calendar_year_missing");
  ASSERT_EQ(port.post("operator-zhao", "/v1/acts/calendar.entry", year_2027()).status, 200u);
  EXPECT_EQ(port.post("operator-zhao", "/v1/acts/lpr.entry", publication("2027-01-20")).status, 200u);
}

TEST(OpsRulebookData, AYearOfTheCalendarIsAddedAndUsed) {
  DataPort port;
  const Date eve = parse_date("2026-12-31").value();
  EXPECT_TRUE(port.rulebook().current()->calendar().nth_working_day_after(eve, 1).provisional);
  const Told told = port.post("officer-li", "/v1/acts/calendar.entry", year_2027());
  ASSERT_EQ(told.status, 200u) << told.body;
  const WorkingDay next = port.rulebook().current()->calendar().nth_working_day_after(eve, 1);
  EXPECT_FALSE(next.provisional);
  EXPECT_EQ(next.date, parse_date("2027-01-04")) << "1 to 3 January are off";
  EXPECT_EQ(Calendar::load(port.folder() / "calendar.yaml").value().valid_to(), parse_date("2027-12-31"));
  EXPECT_THAT(port.calendar(), HasSubstr("notice: \"国办发明电〔2026〕1号\""));
}

TEST(OpsRulebookData, AYearThatCannotBeIsRefused) {
  DataPort port;
  const auto code_of = [&](const std::string& act) {
    return port.post("officer-li", "/v1/acts/calendar.entry", act)["code"];
  };
  EXPECT_EQ(code_of(year_2027(250)), "calendar_count_differs");
  EXPECT_EQ(code_of(year_2027(251, R"([{"day":"2027-02-22"}])")), "calendar_day_wrong") << "a Monday";
  EXPECT_EQ(code_of(year_2027(251, R"([{"day":"2026-12-26"}])")), "calendar_day_wrong") << "of another year";
  EXPECT_EQ(
      code_of(
          R"({"year":2028,"notice":"x","working_days":261,"days_off":[{"first_day":"2028-01-01","last_day":"2028-01-01"}]})"),
      "calendar_year_wrong");
  EXPECT_EQ(
      code_of(
          R"({"year":2026,"notice":"x","working_days":261,"days_off":[{"first_day":"2028-01-01","last_day":"2028-01-01"}]})"),
      "calendar_year_wrong");
  EXPECT_EQ(Calendar::load(port.folder() / "calendar.yaml").value().valid_to(), parse_date("2026-12-31"));
}

TEST(OpsRulebookData, ADryRunKeepsNothing) {
  DataPort port;
  const Sequence last = port.store().last_sequence();
  const std::string before = port.lpr();
  EXPECT_EQ(port.post("operator-zhao", "/v1/acts/lpr.entry?dry_run=yes", publication("2026-10-20")).status,
            200u);
  EXPECT_EQ(port.post("operator-zhao", "/v1/acts/lpr.entry?dry_run=yes", publication("2026-10-21")).status,
            422u);
  EXPECT_EQ(port.store().last_sequence(), last);
  EXPECT_EQ(port.lpr(), before);
}

TEST(OpsRulebookData, AFileThatCannotBeExtendedIsSaidSoBeforeAnythingIsKept) {
  DataPort port;
  std::ofstream(port.folder() / "lpr.yaml", std::ios::app) << "note: written behind the quotes\n";
  const std::string before = port.lpr();
  const Sequence last = port.store().last_sequence();
  const Told told = port.post("operator-zhao", "/v1/acts/lpr.entry", publication("2026-10-20"));
  EXPECT_EQ(told.status, 409u);
  EXPECT_EQ(told["code"], "data_file_not_extended");
  EXPECT_THAT(told["detail"], HasSubstr("quotes"));
  EXPECT_EQ(port.store().last_sequence(), last);
  EXPECT_EQ(port.lpr(), before);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(port.folder()))
    files += file.path().filename().string().starts_with(".");
  EXPECT_EQ(files, 0u) << "nothing is left beside it";
}

TEST(OpsRulebookData, AFilingThatComesInMeanwhileIsDecidedBeforeOrAfterAndNeverForgotten) {
  DataPort port;
  std::atomic<bool> entered{false};
  std::jthread bank([&] {
    for (int i = 0; i < 400 && (i < 20 || !entered); ++i) {
      port.commits(arriving(port.rulebook(), fmt::format("L{}", i), "2026-10-26"));
    }
  });
  const Told told = port.post("operator-zhao", "/v1/acts/lpr.entry", publication("2026-10-20"));
  entered = true;
  bank.join();
  EXPECT_EQ(told.status, 200u) << told.body;
  EXPECT_THAT(port.store().pending_loans(1000), ::testing::IsEmpty());
}

}  // namespace
}  // namespace loangate::ops::testing
