#include "net/file_transport.hpp"

#include <gmock/gmock.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "drop_site.hpp"
#include "programme/rulebook_in_force.hpp"
#include "tests/unit/adapters/profile/samples.hpp"

namespace loangate::net {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using testing::contents;
using testing::DropSite;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::names;
using testing::rules_of;
using ::testing::UnorderedElementsAre;

/// A partner with these `files`: what its messages look like plays no part here.
std::unique_ptr<const adapters::Profile> profile_of(const std::string& id, const std::string& keys) {
  auto profile = adapters::load_profile(
      id, adapters::samples::changed(adapters::samples::xml, "id: payer", "id: " + id));
  if (!profile) throw std::runtime_error(profile.error().front().text());
  profile->files = rules_of(keys);
  return std::make_unique<const adapters::Profile>(*std::move(profile));
}

Instant at(unsigned day, int hour) {
  return Instant{start_of(*Date::of(2026, 9, day)).micros + std::int64_t{hour} * 3'600'000'000};
}

programme::Rulebook rulebook() {
  const fs::path config = fs::path(LOANGATE_SOURCE_DIR) / "config";
  return programme::load_rulebook(config / "programmes", config / "calendar.yaml", config / "lpr.yaml")
      .value();
}

/// Two partners' folders and a transport over them, which looks when it is told to. What judges a file writes
/// it into the return file, in capitals.
class Transport {
 public:
  explicit Transport(std::string keys = "complete: rename", Instant begins = at(21, 9))
      : keys_(std::move(keys)), clock_(begins) {
    std::vector<std::unique_ptr<const adapters::Profile>> profiles;
    profiles.push_back(profile_of("bank01", keys_));
    profiles.push_back(profile_of("bank02", keys_));
    partners_ = std::make_shared<const adapters::Partners>(std::move(profiles));
    start();
    run();
  }

  /// As a process that ends at once and another that begins: all that is kept lies in the folders.
  void start() {
    transport_.reset();
    context_ = std::make_unique<asio::io_context>(1);
    transport_ = std::make_unique<FileTransport>(
        *context_,
        FileTransport::Parts{.root = site.root(),
                             .profiles = [this] { return partners_; },
                             .rulebook = rulebook_,
                             .clock = clock_,
                             .judge = [this](const auto&, fs::path file,
                                             Instant complete) { return judge(std::move(file), complete); }},
        FileTransportBounds{
            .between_looks = std::chrono::milliseconds(5),
            .backoff = {.first = std::chrono::milliseconds(1), .longest = std::chrono::milliseconds(1)}});
  }
  /// Looks, and lets everything come to its end that can.
  void run() {
    for (int i = 0; i < 3; ++i) {
      transport_->look();
      context_->run();
      context_->restart();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    transport_->look();
  }
  PartnerFiles state(std::size_t partner = 0) { return transport_->state().at(partner); }
  FileTransport& transport() { return *transport_; }
  BusinessClock& clock() { return clock_; }

  DropSite site;
  bool store_is_there = true;
  std::function<void()> while_judging = {};  ///< once
  std::vector<std::pair<std::string, Instant>> judged;

 private:
  asio::awaitable<std::expected<JudgedFile, std::string>> judge(fs::path file, Instant complete) {
    if (while_judging) std::exchange(while_judging, {})();
    if (!store_is_there) co_return std::unexpected("the store is full");
    judged.emplace_back(file.filename().string().substr(18), complete);
    std::string result = contents(file);
    if (result.starts_with('!')) co_return JudgedFile{.receipt = "refused\n", .outcome = "refused"};
    std::ranges::transform(result, result.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
    const fs::path returned = site.root() / ("result-" + file.filename().string());
    std::ofstream(returned) << result;
    co_return JudgedFile{.return_file = returned, .outcome = "judged"};
  }

  const std::string keys_;
  BusinessClock clock_;
  programme::RulebookInForce rulebook_{rulebook()};
  std::shared_ptr<const adapters::Partners> partners_;
  std::unique_ptr<asio::io_context> context_;
  std::unique_ptr<FileTransport> transport_;
};

const std::string first = "PF20260921001.dat";
const std::string second = "PF20260921002.dat";

TEST(FileTransport, ACompleteFileIsJudgedAnsweredAndArchived) {
  Transport transport;
  transport.site.put("in/" + first, "one\n");
  transport.run();
  EXPECT_EQ(contents(transport.site.at("out/PF20260921001.ret")), "ONE\n");
  EXPECT_THAT(names(transport.site.at("in")), IsEmpty());
  EXPECT_THAT(names(transport.site.at("work")), ElementsAre("record.json"));
  EXPECT_THAT(names(transport.site.at("archive/2026-09-21")),
              ElementsAre(first + "." + hex(sha256("one\n"))));
  ASSERT_TRUE(transport.state().last);
  EXPECT_EQ(transport.state().last->name, first);
  EXPECT_EQ(transport.state().last->sha256, hex(sha256("one\n")));
}

TEST(FileTransport, AFileThatIsRefusedAsAWholeIsAnsweredAndDone) {
  Transport transport;
  transport.site.put("in/" + first, "!\n");
  transport.run();
  EXPECT_EQ(contents(transport.site.at("out/PF20260921001.ret")), "refused\n");
  EXPECT_THAT(transport.state().work, IsEmpty());
}

TEST(FileTransport, PartnersDoNotWaitForEachOther) {
  Transport transport;
  transport.site.put("in/" + first, "of one\n");
  transport.site.put("in/" + first, "of the other\n", "bank02");
  transport.run();
  EXPECT_EQ(contents(transport.site.at("out/PF20260921001.ret")), "OF ONE\n");
  EXPECT_EQ(contents(transport.site.at("out/PF20260921001.ret", "bank02")), "OF THE OTHER\n");
  EXPECT_EQ(transport.judged.size(), 2u);
}

TEST(FileTransport, ItsTimeIsWhenItWasSeenCompleteHoweverLateItIsJudged) {
  Transport transport;
  transport.store_is_there = false;
  transport.site.put("in/" + first, "one\n");
  transport.run();
  const Instant complete = transport.state().work.front().complete;
  EXPECT_EQ(civil_day(complete), Date::of(2026, 9, 21));
  EXPECT_EQ(transport.state().fault, first + ": the store is full");
  EXPECT_GE(transport.state().attempts, 1u);
  EXPECT_FALSE(transport.transport().usable());
  transport.start();
  ASSERT_TRUE(transport.clock().advance_to(at(23, 9)));
  transport.store_is_there = true;
  transport.run();
  EXPECT_THAT(transport.judged, ElementsAre(std::pair(first, complete)));
  EXPECT_THAT(names(transport.site.at("archive")), ElementsAre("2026-09-21"));
  EXPECT_EQ(transport.state().fault, "");
  EXPECT_TRUE(transport.transport().usable());
}

TEST(FileTransport, WhatIsCompleteWhileAnotherIsJudgedWaitsItsTurn) {
  Transport transport;
  transport.site.put("in/" + first, "one\n");
  transport.while_judging = [&] {
    transport.site.put("in/" + second, "two\n");
    transport.transport().look();
    EXPECT_EQ(transport.state().work.size(), 2u) << "it has its time already";
    EXPECT_THAT(transport.judged, IsEmpty());
  };
  transport.run();
  ASSERT_EQ(transport.judged.size(), 2u);
  EXPECT_EQ(transport.judged[0].first, first);
  EXPECT_EQ(transport.judged[1].first, second);
}

// A restart at every step: what lies in the folders then, and how it goes on.

TEST(FileTransport, AFileThatWasTakenBeforeACrashIsJudgedAfterIt) {
  Transport transport;
  transport.site.put(fmt::format("work/{:017}-{}", at(18, 17).micros, first), "one\n");
  transport.start();
  transport.run();
  EXPECT_THAT(transport.judged, ElementsAre(std::pair(first, at(18, 17))));
  EXPECT_EQ(contents(transport.site.at("out/PF20260921001.ret")), "ONE\n");
}

TEST(FileTransport, AFileWhoseReturnFileWasThereBeforeACrashGetsTheSameOneAgain) {
  Transport transport;
  transport.site.put(fmt::format("work/{:017}-{}", at(18, 17).micros, first), "one\n");
  transport.site.put("out/PF20260921001.ret", "ONE\n");
  transport.site.put("out/.PF20260921001.ret.Ab3dEf", "ON");
  transport.start();
  transport.run();
  EXPECT_THAT(names(transport.site.at("out")), ElementsAre("PF20260921001.ret"));
  EXPECT_EQ(contents(transport.site.at("out/PF20260921001.ret")), "ONE\n");
  EXPECT_THAT(names(transport.site.at("archive")), ElementsAre("2026-09-18"));
}

TEST(FileTransport, AFileThatWasArchivedBeforeACrashIsDone) {
  Transport transport;
  transport.site.put("in/" + first, "one\n");
  transport.run();
  transport.start();
  transport.run();
  EXPECT_EQ(transport.judged.size(), 1u);
}

TEST(FileTransport, TheArchiveThatCannotBeWrittenIsTriedAgainAndNothingIsLost) {
  Transport transport;
  fs::remove_all(transport.site.at("archive"));
  transport.site.put("in/" + first, "one\n");
  transport.run();
  EXPECT_EQ(transport.state().work.size(), 1u);
  EXPECT_NE(transport.state().fault, "");
  fs::create_directory(transport.site.at("archive"));
  transport.run();
  EXPECT_THAT(transport.state().work, IsEmpty());
  EXPECT_EQ(transport.state().fault, "");
}

TEST(FileTransport, AFolderThatCannotBeUsedIsSaidAndComesBackByItself) {
  Transport transport;
  fs::remove_all(transport.site.root() / "bank01");
  std::ofstream(transport.site.root() / "bank01") << "in the way";
  transport.start();
  transport.site.put("in/" + first, "one\n", "bank02");
  transport.run();
  EXPECT_NE(transport.state().fault, "");
  EXPECT_THAT(transport.transport().usable().error(), ::testing::StartsWith("bank01: "));
  EXPECT_EQ(contents(transport.site.at("out/PF20260921001.ret", "bank02")), "ONE\n");
  fs::remove(transport.site.root() / "bank01");
  transport.run();
  EXPECT_EQ(transport.state().fault, "");
}

// The alert for a file that was expected: opened once, closed once, over a clock that is set.

/// How often the log has an event for bank01 on this day.
std::size_t alerts(const fs::path& log, std::string_view event, int day) {
  EXPECT_TRUE(log_to_file(log.string()));  // what was said so far is written then
  std::istringstream lines(contents(log));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    count += line.contains(fmt::format("\"event.name\":\"{}\"", event)) && line.contains("\"bank01\"") &&
             line.contains(fmt::format("\"loangate.day\":{}", day));
  }
  return count;
}

TEST(FileTransport, AMissingFileIsAnAlertThatOpensOnceAndClosesOnce) {
  Transport transport("complete: rename, expected: {by: \"18:00\", days: working}");
  const fs::path log = transport.site.root() / "log";
  ASSERT_TRUE(log_to_file(log.string()));
  transport.run();
  EXPECT_EQ(transport.state().next_due, at(21, 18));
  EXPECT_THAT(transport.state().missing, IsEmpty());

  ASSERT_TRUE(transport.clock().advance_to(at(21, 18)));
  transport.run();
  transport.start();  // a restart neither forgets it nor says it again
  transport.run();
  EXPECT_THAT(transport.state().missing, ElementsAre(*Date::of(2026, 9, 21)));
  EXPECT_EQ(alerts(log, "file.missing", 20260921), 1u);
  EXPECT_EQ(alerts(log, "file.arrived", 20260921), 0u);

  ASSERT_TRUE(transport.clock().advance_to(at(22, 8)));
  transport.site.put("in/" + first, "late\n");
  transport.run();
  transport.start();
  transport.run();
  EXPECT_THAT(transport.state().missing, IsEmpty());
  EXPECT_EQ(alerts(log, "file.missing", 20260921), 1u);
  EXPECT_EQ(alerts(log, "file.arrived", 20260921), 1u);

  transport.site.put("in/PF20260922001.dat", "in time\n");
  transport.run();
  ASSERT_TRUE(transport.clock().advance_to(at(22, 19)));
  transport.run();
  EXPECT_THAT(transport.state().missing, IsEmpty());
  EXPECT_EQ(alerts(log, "file.missing", 20260922), 0u);
  ASSERT_TRUE(log_to_file("/dev/stderr"));
}

}  // namespace
}  // namespace loangate::net
