#include <gmock/gmock.h>

#include "command_line.hpp"
#include "port.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::HasSubstr;

/// One partner whose file of Monday is missing, with one refused file and one in work that cannot be judged.
net::PartnerFiles troubled() {
  return {.partner = *PartnerId::parse("phrcb"),
          .fault = "PF20260922001.dat: the store is full",
          .attempts = 3,
          .look = {.ready = {},
                   .waiting = {{.name = "a\\x20b.doc", .why = net::NotTaken::unknown_name},
                               {.name = "PF20260922002.dat.tmp", .why = net::NotTaken::arriving}},
                   .more = 0},
          .work = {{.name = "PF20260922001.dat", .complete = start_of(*Date::of(2026, 9, 22))}},
          .last = net::DropRecord::Last{.name = "PF20260918001.dat",
                                        .complete = start_of(*Date::of(2026, 9, 18)),
                                        .sha256 = std::string(64, 'a')},
          .expected_by = "18:00",
          .next_due = start_of(*Date::of(2026, 9, 23)),
          .missing = {*Date::of(2026, 9, 21)}};
}

TEST(OpsFiles, TellsWhatWaitsAndWhyWhatIsInWorkAndWhatIsDue) {
  Port port({.files = [] { return std::vector{troubled()}; }});
  const Told told = port.get("/v1/files", "operator-zhao");
  ASSERT_EQ(told.status, 200u);
  EXPECT_EQ(told["files/0/partner"], "phrcb");
  EXPECT_EQ(told["files/0/refused"], "1");
  EXPECT_EQ(told["files/0/arriving"], "1");
  EXPECT_EQ(told["files/0/waiting/0/name"], "a\\x20b.doc");
  EXPECT_EQ(told["files/0/waiting/0/why"], "unknown_name");
  EXPECT_EQ(told["files/0/work/0/complete"], "2026-09-22T00:00:00.000000+08:00");
  EXPECT_EQ(told["files/0/fault"], "PF20260922001.dat: the store is full");
  EXPECT_EQ(told["files/0/attempts"], "3");
  EXPECT_EQ(told["files/0/last"], "PF20260918001.dat");
  EXPECT_EQ(told["files/0/expected_by"], "18:00");
  EXPECT_EQ(told["files/0/expected_days"], "working");
  EXPECT_EQ(told["files/0/missing/0"], "2026-09-21");

  const Printed printed = loangate(port, "operator-zhao", {"files"});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("PF20260918001.dat"));
}

TEST(OpsFiles, IsEmptyWhereNobodySendsFiles) {
  Port port;
  EXPECT_EQ(port.get("/v1/files").body, R"({"files":[]})");
}

TEST(OpsFiles, AMissingFileStandsAmongTheWarnings) {
  Port port({.files = [] { return std::vector{troubled()}; }});
  const Told told = port.get("/v1/warnings");
  EXPECT_EQ(told["warnings/0/kind"], "file_missing");
  EXPECT_EQ(told["warnings/0/subject"], "phrcb");
  EXPECT_EQ(told["warnings/0/zh"], "2026-09-21 的文件应于 18:00 前送达，尚未收到");
  EXPECT_EQ(told["warnings/0/en"], "the file of 2026-09-21 was due by 18:00 and is not there");
}

}  // namespace
}  // namespace loangate::ops::testing
