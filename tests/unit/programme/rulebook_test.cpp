// Loading the rulebook: what it says, and every mistake in it at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/temporary_folder.hpp"
#include "tests/support/play.hpp"

namespace loangate::programme {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path config = LOANGATE_SOURCE_DIR "/config";

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// A directory of programmes with the two versions, each as it stands or changed.
struct Programmes : testing::Test {
  TemporaryFolder folder;
  fs::path directory = folder.path() / "programmes";
  std::string version_2022 = read(config / "programmes/pinghu-2022.yaml");
  std::string version_2017 = read(config / "programmes/pinghu-2017.yaml");

  static void replace(std::string& text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  std::expected<Rulebook, ConfigErrors> load() {
    fs::remove_all(directory);
    fs::create_directories(directory);
    std::ofstream(directory / "a.yaml") << version_2022;
    std::ofstream(directory / "b.yaml") << version_2017;
    return load_rulebook(directory, config / "calendar.yaml", config / "lpr.yaml");
  }
  std::string faults() {
    const auto loaded = load();
    std::string all;
    if (!loaded) {
      for (const ConfigError& error : loaded.error()) all += error.text() + '\n';
    }
    return all;
  }
};

TEST_F(Programmes, TheVersionInForceIsThatOfTheDay) {
  const Rulebook& rules = support::rulebook();
  const PartnerId bank = *PartnerId::parse("phrcb");
  EXPECT_EQ(rules.at(bank, *Date::of(2016, 12, 31)), nullptr);
  EXPECT_EQ(rules.at(bank, *Date::of(2017, 1, 1))->name, "2017");
  EXPECT_EQ(rules.at(bank, *Date::of(2022, 6, 25))->name, "2017");
  EXPECT_EQ(rules.at(bank, *Date::of(2022, 6, 26))->name, "2022");
  EXPECT_EQ(rules.at(bank, *Date::of(2099, 1, 1))->name, "2022") << "R-48: no day of expiry";
  EXPECT_EQ(rules.of(bank)->named("2017"), rules.at(bank, *Date::of(2021, 3, 25)));
  EXPECT_EQ(rules.of(bank)->named("2018"), nullptr);
}

TEST_F(Programmes, SayWhatTheMeasuresSay) {
  const Version& version = *support::rulebook().of(*PartnerId::parse("phrcb"))->named("2022");
  EXPECT_EQ(version.ceiling->limit, Fen::yuan(10'000'000));
  EXPECT_EQ(version.rate->spread, Rate::basis_points(90));
  EXPECT_EQ(version.claim->overdue_days, 90);
  EXPECT_EQ(version.overdue_report->working_days, 5);
  EXPECT_EQ(version.payment->target_days, 60);
  EXPECT_EQ(version.yearly_cap->limit, Fen::yuan(10'000'000));
  EXPECT_EQ(version.clauses.size(), 20u) << "every rule has its words";
  const Version& before = *support::rulebook().of(*PartnerId::parse("phrcb"))->named("2017");
  EXPECT_EQ(before.ceiling->limit, Fen::yuan(3'000'000));
  EXPECT_FALSE(before.rate || before.term || before.loss || before.filing) << "not stated";
}

TEST_F(Programmes, LoadAsTheyStand) {
  EXPECT_EQ(faults(), "");
}

TEST_F(Programmes, EveryMistakeIsReportedAtOnceWithItsLine) {
  replace(version_2022, "limit: \"10000000.00\"", "limit: ten million");
  replace(version_2022, "spread_bp: 90", "spread_bp: ninety");
  replace(version_2022, "high_tech,", "hightech,");
  replace(version_2022, "day_zero: due_date", "day_zero: never");
  replace(version_2022, "overdue_days: 90", "overdue_day: 90");
  replace(version_2017, "rate: not stated", "rate: unknown");
  replace(version_2017, "term: not stated\n", "");
  const std::string all = faults();
  EXPECT_THAT(all, HasSubstr("`ten million` cannot be read"));
  EXPECT_THAT(all, HasSubstr("`ninety` is no whole number"));
  EXPECT_THAT(all, HasSubstr("`hightech` is not known here: write one of high_tech"));
  EXPECT_THAT(all, HasSubstr("`never` is not known here: write one of due_date, day_after"));
  EXPECT_THAT(all, HasSubstr("`overdue_days` is missing"));
  EXPECT_THAT(all, HasSubstr("`overdue_day` is not known here"));
  EXPECT_THAT(all, HasSubstr("`rate` must be a rule or `not stated`"));
  EXPECT_THAT(all, HasSubstr("`term` must be a rule or `not stated`"))
      << "leaving a rule out is no way to say so";
  EXPECT_THAT(all, testing::ContainsRegex("a\\.yaml:[0-9]+: "));
  EXPECT_THAT(all, testing::ContainsRegex("b\\.yaml:[0-9]+: "));
}

TEST_F(Programmes, ADayBelongsToOneVersion) {
  replace(version_2017, "until: 2022-06-25", "until: 2022-06-26");
  EXPECT_THAT(faults(), HasSubstr("are both in force on 2022-06-26"));
}

TEST_F(Programmes, AVersionEndsAfterItBegins) {
  replace(version_2017, "until: 2022-06-25", "until: 2016-06-25");
  EXPECT_THAT(faults(), HasSubstr("comes before `from`"));
}

TEST_F(Programmes, AVersionHasANameOfItsOwn) {
  replace(version_2017, "version: \"2017\"", "version: \"2022\"");
  EXPECT_THAT(faults(), HasSubstr("version `2022` stands twice"));
}

TEST_F(Programmes, OnlyOneProgrammeIsForEverybody) {
  replace(version_2017, "programme: pinghu-sci-tech-loans", "programme: another");
  EXPECT_THAT(faults(), HasSubstr("both name no partners: name those of one of them"));
}

TEST_F(Programmes, APartnerIsInOneProgramme) {
  replace(version_2022, "in_force:", "partners: [phrcb, sxbph]\nin_force:");
  replace(version_2017, "programme: pinghu-sci-tech-loans", "programme: another\npartners: [sxbph]");
  EXPECT_THAT(faults(), HasSubstr("partner `sxbph` is in `pinghu-sci-tech-loans` and in `another`"));
}

TEST_F(Programmes, APartnerFallsUnderTheProgrammeThatNamesIt) {
  const Rulebook& rules = support::rulebook();
  EXPECT_EQ(rules.of(*PartnerId::parse("tabank"))->name, "luke-loans");
  EXPECT_EQ(rules.of(*PartnerId::parse("phrcb"))->name, "pinghu-sci-tech-loans");
  EXPECT_EQ(rules.of(*PartnerId::parse("bank22"))->name, "pinghu-sci-tech-loans") << "who is named by none";
}

TEST_F(Programmes, AGuarantorCannotBearALoanThatHasNone) {
  replace(version_2022, "unguaranteed: {payers: [{role: fund, partner: fund, parts: 6}]",
          "unguaranteed: {payers: [{role: guarantor, parts: 6}]");
  EXPECT_THAT(faults(), HasSubstr("has no guarantor to bear a share"));
}

TEST_F(Programmes, APayerStandsOnce) {
  replace(
      version_2022, "guaranteed_by_others: {payers: [{role: fund, partner: fund, parts: 6}]",
      "guaranteed_by_others: {payers: [{role: fund, partner: fund, parts: 3}, {role: fund, partner: fund, "
      "parts: 3}]");
  EXPECT_THAT(faults(), HasSubstr("this payer stands twice"));
}

TEST_F(Programmes, SomebodyBearsTheLoss) {
  replace(version_2022, "unguaranteed: {payers: [{role: fund, partner: fund, parts: 6}], residual_parts: 4}",
          "unguaranteed: {payers: [], residual_parts: 0}");
  EXPECT_THAT(faults(), HasSubstr("nobody bears anything"));
}

TEST_F(Programmes, TheLastDayOfAClaimComesAfterTheFirst) {
  replace(version_2022, "overdue_days: 90", "latest_days: 90\n  overdue_days: 90");
  EXPECT_THAT(faults(), HasSubstr("comes before the first day"));
}

TEST_F(Programmes, ATermCannotBeHeld) {
  replace(version_2022, "broken: note                          # note | refusal", "broken: hold");
  EXPECT_THAT(faults(), HasSubstr("a term can be a note or a refusal"));
}

TEST_F(Programmes, AnExceptionAdmitsACodeThatFailsItsCheck) {
  replace(version_2022, "uscc_exceptions: []",
          "uscc_exceptions: [{uscc: 91350100M0001TGQXM, reason: 早期试点赋码}]");
  const auto loaded = load();
  ASSERT_TRUE(loaded) << faults();
  EXPECT_TRUE(loaded->accepts(*Uscc::parse("91350100M0001TGQXM")));
  EXPECT_FALSE(loaded->accepts(*Uscc::parse("91350211M0000XUF46")));
}

TEST_F(Programmes, AMissingDirectoryAndMissingFilesAreAllNamed) {
  const auto loaded = load_rulebook("/nowhere/programmes", "/nowhere/calendar.yaml", "/nowhere/lpr.yaml");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().size(), 3u);
}

}  // namespace
}  // namespace loangate::programme
