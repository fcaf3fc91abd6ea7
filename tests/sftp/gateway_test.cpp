// From sftp put to sftp get through the real sshd and the real gateway, which runs as its own user, not as
// root.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "app/pki.hpp"
#include "ops/client.hpp"
#include "tests/crash/gateway_process.hpp"
#include "tests/sftp/machine.hpp"
#include "tests/support/batch_file.hpp"
#include "tests/support/town.hpp"
#include "tests/unit/net/drop_site.hpp"

namespace loangate::sftp {
namespace {

namespace fs = std::filesystem;
using net::testing::contents;
using net::testing::names;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Date today = *Date::of(2026, 9, 21);
const Instant morning{start_of(today).micros + std::int64_t{9} * 3600 * 1'000'000};
constexpr std::uint32_t companies = 200;

/// The gateway as it is installed: as user loangate, allowed nothing but to ask for leases.
class GatewayOverSftp : public ::testing::Test {
 protected:
  GatewayOverSftp() : clock(morning), cores(1) {
    fs::remove_all(site);
    fs::create_directories(site);
    EXPECT_EQ(run(fmt::format("mkdir -p /srv/install/adapters && cp -a {0}/config /srv/install/ && cp -a "
                              "{0}/adapters/partners {0}/adapters/bases /srv/install/adapters/ && cp "
                              "{1}/loangate /srv/install/",
                              LOANGATE_SOURCE_DIR, LOANGATE_BINARY_DIR))
                  .status,
              0);
    partners = std::make_shared<const adapters::Partners>(
        adapters::load_partners("/srv/install/adapters/partners").value());
    EXPECT_TRUE(
        app::make_dev_pki(fs::path(LOANGATE_SOURCE_DIR) / "certs/make-dev-pki.sh", data(), *partners));
    for (const auto& profile : partners->all()) {
      if (!profile->files) continue;
      fs::remove_all(machine.files() / profile->id.view());
      machine.add_partner(profile->id.string());
    }
    peers = simulate::Peers::open(*cores.contexts().front(), *partners, clock,
                                  {.pki = data() / "pki", .identities = data() / "identities.yaml"})
                .value();
    gateway.emplace(
        site, peers->ports(), today,
        crash::Installation{.program = "/srv/install/loangate",
                            .source = "/srv/install",
                            .under = {"/usr/bin/setpriv", "--reuid=loangate", "--regid=loangate",
                                      "--groups=loangate-drop", "--inh-caps=-all,+lease",
                                      "--ambient-caps=-all,+lease", "--bounding-set=-all,+lease", "--"},
                            .more = "files: " + machine.files().string() + "\n"});
    peers->connect("127.0.0.1", gateway->partners_port());
    EXPECT_EQ(run("chown -R loangate " + data().string()).status, 0);
    gateway->start();
    auto office = simulate::Office::open(operations(), {.pki = data() / "pki"}).value();
    support::set_stage(office, *peers, *Date::of(2022, 6, 26), companies);
  }
  ~GatewayOverSftp() override {
    gateway.reset();
    peers->stop();
    cores.stop();
  }

  fs::path data() const { return site / "data"; }
  std::string operations() const { return fmt::format("https://127.0.0.1:{}", gateway->operations_port()); }
  std::string ask(const std::string& target) const {
    const fs::path key = data() / "pki/persons/operator-zhao";
    auto client = ops::Client::open({.url = operations(),
                                     .certificate = key.string() + ".pem",
                                     .key = key.string() + ".key",
                                     .ca = data() / "pki/ca.pem"})
                      .value();
    return client.call("GET", target).value().body;
  }
  fs::path at(const std::string& path) const { return machine.files() / "phrcb" / path; }

