// What is trouble and what is not: by age and silence.
#include "ops/alerts/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/alerts/messenger.hpp"

namespace loangate::ops::alerts {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const PartnerId bank = PartnerId::parse("bank01").value();
constexpr Instant now{1'700'000'000'000'000};

Instant ago(seconds by) {
  return Instant{now.micros - by.count() * 1'000'000};
}

Seen quiet() {
  return {.now = now, .since = ago(hours(48))};
}
Seen with(Seen::Partner partner) {
  Seen seen = quiet();
  seen.partners.push_back(std::move(partner));
  return seen;
}
std::set<Key> keys(const Seen& seen, const Bounds& bounds = {}, const std::set<Key>& open = {}) {
  std::set<Key> found;
  for (const Trouble& trouble : troubles(seen, bounds, open)) {
    EXPECT_TRUE(found.insert(trouble.key).second) << "one alert a thing";
    EXPECT_FALSE(trouble.words.zh.empty());
    EXPECT_FALSE(trouble.words.en.empty());
    EXPECT_LE(trouble.key.second.size(), 60u);
  }
  return found;
}
Key key(Rule rule, std::string about = "bank01") {
  return {rule, std::move(about)};
}
using Keys = std::set<Key>;

TEST(Rules, NothingIsWrongWithoutAReason) {
  EXPECT_EQ(keys(quiet()), Keys{});
}

TEST(Rules, UndeliveredGoesByTheOldestAndNotByFailures) {
  Seen::Partner partner{.id = bank};
  partner.flow.tally.attempts_failed = 10'000;
  partner.flow.tally.waiting = 1;
  partner.flow.oldest = ago(minutes(14));
  EXPECT_EQ(keys(with(partner)), Keys{});
  partner.flow.oldest = ago(minutes(16));
  EXPECT_EQ(keys(with(partner)), Keys{key(Rule::undelivered)});
}

TEST(Rules, SilenceIsOnlyOfWhoIsExpectedAndStaysOverARestart) {
  Bounds bounds;
  Seen::Partner partner{.id = bank};
  partner.flow.tally.last_message = ago(hours(30));
  EXPECT_EQ(keys(with(partner), bounds), Keys{});
  bounds.flow.silent_after_of[bank] = hours(24);
  EXPECT_EQ(keys(with(partner), bounds), Keys{key(Rule::partner_silent)});

  Seen started = with({.id = bank});
  started.since = ago(seconds(10));
  EXPECT_EQ(keys(started, bounds), Keys{}) << "nobody can be called silent so soon";
  EXPECT_EQ(keys(started, bounds, {key(Rule::partner_silent)}), Keys{key(Rule::partner_silent)});
  started.partners.front().flow.tally.last_message = ago(seconds(5));
  EXPECT_EQ(keys(started, bounds, {key(Rule::partner_silent)}), Keys{});
}

TEST(Rules, ABreakerIsTroubleWhenItIsOpenLong) {
  Seen::Partner partner{.id = bank};
  partner.flow.tally.waiting = 3;
  partner.unreachable_for = minutes(9);
  EXPECT_EQ(keys(with(partner)), Keys{});
  EXPECT_EQ(keys(with(partner), {}, {key(Rule::breaker_open)}), Keys{key(Rule::breaker_open)})
      << "after a restart it is not well before something was delivered";
  partner.unreachable_for = minutes(11);
  EXPECT_EQ(keys(with(partner)), Keys{key(Rule::breaker_open)});
  partner.unreachable_for.reset();
  partner.flow.tally.last_delivery = now;
  EXPECT_EQ(keys(with(partner), {}, {key(Rule::breaker_open)}), Keys{});
}

TEST(Rules, AnInstructionThatIsParkedOnlyWhileItIsOutIsNoTrouble) {
  Seen::Partner partner{.id = bank, .oldest_parked_money = ago(seconds(20))};
  EXPECT_EQ(keys(with(partner)), Keys{});
  partner.oldest_parked_money = ago(minutes(6));
  EXPECT_EQ(keys(with(partner)), Keys{key(Rule::money_parked)});
}

TEST(Rules, ACertificateIsToldOfAtEachStageAndAtOneOnly) {
  const auto stage = [](std::int64_t days, std::int64_t more_seconds = 0) {
    Seen seen = quiet();
    seen.certificates.push_back({"server", ago(seconds(-(days * 86'400 + more_seconds)))});
    const auto found = keys(seen);
    return found.empty() ? std::string() : found.begin()->second;
  };
  EXPECT_EQ(stage(61), "");
  EXPECT_EQ(stage(60), "server/60");
  EXPECT_EQ(stage(30, 1), "server/60");
  EXPECT_EQ(stage(30), "server/30");
  EXPECT_EQ(stage(14), "server/14");
  EXPECT_EQ(stage(6), "server/7");
  EXPECT_EQ(stage(1), "server/1");
  EXPECT_EQ(stage(-3), "server/1");
  EXPECT_EQ(subject_of(key(Rule::certificate_expiring, "server/30")), "server");
}

TEST(Rules, AListOfRevocationsIsToldOfInTheSecondHalfOfItsLife) {
  const auto stage = [](double lasts_days, double left_days) {
    const auto days = [](double n) { return seconds(static_cast<std::int64_t>(n * 86'400)); };
    Seen seen = quiet();
    seen.certificates.push_back({"crl", ago(-days(left_days)), ago(days(lasts_days - left_days))});
    const auto found = keys(seen);
    if (found.empty()) return std::string();
    EXPECT_EQ(found.begin()->first, Rule::revocations_expiring);
    return found.begin()->second;
  };
  EXPECT_EQ(stage(365, 61), "");
  EXPECT_EQ(stage(365, 59), "crl/60");
  EXPECT_EQ(stage(365, 6), "crl/7");
  EXPECT_EQ(stage(30, 16), "") << "half of it";
  EXPECT_EQ(stage(30, 15), "crl/30");
  EXPECT_EQ(stage(7, 6.9), "") << "a new one of a week";
  EXPECT_EQ(stage(7, 3.4), "crl/7");
  EXPECT_EQ(stage(7, 1), "crl/1");
  EXPECT_EQ(stage(1, 0.6), "");
  EXPECT_EQ(stage(1, 0.5), "crl/1");
  EXPECT_EQ(stage(1, -2), "crl/1") << "it has ended";
}

TEST(Rules, AFaultOfTheRecordStaysOverAStartUntilAllWasReadAgain) {
  Seen seen = quiet();
  seen.record_read = false;
  EXPECT_EQ(keys(seen), Keys{});
  const Keys open{key(Rule::evidence_failed, "gateway")};
  EXPECT_EQ(keys(seen, {}, open), open);
  seen.record_read = true;
  EXPECT_EQ(keys(seen, {}, open), Keys{});
}

TEST(Rules, TheMachineAndTheRecordAreLookedAtToo) {
  Seen seen = quiet();
  seen.disk_free = 100u << 20;
  seen.store_fault = "disk full";
  seen.evidence_fault = {"有误", "9 of 10 entries are well"};
  seen.clock_stepped_by = seconds(-3);
  seen.missing_files.push_back({bank, *Date::of(2026, 3, 5), 2});
  seen.deadlines.push_back({bank, *Date::of(2026, 3, 5), 4});
  EXPECT_EQ(keys(seen), (Keys{key(Rule::disk_low, "gateway"), key(Rule::store_down, "gateway"),
                              key(Rule::evidence_failed, "gateway"), key(Rule::clock_off, "gateway"),
                              key(Rule::file_missing), key(Rule::deadlines_near)}));
  seen.clock_stepped_by = seconds(2);
  EXPECT_FALSE(keys(seen).contains(key(Rule::clock_off, "gateway")));
}

TEST(Notices, AChineseSubjectIsCutBetweenCharacters) {
  const std::string subject = encoded_subject("[Loangate] 告警：报文长时间未送达，请立即查看处理 bank01");
  for (std::size_t at = 0; at < subject.size();) {
    const std::size_t end = std::min(subject.find("\r\n ", at), subject.size());
    const std::string word = subject.substr(at, end - at);
    EXPECT_LE(word.size(), 75u);
    EXPECT_THAT(word, ::testing::StartsWith("=?UTF-8?B?"));
    EXPECT_THAT(word, ::testing::EndsWith("?="));
    at = end + 3;
  }
  EXPECT_EQ(encoded_subject("abc"), "=?UTF-8?B?YWJj?=");
  EXPECT_EQ(encoded_subject("告"), "=?UTF-8?B?5ZGK?=");
}

TEST(Notices, NoTextCanForgeAFieldOfAMail) {
  Notice notice{.turn = {7}, .at = now, .about = "x\r\nBcc: all@example", .title_zh = "a\r\nb"};
  const std::string mail = mail_of(notice, {.from = "g@x", .to = {"a@x", "b@x"}});
  EXPECT_EQ(mail.find("Bcc"), std::string::npos);
  EXPECT_THAT(mail, ::testing::HasSubstr("To: <a@x>, <b@x>\r\n"));
  EXPECT_THAT(mail, ::testing::HasSubstr("\r\nMessage-ID: <alert-7@loangate>\r\n"));
}

}  // namespace
}  // namespace loangate::ops::alerts
