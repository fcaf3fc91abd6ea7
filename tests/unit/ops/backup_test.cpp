// A backup is whole, for its owner alone, and comes back; a damaged or foreign one does not.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "ops/system/backup.hpp"
#include "ops/system/system.hpp"
#include "store/archive.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"
#include "tests/support/command.hpp"

namespace loangate::ops::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::string file_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A closed data folder with something in it, and a plan for its backup.
class Kept : public ::testing::Test {
 protected:
  Kept() {
    fs::create_directories(data() / "batches");
    std::ofstream(data() / "batches/phrcb-1.file") << "a file of many records";
    std::ofstream(data() / "identities.yaml") << "senders: []\npersons: []\n";
    const auto store = store::open_sqlite(data(), {.low_water_bytes = 0}).value();
    const store::Unit unit = [](const store::View&, Sequence) {
      store::Writes writes;
      writes.entry = store::JournalEntry{.partner = *PartnerId::parse("phrcb"),
                                         .message_id = *MessageId::parse("20260921-1"),
                                         .raw = std::string(40u << 10, 'x'),
                                         .receipt = "received"};
      return writes;
    };
    EXPECT_TRUE(store->transact({&unit, 1}).front());
  }
  fs::path data() const { return folder.path() / "data"; }
  ops::BackupPlan plan() const {
    return {.folder = folder.path() / "backups",
            .batches = data() / "batches",
            .beside = {{data() / "identities.yaml", "data/identities.yaml"}},
            .program = "1.2.3",
            .encrypt_to = {}};
  }
  ops::BackupMade made(const ops::BackupPlan& plan) const {
    const auto store = store::open_sqlite(data(), {.low_water_bytes = 0}).value();
    const auto copy = [&](const auto&... how) { return store->copy_to(how...); };
    auto made =
        ops::make_backup(copy, plan, ops::backup_name(Instant{1'795'000'000'000'000}), [] { return true; });
    EXPECT_TRUE(made) << made.error();
    return made.value_or(ops::BackupMade{});
  }
  fs::path restored() const { return folder.path() / "restored"; }

  const TemporaryFolder folder;
};

TEST_F(Kept, ABackupIsForItsOwnerOnlyAndComesBackWhole) {
  const auto backup = made(plan());
  EXPECT_EQ(backup.name, "loangate-20261118T110640Z");
  for (const auto& each : fs::recursive_directory_iterator(backup.folder)) {
    if (each.is_regular_file())
      EXPECT_EQ(each.status().permissions() & fs::perms(077), fs::perms::none) << each.path();
  }
  EXPECT_EQ(fs::status(backup.folder).permissions() & fs::perms(077), fs::perms::none);
  const auto label = ops::restore_backup(backup.folder, {.data = restored()});
  ASSERT_TRUE(label) << label.error();
  EXPECT_EQ(label->last_sequence.number, 1u);
  EXPECT_EQ(label->program, "1.2.3");
  EXPECT_FALSE(label->encrypted);
  EXPECT_EQ(file_text(restored() / "batches/phrcb-1.file"), "a file of many records");
  EXPECT_EQ(file_text(restored() / "identities.yaml"), "senders: []\npersons: []\n");
  EXPECT_TRUE(store::open_sqlite(restored(), {.low_water_bytes = 0}).value()->entry({1}));
}

TEST_F(Kept, ADamagedBackupIsRefusedByNameAndLeavesNothing) {
  const auto backup = made(plan());
  std::ofstream(backup.folder / "data/batches/phrcb-1.file") << "a file of many recordz";
  const auto label = ops::restore_backup(backup.folder, {.data = restored()});
  ASSERT_FALSE(label);
  EXPECT_THAT(label.error(), HasSubstr("phrcb-1.file"));
  EXPECT_FALSE(fs::exists(restored() / "loangate.db"));
  EXPECT_FALSE(ops::verify_backup(backup.folder));
}

/// Makes the day of the entry that is there over, and archives it.
void archive_first_day(const fs::path& data) {
  const auto store = store::open_sqlite(data, {.low_water_bytes = 0}).value();
  const store::Unit later = [](const store::View&, Sequence) {
    store::Writes writes{.entry = store::sample::act("officer-li")};
    writes.entry->real_time = real_now();
    return writes;
  };
  ASSERT_TRUE(store->transact({&later, 1}).front());
  const auto day = store->archive().archive_next(civil_day(real_now()), [] { return true; });
  ASSERT_TRUE(day && *day);
}

TEST_F(Kept, ArchivedDaysComeAlongAndBack) {
  archive_first_day(data());
  ops::BackupPlan with_days = plan();
  with_days.archive = data() / "archive";
  const auto backup = made(with_days);
  const auto label = ops::restore_backup(backup.folder, {.data = restored()});
  ASSERT_TRUE(label) << label.error();
  const auto store = store::open_sqlite(restored(), {.low_water_bytes = 0}).value();
  EXPECT_EQ(store->entry({1})->entry.raw, std::string(40u << 10, 'x'));
}

TEST_F(Kept, WithoutAnArchivedDayNoBackupIsMade) {
  archive_first_day(data());
  const auto store = store::open_sqlite(data(), {.low_water_bytes = 0}).value();
  const auto copy = [&](const auto&... how) { return store->copy_to(how...); };
  const auto made = ops::make_backup(copy, plan(), ops::backup_name(real_now()), [] { return true; });
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), HasSubstr("1970-01-01-000000000001.0.day"));
}

TEST_F(Kept, NothingIsRestoredOverWhatIsThere) {
  const auto backup = made(plan());
  const auto label = ops::restore_backup(backup.folder, {.data = data()});
  ASSERT_FALSE(label);
  EXPECT_THAT(label.error(), HasSubstr("not empty"));
}

TEST_F(Kept, AManifestCannotLeadOutOfTheFolder) {
  const auto backup = made(plan());
  std::string manifest = file_text(backup.folder / "manifest.json");
  const auto at = manifest.find(R"("path":"data/identities.yaml")");
  ASSERT_NE(at, std::string::npos);
  manifest.replace(at, 28, R"("path":"data/../../escaped")");
  std::ofstream(backup.folder / "manifest.json") << manifest;
  EXPECT_FALSE(ops::restore_backup(backup.folder, {.data = restored()}));
  EXPECT_FALSE(fs::exists(folder.path() / "escaped"));
}

TEST_F(Kept, OneEncryptedToAKeyOpensWithThatKeyAlone) {
  const auto key_pair = [&](const std::string& name) {
    return support::run(
               fmt::format("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                           "-subj /CN={0} "
                           "-keyout {1}/{0}.key -out {1}/{0}.pem",
                           name, folder.path().string()))
        .status;
  };
  ASSERT_EQ(key_pair("mine"), 0);
  ASSERT_EQ(key_pair("other"), 0);
  ops::BackupPlan secret = plan();
  secret.encrypt_to = folder.path() / "mine.pem";
  const auto backup = made(secret);
  EXPECT_TRUE(backup.encrypted);
  EXPECT_EQ(
      support::run(fmt::format("grep -rl 'many records\\|SQLite format' {}", backup.folder.string())).output,
      "");

  const auto of = [&](const std::string& name) {
    return ops::RestoreTo{.data = restored(),
                          .config = {},
                          .certificate = folder.path() / (name + ".pem"),
                          .key = folder.path() / (name + ".key")};
  };
  EXPECT_FALSE(ops::restore_backup(backup.folder, {.data = restored()}));
  EXPECT_FALSE(ops::restore_backup(backup.folder, of("other")));
  EXPECT_FALSE(fs::exists(restored() / "loangate.db"));
  const auto label = ops::restore_backup(backup.folder, of("mine"));
  ASSERT_TRUE(label) << label.error();
  EXPECT_EQ(file_text(restored() / "batches/phrcb-1.file"), "a file of many records");
  // Without this program, too.
  const support::Ran plain = support::run(
      fmt::format("openssl cms -decrypt -inform DER -recip {1}/mine.pem -inkey {1}/mine.key -in {0}/data/"
                  "batches/phrcb-1.file.0001.cms",
                  backup.folder.string(), folder.path().string()));
  EXPECT_EQ(plain.output, "a file of many records");
}

TEST(System, SecretsInTheConfigurationAreNotShown) {
  const std::string shown = ops::without_secrets(
      "alerts:\n  smtp: {host: mail.example, user: a, password: \"s3cret, or not\"}\n  webhook: "
      "https://hooks.example/T0/B1/xyz\n"
      "  other: https://me:pw@hooks.example:8443\n  api_token: abc\n  key: pki/server.key\n");
  for (const char* secret : {"s3cret", "T0/B1", "xyz", "me:pw", "abc"})
    EXPECT_THAT(shown, Not(HasSubstr(secret)));
  for (const char* kept : {"mail.example", "hooks.example", "8443", "pki/server.key"})
    EXPECT_THAT(shown, HasSubstr(kept));
  EXPECT_EQ(
      ops::without_persons(R"({"event.name":"x","loangate.person":"li","client.address":"1.2.3.4","n":1})"),
      R"({"event.name":"x","loangate.person":"***","client.address":"***","n":1})");
}

}  // namespace
}  // namespace loangate::ops::testing
