// Alerts from a real store and a real pump to a real webhook and a real mail server.
#include "ops/alerts/watch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "app/wait_for.hpp"
#include "base/base64.hpp"
#include "base/json.hpp"
#include "delivery/commit.hpp"
#include "intake/office.hpp"
#include "tests/unit/delivery/site.hpp"
#include "tests/unit/intake/desk.hpp"

namespace loangate::ops::alerts {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using delivery::testing::Mood;
using delivery::testing::Site;
using ::testing::HasSubstr;

const PartnerId bank = PartnerId::parse("phrcb").value();

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// tests/support/receivers.py, until this goes.
class Receivers {
 public:
  explicit Receivers(const fs::path& folder) : folder_(folder / "received") {
    fs::create_directories(folder_);
    const fs::path pki = Receivers::pki();
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(pipe_ends[0], 0);
      ::close(pipe_ends[1]);
      const std::string script = std::string(LOANGATE_SOURCE_DIR) + "/tests/support/receivers.py";
      ::execlp("python3", "python3", script.c_str(), (pki / "server.pem").c_str(),
               (pki / "server.key").c_str(), folder_.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(pipe_ends[0]);
    keeps_it_ = pipe_ends[1];
    ::fcntl(keeps_it_, F_SETFD, FD_CLOEXEC);
    EXPECT_TRUE(Site::within_ten_seconds([&] { return fs::exists(folder_ / "ports"); }));
    std::ifstream(folder_ / "ports") >> hook_ >> mail_;
  }
  ~Receivers() {
    ::close(keeps_it_);
    ::waitpid(process_, nullptr, 0);
  }
  Receivers(const Receivers&) = delete;
  Receivers& operator=(const Receivers&) = delete;

  static fs::path pki() { return fs::path(LOANGATE_BINARY_DIR) / "delivery-test-pki" / "pki"; }
  MessengerSettings settings() const {
    return {.webhooks = {{.url = fmt::format("https://localhost:{}/alerts", hook_), .ca = pki() / "ca.pem"}},
            .mails = {{.url = fmt::format("smtp://localhost:{}", mail_),
                       .ca = pki() / "ca.pem",
                       .from = "loangate@bureau.example",
                       .to = {"duty@bureau.example"}}},
            .attempts = 8,
            .first_pause = 50ms};
  }
  /// What came by webhook, in order.
  std::vector<std::string> hooks() const { return all("hook-{}.json"); }
  std::vector<std::string> mails() const { return all("mail-{}.eml"); }
  bool come(std::size_t each) const {
    return Site::within_ten_seconds([&] { return hooks().size() >= each && mails().size() >= each; });
  }
  void refuse(bool all) const {
    if (all) {
      std::ofstream(folder_ / "refuse").put('\n');
    } else {
      fs::remove(folder_ / "refuse");
    }
  }

 private:
  std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> texts;
    for (int i = 1; fs::exists(folder_ / fmt::format(fmt::runtime(name), i)); ++i)
      texts.push_back(read(folder_ / fmt::format(fmt::runtime(name), i)));
    return texts;
  }

  fs::path folder_;
  pid_t process_ = -1;
  int keeps_it_ = -1;
  int hook_ = 0, mail_ = 0;
};

const programme::RulebookInForce& rulebook() {
  static const programme::RulebookInForce loaded(intake::testing::rulebook());
  return loaded;
}

/// A watch over a site. Everything goes and comes again with restart().
class Watched {
 public:
  explicit Watched(Bounds bounds = {.undelivered_after = 1s})
      : bounds_(std::move(bounds)), site(&tally), receivers(site.folder.path()) {
    restart();
  }

