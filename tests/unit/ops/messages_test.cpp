// Finding messages, one message whole, a loan's time line and its evidence.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <zip.h>

#include <map>

#include "base/base64.hpp"
#include "port.hpp"

namespace loangate::ops::testing {
namespace {

namespace stage = intake::testing;
using ::testing::HasSubstr;
using ::testing::Not;

/// A registry with a case that has been approved: filing, overdue, application, proposal, approval. Business
/// time is 2023-07-10.
struct Stage : Port {
  Stage() : Port({.demo_clock = true}) {
    for (const auto& [id, role] : {std::pair{"phrcb", "bank"}, {"sxbph", "bank"}, {"fund", "fund"}})
      EXPECT_EQ(post("bureau", "/v1/acts/institution.entry", stage::institution(id, role).raw).status, 200u);
    EXPECT_EQ(post("bureau", "/v1/acts/company.entry", stage::listing(stage::company_one).raw).status, 200u);
    for (const store::Unit& unit : stage::applied_for("C1")) entries.push_back(commits(unit));
    case_no = get("/v1/cases")["cases/0/no"];
    const Told proposed = post(
        "officer-li", "/v1/proposals/rule.compensation",
        fmt::format(
            R"({{"case_no":"{}","ruling":"approved","meeting_no":"2023-1","meeting_on":"2023-07-10","approved_principal":"300000.00","approved_interest":"0.00"}})",
            case_no));
    EXPECT_EQ(proposed.status, 201u) << proposed.body;
    EXPECT_EQ(post("approver-wang", fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
                   fmt::format(R"({{"hash":"{}"}})", proposed["hash"]))
                  .status,
              200u);
    indexed();
  }
  Told find(std::string_view q, std::string_view more = {}) {
    return get(fmt::format("/v1/messages?q={}{}", percent_encoded(q), more));
  }

