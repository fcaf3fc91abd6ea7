#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <future>
#include <thread>

#include "adapters/codec/codec.hpp"
#include "tests/unit/delivery/site.hpp"

using namespace loangate;
using namespace loangate::delivery;
using namespace loangate::delivery::testing;
using namespace std::chrono_literals;

namespace {

const PartnerId bank = partner("sxbph");

using Next = std::expected<Mailbox::Mail, Mailbox::Refusal>;

Next next(Site& site, const PartnerId& to = bank, std::size_t limit = 1,
          std::chrono::milliseconds wait = 0ms) {
  return app::wait_for(*site.cores.contexts().back(), site.mailbox->next(to, limit, wait));
}

std::future<Next> later(Site& site, std::chrono::milliseconds wait) {
  return std::async(std::launch::async, [&site, wait] { return next(site, bank, 1, wait); });
}

Mailbox::Acknowledged acknowledge(Site& site, DeliveryId id, const PartnerId& by = bank) {
  return app::wait_for(*site.cores.contexts().back(), site.mailbox->acknowledge(by, id));
}

std::vector<DeliveryId> ids_of(const Next& mail) {
  std::vector<DeliveryId> ids;
  for (const auto& item : mail.value().deliveries) ids.push_back(item.id);
  return ids;
}

TEST(Mailbox, WhatIsNotAcknowledgedComesAgainOldestFirst) {
  Site site;
  const auto first = site.put_notice(bank, 1);
  const auto second = site.put_notice(bank, 2);
  const auto mail = next(site);
  EXPECT_EQ(ids_of(mail), std::vector{first});
  const auto decoded = adapters::decode(*site.partners->find(bank), mail->body);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->kind, MessageKind::default_notice);
  EXPECT_EQ(ids_of(next(site)), std::vector{first});
  EXPECT_EQ(acknowledge(site, first), Mailbox::Acknowledged::yes);
  EXPECT_EQ(site.row(first).state, DeliveryState::delivered);
  EXPECT_EQ(ids_of(next(site)), std::vector{second});
}

TEST(Mailbox, AnAcknowledgementIsIdempotentAndOnlyForOnesOwn) {
  Site site;
  const auto id = site.put_notice(bank, 1);
  const auto anothers = site.put_notice(partner("phrcb"), 1);
  EXPECT_EQ(acknowledge(site, id), Mailbox::Acknowledged::yes);
  EXPECT_EQ(acknowledge(site, id), Mailbox::Acknowledged::yes);
  EXPECT_EQ(acknowledge(site, anothers), Mailbox::Acknowledged::foreign);
  EXPECT_EQ(acknowledge(site, DeliveryId{424'201}), Mailbox::Acknowledged::foreign);
  EXPECT_EQ(site.row(anothers).state, DeliveryState::waiting);
}

TEST(Mailbox, TwoWhoLookMaySeeTheSame) {
  Site site;
  const auto id = site.put_notice(bank, 1);
  EXPECT_EQ(ids_of(next(site)), ids_of(next(site)));
  EXPECT_EQ(acknowledge(site, id), Mailbox::Acknowledged::yes);
  EXPECT_TRUE(ids_of(next(site)).empty());
}

TEST(Mailbox, SeveralComeInTheProfilesList) {
  Site site;
  std::vector<DeliveryId> ids;
  for (unsigned i = 0; i < 3; ++i) ids.push_back(site.put_notice(bank, 1));
  const auto mail = next(site, bank, 10);
  EXPECT_EQ(ids_of(mail), ids);
  for (const auto id : ids) EXPECT_NE(mail->body.find(std::to_string(id.number)), std::string::npos);
}

TEST(Mailbox, AParkedMessageHidesItsLaneOnly) {
  Site site;
  // A text that sxbph's document has no room for cannot be written.
  const auto unwritable = site.put_notice(bank, 1, std::string(170, 'x') + "\x01");
  const auto behind = site.put_notice(bank, 1);
  const auto beside = site.put_notice(bank, 2);
  EXPECT_EQ(ids_of(next(site, bank, 10)), std::vector{beside});
  EXPECT_EQ(site.row(unwritable).state, DeliveryState::parked);
  EXPECT_FALSE(site.row(unwritable).reason.empty());
  EXPECT_EQ(site.release(unwritable, false), std::nullopt);
  EXPECT_EQ(ids_of(next(site, bank, 10)), (std::vector{behind, beside}));
}

TEST(Mailbox, ALongPollAnswersWhenSomethingComes) {
  Site site;
  auto waiting = later(site, 10s);
  std::this_thread::sleep_for(50ms);
  const auto id = site.put_notice(bank, 1);
  ASSERT_EQ(waiting.wait_for(3s), std::future_status::ready);
  EXPECT_EQ(ids_of(waiting.get()), std::vector{id});
}

TEST(Mailbox, ALongPollEndsEmptyWhenItsTimeIsOver) {
  Site site;
  EXPECT_TRUE(ids_of(next(site, bank, 1, 50ms)).empty());
}

TEST(Mailbox, LongPollsEndWhenTheGatewayStops) {
  Site site;
  auto waiting = later(site, 30s);
  std::this_thread::sleep_for(50ms);
  site.mailbox->stop();
  ASSERT_EQ(waiting.wait_for(3s), std::future_status::ready);
  EXPECT_TRUE(ids_of(waiting.get()).empty());
}

TEST(Mailbox, OnlySoManyOfAPartnersPollsMayWait) {
  Site site;
  auto one = later(site, 30s);
  auto two = later(site, 30s);
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(next(site, bank, 1, 30s).error(), Mailbox::Refusal::too_many);
  const auto id = site.put_notice(bank, 1);
  EXPECT_EQ(ids_of(one.get()), std::vector{id});
  EXPECT_EQ(ids_of(two.get()), std::vector{id});
}

TEST(Mailbox, WhoIsPushedToHasNone) {
  Site site;
  EXPECT_EQ(next(site, partner("phrcb")).error(), Mailbox::Refusal::no_mailbox);
}

}  // namespace
