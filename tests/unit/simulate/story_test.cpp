#include "simulate/story.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include "app/other_programmes.hpp"
#include "app/sandbox.hpp"
#include "app/wait_for.hpp"
#include "base/contains.hpp"
#include "base/json.hpp"
#include "simulate/scenario.hpp"
#include "simulate/told.hpp"
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
    EXPECT_EQ(yuan(row.fund) + yuan(row.guarantor_share) + yuan(row.bank_share),
              yuan(row.approved) + yuan(row.interest))
        << row.company;
    securities.insert(row.security);
  }
  EXPECT_EQ(securities.size(), security_codes().codes.size());
}

// nobody gets back more than it paid, nor all together more than came in. R-41: what is written off is
// what was paid and did not come back.
TEST(Story, EachLifeIsInBalance) {
  for (const LifeRow& row : lives()) {
    const Fen fund = yuan(row.fund), guarantor = yuan(row.guarantor_share);
    const Fen fund_back = yuan(row.fund_back), guarantor_back = yuan(row.guarantor_back);
    EXPECT_EQ(fund + guarantor + yuan(row.bank_share), yuan(row.principal) + yuan(row.interest))
        << row.company;
    EXPECT_LE(fund_back + guarantor_back, yuan(row.recovered) - yuan(row.costs)) << row.company;
    if (row.end == End::settled) {
      EXPECT_EQ(fund_back, fund) << row.company;
      EXPECT_EQ(guarantor_back, guarantor) << row.company;
    } else {
      EXPECT_EQ(yuan(row.fund_lost), fund - fund_back) << row.company;
      EXPECT_EQ(yuan(row.guarantor_lost), guarantor - guarantor_back) << row.company;
      EXPECT_GT(yuan(row.fund_lost), Fen::zero()) << row.company;
    }
    EXPECT_EQ(row.guarantor >= 0, row.security == Security::guarantee) << row.company;
  }
}

TEST(Story, LoansOfEverySecurityAreSettledAndWrittenOff) {
  std::set<std::pair<Security, End>> ends;
  for (const LifeRow& row : lives()) ends.emplace(row.security, row.end);
  EXPECT_EQ(ends.size(), 2 * security_codes().codes.size());
  EXPECT_EQ(security_codes().codes.size(), std::size_t{Summary::securities});
}

// 35 % each of the principal, nothing of the interest.
TEST(Story, TheSecondProgrammesFundsBearThePrincipalAlone) {
  const Fen each = yuan(second_programme_loan.each_fund), principal = yuan(second_programme_loan.principal);
  EXPECT_EQ(each.count() * 100, principal.count() * 35);
  EXPECT_EQ(each + each + yuan(second_programme_loan.bank_share), principal);
}

/// The story, played once: a gateway with all partners of the configuration, real TLS and SQLite.
class Played : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    auto sandbox = app::Sandbox::start(std::filesystem::path(LOANGATE_SOURCE_DIR) / "config", folder_->path(),
                                       story_begins());
    ASSERT_TRUE(sandbox) << sandbox.error().front().text();
    sandbox_ = *std::move(sandbox);
    auto office = Office::open("https://127.0.0.1:" + std::to_string(sandbox_->gateway().operations_port()),
                               {.pki = folder_->path() / "pki"});
    ASSERT_TRUE(office) << office.error().front().text();
    auto others = app::partners_of_other_programmes(sandbox_->config());
    ASSERT_TRUE(others) << others.error().front().text();
    auto played =
        app::wait_for(sandbox_->context(),
                      play({sandbox_->peers(), *office, sandbox_->clock(), *std::move(others)}, Progress{}));
    ASSERT_TRUE(played) << played.error();
    summary_ = *std::move(played);
  }
  static void TearDownTestSuite() {
    sandbox_.reset();
    folder_.reset();
  }

  static inline std::unique_ptr<TemporaryFolder> folder_;
  static inline std::unique_ptr<app::Sandbox> sandbox_;
  static inline Summary summary_;
  const Summary& s = summary_;
};

TEST_F(Played, NothingCameOutOtherwiseThanItIsTold) {
  for (const auto& surprise : s.surprises) ADD_FAILURE() << surprise;
  EXPECT_EQ(s.undelivered, 0u);
}

