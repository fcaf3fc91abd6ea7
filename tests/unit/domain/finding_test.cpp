#include "domain/finding.hpp"

#include <gtest/gtest.h>

#include <set>

namespace loangate {
namespace {

TEST(Finding, TextsAreFilledInBothLanguages) {
  const Finding finding{.code = FindingCode::ceiling_exceeded,
                        .values = {{"limit", "10,000,000.00"}, {"headroom", "1.00"}, {"asked", "2.00"}}};
  EXPECT_EQ(text_zh(finding), "限额 10,000,000.00，可用 1.00，申请 2.00；最多可备案 1.00");
  EXPECT_EQ(text_en(finding), "limit 10,000,000.00, headroom 1.00, asked 2.00; at most 1.00 would pass");
}

TEST(Finding, ReceiptRowCarriesTheFrozenNumberAndWhetherTheIdMayBeSentAgain) {
  FindingRow row =
      receipt_row({.code = FindingCode::loan_unknown, .values = {{"given", "L1"}}, .place = "/a/b"});
  EXPECT_EQ(row.code, "loan_unknown");
  EXPECT_EQ(row.number, 406);
  EXPECT_EQ(row.may_resend, Answer::no);
  EXPECT_EQ(row.place, "/a/b");
  row = receipt_row({.code = FindingCode::document_malformed, .values = {{"what", "x"}}});
  EXPECT_EQ(row.may_resend, Answer::yes) << "unreadable bytes do not use up an id";
}

TEST(Finding, ATextTooLongForTheReceiptIsCutBetweenCharacters) {
  std::string words;
  for (int i = 0; i < 400; ++i) words += "字";
  const FindingRow row = receipt_row({.code = FindingCode::document_malformed, .values = {{"what", words}}});
  EXPECT_LE(row.text_zh.size(), 600u);
  EXPECT_EQ(row.text_zh.size() % 3, 0u) << "all of its characters have three bytes";
}

TEST(Finding, NumbersAreUniqueAndInTheOrderOfPrecedence) {
  std::set<int> numbers;
  for (const FindingSpec& spec : all_findings()) {
    EXPECT_TRUE(numbers.insert(static_cast<int>(spec.code)).second) << spec.name;
    EXPECT_EQ(&spec_of(spec.code), &spec);
  }
}

}  // namespace
}  // namespace loangate
