// What a day brings by itself: reminders before deadlines and misses after them, each once (R-34 … R-36,
// R-39), and the assessment on 1 January.
#include "app/day_round.hpp"

#include <gtest/gtest.h>

#include "app/wait_for.hpp"
#include "net/cores.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/support/town.hpp"

namespace loangate::app {
namespace {

const PartnerId bank = *PartnerId::parse("phrcb");

Date day(std::string_view text) {
  return *parse_date(text);
}

const programme::RulebookInForce& rulebook() {
  static const programme::RulebookInForce loaded = [] {
    const std::filesystem::path config = std::filesystem::path(LOANGATE_SOURCE_DIR) / "config";
    return programme::RulebookInForce(
        programme::load_rulebook(config / "programmes", config / "calendar.yaml", config / "lpr.yaml")
            .value());
  }();
  return loaded;
}

/// A store with a bank, and a clock that is set from day to day.
class Year {
 public:
  /// `there_since`: the day of the first entry in the journal.
  explicit Year(std::string_view begins, std::string_view there_since = "2022-06-26")
      : there_since_(start_of(day(there_since))),
        store_(store::open_sqlite(folder_.path(), {}).value()),
        committer_(*store_),
        clock_(start_of(day(begins))),
        round_(*store_, committer_, rulebook(), clock_,
               [this](const PartnerId& to) { told_.push_back(to); }) {}

  void keep(std::vector<Change> changes) {
    const store::Unit unit = [&](const store::View&, Sequence sequence) {
      for (Change& change : changes) {
        if (auto* loan = std::get_if<Loan>(&change)) loan->filing = sequence;
      }
      return store::Writes{.entry = store::JournalEntry{.partner = bank, .received = there_since_},
                           .changes = changes};
    };
    const auto committed = store_->transact({&unit, 1});
    ASSERT_TRUE(committed.front()) << committed.front().error().what;
  }
  void enter_bank(std::string_view from, std::vector<std::int32_t> lent_in) {
    keep({Institution{.id = bank,
                      .role = PartnerRole::bank,
                      .name_zh = "平湖农商银行",
                      .name_en = "bank",
                      .admitted = {Period{.from = day(from)}},
                      .lent_in = std::move(lent_in)}});
  }
  void lend(std::string_view number, std::string_view matures) {
    keep({Loan{.filing = {},
               .ref = {bank, *LoanNo::parse(number)},
               .filed_as = *MessageId::parse("1"),
               .contract_no = *ContractNo::parse("C"),
               .company = *Uscc::parse("91310115MA1K3BTP2B"),
               .company_name = "样例",
               .lent = Fen::yuan(100),
               .filed = Fen::yuan(100),
               .outstanding = Fen::yuan(100),
               .disbursed_on = day(matures).plus_years(-1),
               .matures_on = day(matures),
               .rate = Rate::basis_points(300),
               .security = Security::unsecured}});
  }
  void go_to(std::string_view date) {
    clock_.advance_to(start_of(day(date)));
    wait_for(*cores_.contexts().front(), [](DayRound& round) -> boost::asio::awaitable<bool> {
      co_await round.go();
      co_return true;
    }(round_));
  }
  std::vector<DeadlineReminder> reminders() const {
    std::vector<DeadlineReminder> found;
    for (const store::Delivery& delivery : store_->undelivered(bank, {}, 100)) {
      if (delivery.kind != DeadlineReminder::kind) continue;
      found.push_back(
          DeadlineReminder::from(read_canonical(DeadlineReminder::spec(), delivery.message).value()));
    }
    return found;
  }
  std::vector<Deadline> deadlines() const { return things<Deadline>("deadline"); }
  std::vector<Assessment> assessments() const { return things<Assessment>("assessment"); }
  Sequence last() const { return store_->last_sequence(); }

 private:
  template <class Thing>
  std::vector<Thing> things(std::string_view kind) const {
    std::vector<Thing> found;
    for (const Change& change : store_->all(kind)) found.push_back(std::get<Thing>(change));
    return found;
  }

