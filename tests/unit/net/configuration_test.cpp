#include "net/configuration.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace loangate::net {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock::time_point;

adapters::Partners partners() {
  return adapters::load_partners(std::filesystem::path(LOANGATE_SOURCE_DIR) / "adapters" / "partners")
      .value();
}

const PartnerId bank = PartnerId::parse("phrcb").value();

TEST(RateLimit, HoldsASecondsWorthAndFillsSteadily) {
  RateLimit limit;
  const Time start = Time{} + 1h;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limit.allow(start, 10)) << i;
  EXPECT_FALSE(limit.allow(start, 10));
  EXPECT_TRUE(limit.allow(start + 100ms, 10));
  EXPECT_FALSE(limit.allow(start + 100ms, 10));
}

TEST(RateLimit, GoesByAnotherRateAtOnce) {
  RateLimit limit;
  const Time start = Time{} + 1h;
  EXPECT_TRUE(limit.allow(start, 100));
  EXPECT_TRUE(limit.allow(start, 2)) << "what was saved up is cut to the new rate";
  EXPECT_TRUE(limit.allow(start, 2));
  EXPECT_FALSE(limit.allow(start, 2));
  EXPECT_TRUE(limit.allow(start + 500ms, 2));
}

TEST(Configuration, HandsEachPartnersBucketToTheNext) {
  const Configuration before(partners(), {}, nullptr);
  const Time now = Time{} + 1h;
  while (before.find(bank)->messages->allow(now, 5)) {
  }
  const Configuration after(partners(), {}, &before);
  EXPECT_FALSE(after.find(bank)->messages->allow(now, 5));
  EXPECT_TRUE(after.find(PartnerId::parse("sxbph").value())->messages->allow(now, 5)) << "its own";
}

TEST(Configuration, IsKeptByWhoWorksByItAfterItWasReplaced) {
  ConfigurationInForce in_force(std::make_shared<const Configuration>(partners(), PushTargets{}, nullptr));
  const auto mine = in_force.partners();
  const adapters::Profile* profile = mine->find(bank);
  in_force.replace(std::make_shared<const Configuration>(
      adapters::Partners(std::vector<std::unique_ptr<const adapters::Profile>>{}), PushTargets{},
      in_force.current().get()));
  EXPECT_EQ(in_force.current()->find(bank), nullptr);
  EXPECT_EQ(profile->id, bank);
  EXPECT_EQ(mine->find(bank), profile);
}

}  // namespace
}  // namespace loangate::net
