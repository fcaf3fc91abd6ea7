#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "adapters/profile/profile.hpp"
#include "samples.hpp"

namespace loangate::adapters {
namespace {

const std::filesystem::path folder = std::filesystem::path(LOANGATE_SOURCE_DIR) / "adapters/partners";

TEST(Partners, AllLoadWithoutErrorsAndWarnings) {
  ConfigErrors warnings;
  const auto partners = load_partners(folder, &warnings);
  std::string faults;
  if (!partners) {
    for (const ConfigError& error : partners.error()) faults += error.text() + '\n';
  }
  for (const ConfigError& warning : warnings) faults += warning.text() + '\n';
  ASSERT_EQ(faults, "");
  EXPECT_EQ(partners->all().size(), 26u);
}

TEST(Partners, TwentyOneBanksSevenOfEachFormat) {
  const auto partners = load_partners(folder).value();
  std::map<Format, int> banks;
  std::map<PartnerRole, int> roles;
  for (const auto& profile : partners.all()) {
    ++roles[profile->role];
    if (profile->role == PartnerRole::bank) ++banks[profile->format];
  }
  EXPECT_EQ(banks, (std::map<Format, int>{{Format::xml, 7}, {Format::json, 7}, {Format::fixed, 7}}));
  EXPECT_EQ(roles, (std::map<PartnerRole, int>{{PartnerRole::bank, 21},
                                               {PartnerRole::guarantor, 2},
                                               {PartnerRole::fund, 1},
                                               {PartnerRole::office, 1},
                                               {PartnerRole::credit_registry, 1}}));
}

TEST(Partners, EveryFeatureStandsInTwoProfilesAndNoTwoAreAlike) {
  const Spread measured = spread(load_partners(folder).value());
  EXPECT_TRUE(measured.rare.empty()) << measured.rare.front();
  EXPECT_TRUE(measured.alike.empty())
      << measured.alike.front().first.view() << " and " << measured.alike.front().second.view();
}

TEST(Partners, EveryFeatureOfAProfileIsOneOfTheListThatIsPrinted) {
  const auto partners = load_partners(folder).value();
  std::set<std::string_view> listed;
  for (const auto& [feature, users] : spread(partners).used) listed.insert(feature);
  for (const auto& profile : partners.all()) {
    for (const std::string_view feature : features(*profile))
      EXPECT_TRUE(listed.contains(feature)) << feature;
  }
}

TEST(Partners, AreFoundByTheirId) {
  const auto partners = load_partners(folder).value();
  const Profile* found = partners.find(PartnerId::parse("citicph").value());
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->name_zh, "中信银行平湖支行");
  EXPECT_EQ(partners.find(PartnerId::parse("bank99").value()), nullptr);
}

TEST(Partners, MistakesOfAllProfilesAreReportedTogether) {
  const auto scratch = std::filesystem::temp_directory_path() / "loangate-profiles-test";
  std::filesystem::remove_all(scratch);
  for (const auto& [name, text] : {std::pair("payer", samples::xml), std::pair("desk", samples::json)}) {
    std::filesystem::create_directories(scratch / name);
    std::ofstream(scratch / name / "profile.yaml") << text << "surplus: 1\n";
  }
  std::filesystem::create_directories(scratch / "empty");
  const auto partners = load_partners(scratch);
  ASSERT_FALSE(partners);
  ASSERT_EQ(partners.error().size(), 3u);
  EXPECT_TRUE(partners.error()[0].file.ends_with("desk/profile.yaml"));
  EXPECT_TRUE(partners.error()[1].file.ends_with("empty/profile.yaml"));
  EXPECT_TRUE(partners.error()[2].file.ends_with("payer/profile.yaml"));
  std::filesystem::remove_all(scratch);
}

}  // namespace
}  // namespace loangate::adapters
