// The living picture, as JSON and as a stream over real TLS.
#include "ops/flow/flow.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "port.hpp"
#include "tests/store/samples.hpp"
#include "tests/unit/net/wire.hpp"

namespace loangate::ops::testing {
namespace {

using net::testing::eventually;
using net::testing::WireClient;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const PartnerId bank07 = PartnerId::parse("bank07").value();
const PartnerId sxbph = PartnerId::parse("sxbph").value();
constexpr Instant now{1'700'000'000'000'000};

Instant before(seconds by) {
  return Instant{now.micros - by.count() * 1'000'000};
}

TEST(FlowVerdict, GoesByAgeAndNeverByOneFailure) {
  PartnerFlow partner;
  partner.tally.waiting = 100;
  partner.tally.attempts_failed = 1000;
  partner.oldest = before(seconds(299));
  EXPECT_EQ(outbox_verdict(partner, {}, now).state, FlowState::normal);
  partner.oldest = before(seconds(302));
  EXPECT_EQ(outbox_verdict(partner, {}, now).state, FlowState::slow);
  partner.tally.parked = 1;
  EXPECT_EQ(outbox_verdict(partner, {}, now).state, FlowState::stopped);
  EXPECT_THAT(outbox_verdict(partner, {}, now).reason.en, HasSubstr("parked"));
  partner.unreachable = true;
  EXPECT_THAT(outbox_verdict(partner, {}, now).reason.en, HasSubstr("breaker"));
  partner.paused = true;
  EXPECT_THAT(outbox_verdict(partner, {}, now).reason.en, HasSubstr("paused"));
}

TEST(FlowVerdict, CallsSilentOnlyWhoIsExpectedToSpeak) {
  PartnerFlow partner;
  EXPECT_EQ(inbound_verdict(partner, {}, before(seconds(1'000'000)), now).state, FlowState::normal);
  EXPECT_EQ(inbound_verdict(partner, seconds(600), before(seconds(599)), now).state, FlowState::normal);
  EXPECT_EQ(inbound_verdict(partner, seconds(600), before(seconds(700)), now).state, FlowState::silent);
  partner.tally.last_message = before(seconds(60));
  EXPECT_EQ(inbound_verdict(partner, seconds(600), before(seconds(700)), now).state, FlowState::normal);
}

std::uint64_t number = 0;

/// A message of sxbph's, from which a notice to bank07 follows.
store::Unit message() {
  return [no = ++number](const store::View&, Sequence) {
    store::Writes writes;
    writes.entry = store::sample::entry(sxbph, store::sample::message_id(no));
    writes.entry->real_time = real_now();
    writes.outgoing.push_back(store::sample::default_notice(store::sample::uscc(1), bank07));
    return writes;
  };
}

TEST(Flow, ShowsEveryPartnerFromTheStartAndWhatMoves) {
  Port port({.flow = true});
  const Told empty = port.get("/v1/flow");
  EXPECT_EQ(empty.status, 200u);
  EXPECT_EQ(empty["partners/0/id"], "bank07");
  EXPECT_EQ(empty["partners/1/id"], "sxbph");
  EXPECT_EQ(empty["partners/0/outbox/waiting"], "0");
  EXPECT_EQ(empty["partners/0/outbox/oldest_at"], "");
  EXPECT_EQ(empty["trouble"], "0");

  port.commits(message());
  EXPECT_TRUE(eventually([&] { return port.get("/v1/flow")["sequence"] == "1"; }));
  const Told told = port.get("/v1/flow");
  EXPECT_EQ(told["gateway/per_minute"], "1");
  EXPECT_EQ(told["registry/entries"], "1");
  EXPECT_EQ(told["partners/1/inbound/per_minute"], "1");
  EXPECT_EQ(told["partners/0/outbox/waiting"], "1");
  EXPECT_NE(told["partners/0/outbox/oldest_at"], "");
  EXPECT_EQ(told["partners/0/state"], "normal");
}

TEST(Flow, SaysWhatIsPausedByAnOperator) {
  Port port({.flow = true});
  const Told paused = port.post("operator-zhao", "/v1/acts/alert.answer",
                                R"({"rule":"undelivered","about":"bank07","answer":"muted","reason":"x"})");
  EXPECT_EQ(paused.status, 400u);
  port.post("bureau", "/v1/acts/institution.entry", intake::testing::institution("bank07", "bank").raw);
  port.commits([](const store::View& view, Sequence sequence) {
    intake::ActReply reply;
    return intake::enter(
        intake::testing::act(MessageKind::partner_flow,
                             R"({"institution":"bank07","flow":"paused","reason":"host is moved"})"),
        {intake::testing::person("operator-zhao"), real_now()}, intake::testing::rulebook(), view, sequence,
        reply);
  });
  EXPECT_TRUE(eventually([&] { return port.get("/v1/flow")["partners/0/outbox/state"] == "stopped"; }));
  EXPECT_EQ(port.get("/v1/flow")["partners/0/state"], "stopped");
}

TEST(Flow, HasTheDayOfAllAndOfOne) {
  Port port({.flow = true});
  port.commits(message());
  const Told day = port.get("/v1/flow/day");
  EXPECT_EQ(day["bucket_seconds"], "300");
  EXPECT_EQ(day["buckets/287/accepted"], "1");
  EXPECT_EQ(port.get("/v1/flow/day?partner=bank07")["buckets/287/accepted"], "0");
  EXPECT_EQ(port.get("/v1/flow/day?partner=nobody")["errors/0/pointer"], "/partner");
}

net::testing::WireOptions as(const std::string& person) {
  const auto pair = pki() / "persons" / person;
  return {.pair = net::testing::KeyPair{pair.string() + ".pem", pair.string() + ".key"}};
}

constexpr std::string_view ask_for_stream = "GET /v1/flow/stream HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(FlowStream, TellsAtOnceAndThenOfWhatChanges) {
  Port port({.flow = true});
  WireClient client(port.number(), as("officer-li"));
  ASSERT_TRUE(client.send(ask_for_stream));
  const std::string first = client.receive_until("\n\n\r\n");
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(first, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(first, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(first, HasSubstr("X-Accel-Buffering: no\r\n"));
  EXPECT_THAT(first, HasSubstr("retry: 3000\n\nevent: flow\nid: 0\ndata: {"));
  port.commits(message());
  EXPECT_THAT(client.receive_until("\n\n\r\n"), HasSubstr("event: flow\nid: 1\ndata: {"));
}

TEST(FlowStream, HasAtMostFourFramesASecond) {
  Port port({.flow = true});
  WireClient client(port.number(), as("officer-li"));
  ASSERT_TRUE(client.send(ask_for_stream));
  client.receive_until("\n\n\r\n");
  std::atomic<bool> enough = false;
  std::thread writer([&] {
    while (!enough) {
      port.commits(message());
      std::this_thread::sleep_for(milliseconds(5));
    }
  });
  const net::testing::Stopwatch watch;
  int frames = 0;
  while (watch.elapsed() < milliseconds(2000)) {
    client.receive_until("\n\n\r\n");
    ++frames;
  }
  enough = true;
  writer.join();
  EXPECT_GE(frames, 3);
  EXPECT_LE(frames, 9);
}

TEST(FlowStream, EndsWhenWhoLooksMayNoLonger) {
  Port port({.flow = true});
  WireClient client(port.number(), as("officer-li"));
  ASSERT_TRUE(client.send(ask_for_stream));
  client.receive_until("\n\n\r\n");
  port.forget_everybody();
  EXPECT_THAT(client.receive_until("\r\n0\r\n\r\n"), HasSubstr("0\r\n\r\n"));
}

TEST(FlowStream, EndsWhenTheGatewayStops) {
  Port port({.flow = true});
  WireClient client(port.number(), as("officer-li"));
  ASSERT_TRUE(client.send(ask_for_stream));
  client.receive_until("\n\n\r\n");
  const net::testing::Stopwatch watch;
  port.stop();
  EXPECT_LT(watch.elapsed(), milliseconds(4000));
  EXPECT_THAT(client.receive_until("no such mark"), ::testing::EndsWith("0\r\n\r\n"));
}

TEST(FlowStream, IsForSoManyOnlyAndOneThatGoesMakesRoom) {
  Port port({.flow = true});
  std::vector<std::unique_ptr<WireClient>> clients;
  for (int i = 0; i < Flow::most_streams; ++i) {
    clients.push_back(std::make_unique<WireClient>(port.number(), as("officer-li")));
    ASSERT_TRUE(clients.back()->send(ask_for_stream));
    ASSERT_THAT(clients.back()->receive_until("\n\n\r\n"), StartsWith("HTTP/1.1 200"));
  }
  const Told refused = port.get("/v1/flow/stream");
  EXPECT_EQ(refused.status, 503u);
  EXPECT_EQ(refused["code"], "too_many_streams");
  clients.pop_back();
  EXPECT_TRUE(eventually([&] {
    WireClient another(port.number(), as("officer-li"));
    return another.send(ask_for_stream) && another.receive_until("\r\n").starts_with("HTTP/1.1 200");
  }));
}

TEST(Traces, ARequestsTraceIsTakenOverOrBegun) {
  Port port;
  WireClient client(port.number(), as("officer-li"));
  const auto given = client.ask(
      "GET /healthz HTTP/1.1\r\nHost: a\r\ntraceparent: "
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n");
  EXPECT_THAT(given.head, HasSubstr("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-"));
  EXPECT_THAT(given.head, ::testing::Not(HasSubstr("00f067aa0ba902b7")));
  const auto twice = client.ask(
      "GET /healthz HTTP/1.1\r\nHost: a\r\n"
      "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
      "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4737-00f067aa0ba902b7-01\r\n\r\n");
  EXPECT_THAT(twice.head, HasSubstr("traceparent: 00-"));
  EXPECT_THAT(twice.head, ::testing::Not(HasSubstr("4bf92f3577b34da6")));
}

}  // namespace
}  // namespace loangate::ops::testing
