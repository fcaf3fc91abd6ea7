#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "adapters/profile/profile.hpp"
#include "base/temporary_folder.hpp"
#include "base/yaml.hpp"
#include "samples.hpp"

namespace loangate::adapters {
namespace {

const std::filesystem::path folder = std::filesystem::path(LOANGATE_SOURCE_DIR) / "adapters/partners";
const std::filesystem::path programmes = std::filesystem::path(LOANGATE_SOURCE_DIR) / "config/programmes";

TEST(Partners, AllLoadWithoutErrorsAndWarnings) {
  ConfigErrors warnings;
  const auto partners = load_partners(folder, &warnings);
  std::string faults;
  if (!partners) {
    for (const ConfigError& error : partners.error()) faults += error.text() + '\n';
  }
  for (const ConfigError& warning : warnings) faults += warning.text() + '\n';
  ASSERT_EQ(faults, "");
  const auto folders =
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
  EXPECT_EQ(static_cast<std::ptrdiff_t>(partners->all().size()), folders);
}

/// Partners that a programme's file keeps to itself. All others take part in the programme whose file names
/// none.
std::set<std::string> kept_by_a_programme() {
  std::set<std::string> kept;
  for (const auto& entry : std::filesystem::directory_iterator(programmes)) {
    const YamlFile file(entry.path());
    for (const YamlNode& partner : file.root()["partners"].one_or_many()) kept.insert(partner.text());
  }
  return kept;
}

/// How many partners a programme has of each role, and how many banks of each format.
struct Census {
  std::map<PartnerRole, int> roles;
  std::map<Format, int> banks;

  void count(const Profile& profile) {
    ++roles[profile.role];
    if (profile.role == PartnerRole::bank) ++banks[profile.format];
  }
};

TEST(Partners, TwentyOneBanksSevenOfEachFormatAndASecondProgrammeWithBanksOfItsOwn) {
  const auto kept = kept_by_a_programme();
  Census first;
  Census second;
  const auto partners = load_partners(folder).value();
  for (const auto& profile : partners.all()) {
    (kept.contains(std::string(profile->id.view())) ? second : first).count(*profile);
  }
  EXPECT_EQ(first.banks, (std::map<Format, int>{{Format::xml, 7}, {Format::json, 7}, {Format::fixed, 7}}));
  EXPECT_EQ(first.roles, (std::map<PartnerRole, int>{{PartnerRole::bank, 21},
                                                     {PartnerRole::guarantor, 2},
                                                     {PartnerRole::fund, 1},
                                                     {PartnerRole::office, 1},
                                                     {PartnerRole::credit_registry, 1}}));
  EXPECT_TRUE(kept.contains("tabank"));
  EXPECT_EQ(second.roles[PartnerRole::fund], 2);  // province and city both pay
  EXPECT_EQ(second.roles.size(), 2u);
}

/// A profile that is written anew is the same one: the text that keeps a base's effect can be trusted.
TEST(Partners, WrittenAnewTheyLoadToTheSame) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string id = entry.path().filename().string();
    const auto effective = effective_profile(entry.path() / "profile.yaml");
    ASSERT_TRUE(effective) << id;
    const YamlFile read("it", *effective);
    const auto again = load_profile(id, read.written());
    ASSERT_TRUE(again) << again.error().front().text();
    EXPECT_EQ(features(*again), features(load_profile(id, *effective).value())) << id;
    EXPECT_EQ(YamlFile("it", read.written()).written(), read.written()) << id;
  }
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
  const TemporaryFolder temporary;
  const auto& scratch = temporary.path();
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
}

}  // namespace
}  // namespace loangate::adapters