TEST_F(Played, TheFirstCaseAndTheFirstMonthsAreThoseOfTheSources) {
  EXPECT_EQ(s.partners, 21u);
  EXPECT_EQ(s.first_case.loss, Fen::yuan(300'000));
  EXPECT_EQ(s.first_case.fund, Fen::yuan(180'000));
  EXPECT_EQ(s.first_case.guarantor, Fen::zero());
  EXPECT_EQ(s.first_case.bank, Fen::yuan(120'000));
  EXPECT_EQ(s.first_months.loans, 37u);
  EXPECT_EQ(s.first_months.principal, Fen::yuan(112'000'000));
}

// Settled 50.
TEST_F(Played, EveryMessageHasItsOutcome) {
  EXPECT_EQ(std::accumulate(s.messages.begin(), s.messages.end(), std::uint64_t{0}),
            s.accepted + s.held + s.rejected + s.unreadable + s.duplicates + s.conflicts);
  for (const std::uint64_t one : {s.held, s.rejected, s.unreadable, s.duplicates, s.conflicts})
    EXPECT_GE(one, 3u);
}

// The first case, 10 lives (2 guaranteed), the second programme's 2 funds, 7 of 9 later cases (2 guaranteed).
TEST_F(Played, AllSumsAreInstructedPaidAndReturned) {
  EXPECT_EQ(s.notices_delivered, s.notices_expected);
  EXPECT_EQ(s.instructions_delivered, s.instructions_expected);
  EXPECT_EQ(s.instructions_delivered, 24u);
  EXPECT_EQ(s.sum_instructed, s.sum_expected);
  EXPECT_EQ(s.sum_paid, s.sum_expected);
  EXPECT_EQ(s.sum_received, s.sum_expected);
  EXPECT_EQ(s.remittances_delivered, s.remittances_expected);
  EXPECT_EQ(s.remittances_delivered, 24u);
  EXPECT_EQ(s.recovered, yuan("7195000.33"));
  EXPECT_EQ(s.returned, yuan("4610492.80"));
  EXPECT_EQ(s.written_off, yuan("2199402.25"));
}

TEST_F(Played, LoansOfEverySecurityLivedTheirWholeLife) {
  for (const auto& ends : s.full_lives) EXPECT_EQ(ends, (Summary::FullLives{.settled = 1, .written_off = 1}));
  EXPECT_EQ(s.second_programme.loans, 1u);
  EXPECT_EQ(s.second_programme.instructed, Fen::yuan(1'400'000));
}

TEST_F(Played, EveryPartnerGotSomething) {
  // Of the second programme one bank plays a part, and its funds.
  const auto others = app::partners_of_other_programmes(sandbox_->config()).value();
  bool second = false;
  for (Partner* partner : sandbox_->peers().all()) {
    const bool nothing = partner->inbox().items().empty();
    if (contains(others, partner->id())) {
      second = second || !nothing;
    } else {
      EXPECT_FALSE(nothing) << partner->id().view() << " has got nothing";
    }
  }
  EXPECT_TRUE(second);
}

TEST_F(Played, OverduesEndedAndThoseConcernedHeardOfIt) {
  std::multiset<NoticeKind> kinds;
  for (Partner* office : sandbox_->peers().of(PartnerRole::office)) {
    for (const auto& notice : all_told<DefaultNotice>(*office)) kinds.insert(notice.notice_kind);
  }
  EXPECT_EQ(kinds.count(NoticeKind::cured), 1u);
  EXPECT_EQ(kinds.count(NoticeKind::withdrawn), 1u);
}

TEST_F(Played, TheSummaryIsOneJsonObject) {
  JsonDocument document;
  ASSERT_TRUE(document.read(to_json(s)));
  const auto text_of = [&](std::string_view object, std::string_view name) {
    const JsonNode* outer = document.member(document.root(), object);
    const JsonNode* inner = outer == nullptr ? nullptr : document.member(*outer, name);
    return inner == nullptr ? std::string_view() : inner->text;
  };
  EXPECT_EQ(text_of("first_case", "fund"), "180000.00");
  EXPECT_EQ(text_of("second_programme", "instructed"), "1400000.00");
  const JsonNode* lives = document.member(document.root(), "full_lives");
  ASSERT_NE(lives, nullptr);
  EXPECT_EQ(lives->children, security_codes().codes.size());
  for (const JsonNode* life = document.first(*lives); life != nullptr; life = document.next(*life)) {
    ASSERT_NE(document.member(*life, "written_off"), nullptr) << life->key;
    EXPECT_EQ(document.member(*life, "written_off")->text, "1") << life->key;
  }
}

}  // namespace