  Instant there_since_;
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  store::Committer committer_;
  BusinessClock clock_;
  std::vector<PartnerId> told_;
  DayRound round_;
  net::Cores cores_{1};
};

// Due on Tuesday 2026-03-10: the fifth working day after it is the 17th, and the bank hears five days before.
TEST(DayRound, RemindsOfAnOverdueReportOnceBeforeAndRecordsAMissOnceAfter) {
  Year year("2026-03-01");
  year.enter_bank("2022-06-26", {2025});
  year.lend("L1", "2026-03-10");
  year.go_to("2026-03-11");
  EXPECT_TRUE(year.reminders().empty()) << "six days before the deadline";
  year.go_to("2026-03-12");
  ASSERT_EQ(year.reminders().size(), 1u);
  EXPECT_EQ(year.reminders()[0].deadline, DeadlineKind::overdue_report);
  EXPECT_EQ(year.reminders()[0].due_on, day("2026-03-17"));
  EXPECT_EQ(year.reminders()[0].loan_no.view(), "L1");
  year.go_to("2026-03-13");
  year.go_to("2026-03-17");
  EXPECT_EQ(year.reminders().size(), 1u) << "once";
  EXPECT_FALSE(year.deadlines()[0].missed_on) << "the last day is in time";
  year.go_to("2026-03-18");
  EXPECT_EQ(year.deadlines()[0].missed_on, day("2026-03-18"));
  const Sequence last = year.last();
  year.go_to("2026-03-19");
  EXPECT_EQ(year.last(), last) << "a miss is recorded once, and no message goes out";
}

TEST(DayRound, SaysNothingOfALoanThatHasNotMatured) {
  Year year("2026-03-01");
  year.enter_bank("2022-06-26", {2025});
  year.lend("L1", "2026-12-10");
  const Sequence last = year.last();
  year.go_to("2026-12-10");
  EXPECT_EQ(year.last(), last) << "the due date itself is no default";
}

TEST(DayRound, PutsABankThatLentNothingInTheYearBeforeTheConferenceOnNewYearsDay) {
  Year year("2025-06-01");
  year.enter_bank("2022-06-26", {2024});
  year.go_to("2025-12-31");
  EXPECT_TRUE(year.assessments().empty() || year.assessments()[0].year == 2024);
  year.go_to("2026-01-01");
  ASSERT_EQ(year.assessments().size(), 1u);
  EXPECT_EQ(year.assessments()[0].year, 2025);
  EXPECT_FALSE(year.assessments()[0].ruling) << "a proposal: the conference decides";
  const Sequence last = year.last();
  year.go_to("2026-01-02");
  EXPECT_EQ(year.last(), last);
}

TEST(DayRound, DoesNotAssessABankForAYearInWhichItLentOrWasAdmitted) {
  Year lent("2025-06-01");
  lent.enter_bank("2022-06-26", {2025});
  lent.go_to("2026-01-01");
  EXPECT_TRUE(lent.assessments().empty());
  Year admitted("2025-06-01");
  admitted.enter_bank("2025-01-02", {});
  admitted.go_to("2026-01-01");
  EXPECT_TRUE(admitted.assessments().empty()) << "full calendar years only";
}

TEST(DayRound, DoesNotAssessAYearInWhichTheGatewayWasNotThereYet) {
  Year begun_within("2025-06-01", "2025-01-02");
  begun_within.enter_bank("2022-06-26", {});
  begun_within.go_to("2026-01-01");
  EXPECT_TRUE(begun_within.assessments().empty()) << "what was lent before it is not on its record";
  Year begun_before("2025-06-01", "2025-01-01");
  begun_before.enter_bank("2022-06-26", {});
  begun_before.go_to("2026-01-01");
  EXPECT_EQ(begun_before.assessments().size(), 1u);
}

}  // namespace
}  // namespace loangate::app