  /// A file of filings of the bank, on the desk under this name.
  void write_file(const std::string& name, std::string_view bank, const std::string& id, int first,
                  int count) {
    simulate::Partner& partner = peers->at(*PartnerId::parse(bank));
    support::BatchFile file{.profile = *partners->find(*PartnerId::parse(bank)), .id = id};
    for (int i = first; i < first + count; ++i) {
      Record record = support::filing(partner, fmt::format("F{:06}", i),
                                      1 + static_cast<std::uint32_t>(i) % companies, Fen::yuan(100), today);
      ASSERT_TRUE(partner.write(MessageKind::loan_disbursement, record));
      file.add(MessageKind::loan_disbursement, record);
    }
    std::ofstream(machine.desk() / name, std::ios::binary) << file.text();
  }
  /// Fetches a return file by SFTP as soon as it is there.
  std::string fetch(const std::string& bank, const std::string& name) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (machine.sftp(bank, fmt::format("get out/{}\n", name)).status != 0) {
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << name << " does not come: " << ask("/v1/files");
        return {};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return contents(machine.desk() / name);
  }
  void wait_until_done(const std::string& bank) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (names(machine.files() / bank / "work") != std::vector<std::string>{"record.json"}) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << ask("/v1/files");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  Machine& machine = Machine::get();  // first: what follows has threads
  const fs::path site = "/srv/site";
  std::shared_ptr<const adapters::Partners> partners;
  BusinessClock clock;
  net::Cores cores;
  std::unique_ptr<simulate::Peers> peers;
  std::optional<crash::GatewayProcess> gateway;
};

std::size_t lines_with(const std::string& text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
  return count;
}

TEST_F(GatewayOverSftp, AFileIsPutJudgedAndItsReturnFileFetched) {
  write_file("LG202609210001.DAT", "phrcb", "202609210001", 1, 50);
  ASSERT_EQ(machine
                .sftp("phrcb",
                      "put LG202609210001.DAT in/LG202609210001.DAT.tmp\n"
                      "rename in/LG202609210001.DAT.tmp in/LG202609210001.DAT\n")
                .status,
            0);
  // Another bank at the same time, with a marker.
  write_file("CITIC_2026-09-21_001.xml", "citicph", "B1", 1000, 50);
  std::ofstream(machine.desk() / "marker")
      << hex(sha256(contents(machine.desk() / "CITIC_2026-09-21_001.xml")));
  ASSERT_EQ(machine
                .sftp("citicph",
                      "put CITIC_2026-09-21_001.xml in/\n"
                      "put marker in/CITIC_2026-09-21_001.xml.ok\n")
                .status,
            0);
  EXPECT_EQ(lines_with(fetch("phrcb", "LG202609210001.RET"), "\r\n"), 51u);
  EXPECT_EQ(lines_with(fetch("citicph", "CITIC_2026-09-21_001_RESULT.xml"), "<RECEIPT_NO>"), 50u);
  wait_until_done("phrcb");
  EXPECT_THAT(names(at("archive/2026-09-21")), SizeIs(1));
  EXPECT_THAT(ask("/v1/loans/phrcb/F000050"), HasSubstr("F000050"));
  EXPECT_THAT(ask("/v1/files"), HasSubstr("\"last\":\"LG202609210001.DAT\""));
  EXPECT_FALSE(contents(site / "gateway.log").contains("file.lease_refused")) << "the gateway has CAP_LEASE";
}

TEST_F(GatewayOverSftp, AFileThatCannotBeReadIsAnsweredAsAWhole) {
  std::ofstream(machine.desk() / "LG202609210002.DAT") << "not a file of this bank's\r\n";
  ASSERT_EQ(machine.sftp("phrcb", "put LG202609210002.DAT in/\n").status, 0);
  EXPECT_NE(fetch("phrcb", "LG202609210002.RET"), "");
  wait_until_done("phrcb");
  EXPECT_THAT(names(at("archive/2026-09-21")), SizeIs(1));
}

TEST_F(GatewayOverSftp, KilledInTheMiddleItGoesOnAndDoesNothingTwice) {
  constexpr int records = 20'000;
  write_file("LG202609210003.DAT", "phrcb", "202609210003", 1, records);
  ASSERT_EQ(machine.sftp("phrcb", "put LG202609210003.DAT in/\n").status, 0);
  std::mt19937 chance(std::random_device{}());
  int kills = 0;
  for (; kills < 50 && !fs::exists(at("out/LG202609210003.RET")); ++kills) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + chance() % 400));
    gateway->kill();
    gateway->start();
  }
  std::cout << kills << " kills\n";
  const std::string returned = fetch("phrcb", "LG202609210003.RET");
  EXPECT_EQ(lines_with(returned, "\r\n"), records + 1u);
  wait_until_done("phrcb");
  EXPECT_THAT(names(at("archive/2026-09-21")), SizeIs(1));
  EXPECT_THAT(names(at("out")), ElementsAre("LG202609210003.RET"));
  EXPECT_THAT(ask("/v1/loans/summary?by=bank"), HasSubstr(fmt::format("\"key\":\"phrcb\"")));
  EXPECT_THAT(ask("/v1/loans/summary?by=bank"), HasSubstr(fmt::format("\"loans\":{}", records)));
  for (const int i : {1, records / 2, records})
    EXPECT_EQ(lines_with(returned, fmt::format("F{:06}", i)), 1u) << i;

  // The same file under the same name again: another file, and the same answer.
  fs::rename(machine.desk() / "LG202609210003.RET", machine.desk() / "first");
  ASSERT_EQ(machine.sftp("phrcb", "put LG202609210003.DAT in/\n").status, 0);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  wait_until_done("phrcb");
  EXPECT_EQ(fetch("phrcb", "LG202609210003.RET"), contents(machine.desk() / "first"));
  EXPECT_THAT(ask("/v1/loans/summary?by=bank"), HasSubstr(fmt::format("\"loans\":{}", records)));
}

}  // namespace
}  // namespace loangate::sftp
