#include "simulate/composer.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "adapters/codec/codec.hpp"
#include "domain/bank_code.hpp"
#include "domain/uscc.hpp"
#include "simulate/companies.hpp"

using namespace loangate;
using namespace loangate::simulate;

namespace {

const adapters::Partners& partners() {
  static const auto loaded =
      adapters::load_partners(std::string(LOANGATE_SOURCE_DIR) + "/adapters/partners").value();
  return loaded;
}

const Instant noon{start_of(*parse_date("2026-09-21")).micros + 12LL * 3600 * 1'000'000};

Record repayment() {
  return LoanRepayment{.message_id = {},
                       .loan_no = *LoanNo::parse("KC000001"),
                       .paid_on = *parse_date("2026-09-21"),
                       .principal = Fen::yuan(1000)}
      .record();
}

std::string id_of(const Record& message) {
  return std::string(std::get<std::string_view>(message[0]));
}

TEST(Composer, IdsOfADayNeverRepeatWhateverPartsTheyHave) {
  for (const auto& profile : partners().all()) {
    if (profile->role != PartnerRole::bank) continue;
    Composer composer(*profile, 0);
    std::set<std::string> ids;
    for (int i = 0; i < 2000; ++i) {
      Record message = repayment();
      composer.complete(LoanRepayment::kind, message, noon);
      ids.insert(id_of(message));
    }
    EXPECT_EQ(ids.size(), 2000u) << profile->id.view();
  }
}

TEST(Composer, IdsAreReadBackAsTheyWereWritten) {
  for (const auto& profile : partners().all()) {
    if (profile->role != PartnerRole::bank) continue;
    // Far enough on for every part of a composed id to have moved.
    for (const std::uint64_t first : {0ull, 899'999ull, 123'456'789ull}) {
      Composer composer(*profile, first);
      Record message = repayment();
      composer.complete(LoanRepayment::kind, message, noon);
      const auto bytes = adapters::encode(*profile, LoanRepayment::kind, message);
      ASSERT_TRUE(bytes) << profile->id.view() << ": " << bytes.error().reason;
      const auto decoded = adapters::decode(*profile, *bytes);
      ASSERT_TRUE(decoded) << profile->id.view() << ": " << text_en(decoded.error().findings.front());
      EXPECT_EQ(id_of(decoded->record), id_of(message)) << profile->id.view();
    }
  }
}

TEST(Composer, RatesAreThoseThatTheFormatCanSay) {
  for (const auto& profile : partners().all()) {
    if (profile->role != PartnerRole::bank) continue;
    const Composer composer(*profile, 0);
    constexpr auto field = LoanDisbursement::field::rate;
    if (!composer.carries(LoanDisbursement::kind, field)) continue;
    const Rate rate = composer.rate_up_to(LoanDisbursement::kind, field, Rate::basis_points(475));
    EXPECT_LE(rate, Rate::basis_points(475)) << profile->id.view();
    EXPECT_GE(rate, Rate::basis_points(470)) << profile->id.view();
  }
}

TEST(Companies, HaveCodesThatPassTheirChecksAndNoTwoAlike) {
  std::set<std::string> codes;
  for (std::uint32_t number = 0; number < 500; ++number) {
    const Borrower company = borrower(number);
    EXPECT_TRUE(is_uscc(company.uscc.view())) << number;
    codes.insert(company.uscc.string());
    EXPECT_TRUE(is_bank_code(bank_code(number).view())) << number;
  }
  EXPECT_EQ(codes.size(), 500u);
}

}  // namespace
