#include "net/identities.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "pki.hpp"

namespace loangate::net::testing {
namespace {

using ::testing::HasSubstr;

const std::string key_a(64, 'a');
const std::string key_b(64, 'b');
const std::string key_c(64, 'c');

std::string sender(const std::string& name, const std::string& pin, const std::string& partners = "[b1]") {
  return fmt::format("  - name: {}\n    pins:\n      - {}\n    partners: {}\n", name, pin, partners);
}
std::string spki(const std::string& key) {
  return "spki: " + key;
}

Pin pin_of(const std::string& key) {
  Pin pin;
  pin.spki_sha256 = key;
  return pin;
}

std::string errors_of(const std::string& text) {
  const auto identities = Identities::parse("identities.yaml", text);
  if (identities) return {};
  std::string all;
  for (const ConfigError& error : identities.error()) all += error.text() + "\n";
  return all;
}

Peer peer(const std::string& key, const std::string& issuer_key = "", const std::string& serial = "") {
  Peer result;
  result.spki_sha256 = key;
  result.issuer_key_sha256 = issuer_key;
  result.serial = serial;
  return result;
}

Instant at(std::string_view text) {
  return parse_instant(text).value();
}
const Instant noon = at("2026-06-01T12:00:00+08:00");

std::string name_of(const Identity& identity) {
  if (const auto* const* s = std::get_if<const Sender*>(&identity)) return (*s)->name;
  if (const auto* const* p = std::get_if<const Person*>(&identity)) return (*p)->name;
  switch (std::get<Stranger>(identity).why) {
    case Stranger::Why::unknown:
      return "unknown";
    case Stranger::Why::not_yet:
      return "not yet";
    case Stranger::Why::no_longer:
      return "no longer";
    case Stranger::Why::ambiguous:
      return "ambiguous";
  }
  return {};
}

TEST(Identities, NameASenderByItsKeyAndWhomItMaySpeakFor) {
  const auto identities = Identities::parse("f", "senders:\n" + sender("host", spki(key_a), "[b1, b2]"));
  ASSERT_TRUE(identities);
  const Identity found = identities->find(peer(key_a), noon);
  ASSERT_EQ(name_of(found), "host");
  EXPECT_TRUE(std::get<const Sender*>(found)->may_speak_for("b2"));
  EXPECT_FALSE(std::get<const Sender*>(found)->may_speak_for("b3"));
}

TEST(Identities, NameASenderByIssuerKeyAndSerial) {
  const auto identities =
      Identities::parse("f", "senders:\n" + sender("host", "{issuer_key: " + key_b + ", serial: \"00AF\"}"));
  ASSERT_TRUE(identities);
  EXPECT_EQ(name_of(identities->find(peer(key_a, key_b, "af"), noon)), "host");
  EXPECT_EQ(name_of(identities->find(peer(key_a, key_b, "b0"), noon)), "unknown");
  EXPECT_EQ(name_of(identities->find(peer(key_a, key_c, "af"), noon)), "unknown");
}

TEST(Identities, NameAPersonWithRoles) {
  const auto identities = Identities::parse(
      "f", "persons:\n  - name: li\n    pins: [{spki: " + key_a + "}]\n    roles: [officer, operator]\n");
  ASSERT_TRUE(identities);
  const Identity found = identities->find(peer(key_a), noon);
  ASSERT_EQ(name_of(found), "li");
  EXPECT_TRUE(std::get<const Person*>(found)->has_role("operator"));
  EXPECT_FALSE(std::get<const Person*>(found)->has_role("approver"));
}

TEST(Identities, KeepToAPinsValidityToTheMicrosecond) {
  const auto identities = Identities::parse(
      "f", "senders:\n" +
               sender("host", "{spki: " + key_a +
                                  ", from: 2026-01-01T00:00:00+08:00, until: 2027-01-01T00:00:00+08:00}"));
  ASSERT_TRUE(identities);
  const Instant from = at("2026-01-01T00:00:00+08:00");
  const Instant until = at("2027-01-01T00:00:00+08:00");
  EXPECT_EQ(name_of(identities->find(peer(key_a), {from.micros - 1})), "not yet");
  EXPECT_EQ(name_of(identities->find(peer(key_a), from)), "host");
  EXPECT_EQ(name_of(identities->find(peer(key_a), {until.micros - 1})), "host");
  EXPECT_EQ(name_of(identities->find(peer(key_a), until)), "no longer");
}

TEST(Identities, KnowNobodyByAnyOtherKey) {
  const auto identities = Identities::parse("f", "senders:\n" + sender("host", spki(key_a)));
  ASSERT_TRUE(identities);
  EXPECT_EQ(name_of(identities->find(peer(key_b), noon)), "unknown");
  EXPECT_EQ(name_of(identities->find(peer(""), noon)), "unknown");
}

TEST(Identities, DoNotChooseBetweenTwoNames) {
  const auto identities = Identities::parse("f", "senders:\n" + sender("one", spki(key_a)) +
                                                     sender("two", "{issuer_key: " + key_b + ", serial: 1}"));
  ASSERT_TRUE(identities);
  EXPECT_EQ(name_of(identities->find(peer(key_a, key_b, "1"), noon)), "ambiguous");
}

TEST(Identities, ReportEveryMistakeAtOnceWithItsLine) {
  const std::string errors =
      errors_of("senders:\n" + sender("one", spki(key_a)) + sender("two", spki(key_a)) +
                sender("one", "spki: abc") + sender("three", spki(key_b), "[]") +
                "    nonsense: 1\npersons:\n  - name: li\n    pins: []\n    roles: [boss]\n");
  EXPECT_THAT(errors, HasSubstr("identities.yaml:8: this pin stands under `one` too (line 4)"));
  EXPECT_THAT(errors, HasSubstr("`one` stands twice (first in line 2)"));
  EXPECT_THAT(errors, HasSubstr("is no SHA-256"));
  EXPECT_THAT(errors, HasSubstr("has no `partners`"));
  EXPECT_THAT(errors, HasSubstr("`nonsense` is not known here"));
  EXPECT_THAT(errors, HasSubstr("has no pin"));
  EXPECT_THAT(errors, HasSubstr("`boss` is no role"));
}

TEST(Identities, RefuseAPinOfASenderUnderAPerson) {
  EXPECT_THAT(errors_of("senders:\n" + sender("one", spki(key_a)) +
                        "persons:\n  - name: li\n    pins: [{spki: " + key_a + "}]\n    roles: [officer]\n"),
              HasSubstr("stands under `one` too"));
}

TEST(Identities, RefuseAPinOfBothKindsOrNeither) {
  EXPECT_THAT(errors_of("senders:\n" + sender("one", "{spki: " + key_a + ", issuer_key: " + key_b + "}")),
              HasSubstr("either `spki`, or `issuer_key`"));
  EXPECT_THAT(errors_of("senders:\n" + sender("one", "{comment: x}")),
              HasSubstr("either `spki`, or `issuer_key`"));
  EXPECT_THAT(errors_of("senders:\n" + sender("one", "{issuer_key: " + key_b + "}")), HasSubstr("`serial`"));
  EXPECT_THAT(errors_of("senders:\n" + sender("one", "{spki: " + key_a + ", from: tomorrow}")),
              HasSubstr("no point in time"));
}

TEST(Identities, CheckReportsUnknownPartnersAndPartnersWithoutASender) {
  const auto identities = Identities::parse("f.yaml", "senders:\n" + sender("host", spki(key_a), "[b1, b9]"));
  ASSERT_TRUE(identities);
  const ConfigErrors errors = identities->check({"b1", "b2"});
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_THAT(errors[0].text(), HasSubstr("f.yaml:2: sender `host` speaks for `b9`"));
  EXPECT_THAT(errors[1].text(), HasSubstr("no sender speaks for partner `b2`"));
}

TEST(Identities, ComeBackFromTheirOwnText) {
  Identities identities;
  Pin pin = pin_of(key_a);
  pin.from = noon;
  pin.comment = "a \"b\" 公";
  Pin serial_pin;
  serial_pin.issuer_key_sha256 = key_b;
  serial_pin.serial = "1f";
  identities.add_to_sender("host", {"b1", "b2"}, pin);
  identities.add_to_sender("host", {"b2"}, serial_pin);
  identities.add_to_person("li", {"officer"}, pin_of(key_c));
  const auto read = Identities::parse("f", identities.yaml());
  ASSERT_TRUE(read) << identities.yaml();
  EXPECT_EQ(read->yaml(), identities.yaml());
  EXPECT_EQ(read->senders.at(0).partners, (std::vector<std::string>{"b1", "b2"}));
  EXPECT_EQ(read->senders.at(0).pins.at(0).comment, "a \"b\" 公");
}

TEST(IdentityFile, IsEditedWholeAndReadableByItsOwnerOnly) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "identities.yaml";
  const auto add = [&](const std::string& name, const std::string& key) {
    return edit_identities(path, [&](Identities& identities) {
      identities.add_to_sender(name, {"b1"}, pin_of(key));
      return std::string();
    });
  };
  EXPECT_TRUE(add("one", key_a).empty());
  EXPECT_TRUE(add("two", key_b).empty());
  const std::string before = read_file(path);
  const ConfigErrors refused = add("three", key_a);
  ASSERT_FALSE(refused.empty());
  EXPECT_THAT(refused[0].what, HasSubstr("stands under `one` too"));
  EXPECT_EQ(read_file(path), before);
  struct stat status{};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(IdentityFile, RetiresAPin) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "identities.yaml";
  write_file(path, "senders:\n" + sender("host", spki(key_a)));
  const Pin pin = pin_of(key_a);
  EXPECT_TRUE(edit_identities(path, [&](Identities& identities) {
                return identities.retire(pin, noon) ? std::string() : "no such pin";
              }).empty());
  const auto identities = Identities::load(path);
  ASSERT_TRUE(identities);
  EXPECT_EQ(name_of(identities->find(peer(key_a), {noon.micros - 1})), "host");
  EXPECT_EQ(name_of(identities->find(peer(key_a), noon)), "no longer");
}

TEST(IdentityFile, LosesNoEditOfTwoWritersAtOnce) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "identities.yaml";
  const auto write = [&](char first) {
    for (char c = '0'; c <= '9'; ++c) {
      const std::string key = std::string(63, first) + c;
      edit_identities(path, [&](Identities& identities) {
        identities.add_to_sender(std::string(1, first) + c, {"b1"}, pin_of(key));
        return std::string();
      });
    }
  };
  std::thread other(write, 'b');
  write('a');
  other.join();
  const auto identities = Identities::load(path);
  ASSERT_TRUE(identities);
  EXPECT_EQ(identities->senders.size(), 20u);
}

