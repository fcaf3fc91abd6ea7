// What people type to find messages, and how it is taken.
#include "store/search/query.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loangate::store::search {
namespace {

std::string shown(const std::vector<Meaning>& meanings) {
  std::string text;
  for (const Meaning& meaning : meanings)
    text += fmt::format("{}{}:{}", text.empty() ? "" : " | ", name_of(meaning.key), meaning.value);
  return text;
}

struct Word {
  std::string_view name;
  std::string_view typed;
  std::string_view taken;
};
void PrintTo(const Word& word, std::ostream* out) {
  *out << word.name;
}

const Word words[] = {
    {"Uscc", "91330482MA2C00028T", "company:91330482MA2C00028T"},
    {"UsccInSmallLetters", "91330482ma2c00028t", "company:91330482MA2C00028T"},
    {"SequenceWithItsMark", "#4711", "sequence:4711"},
    {"AmountWithPlaces", "300000.00", "amount:300000.00"},
    {"AmountInGroups", "1,300,000", "amount:1300000.00"},
    {"AmountInTenThousands", "30万", "amount:300000.00"},
    {"AmountInTenThousandsWithPlaces", "26.855万元", "amount:268550.00"},
    {"AmountWithItsSign", "¥300000", "amount:300000.00"},
    {"DigitsMayBeManyThings", "300000",
     "amount:300000.00 | sequence:300000 | loan:300000 | message:300000 | batch:300000 | text:300000"},
    {"LongDigitsAreNoAmount", "2021033100000123456",
     "loan:2021033100000123456 | message:2021033100000123456 | batch:2021033100000123456 | "
     "text:2021033100000123456"},
    {"LoanOfABank", "phrcb/2021-001",
     "loan:phrcb/2021-001 | message:phrcb/2021-001 | batch:phrcb/2021-001 | name:phrcb/2021-001 | "
     "text:phrcb/2021-001"},
    {"Outcome", "rejected",
     "outcome:rejected | partner:rejected | person:rejected | name:rejected | text:rejected"},
    {"OutcomeInChinese", "拒绝", "outcome:rejected | text:拒绝"},
    {"KindInChinese", "放款备案", "kind:loan.disbursement | text:放款备案"},
    {"CompanysName", "某某科技", "name:某某科技 | text:某某科技"},
    {"Finding", "field_missing",
     "finding:field_missing | partner:field_missing | person:field_missing | name:field_missing | "
     "text:field_missing"},
    {"NothingAtAll", "。", ""},
};

class Recognised : public ::testing::TestWithParam<Word> {};
TEST_P(Recognised, AsWhatItMayMean) {
  EXPECT_EQ(shown(recognise(GetParam().typed)), GetParam().taken);
}
INSTANTIATE_TEST_SUITE_P(, Recognised, ::testing::ValuesIn(words),
                         [](const auto& info) { return std::string(info.param.name); });

const Word queries[] = {
    {"Nothing", "", ""},
    {"Keys", "partner:bank01 outcome:rejected amount:300000",
     "[partner:bank01] [outcome:rejected] [amount:300000.00]"},
    {"KeysInChinese", "机构:bank01 结果:拒绝 金额:30万",
     "[partner:bank01] [outcome:rejected] [amount:300000.00]"},
    {"FullWidth", "机构：bank01　金额：３００，０００", "[partner:bank01] [amount:300000.00]"},
    {"KindByItsName", "kind:放款备案", "[kind:loan.disbursement]"},
    {"FindingByItsNumber", "finding:109", "[finding:field_missing]"},
    {"SameKeyTwiceIsEither", "partner:bank01 outcome:held partner:bank02",
     "[partner:bank01 | partner:bank02] [outcome:held]"},
    {"TextTwiceIsBoth", "text:流动资金 text:采购", "[text:流动资金] [text:采购]"},
    {"InQuotes", "text:\"no such account\"", "[text:no such account]"},
    {"CompanyByName", "company:某某科技", "[name:某某科技]"},
    {"CompanyByCode", "company:91330482MA2C00028T", "[company:91330482MA2C00028T]"},
    {"Case", "case:c000000012", "[thing:case/C000000012]"},
    {"ColonInAValue", "loan:a:b", "[loan:a:b]"},
};

class Queries : public ::testing::TestWithParam<Word> {};
TEST_P(Queries, AreRead) {
  const auto query = parse_query(GetParam().typed);
  ASSERT_TRUE(query) << query.error().word << query.error().en;
  std::string text;
  for (const Clause& clause : query->clauses)
    text += fmt::format("{}[{}]", text.empty() ? "" : " ", shown(clause.any));
  EXPECT_EQ(text, GetParam().taken);
}
INSTANTIATE_TEST_SUITE_P(, Queries, ::testing::ValuesIn(queries),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Query, ADayLastsToItsEnd) {
  const auto query = parse_query("from:2026-11-01 to:2026-11-03");
  ASSERT_TRUE(query);
  EXPECT_EQ(format(*query->from), "2026-11-01T00:00:00.000000+08:00");
  EXPECT_EQ(format(*query->until), "2026-11-04T00:00:00.000000+08:00");
  EXPECT_EQ(format(*parse_query("自:2026-11-01T09:30")->from), "2026-11-01T09:30:00.000000+08:00");
}

const Word faults[] = {
    {"UnknownKey", "bank:bank01", "bank:bank01"},
    {"NoAmount", "amount:viel", "amount:viel"},
    {"NoDay", "from:2026-02-30", "from:2026-02-30"},
    {"EmptyValue", "partner:", "partner:"},
    {"NoKind", "kind:loan.nothing", "kind:loan.nothing"},
    {"OpenQuote", "text:\"abc", "\""},
    {"NoWords", "text:。", "text:。"},
    {"NoWordAtAll", "。", "。"},
    {"EndBeforeBegin", "from:2026-11-02 to:2026-11-01", "from … to"},
    {"UngroupedComma", "amount:30,00", "amount:30,00"},
    {"SequenceZero", "sequence:0", "sequence:0"},
};

class QueryFaults : public ::testing::TestWithParam<Word> {};
TEST_P(QueryFaults, NameTheWordAndTheRemedy) {
  const auto query = parse_query(GetParam().typed);
  ASSERT_FALSE(query);
  EXPECT_EQ(query.error().word, GetParam().taken);
  EXPECT_FALSE(query.error().zh.empty());
  EXPECT_FALSE(query.error().en.empty());
}
INSTANTIATE_TEST_SUITE_P(, QueryFaults, ::testing::ValuesIn(faults),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Query, IsBounded) {
  EXPECT_FALSE(parse_query(std::string(most_query_bytes + 1, 'a')));
  std::string many;
  for (std::size_t i = 0; i <= most_words; ++i) many += "a1 ";
  EXPECT_FALSE(parse_query(many));
}

TEST(Query, AnyBytesAreReadOrRefused) {
  std::string bytes;
  for (int seed = 0; seed < 2'000; ++seed) {
    bytes.clear();
    std::uint64_t state = static_cast<std::uint64_t>(seed) * 0x9E3779B97F4A7C15ull + 1;
    for (int i = 0; i < 40; ++i) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      bytes += static_cast<char>(state >> 56);
    }
    (void)parse_query(bytes);
    (void)words_of(bytes);
  }
}

TEST(Query, WordsOfATextAreRunsAndPairs) {
  EXPECT_EQ(words_of("HT2021-001 用于采购, a"),
            (std::vector<std::string>{"001", "ht2021", "于采", "用于", "采购"}));
  EXPECT_EQ(words_of("人"), (std::vector<std::string>{"人"}));
}

}  // namespace
}  // namespace loangate::store::search
