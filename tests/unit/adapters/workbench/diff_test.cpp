#include "adapters/workbench/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/workbench/show.hpp"
#include "base/json.hpp"
#include "tests/support/partners.hpp"
#include "tests/unit/adapters/profile/samples.hpp"

namespace loangate::adapters {
namespace {

using testing::HasSubstr;

Profile changed(std::string_view from, std::string_view to) {
  return load_profile("payer", samples::changed(samples::xml, from, to)).value();
}
Profile plain() {
  return load_profile("payer", samples::xml).value();
}

/// `subject aspect: before > after [messages]`.
std::vector<std::string> said(const std::vector<Difference>& differences) {
  std::vector<std::string> all;
  for (const Difference& each : differences) {
    std::string text = each.subject + " " + each.aspect + ": " + each.before + " > " + each.after;
    for (const std::string& message : each.messages) text += " " + message;
    all.push_back(text);
  }
  return all;
}

TEST(ProfileDiff, OfAProfileAndItselfIsNothing) {
  for (const auto& profile : support::partners().all()) EXPECT_TRUE(diff(*profile, *profile).empty());
}

TEST(ProfileDiff, OfTheSameMappingWrittenOtherwiseIsNothing) {
  EXPECT_TRUE(
      diff(plain(),
           changed(
               "{field: amount, at: /cz:MSG/BODY/AMT}\n      - {field: received_on",
               "{at: /cz:MSG/BODY/AMT, field: amount, unit: yuan, places: 2}\n      - {field: received_on"))
          .empty());
}

TEST(ProfileDiff, NamesTheFieldThePlaceAndTheMessage) {
  const auto differences = diff(plain(), changed("{field: loss, at: /cz:MSG/BODY/LOSS}",
                                                 "{field: loss, at: /cz:MSG/BODY/SS, unit: fen}"));
  EXPECT_THAT(said(differences),
              testing::ElementsAre("loss at: /cz:MSG/BODY/LOSS > /cz:MSG/BODY/SS compensation.instruction",
                                   "loss unit: yuan > fen compensation.instruction",
                                   "loss places: 2 >  compensation.instruction"));
  EXPECT_EQ(differences.front().zh, "认定损失");
}

TEST(ProfileDiff, TellsADifferenceThatManyMessagesShareOnce) {
  const auto differences =
      diff(plain(), changed("{type: true, at: /cz:MSG/HEAD/TYPE}", "{type: true, at: /cz:MSG/HEAD/CODE}"));
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_EQ(differences.front().messages.size(), plain().messages.size());
}

TEST(ProfileDiff, TellsCodesLinesAndWhatStandsAround) {
  EXPECT_THAT(said(diff(plain(), changed("yes: \"1\"", "yes: Y"))),
              testing::ElementsAre("codes.answer.yes write: 1 > Y"));
  EXPECT_THAT(said(diff(plain(), changed("content_types: [application/xml]", "content_types: [text/xml]"))),
              testing::ElementsAre("content_types : [application/xml] > [text/xml]"));
  EXPECT_THAT(said(diff(plain(), changed("when: RR", "when: R2"))),
              testing::ElementsAre("message when: RR > R2 recovery.remittance"));
  EXPECT_THAT(
      said(diff(
          plain(),
          changed("      - {field: sent_at, at: /cz:MSG/BODY/SENT, form: yyyyMMddHHmmss, transport: true}\n",
                  ""))),
      testing::ElementsAre(HasSubstr("sent_at line: at: /cz:MSG/BODY/SENT, form: yyyyMMddHHmmss")));
}

TEST(ProfileShow, NamesFileAndLineOfEachValueAndLoadsToTheSame) {
  const auto file = support::partners_folder / "bank15/profile.yaml";
  const std::string text = show_profile(file).value();
  EXPECT_THAT(text, HasSubstr("# bases/json-open-platform.yaml:"));
  EXPECT_THAT(text, HasSubstr("indent: 4"));
  EXPECT_THAT(text, HasSubstr("# profile.yaml:4"));
  EXPECT_THAT(text, HasSubstr("limits.per_second: 50"));
  const auto again = load_profile("bank15", text);
  ASSERT_TRUE(again) << again.error().front().text();
  EXPECT_TRUE(diff(support::partner("bank15"), *again).empty());
}

TEST(ProfileShow, SaysWhichDefaultsApplyToALine) {
  const std::string text = show_profile(support::partners_folder / "bank16/profile.yaml").value();
  EXPECT_THAT(text, HasSubstr("side: right"));
  EXPECT_THAT(text, HasSubstr("缺省 · default"));
}

TEST(ProfileShow, AsJsonGivesEachValueOfEveryPartnerWithItsLine) {
  for (const auto& profile : support::partners().all()) {
    const std::string id(profile->id.view());
    const std::string text = show_profile_json(support::partners_folder / id / "profile.yaml").value();
    JsonDocument document;
    ASSERT_TRUE(document.read(text)) << id;
    const JsonNode* values = document.member(document.root(), "values");
    ASSERT_NE(values, nullptr);
    EXPECT_GT(values->children, 50u) << id;
    for (const JsonNode* value = document.first(*values); value != nullptr; value = document.next(*value))
      ASSERT_NE(document.member(*value, "line")->text, "0") << id;
  }
}

}  // namespace
}  // namespace loangate::adapters
