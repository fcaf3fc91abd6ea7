// The fund's books as of any day: double entry, and each institution's year.
#include <gmock/gmock.h>

#include "compensated.hpp"
#include "ops/office/fund.hpp"

namespace loangate::ops::testing {
namespace {

namespace stage = intake::testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// The case of R-28 to its end: 180,000 approved on 10 July 2023 and paid on 1 August; 100,000 recovered in
/// 2024 at costs of 10,000, of which the fund gets its 60 %; the rest written off in 2025.
struct WholeLife : Compensated {
  WholeLife() {
    const InstructionNo remittance =
        recovers("recovery-1", "2024-03-01", Fen::yuan(100'000), Fen::yuan(10'000));
    returns_to_fund("returned-1", remittance, "2024-03-11", Fen::yuan(54'000));
    applies_for_write_off();
    EXPECT_EQ(approved(*this, post("officer-li", "/v1/proposals/rule.writeoff", ruling("approved"))).status,
              200u);
  }
  FundBooks books(std::string_view as_of) {
    return fund_books(store(), *rulebook().current(), parse_date(as_of).value());
  }
  FundBooks::Year year(std::string_view as_of) { return books(as_of).years.at({stage::bank(), 2023}); }
  /// Debits less credits.
  Fen balance(std::string_view as_of, Account account) {
    const FundBooks::Balance balance = books(as_of).accounts[{partner("fund"), account}];
    return balance.debit - balance.credit;
  }
};

TEST(OpsFund, EachDayShowsWhatHadHappenedByThen) {
  WholeLife port;
  EXPECT_THAT(port.books("2023-07-09").years, IsEmpty());

  EXPECT_EQ(port.year("2023-07-10").approved, Fen::yuan(180'000));
  EXPECT_EQ(port.year("2023-07-31").open, Fen::yuan(180'000)) << "decided and not yet paid";
  EXPECT_EQ(port.year("2023-07-31").paid, Fen::zero());

  EXPECT_EQ(port.year("2023-08-01").paid, Fen::yuan(180'000));
  EXPECT_EQ(port.year("2023-08-01").open, Fen::zero());
  EXPECT_EQ(port.year("2023-08-01").used, Fen::yuan(180'000));
  EXPECT_EQ(port.year("2023-08-01").limit, Fen::yuan(10'000'000));

  EXPECT_EQ(port.year("2024-03-01").recovered, Fen::yuan(54'000));
  EXPECT_EQ(port.year("2024-03-10").returned, Fen::zero());
  EXPECT_EQ(port.year("2024-03-11").returned, Fen::yuan(54'000));
  EXPECT_EQ(port.year("2025-02-17").written_off, Fen::zero());
  EXPECT_EQ(port.year("2025-02-18").written_off, Fen::yuan(126'000)) << "180,000 paid less 54,000 returned";
  EXPECT_EQ(port.year("2025-02-18").used, Fen::yuan(180'000)) << "recoveries do not restore the cap (R-32)";
}

TEST(OpsFund, TheBooksBalanceOnEveryDay) {
  WholeLife port;
  for (const char* day :
       {"2023-07-09", "2023-07-10", "2023-08-01", "2024-03-01", "2024-03-11", "2025-02-18", "2099-01-01"}) {
    const FundBooks::Balance total = port.books(day).total();
    EXPECT_EQ(total.debit, total.credit) << day;
  }
  EXPECT_EQ(port.balance("2099-01-01", Account::recourse), Fen::zero()) << "nothing is claimed any more";
  EXPECT_EQ(port.balance("2099-01-01", Account::cash), Fen::yuan(-126'000)) << "what the case cost the fund";
  EXPECT_EQ(port.balance("2099-01-01", Account::written_off), Fen::yuan(126'000));
  EXPECT_EQ(port.balance("2024-03-05", Account::returnable), Fen::yuan(54'000));
}

TEST(OpsFund, WhatTheYearsSayIsWhatTheAccountsSay) {
  WholeLife port;
  for (const char* day : {"2023-07-20", "2024-01-01", "2024-03-05", "2024-04-01", "2025-03-01"}) {
    const FundBooks books = port.books(day);
    FundBooks::Year sum;
    for (const auto& [_, year] : books.years) {
      sum.paid += year.paid, sum.open += year.open, sum.returned += year.returned,
          sum.written_off += year.written_off;
    }
    EXPECT_EQ(sum.returned - sum.paid, port.balance(day, Account::cash)) << day;
    EXPECT_EQ(Fen::zero() - sum.open, port.balance(day, Account::payable)) << day;
    EXPECT_EQ(sum.written_off, port.balance(day, Account::written_off)) << day;
  }
}

TEST(OpsFund, TheRegistrysOwnFigureOfTheCapAgrees) {
  WholeLife port;
  const auto kept = std::get<FundYear>(port.store().all("fund_year").front());
  EXPECT_EQ(port.year("2099-01-01").used, kept.used());
  EXPECT_EQ(port.year("2099-01-01").cut, kept.cut);
}

TEST(OpsFund, IsReadOverThePort) {
  WholeLife port;
  const Told told = port.get("/v1/fund?as_of=2023-08-01");
  EXPECT_EQ(told["balanced"], "true");
  EXPECT_EQ(told["years/0/institution"], "phrcb");
  EXPECT_EQ(told["years/0/paid"], "180000.00");
  EXPECT_EQ(told["years/0/left"], "9820000.00");
  EXPECT_EQ(port.get("/v1/fund")["as_of"], format(civil_day(port.clock().now())));
  EXPECT_EQ(port.get("/v1/fund?as_of=yesterday").status, 400u);
}

}  // namespace
}  // namespace loangate::ops::testing
