// What an operator types at night: trouble, replay, partners, maintenance.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "command_line.hpp"
#include "tests/store/samples.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::HasSubstr;

/// A message to bank01 that it refused.
void put_refused(Port& port, unsigned company) {
  const Sequence cause = port.commits([=](const store::View&, Sequence) {
    store::Writes writes{.entry = store::sample::act("bureau"),
                         .changes = {store::sample::institution(store::sample::bank(1))}};
    writes.outgoing.push_back(
        store::sample::default_notice(store::sample::uscc(company), store::sample::bank(1)));
    return writes;
  });
  port.commits([=](const store::View&, Sequence) {
    return store::Writes{.deliveries = {{.id = {cause.number * 100 + 1},
                                         .state = store::DeliveryState::parked,
                                         .attempts = 1,
                                         .reason = "[refused] 账户已冻结",
                                         .at = real_now()}}};
  });
}

TEST(TroubleCommands, AReplayIsCountedConfirmedProposedAndApproved) {
  Port port;
  put_refused(port, 1);
  put_refused(port, 2);
  const Printed trouble = loangate(port, "operator-zhao", {"trouble"});
  EXPECT_EQ(trouble.exit_code, 0);
  EXPECT_THAT(trouble.out, HasSubstr("refused"));

  const std::string query = "partner:bank01 class:refused";
  const Printed counted = loangate(port, "operator-zhao", {"replay", "count", query});
  EXPECT_EQ(counted.exit_code, 0) << counted.err;
  EXPECT_THAT(counted.out, HasSubstr("2 would go again"));
  const Printed wrong_word = loangate(port, "operator-zhao", {"replay", "count", "bank01"});
  EXPECT_EQ(wrong_word.exit_code, 2);
  EXPECT_THAT(wrong_word.err, HasSubstr("'bank01'"));

  const auto propose = [&](const std::string& confirm) {
    return loangate(port, "operator-zhao",
                    {"replay", "propose", query, "--reason", "对方已恢复", "--confirm", confirm, "--json"});
  };
  const Printed other_number = propose("3");
  EXPECT_EQ(other_number.exit_code, 3) << "the number that was typed is not the count";
  EXPECT_EQ(port.get("/v1/proposals")["proposals/0/no"], "");
  const Printed proposed = propose("2");
  EXPECT_EQ(proposed.exit_code, 4) << "waits for another person: " << proposed.err;
  Told told;
  told.body = proposed.out;

  EXPECT_EQ(loangate(port, "approver-wang", {"replay", "approve", told["proposal"], "--hash", told["hash"]})
                .exit_code,
            0);
  EXPECT_THAT(loangate(port, "operator-zhao", {"replay", "list"}).out, HasSubstr("running"));
  const std::string no = port.get("/v1/replays")["items/0/no"];
  EXPECT_EQ(loangate(port, "operator-zhao", {"replay", "slow", no, "--per-minute", "60", "--reason", "x"})
                .exit_code,
            3)
      << "no slower than it is";
  EXPECT_EQ(loangate(port, "operator-zhao", {"replay", "stop", no, "--reason", "x"}).exit_code, 0);
  EXPECT_THAT(loangate(port, "operator-zhao", {"replay", "list"}).out, HasSubstr("stopped"));
}

TEST(TroubleCommands, APartnerIsPausedAndMaintenanceAnnouncedAndCancelled) {
  Port port;
  put_refused(port, 1);
  EXPECT_EQ(loangate(port, "operator-zhao", {"partners", "pause", "bank01", "--reason", "割接"}).exit_code,
            0);
  EXPECT_EQ(loangate(port, "officer-li", {"partners", "resume", "bank01", "--reason", "x"}).exit_code, 3);
  EXPECT_EQ(loangate(port, "operator-zhao", {"partners", "pause", "bank77", "--reason", "x"}).exit_code, 3);
  EXPECT_EQ(loangate(port, "operator-zhao", {"partners", "test", "bank77"}).exit_code, 3);

  EXPECT_EQ(loangate(port, "operator-zhao", {"maintenance", "cancel"}).exit_code, 3) << "there is none";
  EXPECT_EQ(loangate(port, "operator-zhao",
                     {"maintenance", "set", "--from", "2099-01-01T10:00:00+08:00", "--until",
                      "2099-01-01T11:00:00+08:00", "--notice-zh", "升级", "--notice-en", "Upgrade"})
                .exit_code,
            0);
  EXPECT_THAT(loangate(port, "officer-li", {"maintenance", "show"}).out, HasSubstr("announced 2099-01-01"));
  EXPECT_EQ(loangate(port, "operator-zhao", {"maintenance", "cancel"}).exit_code, 0);
  EXPECT_THAT(loangate(port, "officer-li", {"maintenance", "show"}).out, HasSubstr("none"));
}

}  // namespace
}  // namespace loangate::ops::testing
