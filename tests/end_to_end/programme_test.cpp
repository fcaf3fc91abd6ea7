// The programmes' rules over real sockets, in the partners' own formats: what two banks and two programmes
// know of each other.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/other_programmes.hpp"
#include "base/contains.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

using simulate::borrower;
using simulate::Partner;
using support::Town;

constexpr std::uint32_t companies = 60;

Town& town() {
  static Town one(*Date::of(2026, 9, 21), companies);
  return one;
}

std::vector<PartnerId> others() {
  return app::partners_of_other_programmes(town().sandbox().config()).value();
}

/// The banks of the programme that is for everybody.
std::vector<Partner*> banks() {
  auto banks = town().sandbox().peers().of(PartnerRole::bank);
  std::erase_if(banks, [](const Partner* bank) { return contains(others(), bank->id()); });
  return banks;
}

Partner& bank_of_another_programme() {
  for (Partner* bank : town().sandbox().peers().of(PartnerRole::bank)) {
    if (contains(others(), bank->id())) return *bank;
  }
  ADD_FAILURE() << "no bank has a programme of its own";
  return *banks().front();
}

Receipt said(const Partner& from, MessageKind kind, Record message) {
  auto answer = town().say(from.id().view(), kind, std::move(message));
  EXPECT_TRUE(answer.receipt) << from.id().view() << ": " << answer.body;
  return answer.receipt.value_or(Receipt{});
}

Receipt file(const Partner& bank, std::uint32_t company, Fen amount) {
  static int last = 0;
  return said(bank, MessageKind::loan_disbursement,
              support::filing(bank, fmt::format("PR{}", ++last), company, amount, town().today()));
}

Record query(std::uint32_t company) {
  return LimitQuery{.message_id = {}, .company_uscc = borrower(company).uscc}.record();
}

Record reservation(std::uint32_t company, Fen amount) {
  return LimitReserve{.message_id = {}, .company_uscc = borrower(company).uscc, .amount = amount}.record();
}

std::string codes(const Receipt& receipt) {
  std::string all;
  for (const FindingRow& row : receipt.findings) all += row.code + ' ';
  return all;
}

constexpr Fen ceiling = Fen::yuan(10'000'000);

// each bank in its own format; the next one hears only what is left.
TEST(Limits, EveryBankReservesHeadroomThatTheNextCannotTake) {
  const auto all = banks();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto company = static_cast<std::uint32_t>(i + 1);
    const Fen reserved = Fen::yuan(6'000'000 + static_cast<std::int64_t>(i));
    const Partner& first = *all[i];
    const Partner& next = *all[(i + 1) % all.size()];
    EXPECT_EQ(said(first, MessageKind::limit_query, query(company)).headroom, ceiling) << first.id().view();
    const Receipt kept = said(first, MessageKind::limit_reserve, reservation(company, reserved));
    EXPECT_EQ(kept.reserved, reserved) << first.id().view();
    EXPECT_EQ(kept.reserved_until, town().today().plus_days(14)) << first.id().view();
    EXPECT_EQ(said(next, MessageKind::limit_query, query(company)).headroom, ceiling - reserved)
        << next.id().view();

    const Receipt refused = file(next, company, ceiling - reserved + Fen{1});
    EXPECT_EQ(refused.outcome, Outcome::rejected) << next.id().view();
    EXPECT_EQ(codes(refused), "ceiling_exceeded ") << next.id().view();
    EXPECT_EQ(file(next, company, ceiling - reserved).outcome, Outcome::accepted) << next.id().view();
    EXPECT_EQ(file(first, company, reserved).outcome, Outcome::accepted) << first.id().view();
    EXPECT_EQ(said(first, MessageKind::limit_query, query(company)).headroom, Fen::zero())
        << first.id().view();
  }
}

// the second programme has no ceiling; what it lends leaves the first one's headroom alone, and the
// other way round.
TEST(Programmes, DoNotCountEachOthersLoans) {
  const Partner& second = bank_of_another_programme();
  const Partner& first = *banks().front();
  constexpr std::uint32_t company = 50;
  EXPECT_EQ(file(second, company, Fen::yuan(15'000'000)).outcome, Outcome::accepted);
  EXPECT_EQ(said(first, MessageKind::limit_query, query(company)).headroom, ceiling);
  EXPECT_EQ(file(first, company, ceiling).outcome, Outcome::accepted);
  EXPECT_EQ(file(second, company, Fen::yuan(15'000'000)).outcome, Outcome::accepted);
}

TEST(Programmes, OfferOnlyWhatTheirRulebookStates) {
  const Partner& second = bank_of_another_programme();
  const Receipt refused = said(second, MessageKind::limit_reserve, reservation(51, Fen::yuan(1)));
  EXPECT_EQ(refused.outcome, Outcome::rejected);
  EXPECT_EQ(codes(refused), "reservation_not_offered ");
}

}  // namespace
}  // namespace loangate
