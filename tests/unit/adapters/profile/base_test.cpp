// Profiles as base and difference: what each rule of the merge gives, and what each refusal says and where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "adapters/codec/codec.hpp"
#include "adapters/profile/base.hpp"
#include "adapters/profile/profile.hpp"
#include "base/temporary_folder.hpp"
#include "samples.hpp"

namespace loangate::adapters {
namespace {

using testing::ElementsAre;

/// A folder of bases that is gone with the test.
class ProfileBase : public testing::Test {
 protected:
  ProfileBase() { write("shared", shared()); }

  /// The sample of a fund without what it says of itself: `codes` stands in line 10 then.
  static std::string shared() {
    const std::string whole(samples::xml);
    return whole.substr(whole.find("format:"));
  }
  static constexpr std::string_view identity =
      "id: payer\nrole: fund\nnames: [财政局, Finance bureau]\nbase: shared\n";

  void write(const std::string& name, const std::string& text) {
    std::ofstream(bases_ / (name + ".yaml"), std::ios::binary) << text;
  }
  std::expected<Profile, ConfigErrors> with(std::string_view difference) {
    return load_profile("payer", std::string(identity) + std::string(difference), nullptr, nullptr, bases_);
  }
  /// The mistakes as `own:5: …` or `base:7: …`.
  std::vector<std::string> mistakes(std::string_view difference) {
    const auto profile = with(difference);
    std::vector<std::string> said;
    if (profile) return said;
    for (const ConfigError& error : profile.error()) {
      said.push_back((error.file == "payer/profile.yaml"                ? "own:"
                      : error.file == (bases_ / "shared.yaml").string() ? "base:"
                                                                        : error.file + ":") +
                     std::to_string(error.line) + ": " + error.what);
    }
    return said;
  }
  TemporaryFolder folder_;
  const std::filesystem::path& bases_ = folder_.path();
};

std::vector<std::string> fields_of(const Profile& profile, MessageKind kind) {
  std::vector<std::string> fields;
  const Layout& body = profile.find(kind)->body;
  for (const Line& line : body.lines) {
    fields.push_back(line.kind == Line::Kind::field ? std::string(body.record->fields[line.field].name)
                                                    : line.text);
  }
  return fields;
}

std::string place_of(const Profile& profile, MessageKind kind, std::string_view field) {
  const Layout& body = profile.find(kind)->body;
  for (const Line& line : body.lines) {
    if (line.kind == Line::Kind::field && body.record->fields[line.field].name == field)
      return body.slots[line.first_slot].name;
  }
  return "";
}

TEST_F(ProfileBase, AloneIsTheProfileItself) {
  const auto profile = with("");
  ASSERT_TRUE(profile) << profile.error().front().text();
  const auto whole = load_profile("payer", samples::xml).value();
  EXPECT_EQ(profile->base_file, (bases_ / "shared.yaml").string());
  EXPECT_EQ(fields_of(*profile, MessageKind::receipt), fields_of(whole, MessageKind::receipt));
  EXPECT_EQ(features(*profile).size(), features(whole).size() + 1);  // and `base`
}

TEST_F(ProfileBase, ALineOfTheSameFieldTakesThePlaceOfTheBases) {
  const auto profile = with("messages: {payment.received: {lines: [{field: amount, at: /cz:MSG/BODY/SUM}]}}");
  ASSERT_TRUE(profile) << profile.error().front().text();
  EXPECT_EQ(place_of(*profile, MessageKind::payment_received, "amount"), "/cz:MSG/BODY/SUM");
  const auto fields = fields_of(*profile, MessageKind::payment_received);
  EXPECT_EQ(std::vector(fields.end() - 3, fields.end()),
            (std::vector<std::string>{"instruction_no", "amount", "received_on"}));
  EXPECT_EQ(place_of(*profile, MessageKind::payment_confirmation, "amount"), "/cz:MSG/BODY/AMT");
}

TEST_F(ProfileBase, ANewLineFollowsAtTheEnd) {
  const auto profile = with("messages: {payment.received: {lines: [{field: note, at: /cz:MSG/BODY/NOTE}]}}");
  ASSERT_TRUE(profile) << profile.error().front().text();
  EXPECT_EQ(fields_of(*profile, MessageKind::payment_received).back(), "note");
}

TEST_F(ProfileBase, LinesWithoutAFieldAreKnownByTheirPlaceAndTheTypeByItsKind) {
  write("shared",
        samples::changed(shared(), "envelope:\n", "envelope:\n  - {constant: CN, at: /cz:MSG/LANG}\n"));
  const auto profile =
      with("envelope: [{constant: EN, at: /cz:MSG/LANG}, {type: true, at: /cz:MSG/HEAD/CODE}]");
  ASSERT_TRUE(profile) << profile.error().front().text();
  EXPECT_EQ(profile->type.name, "/cz:MSG/HEAD/CODE");
  const auto lines = fields_of(*profile, MessageKind::payment_received);
  EXPECT_THAT(lines, testing::Contains("EN"));
  EXPECT_THAT(lines, testing::Not(testing::Contains("CN")));
}

TEST_F(ProfileBase, AllLinesOfOneNameAreReplacedTogether) {
  write("shared", samples::changed(shared(), "envelope:\n",
                                   "envelope:\n  - {constant: A, at: /cz:MSG/WHO, for: from_partner}\n"
                                   "  - {constant: B, at: /cz:MSG/WHO, for: to_partner}\n"));
  const auto profile = with("envelope: [{constant: C, at: /cz:MSG/WHO}]");
  ASSERT_TRUE(profile) << profile.error().front().text();
  for (const MessageKind kind : {MessageKind::payment_received, MessageKind::receipt}) {
    EXPECT_THAT(fields_of(*profile, kind), testing::Contains("C"));
  }
}

TEST_F(ProfileBase, RemoveDropsALine) {
  const auto profile = with("messages: {payment.confirmation: {lines: [{remove: [sent_at]}]}}");
  ASSERT_TRUE(profile) << profile.error().front().text();
  EXPECT_EQ(place_of(*profile, MessageKind::payment_confirmation, "sent_at"), "");
}

TEST_F(ProfileBase, WhatIsRemovedAndWrittenAgainStandsAtTheEnd) {
  const auto profile = with(
      "messages: {payment.received: {lines: [{remove: instruction_no}, {field: instruction_no, at: "
      "/cz:MSG/BODY/NO}]}}");
  ASSERT_TRUE(profile) << profile.error().front().text();
  EXPECT_EQ(fields_of(*profile, MessageKind::payment_received).back(), "instruction_no");
}

TEST_F(ProfileBase, MapsMergeKeyByKeyAndTheirKeysCanBeRemoved) {
  const auto profile = with(
      "defaults: {date: {remove: none, form: yyyy-MM-dd}}\n"
      "codes: {answer: {yes: J}}\n"
      "limits: {per_second: 7}\n");
  ASSERT_TRUE(profile) << profile.error().front().text();
  EXPECT_EQ(profile->bounds.messages_per_second, 7u);
  const auto answer = std::ranges::find(profile->codes, "answer", &CodeMap::name);
  EXPECT_THAT(answer->written, ElementsAre("J", "0"));
  const Layout& body = profile->find(MessageKind::payment_received)->body;
  const auto* date = std::get_if<DateForm>(&body.lines.back().form);
  ASSERT_NE(date, nullptr);
  EXPECT_EQ(date->pattern.text, "yyyy-MM-dd");
  EXPECT_TRUE(date->none.empty());
}

TEST_F(ProfileBase, ARemovedKeyThatIsWrittenAgainIsReplacedAsAWhole) {
  const auto profile = with("defaults: {remove: date, date: {form: yyyy-MM-dd}}");
  ASSERT_TRUE(profile) << profile.error().front().text();
  const Layout& body = profile->find(MessageKind::payment_received)->body;
  EXPECT_TRUE(std::get<DateForm>(body.lines.back().form).none.empty());
}

TEST_F(ProfileBase, AnotherListTakesThePlaceOfTheBases) {
  const auto profile = with("content_types: [text/xml]");
  ASSERT_TRUE(profile);
  EXPECT_THAT(profile->content_types, ElementsAre("text/xml"));
}

TEST_F(ProfileBase, AMessageOfTheDifferenceAloneIsAdded) {
  write("shared",
        samples::changed(shared(),
                         "  payment.received:\n    when: PR\n    lines:\n      - {field: instruction_no, at: "
                         "/cz:MSG/BODY/NO}\n      - {field: amount, at: /cz:MSG/BODY/AMT}\n      - {field: "
                         "received_on, at: /cz:MSG/BODY/ARRIVED}\n",
                         ""));
  EXPECT_THAT(mistakes(""), ElementsAre("base:26: `payment.received` is missing: a fund sends it"));
  EXPECT_TRUE(
      with("messages: {payment.received: {when: PR, lines: [{field: instruction_no, at: /cz:MSG/B/NO}, "
           "{field: amount, at: /cz:MSG/B/AMT}, {field: received_on, at: /cz:MSG/B/DAY}]}}"));
}

TEST_F(ProfileBase, EachMistakeNamesTheFileThatItStandsIn) {
  write("shared", samples::changed(shared(), "{field: loss, at: /cz:MSG/BODY/LOSS}",
                                   "{field: loss, at: /cz:MSG/BODY/LOSS, unit: cents}"));
  EXPECT_THAT(mistakes("messages: {payment.received: {lines: [{field: nobody, at: /cz:MSG/BODY/X}]}}"),
              testing::Contains(testing::StartsWith("own:5: `nobody` is no field of")));
  EXPECT_THAT(mistakes(""), ElementsAre("base:63: `cents` is no unit of money: write fen or yuan"));
}

TEST_F(ProfileBase, AMistakeBetweenTheTwoIsToldAtThePartnersOwnLine) {
  write("shared",
        samples::changed(shared(), "envelope:\n", "envelope:\n  - {constant: CN, at: /cz:MSG/BODY/NOTE}\n"));
  EXPECT_THAT(mistakes("messages: {payment.received: {lines: [{field: note, at: /cz:MSG/BODY/NOTE}]}}"),
              ElementsAre("own:5: `/cz:MSG/BODY/NOTE` is mapped twice: keep one line"));
}

struct Refusal {
  std::string_view name, difference, what;

