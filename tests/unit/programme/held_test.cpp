// A held filing is a loan in state pending (settled 8).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/temporary_folder.hpp"
#include "tests/unit/programme/cast.hpp"

namespace loangate::support {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Fields dear{{"rate", "4.56"}};

TEST(Held, CountsAndGoesOnButTellsTheCreditRegistryNothingYet) {
  Cast cast;
  auto decision = cast.file(dear);
  EXPECT_EQ(decision.outcome, Outcome::held);
  EXPECT_THAT(sent(decision), IsEmpty());
  EXPECT_EQ(cast.play.registry().exposure(*Uscc::parse(company_one)), Fen::yuan(1'000'000));
  EXPECT_THAT(std::get<standing::Pending>(cast.play.loan("bank01", "L1").standing).reasons,
              ElementsAre(FindingCode::rate_above_ceiling));
  EXPECT_THAT(sent(cast.repay("1.00")), IsEmpty());
  cast.file({{"loan_no", "X1"}}, "bank02");
  EXPECT_THAT(sent(cast.report_overdue({{"overdue_principal", "1.00"}})),
              ElementsAre("bank02 default.notice", "office default.notice"))
      << "the other lenders are told all the same";
}

TEST(Held, ReleaseFilesItAndCatchesUpWithTheCreditRegistry) {
  Cast cast;
  cast.file(dear);
  const auto decision = cast.rule_hold("released");
  EXPECT_EQ(decision.outcome, Outcome::accepted);
  EXPECT_THAT(sent(decision), ElementsAre("bank01 hold.decision/released", "credit credit.event/opened"));
  EXPECT_EQ(cast.play.loan("bank01", "L1").standing, Standing(standing::Filed{}));
  for (const Finding& finding : decision.findings) {
    EXPECT_EQ(finding.severity, Severity::note);
    EXPECT_EQ(finding.field, FieldPath{}) << "the ruling has no such field";
  }
}

TEST(Held, ReleaseAfterADefaultTellsTheCreditRegistryBoth) {
  Cast cast;
  cast.file(dear);
  cast.report_overdue();
  EXPECT_THAT(sent(cast.rule_hold("released")),
              ElementsAre("bank01 hold.decision/released", "credit credit.event/opened",
                          "credit credit.event/overdue"));
}

TEST(Held, RefusalFreesTheCeiling) {
  Cast cast;
  cast.file(dear);
  const auto decision = cast.rule_hold("refused");
  EXPECT_THAT(sent(decision), ElementsAre("bank01 hold.decision/refused"));
  EXPECT_EQ(decision.outgoing[0].lane.text(), "loan/bank01/L1");
  EXPECT_EQ(cast.play.registry().exposure(*Uscc::parse(company_one)), Fen::zero());
}

TEST(Held, ReleaseDecidesOnTheRegistryOfThatDayWithItsOwnReservationIncluded) {
  Cast cast;
  cast.file(with(dear, {{"loan_amount", "10000000.00"}}));
  EXPECT_EQ(cast.rule_hold("released").outcome, Outcome::accepted) << "it does not stand in its own way";
}

TEST(Held, ReleaseIsRefusedWhenTheCompanyTurnsOutNotToHaveBeenListed) {
  Cast cast;
  cast.file(dear);
  cast.play.say(MessageKind::company_d_class, "office", "2023-03-08",
                {{"company_uscc", company_one}, {"valid_from", "2023-01-01"}, {"valid_until", "2023-12-31"}});
  const auto decision = cast.rule_hold("released");
  EXPECT_EQ(decision.outcome, Outcome::rejected);
  EXPECT_EQ(codes(decision.findings), "company_d_class,rate_above_ceiling");
  EXPECT_TRUE(decision.changes.empty());
  EXPECT_EQ(cast.rule_hold("refused").outcome, Outcome::accepted) << "the way out";
}

TEST(Held, PersonsAsGuarantorsAreReleasedWithTheSharesOfTheRuling) {
  Cast cast;
  EXPECT_EQ(codes(cast.file({{"security", "guarantee"}, {"guarantor_kind", "person"}}).findings),
            "guarantee_needs_ruling");
  cast.rule_hold("released");
  cast.report_overdue();
  cast.apply();
  const auto decision = cast.approve();
  EXPECT_THAT(sent(decision),
              ElementsAre("bank01 compensation.decision/approved", "fund compensation.instruction"));
  EXPECT_EQ(money(decision.outgoing[1].message, CompensationInstruction::field::amount), Fen::yuan(600'000));
}

/// The rulebook of config/ with another LPR file: its text, changed.
programme::Rulebook with_lpr(const std::function<void(std::string&)>& change) {
  const std::filesystem::path config = LOANGATE_SOURCE_DIR "/config";
  std::ostringstream text;
  text << std::ifstream(config / "lpr.yaml").rdbuf();
  std::string changed = text.str();
  change(changed);
  const TemporaryFolder folder;
  const auto path = folder.path() / "lpr.yaml";
  std::ofstream(path) << changed;
  auto loaded = programme::load_rulebook(config / "programmes", config / "calendar.yaml", path);
  if (!loaded) throw std::runtime_error(loaded.error().front().text());
  return std::move(*loaded);
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  text.replace(text.rfind(from), from.size(), to);
}

/// As published on 2026-10-20, at these rates.
programme::Rulebook october(std::string_view one_year) {
  return with_lpr([&](std::string& text) {
    text += fmt::format("  - [2026-10-20, \"{}\", \"3.50\", A]\n", one_year);
    replace(text, "vouched_to: 2026-09-20", "vouched_to: 2026-10-20");
    if (one_year != "3.00") replace(text, "2025-05-20]\nchanges_5y", "2025-05-20, 2026-10-20]\nchanges_5y");
  });
}

Fields of_october(std::string_view rate) {
  return {{"disbursed_on", "2026-10-20"}, {"matures_on", "2027-10-20"}, {"rate", std::string(rate)}};
}

TEST(Held, WhatWaitsForTheLprIsDecidedAgainWhenItIsLoaded) {
  Cast cast;
  EXPECT_EQ(codes(cast.file(of_october("3.90"), "bank01", "2026-10-21").findings), "lpr_not_vouched");
  EXPECT_FALSE(cast.play.judge_again("bank01", "L1", "2026-10-22")) << "nothing was loaded";
  const auto rules = october("3.00");
  cast.play.rule_by(rules);
  const auto decision = cast.play.judge_again("bank01", "L1", "2026-10-22");
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->outcome, Outcome::accepted);
  EXPECT_THAT(sent(*decision), ElementsAre("bank01 hold.decision/released", "credit credit.event/opened"));
  EXPECT_FALSE(cast.play.judge_again("bank01", "L1", "2026-10-23")) << "it stands";
}

TEST(Held, TheLoadedDataMayShowAnotherReasonToHoldIt) {
  Cast cast;
  cast.file(of_october("3.90"), "bank01", "2026-10-21");
  const auto rules = october("2.95");
  cast.play.rule_by(rules);
  const auto decision = cast.play.judge_again("bank01", "L1", "2026-10-22");
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->outcome, Outcome::held);
  EXPECT_THAT(sent(*decision), IsEmpty());
  EXPECT_THAT(std::get<standing::Pending>(cast.play.loan("bank01", "L1").standing).reasons,
              ElementsAre(FindingCode::rate_above_ceiling));
}

TEST(Held, TheLoadedDataSetsTheRateThatWasStatedOverTheLpr) {
  Cast cast;
  Fields filing = of_october("0");
  filing["rate"] = std::nullopt;
  filing["lpr_spread_bp"] = "90";
  cast.file(filing, "bank01", "2026-10-21");
  EXPECT_EQ(cast.play.loan("bank01", "L1").rate, Rate::basis_points(390)) << "by the last quote";
  const auto rules = october("2.95");
  cast.play.rule_by(rules);
  ASSERT_TRUE(cast.play.judge_again("bank01", "L1", "2026-10-22"));
  EXPECT_EQ(cast.play.loan("bank01", "L1").rate, Rate::basis_points(385));
  EXPECT_EQ(cast.play.loan("bank01", "L1").standing, Standing(standing::Filed{}));
}

TEST(Held, WhatTheRegistryNowForbidsIsRefusedWhenDecidedAgain) {
  Cast cast;
  cast.file(of_october("3.90"), "bank01", "2026-10-21");
  cast.play.say(MessageKind::company_d_class, "office", "2026-10-21",
                {{"company_uscc", company_one}, {"valid_from", "2026-10-01"}});
  const auto decision = cast.play.judge_again("bank01", "L1", "2026-10-22");
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->outcome, Outcome::rejected);
  EXPECT_THAT(sent(*decision), ElementsAre("bank01 hold.decision/refused"));
  EXPECT_TRUE(std::holds_alternative<standing::Refused>(cast.play.loan("bank01", "L1").standing));
}

}  // namespace
}  // namespace loangate::support
