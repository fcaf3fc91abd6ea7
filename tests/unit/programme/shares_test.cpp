// Who bears what, through decide (R-26 to R-31, settled 27, 29).
#include <gtest/gtest.h>

#include "tests/unit/programme/cast.hpp"

namespace loangate::support {
namespace {

struct Row {
  const char* says;
  Fields filing;
  const char* principal;
  const char* interest;
  const char* loss;
  const char* fund;
  const char* guarantor;
  const char* bank;
};

const Fields by_institution{
    {"security", "guarantee"}, {"guarantor_kind", "institution"}, {"guarantor", "guarantor01"}};

const Row rows[] = {
    {"credit 6:4",
     {{"security", "unsecured"}},
     "300000.00",
     "0.00",
     "300000.00",
     "180000.00",
     "0.00",
     "120000.00"},
    {"mortgage 6:4 of an odd amount",
     {},
     "1234567.89",
     "0.00",
     "1234567.89",
     "740740.73",
     "0.00",
     "493827.16"},
    {"4:4:2 of an odd amount", by_institution, "1234567.89", "0.00", "1234567.89", "493827.16", "493827.16",
     "246913.57"},
    {"rounded on the whole, not apart", {}, "100.01", "0.01", "100.02", "60.01", "0.00", "40.01"},
    {"one fen 6:4 is the fund's", {}, "0.01", "0.00", "0.01", "0.01", "0.00", "0.00"},
    {"one fen 4:4:2 is the bank's", by_institution, "0.01", "0.00", "0.01", "0.00", "0.00", "0.01"},
    {"two fen 4:4:2", by_institution, "0.02", "0.00", "0.02", "0.01", "0.01", "0.00"},
    {"half filed, half the loss",
     {{"filed_amount", "1000000.00"}},
     "1000.00",
     "10.00",
     "505.00",
     "303.00",
     "0.00",
     "202.00"},
    {"a mortgage with an institution besides is 4:4:2",
     {{"guarantor_kind", "institution"}, {"guarantor", "guarantor01"}},
     "100.00",
     "0.00",
     "100.00",
     "40.00",
     "40.00",
     "20.00"},
};

TEST(Shares, AreThoseOfTheGuaranteeClassToTheFen) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    Cast cast;
    ASSERT_EQ(cast.file(with({{"loan_amount", "2000000.00"}}, row.filing)).outcome, Outcome::accepted);
    cast.confirm();
    cast.report_overdue();
    const auto applied =
        cast.apply({{"outstanding_principal", row.principal}, {"contract_interest", row.interest}});
    ASSERT_EQ(applied.outcome, Outcome::accepted) << codes(applied.findings);
    const auto decision =
        cast.approve({{"approved_principal", row.principal}, {"approved_interest", row.interest}});
    ASSERT_EQ(decision.outcome, Outcome::accepted) << codes(decision.findings);
    const Record& told = message_to(decision, "bank01", MessageKind::compensation_decision);
    using Field = CompensationDecision::field;
    EXPECT_EQ(format_yuan(money(told, Field::loss)), row.loss);
    EXPECT_EQ(format_yuan(money(told, Field::fund_share)), row.fund);
    EXPECT_EQ(format_yuan(money(told, Field::guarantor_share)), row.guarantor);
    EXPECT_EQ(format_yuan(money(told, Field::bank_share)), row.bank);
    Fen instructed = Fen::zero();
    for (const Outgoing& outgoing : decision.outgoing) {
      if (outgoing.kind != MessageKind::compensation_instruction) continue;
      const Fen amount = money(outgoing.message, CompensationInstruction::field::amount);
      EXPECT_GT(amount, Fen::zero()) << "nobody is instructed to pay nothing";
      instructed += amount;
    }
    EXPECT_EQ(instructed + money(told, Field::bank_share), money(told, Field::loss));
  }
}

}  // namespace
}  // namespace loangate::support
