// Codes with check characters (facts: GB 32100, GB 11714, GB/T 17710), and case numbers.
#include <gtest/gtest.h>

#include "domain/bank_code.hpp"
#include "domain/case_no.hpp"
#include "domain/uscc.hpp"

namespace loangate {
namespace {

TEST(Uscc, RealCodesPassBothChecks) {
  for (const char* code :
       {"9144030071526726XG", "91110000600037341L", "91310115MA1K3BTP2B", "914403001922038216",
        "91440400192548256N", "9152000071430580XT", "121200004013590816", "92340602MA2PBQAH7E"}) {
    EXPECT_TRUE(is_uscc(code)) << code;
  }
}

TEST(Uscc, WrongOnesDoNot) {
  for (const char* code :
       {"91110000600037341N", "A1110000600037341L", "9111000060003IOZSV", "12345", "", "91440300192203821６",
        "91310115ma1k3btp2b", "91310115MA1K3BTP2B0", "9131011AMA1K3BTP2B",
        // Early pilot codes in real use: refused unless the rulebook lists them.
        "91350100M0001TGQXM", "91350211M0000XUF46", "91350203M0001FUE2P"}) {
    EXPECT_FALSE(is_uscc(code)) << code;
  }
}

TEST(Uscc, AnyOneChangedCharacterIsNoticed) {
  const std::string code = "91310115MA1K3BTP2B";
  for (std::size_t place = 0; place < code.size(); ++place) {
    for (const char other : std::string_view("0123456789ABCDEFGHJKLMNPQRTUWXY")) {
      std::string changed = code;
      changed[place] = other;
      EXPECT_EQ(is_uscc(changed), other == code[place]) << changed;
    }
  }
}

TEST(BankCode, RealCodesPassTheCheck) {
  for (const char* code : {"102100099996", "103100000026", "906100000076", "906100000092", "313229000008",
                           "323290000016", "313335081005", "313337009004"}) {
    EXPECT_TRUE(is_bank_code(code)) << code;
  }
}

TEST(BankCode, WrongOnesDoNot) {
  for (const char* code :
       {"103100000027", "103100000062", "10310000002", "1031000000260", "10310000002A", ""}) {
    EXPECT_FALSE(is_bank_code(code)) << code;
  }
}

TEST(InstitutionCode, IsALetterAndThirteenDigits) {
  for (const char* code : {"C1010211000012", "G4000311000018"})
    EXPECT_TRUE(is_institution_code(code)) << code;
  for (const char* code :
       {"c1010211000012", "C101021100001", "C10102110000122", "11010211000012", "C101021100001A"}) {
    EXPECT_FALSE(is_institution_code(code)) << code;
  }
}

TEST(CaseNo, IsMadeFromASequenceAndReadBack) {
  EXPECT_EQ(case_no({123}).view(), "C000000123");
  EXPECT_EQ(proposal_no({123}).view(), "P000000123");
  EXPECT_EQ(instruction_no(case_no({123}), *PartnerId::parse("fund")).view(), "C000000123-fund");
  for (const std::uint64_t number : {1ull, 999'999'999ull, 1'000'000'000ull, ~0ull}) {
    EXPECT_EQ(sequence_of(case_no({number})), Sequence{number});
    EXPECT_EQ(sequence_of(proposal_no({number})), Sequence{number});
  }
}

TEST(CaseNo, OtherTextsAreNone) {
  for (const char* text : {"C123", "P000000123", "C00000012x", "C000000123 ", "C0000001234", "c000000123"}) {
    EXPECT_FALSE(sequence_of(*CaseNo::parse(text))) << text;
  }
}

TEST(CaseNo, TheLongestPayerStillGivesAnInstructionNumber) {
  const auto longest = *PartnerId::parse(std::string(PartnerId::capacity, 'p'));
  EXPECT_EQ(instruction_no(case_no({~0ull}), longest).view().size(), InstructionNo::capacity);
}

}  // namespace
}  // namespace loangate