  std::vector<Sequence> entries;  // filing, overdue, application
  std::string case_no;
};

std::string number(Sequence sequence) {
  return std::to_string(sequence.number);
}

TEST(OpsMessages, AreFoundByOneBoxAndSaySoHowItWasTaken) {
  Stage port;
  const Told told = port.find("C1 from:2022-01-01 kind:放款备案");
  EXPECT_EQ(told.status, 200u) << told.body;
  EXPECT_EQ(told["items/0/sequence"], number(port.entries[0]));
  EXPECT_EQ(told["items/0/loan_no"], "C1");
  EXPECT_EQ(told["items/0/lender"], "phrcb");
  EXPECT_EQ(told["items/0/company_name"], "平湖市某某科技有限公司");
  EXPECT_EQ(told["items/0/amount"], "300000.00");
  EXPECT_EQ(told["items/0/kind_zh"], "放款备案");
  EXPECT_EQ(told["items/1/sequence"], "");
  EXPECT_EQ(told["understood/0/word"], "C1");
  EXPECT_EQ(told["understood/0/as/0"], "loan:C1");
  EXPECT_EQ(told["range/from"], "2022-01-01T00:00:00.000000+08:00");
  EXPECT_EQ(told["range/by_default"], "false");
  EXPECT_EQ(told["complete"], "true");
  EXPECT_EQ(told["behind"], "0");
}

TEST(OpsMessages, WithoutATimeTheLastThirtyDaysAreSearchedAndEarlierMatchesCounted) {
  Stage port;  // the clock is real: the case lies years back
  const Told told = port.find("借据:phrcb/C1 机构:phrcb");
  EXPECT_EQ(told["items/0/sequence"], "");
  EXPECT_EQ(told["range/by_default"], "true");
  EXPECT_EQ(told["earlier/count"], "3");
  EXPECT_EQ(told["earlier/exact"], "true");
  // One message that is named is found wherever it is.
  EXPECT_EQ(port.find("#" + number(port.entries[1]))["items/0/kind"], "overdue.report");
}

TEST(OpsMessages, PagesGoOnWhereTheOneBeforeEnded) {
  Stage port;
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const Told told = port.find("partner:phrcb from:2022-01-01", "&limit=1" + cursor);
    seen.push_back(told["items/0/sequence"]);
    cursor = told["next"].empty() ? "" : "&cursor=" + percent_encoded(told["next"]);
  } while (!cursor.empty() && seen.size() < 9);
  EXPECT_EQ(seen, (std::vector{number(port.entries[2]), number(port.entries[1]), number(port.entries[0])}));
}

TEST(OpsMessages, ASearchThatCannotBeReadIsToldWhereAndWhatToDo) {
  Stage port;
  const Told told = port.find("amount:viel");
  EXPECT_EQ(told.status, 400u);
  EXPECT_EQ(told["errors/0/pointer"], "/q");
  EXPECT_THAT(told["errors/0/detail/en"], HasSubstr("amount:viel"));
  EXPECT_EQ(port.get("/v1/messages?cursor=abc").status, 400u);
  EXPECT_EQ(port.get("/v1/messages?cursor=").status, 400u);
  EXPECT_EQ(port.get("/v1/messages?limit=501").status, 400u);
}

// Settled 43.
TEST(OpsMessages, PersonalFieldsAreForTheOfficeAndFoundByNobody) {
  Stage port;
  const std::string target = "/v1/messages/" + number(port.entries[0]);
  const Told office = port.get(target);
  EXPECT_EQ(office["canonical/officer_name"], "张小明");
  EXPECT_THAT(office["raw_text"], HasSubstr("张小明"));
  const Told technical = port.get(target, "operator-zhao");
  EXPECT_THAT(technical.body, Not(HasSubstr("张小明")));
  EXPECT_THAT(technical.body, HasSubstr("\"raw\":null"));
  EXPECT_EQ(technical["canonical/officer_name"], "张*明");
  EXPECT_EQ(port.find("text:张小明 from:2022-01-01")["items/0/sequence"], "");
}

TEST(OpsMessages, OneMessageComesWithItsWayItsEffectsAndItsNeighbours) {
  Stage port;
  const Told told = port.get("/v1/messages/" + number(port.entries[1]));
  EXPECT_EQ(told["head/kind"], "overdue.report");
  EXPECT_EQ(told["stages/0/name"], "received");
  EXPECT_EQ(told["stages/2/detail"], "accepted");
  EXPECT_EQ(told["indexed"], "true");
  EXPECT_THAT(told.body, HasSubstr(R"("kind":"loan","key":"phrcb/C1")"));
  EXPECT_EQ(told["caused_by/0/sequence"], number(port.entries[0]));
  EXPECT_EQ(told["caused_by/0/thing"], "loan/phrcb/C1");
  EXPECT_EQ(told["led_to/0/sequence"], number(port.entries[2]));
  EXPECT_EQ(port.get("/v1/messages/999999").status, 404u);
  EXPECT_EQ(port.get("/v1/messages/x").status, 404u);
}

TEST(OpsTimeline, HasAllThatHappenedToALoanAndWhatIsStillToCome) {
  Stage port;
  const Told told = port.get("/v1/loans/phrcb/C1/timeline");
  EXPECT_EQ(told.status, 200u) << told.body;
  EXPECT_EQ(told["events/0/kind"], "loan.disbursement");
  EXPECT_EQ(told["events/0/amount"], "300000.00");
  for (const std::string_view said :
       {"\"kind\":\"overdue.report\"", "\"kind\":\"compensation.application\"",
        "\"kind\":\"rule.compensation\"", "\"person\":\"officer-li\"", "\"person\":\"approver-wang\"",
        "\"what\":\"delivery\"", "\"kind\":\"compensation.instruction\"", "\"what\":\"deadline\"",
        "instruction/"}) {
    EXPECT_THAT(told.body, HasSubstr(said));
  }
  EXPECT_EQ(told["complete"], "true");
  EXPECT_EQ(port.get("/v1/loans/phrcb/nothing/timeline").status, 404u);
}

TEST(OpsTimeline, ADeadlineToComeIsCountedInWorkingDays) {
  Port port({.demo_clock = true});
  for (const auto& [id, role] : {std::pair{"phrcb", "bank"}, {"fund", "fund"}})
    port.post("bureau", "/v1/acts/institution.entry", stage::institution(id, role).raw);
  port.post("bureau", "/v1/acts/company.entry", stage::listing(stage::company_one).raw);
  const Date today = civil_day(port.clock().now());
  auto filing = stage::disbursement("T1", "2022-07-25", "2023-03-24");
  filing.disbursed_on = today.plus_days(-1);
  filing.matures_on = today.plus_days(14);
  port.commits(
      stage::message(stage::bank(), filing.record(), MessageKind::loan_disbursement, port.clock().now()));
  port.indexed();
  const Told told = port.get("/v1/loans/phrcb/T1/timeline");
  std::string last;
  for (int i = 0; !told[fmt::format("events/{}/at", i)].empty(); ++i) last = fmt::format("events/{}/", i);
  EXPECT_EQ(told[last + "what"], "deadline");
  EXPECT_EQ(told[last + "kind"], "maturity");
  EXPECT_EQ(told[last + "when"], "future");
  EXPECT_EQ(told[last + "days_left"], "14");
  const int working = std::stoi(told[last + "working_days_left"]);
  EXPECT_GT(working, 0);
  EXPECT_LT(working, 14);
  EXPECT_FALSE(told[last + "skipped/0"].empty());
}

/// The files of a ZIP.
std::map<std::string, std::string> unzipped(const std::string& bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  std::map<std::string, std::string> files;
  if (archive == nullptr) {
    ADD_FAILURE() << zip_error_strerror(&error);
    return files;
  }
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    zip_file_t* file = zip_fopen_index(archive, static_cast<zip_uint64_t>(i), 0);
    std::string& content = files[zip_get_name(archive, static_cast<zip_uint64_t>(i), 0)];
    char block[4096];
    for (zip_int64_t got = 0; (got = zip_fread(file, block, sizeof block)) > 0;)
      content.append(block, static_cast<std::size_t>(got));
    zip_fclose(file);
  }
  zip_close(archive);
  return files;
}

