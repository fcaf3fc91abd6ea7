#include "simulate/story.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "app/sandbox.hpp"
#include "app/wait_for.hpp"
#include "base/json.hpp"
#include "simulate/scenario.hpp"
#include "tests/store/samples.hpp"

using namespace loangate;
using namespace loangate::simulate;

namespace {

// 37 loans, 112 million yuan, three banks.
TEST(Story, TheFirstMonthsAreThoseOfTheSources) {
  std::int64_t ten_thousands = 0;
  std::set<std::string_view> banks;
  for (const FirstMonthsRow& row : first_months()) {
    ten_thousands += row.ten_thousand_yuan;
    banks.insert(row.bank);
  }
  EXPECT_EQ(first_months().size(), 37u);
  EXPECT_EQ(ten_thousands, 11'200);
  EXPECT_EQ(banks, (std::set<std::string_view>{"phrcb", "sxbph", "citicph"}));
}

TEST(Story, TheSharesOfEachCaseAddUpToItsLossAndEverySecurityIsThere) {
  std::set<Security> securities;
  for (const CaseRow& row : cases()) {
    if (row.ruling != CompensationRuling::approved) continue;
    const auto yuan = [](std::string_view text) { return parse_yuan(text).value(); };
    EXPECT_EQ(yuan(row.fund) + yuan(row.guarantor_share) + yuan(row.bank_share),
              yuan(row.approved) + yuan(row.interest))
        << row.company;
    securities.insert(row.security);
  }
  EXPECT_EQ(securities.size(), security_codes().codes.size());
}

// The whole demonstration: a gateway, 26 partners, real TLS and SQLite.
TEST(Story, ComesOutAsItIsTold) {
  const store::sample::Folder folder;
  auto sandbox = app::Sandbox::start(std::filesystem::path(LOANGATE_SOURCE_DIR) / "config", folder.path(),
                                     story_begins());
  ASSERT_TRUE(sandbox) << sandbox.error().front().text();
  auto office = Office::open("https://127.0.0.1:" + std::to_string((*sandbox)->gateway().operations_port()),
                             {.pki = folder.path() / "pki"});
  ASSERT_TRUE(office) << office.error().front().text();
  const auto played = app::wait_for((*sandbox)->context(),
                                    play({(*sandbox)->peers(), *office, (*sandbox)->clock()}, Progress{}));
  ASSERT_TRUE(played) << played.error();
  const Summary& s = *played;
  for (const auto& surprise : s.surprises) ADD_FAILURE() << surprise;
  EXPECT_EQ(s.partners, 21u);
  EXPECT_EQ(s.undelivered, 0u);
  EXPECT_EQ(s.notices_delivered, s.notices_expected);
  EXPECT_EQ(s.instructions_delivered, s.instructions_expected);
  EXPECT_EQ(s.instructions_delivered, 10u);
  EXPECT_EQ(s.sum_instructed, s.sum_expected);
  EXPECT_EQ(s.sum_paid, s.sum_expected);
  EXPECT_EQ(s.sum_received, s.sum_expected);
  EXPECT_EQ(s.first_case.loss, Fen::yuan(300'000));
  EXPECT_EQ(s.first_case.fund, Fen::yuan(180'000));
  EXPECT_EQ(s.first_case.guarantor, Fen::zero());
  EXPECT_EQ(s.first_case.bank, Fen::yuan(120'000));
  EXPECT_EQ(s.first_months.loans, 37u);
  EXPECT_EQ(s.first_months.principal, Fen::yuan(112'000'000));
  // Settled 50.
  EXPECT_EQ(std::accumulate(s.messages.begin(), s.messages.end(), std::uint64_t{0}),
            s.accepted + s.held + s.rejected + s.unreadable + s.duplicates + s.conflicts);
  for (const std::uint64_t one : {s.held, s.rejected, s.unreadable, s.duplicates, s.conflicts})
    EXPECT_GE(one, 3u);
  for (Partner* partner : (*sandbox)->peers().all()) {
    EXPECT_FALSE(partner->inbox().items().empty()) << partner->id().view() << " has got nothing";
  }
  JsonDocument document;
  EXPECT_TRUE(document.read(to_json(s)));
}

}  // namespace