  void restart() {
    watch.reset();
    flow.reset();
    messenger.reset();
    messenger.emplace(receivers.settings(), site.folder.path() / "alerts", site.store->last_sequence());
    flow.emplace(Flow::Parts{
        .store = *site.store,
        .tally = tally,
        .profiles = [this] { return site.partners; },
        .unreachable = [this] { return site.pump ? site.pump->unreachable() : std::vector<PartnerId>{}; },
        .alerts_open = {}});
    watch.emplace(Watch::Parts{.store = *site.store,
                               .committer = *site.committer,
                               .rulebook = rulebook(),
                               .clock = clock,
                               .flow = *flow,
                               .messenger = *messenger,
                               .data = site.folder.path(),
                               .bounds = bounds_});
  }
  void look() {
    app::wait_for(*looking.contexts().front(), [](Watch* one) -> boost::asio::awaitable<bool> {
      co_await one->look();
      co_return true;
    }(&*watch));
  }
  void answer(std::string_view answer, std::string_view until = {}) {
    const std::string end = until.empty() ? std::string() : fmt::format(R"("until":"{}",)", until);
    const std::string json = fmt::format(
        R"({{"rule":"undelivered","about":"phrcb","answer":"{}",{}"reason":"their host is moved tonight"}})",
        answer, end);
    std::promise<bool> kept;
    site.committer->submit(
        [json](const store::View& view, Sequence sequence) {
          intake::ActReply reply;
          return intake::enter(intake::testing::act(MessageKind::alert_answer, json),
                               {intake::testing::person("operator-zhao"), real_now()},
                               intake::testing::rulebook(), view, sequence, reply);
        },
        [&](const store::Committed& committed) { kept.set_value(committed.has_value()); });
    EXPECT_TRUE(kept.get_future().get());
  }
  std::size_t turns() const {
    std::size_t count = 0;
    for (const auto& entry : site.store->entries_after({}, 100'000))
      count += entry.entry.kind == MessageKind::alert_turn;
    return count;
  }
  std::size_t open() const { return watch->open().at(Rule::undelivered); }

 private:
  Bounds bounds_;

 public:
  Tally tally;
  BusinessClock clock;
  Site site;
  Receivers receivers;
  net::Cores looking{1};
  std::optional<Messenger> messenger;
  std::optional<Flow> flow;
  std::optional<Watch> watch;
};

std::string member(const std::string& json, std::string_view name) {
  JsonDocument document;
  EXPECT_TRUE(document.read(json)) << json;
  const JsonNode* const node = document.member(document.root(), name);
  return node == nullptr ? "" : std::string(node->text);
}

TEST(Alerts, TenThousandRetriesOfOneStuckMessageAreTwoMessages) {
  Watched watched;
  watched.site.order(bank, Mood::failing);
  watched.site.start({.backoff = {.first = 0ms, .longest = 1ms},
                      .breaker = {.failures = 5, .pause = 1ms},
                      .in_flight = 1,
                      .window = 50,
                      .most_unclear = UINT32_MAX});
  const DeliveryId stuck = watched.site.put_notice(bank, 1);
  const auto began = std::chrono::steady_clock::now();
  while (watched.site.row(stuck).attempts < 10'000) {
    ASSERT_LT(std::chrono::steady_clock::now() - began, 240s)
        << watched.site.row(stuck).attempts << " attempts";
    watched.look();
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(watched.open(), 1u);
  watched.site.order(bank, Mood::well);
  ASSERT_TRUE(watched.site.becomes(stuck, store::DeliveryState::delivered));
  watched.look();
  EXPECT_EQ(watched.open(), 0u);
  for (int i = 0; i < 10; ++i) watched.look();
  ASSERT_TRUE(watched.receivers.come(2));
  std::this_thread::sleep_for(500ms);

  const auto hooks = watched.receivers.hooks();
  ASSERT_EQ(hooks.size(), 2u);
  EXPECT_EQ(member(hooks[0], "state"), "open");
  EXPECT_EQ(member(hooks[0], "rule"), "undelivered");
  EXPECT_EQ(member(hooks[0], "about"), "phrcb");
  EXPECT_EQ(member(hooks[0], "runbook"), "config/monitoring/runbooks/undelivered.md");
  EXPECT_EQ(member(hooks[0], "command"), "loangate deliveries --partner phrcb");
  EXPECT_EQ(member(hooks[1], "state"), "closed");
  const auto mails = watched.receivers.mails();
  ASSERT_EQ(mails.size(), 2u);
  EXPECT_THAT(mails[0],
              HasSubstr("\r\nSubject: =?UTF-8?B?" + base64("[Loangate] 告警：报文长时间未").substr(0, 20)));
  EXPECT_THAT(mails[0], HasSubstr("To: <duty@bureau.example>\r\n"));
  EXPECT_EQ(watched.turns(), 2u);
}

class Alerting : public ::testing::Test {
 protected:
  /// A message that nobody fetches is the trouble; nothing is pushed here.
  void SetUp() override {
    id = watched.site.put_notice(bank, 1);
    std::this_thread::sleep_for(2100ms);
  }
  void deliver() {
    std::promise<void> done;
    watched.site.committer->submit(
        delivery::change_of(
            {.id = id, .state = store::DeliveryState::delivered, .attempts = 1, .at = real_now()}),
        [&](const store::Committed&) { done.set_value(); });
    done.get_future().get();
  }
  Watched watched;
  DeliveryId id;
};

TEST_F(Alerting, ARestartSendsNothingAgainAndForgetsNothing) {
  watched.look();
  ASSERT_TRUE(watched.receivers.come(1));
  std::this_thread::sleep_for(200ms);
  watched.restart();
  EXPECT_EQ(watched.open(), 1u);
  watched.look();
  watched.restart();
  deliver();
  watched.look();
  ASSERT_TRUE(watched.receivers.come(2));
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(watched.receivers.hooks().size(), 2u);
  EXPECT_EQ(watched.receivers.mails().size(), 2u);
  EXPECT_EQ(watched.turns(), 2u);
}

TEST_F(Alerting, WhatComesBackIsToldAnew) {
  for (std::size_t round = 1; round <= 2; ++round) {
    watched.look();
    EXPECT_EQ(watched.open(), 1u);
    deliver();
    watched.look();
    EXPECT_EQ(watched.open(), 0u);
    ASSERT_TRUE(watched.receivers.come(2 * round));
    if (round == 2) break;
    id = watched.site.put_notice(bank, 1);
    std::this_thread::sleep_for(2100ms);
  }
  EXPECT_EQ(watched.turns(), 4u);
}

TEST_F(Alerting, WhatCouldNotBeToldBeforeARestartIsToldAfterIt) {
  watched.receivers.refuse(true);
  watched.look();
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(watched.receivers.hooks().size(), 0u);
  watched.messenger.reset();  // in the middle of its attempts
  watched.receivers.refuse(false);
  watched.restart();
  ASSERT_TRUE(watched.receivers.come(1));
  EXPECT_EQ(member(watched.receivers.hooks().front(), "state"), "open");
}

TEST_F(Alerting, AMutedOneOpensInSilenceAndIsClosedAloud) {
  watched.answer("muted", format(Instant{real_now().micros + 3600'000'000LL}));
  watched.look();
  EXPECT_EQ(watched.open(), 1u);
  deliver();
  watched.look();
  ASSERT_TRUE(watched.receivers.come(1));
  EXPECT_EQ(member(watched.receivers.hooks().front(), "state"), "closed");
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(watched.receivers.hooks().size(), 1u);
}

TEST_F(Alerting, ASilenceEndsByItself) {
  watched.answer("muted", format(Instant{real_now().micros + 100'000}));
  std::this_thread::sleep_for(200ms);
  watched.look();
  ASSERT_TRUE(watched.receivers.come(1));
  EXPECT_EQ(member(watched.receivers.hooks().front(), "state"), "open");
}

TEST_F(Alerting, ATargetThatRefusesIsGivenUpAfterItsAttemptsAndTheNextIsToldAgain) {
  watched.receivers.refuse(true);
  auto settings = watched.receivers.settings();
  settings.attempts = 2;
  settings.first_pause = 10ms;
  Messenger messenger(settings, watched.site.folder.path() / "another", {});
  const Notice first{.turn = {1}, .at = real_now(), .opened = true, .rule = "disk_low", .about = "gateway"};
  messenger.tell(first);
  std::this_thread::sleep_for(1500ms);
  watched.receivers.refuse(false);
  Notice second = first;
  second.turn = {2};
  messenger.tell(second);
  ASSERT_TRUE(watched.receivers.come(1));
  EXPECT_EQ(member(watched.receivers.hooks().front(), "turn"), "2");
}

TEST_F(Alerting, ATargetWithAnotherCertificateIsToldNothing) {
  auto settings = watched.receivers.settings();
  const fs::path wrong = watched.site.folder.path() / "other-ca.pem";
  ASSERT_EQ(std::system(
                fmt::format(
                    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null "
                    "-out '{}' -subj /CN=other -days 2 2>/dev/null",
                    wrong.string())
                    .c_str()),
            0);
  settings.webhooks.front().ca = settings.mails.front().ca = wrong;
  settings.attempts = 1;
  Messenger messenger(settings, watched.site.folder.path() / "another", {});
  messenger.tell({.turn = {1}, .at = real_now(), .opened = true, .rule = "disk_low", .about = "gateway"});
  std::this_thread::sleep_for(1s);
  EXPECT_EQ(watched.receivers.hooks().size(), 0u);
  EXPECT_EQ(watched.receivers.mails().size(), 0u);
}

}  // namespace
}  // namespace loangate::ops::alerts