TEST(OpsEvidence, IsAllOfALoanWithADigestOfEachFile) {
  Stage port;
  const Told told = port.get("/v1/loans/phrcb/C1/evidence");
  ASSERT_EQ(told.status, 200u) << told.body;
  EXPECT_EQ(told.content_type, "application/zip");
  auto files = unzipped(told.body);
  const std::string folder = fmt::format("entries/{:012}-loan.disbursement/", port.entries[0].number);
  EXPECT_THAT(files[folder + "raw"], HasSubstr("张小明"));
  EXPECT_THAT(files[folder + "canonical.json"], HasSubstr("C1"));
  EXPECT_THAT(files["timeline.json"], HasSubstr("rule.compensation"));
  const std::string manifest = files["manifest.json"];
  for (const auto& [name, content] : files) {
    if (name == "manifest.json") continue;
    EXPECT_THAT(manifest, HasSubstr(fmt::format(R"("name":"{}","bytes":{},"sha256":"{}")", name,
                                                content.size(), hex(sha256(content)))));
  }
  EXPECT_EQ(port.get("/v1/loans/phrcb/C1/evidence").body, told.body)
      << "the same record gives the same bytes";
  const Told technical = port.get("/v1/loans/phrcb/C1/evidence", "operator-zhao");
  for (const auto& [name, content] : unzipped(technical.body)) {
    EXPECT_THAT(content, Not(HasSubstr("张小明"))) << name;
    EXPECT_FALSE(name.ends_with("/raw"));
  }
}

}  // namespace
}  // namespace loangate::ops::testing