  friend void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }
};
class ProfileBaseRefusal : public ProfileBase, public testing::WithParamInterface<Refusal> {};

TEST_P(ProfileBaseRefusal, IsToldWithLineAndRemedy) {
  EXPECT_THAT(mistakes(GetParam().difference), ElementsAre(std::string(GetParam().what)));
}

INSTANTIATE_TEST_SUITE_P(
    All, ProfileBaseRefusal,
    testing::Values(
        Refusal{
            "ALineToRemoveThatIsNotThere", "envelope:\n  - {remove: nobody}",
            "own:6: the base has no line `nobody` here: name a line's field, or the place of one without"},
        Refusal{"AKeyToRemoveThatIsNotThere", "defaults:\n  remove: rate",
                "own:6: the base has no `rate` here: leave it out of `remove`"},
        Refusal{"ARemovalBesideOtherKeys", "envelope:\n  - {remove: message_id, at: /cz:MSG/X}",
                "own:6: `remove` beside other keys: write it in a line of its own"},
        Refusal{"AKeyThatIsUnknown", "colour: blue",
                "own:5: `colour` is not known here: remove or correct it"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ProfileBase, ThatIsNotThereIsOneMistake) {
  const auto profile = load_profile("payer", "id: payer\nbase: other\n", nullptr, nullptr, bases_);
  ASSERT_FALSE(profile);
  ASSERT_EQ(profile.error().size(), 1u);
  EXPECT_EQ(profile.error().front().line, 2);
  EXPECT_EQ(profile.error().front().what,
            "there is no base " + (bases_ / "other.yaml").string() + ": correct the name");
}

TEST_F(ProfileBase, ThatIsNotYamlIsOneMistake) {
  write("shared", "format: [xml\nencoding: GBK\n");
  EXPECT_THAT(mistakes(""), ElementsAre(testing::StartsWith("base:")));
}

TEST_F(ProfileBase, ThatLiesOutsideTheFolderIsAMistake) {
  for (const std::string name : {"../shared", "/etc/passwd", "\"\"", "Shared"}) {
    const auto profile = load_profile("payer", "id: payer\nbase: " + name + "\n", nullptr, nullptr, bases_);
    ASSERT_FALSE(profile);
    EXPECT_TRUE(std::ranges::any_of(profile.error(), [](const ConfigError& error) {
      return error.line == 2 && error.what.starts_with("a base's name is of small letters");
    })) << name;
  }
}

TEST_F(ProfileBase, HasNoBaseAndSaysNothingOfThePartner) {
  write("shared", "base: other\ninstitution_code: C1087433000104\n" + shared());
  EXPECT_THAT(mistakes(""),
              ElementsAre("base:1: a base has no base of its own: write its lines here",
                          "base:2: `institution_code` is a partner's own: write it in its profile"));
}

TEST_F(ProfileBase, ThatIsNoMapIsAMistake) {
  write("shared", "- 1\n");
  EXPECT_THAT(
      mistakes(""),
      testing::Contains("base:1: a base is a map, as a profile is: write what several partners share"));
}

/// The effective text stands for both files: it loads without the base to the same mapping and version.
TEST_F(ProfileBase, ItsEffectiveTextLoadsToTheSameProfile) {
  const auto folder = bases_ / "partners" / "payer";
  std::filesystem::create_directories(folder);
  std::filesystem::create_directories(bases_ / "bases");
  std::filesystem::rename(bases_ / "shared.yaml", bases_ / "bases/shared.yaml");
  std::ofstream(folder / "profile.yaml") << identity << "limits: {per_second: 7}\n";
  const auto composed = load_profile(folder / "profile.yaml");
  ASSERT_TRUE(composed) << composed.error().front().text();
  const auto text = effective_profile(folder / "profile.yaml").value();
  const auto alone = load_profile("payer", text);
  ASSERT_TRUE(alone) << alone.error().front().text() << text;
  EXPECT_EQ(hex(alone->version), hex(composed->version));
  EXPECT_EQ(hex(sha256(text)), hex(composed->version));
  EXPECT_EQ(alone->bounds.messages_per_second, 7u);
  EXPECT_EQ(fields_of(*alone, MessageKind::receipt), fields_of(*composed, MessageKind::receipt));
  EXPECT_EQ(alone->xml.declaration, composed->xml.declaration);
}

TEST_F(ProfileBase, AChangeOfTheBaseIsAnotherVersion) {
  const auto before = with("").value().version;
  write("shared", samples::changed(shared(), "/cz:MSG/BODY/DECIDED", "/cz:MSG/BODY/DAY"));
  EXPECT_NE(hex(with("").value().version), hex(before));
}

/// Without a base the version is that of the file's bytes.
TEST(ProfileVersion, IsTheDigestOfTheFilesBytes) {
  EXPECT_EQ(hex(load_profile("payer", samples::xml).value().version), hex(sha256(samples::xml)));
}

}  // namespace
}  // namespace loangate::adapters