TEST(IdentityBook, KeepsWhatItHasWhenTheFileIsBad) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "identities.yaml";
  write_file(path, "senders:\n" + sender("one", spki(key_a)));
  const auto book = IdentityBook::open(path);
  ASSERT_TRUE(book);
  write_file(path, "senders: [");
  EXPECT_FALSE((*book)->reload().empty());
  EXPECT_EQ(name_of((*book)->current()->find(peer(key_a), noon)), "one");
  write_file(path, "senders:\n" + sender("two", spki(key_a)));
  EXPECT_TRUE((*book)->reload().empty());
  EXPECT_EQ(name_of((*book)->current()->find(peer(key_a), noon)), "two");
}

TEST(DevelopmentPki, NamesTheSendersItMade) {
  const auto identities = Identities::load(dev_pki() / "identities.yaml");
  ASSERT_TRUE(identities) << identities.error().front().text();
  const auto pin = spki_sha256_of_file(dev_pair("senders/bank02").certificate);
  ASSERT_TRUE(pin);
  EXPECT_EQ(name_of(identities->find(peer(*pin), noon)), "bank02");
  EXPECT_TRUE(identities->check({"bank01", "bank02"}).empty());
  const auto officer = spki_sha256_of_file(dev_pair("persons/officer-li").certificate);
  ASSERT_TRUE(officer);
  EXPECT_EQ(name_of(identities->find(peer(*officer), noon)), "officer-li");
}

}  // namespace
}  // namespace loangate::net::testing
