// The gateway's own outages are recorded (settled 9).
#include "app/sign_of_life.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <fstream>
#include <thread>

#include "app/gateway.hpp"
#include "app/pki.hpp"
#include "net/cores.hpp"
#include "ops/client.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/support/town.hpp"

namespace loangate::app {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::sys_time;

const fs::path config_dir = fs::path(LOANGATE_SOURCE_DIR) / "config";

const programme::RulebookInForce& rulebook() {
  static const programme::RulebookInForce loaded(programme::load_rulebook(config_dir / "programmes",
                                                                          config_dir / "calendar.yaml",
                                                                          config_dir / "lpr.yaml")
                                                     .value());
  return loaded;
}

/// As if the last sign had been given that long ago; when that was.
Instant age(const fs::path& sign, std::chrono::seconds by) {
  const Instant given{real_now().micros - microseconds(by).count()};
  std::ofstream(sign, std::ios::app).flush();
  fs::last_write_time(
      sign, fs::file_time_type::clock::from_sys(sys_time<microseconds>(microseconds(given.micros))));
  return given;
}

std::chrono::seconds age_of(const fs::path& sign) {
  return std::chrono::duration_cast<std::chrono::seconds>(fs::file_time_type::clock::now() -
                                                          fs::last_write_time(sign));
}

/// A store, its writer, and a context in which the signs are given.
class Site {
 public:
  explicit Site(const fs::path& folder, std::uint64_t low_water_bytes = 0)
      : sign_(folder / "sign-of-life"),
        store_(store::open_sqlite(folder, {.low_water_bytes = low_water_bytes}).value()),
        committer_(*store_) {}

  void live(SignOfLifeBounds bounds = {}) {
    SignOfLife(context(), sign_, *store_, committer_, rulebook(), bounds);
  }
  boost::asio::io_context& context() { return *cores_.contexts().front(); }
  const fs::path& sign() const { return sign_; }
  store::Store& store() { return *store_; }
  std::vector<Outage> outages() const {
    std::vector<Outage> found;
    for (const store::StoredChange& change : store_->changes_after(0, 100)) {
      found.push_back(std::get<Outage>(change_from_json(change.kind, change.json).value()));
    }
    return found;
  }

 private:
  fs::path sign_;
  std::unique_ptr<store::Store> store_;
  store::Committer committer_;
  net::Cores cores_{1};
};

TEST(SignOfLife, WhatLiesBetweenTheLastSignAndTheStartIsAnOutageAndAnActOfTheGateway) {
  const TemporaryFolder folder;
  Site site(folder.path());
  const Instant last = age(site.sign(), 61s);
  const Instant start = real_now();
  site.live();
  const auto outages = site.outages();
  ASSERT_EQ(outages.size(), 1u);
  EXPECT_EQ(outages[0].from, last);
  EXPECT_GE(outages[0].until, start);
  EXPECT_LE(outages[0].until, real_now());
  const auto act = site.store().entry(Sequence{1});
  ASSERT_TRUE(act);
  EXPECT_EQ(act->entry.person.view(), "gateway");
  EXPECT_EQ(act->entry.kind, MessageKind::outage_entry);
  EXPECT_EQ(act->entry.received, outages[0].until);
  EXPECT_LT(age_of(site.sign()), 30s) << "a new sign was given";
}

TEST(SignOfLife, AShortSilenceIsNoOutageNorIsTheTimeBeforeTheFirstStart) {
  const TemporaryFolder folder;
  {
    Site site(folder.path());
    site.live();
    EXPECT_TRUE(fs::exists(site.sign()));
    EXPECT_TRUE(site.outages().empty());
  }
  Site site(folder.path());
  age(site.sign(), 45s);
  site.live();
  EXPECT_TRUE(site.outages().empty());
  EXPECT_LT(age_of(site.sign()), 30s);
}

TEST(SignOfLife, WhileTheStoreTakesNoWorkNoSignIsGivenAndTheOutageLasts) {
  const TemporaryFolder folder;
  Instant last;
  {
    Site full(folder.path(), std::uint64_t{1} << 62);  // no disk has as much free
    last = age(full.sign(), 3600s);
    full.live();
    EXPECT_TRUE(full.outages().empty());
    EXPECT_GE(age_of(full.sign()), 3600s);
  }
  Site site(folder.path());
  site.live();
  ASSERT_EQ(site.outages().size(), 1u);
  EXPECT_EQ(site.outages()[0].from, last);
}

TEST(SignOfLife, AGatewayThatStoodStillPutsThatOnRecordWhenItGoesOn) {
  const TemporaryFolder folder;
  Site site(folder.path());
  const Instant start = real_now();
  site.live({.every = 10ms, .longest_silence = 300ms});
  boost::asio::post(site.context(), [] { std::this_thread::sleep_for(500ms); });
  const auto patience = std::chrono::steady_clock::now() + 20s;
  while (site.outages().empty() && std::chrono::steady_clock::now() < patience)
    std::this_thread::sleep_for(10ms);
  ASSERT_FALSE(site.outages().empty());
  EXPECT_GE(site.outages()[0].from, start);
}

/// How many outages the change feed tells of.
std::size_t outages_told(const Gateway& gateway, const fs::path& pki) {
  auto client = ops::Client::open({.url = fmt::format("https://127.0.0.1:{}", gateway.operations_port()),
                                   .certificate = pki / "persons/officer-li.pem",
                                   .key = pki / "persons/officer-li.key",
                                   .ca = pki / "ca.pem"})
                    .value();
  const std::string body = client.call("GET", "/v1/registry/changes?after=0").value().body;
  std::size_t count = 0;
  constexpr std::string_view mark = R"("kind":"outage",)";
  for (auto at = body.find(mark); at != std::string::npos; at = body.find(mark, at + 1)) ++count;
  return count;
}

TEST(SignOfLife, AGatewayTellsOfItsOutageInTheChangeFeedUnlessItsClockCanBeSet) {
  const TemporaryFolder folder;
  Config config = load_config(config_dir, folder.path()).value();
  config.partners_port = config.operations_port = {"127.0.0.1", 0};
  const auto partners = adapters::load_partners(config.partners).value();
  ASSERT_TRUE(make_dev_pki(config_dir / "../certs/make-dev-pki.sh", config.data, partners));
  const fs::path sign = config.data / "sign-of-life";
  age(sign, 3600s);
  {
    const auto gateway = Gateway::start(config, {});
    ASSERT_TRUE(gateway) << gateway.error().front().text();
    EXPECT_EQ(outages_told(**gateway, config.data / "pki"), 1u);
    EXPECT_LT(age_of(sign), 30s);
  }
  age(sign, 3600s);
  const auto gateway = Gateway::start(config, {.demo_clock = real_now()});
  ASSERT_TRUE(gateway) << gateway.error().front().text();
  EXPECT_EQ(outages_told(**gateway, config.data / "pki"), 1u) << "the one of before";
}

}  // namespace
}  // namespace loangate::app
