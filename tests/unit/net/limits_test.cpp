#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "wire.hpp"

// What bounds a server in time and number: each measure is shown over a real socket.

namespace loangate::net::testing {
namespace {

using ::testing::HasSubstr;

const std::string hello = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

Limits quick() {
  Limits limits;
  limits.handshake = limits.header = limits.body = limits.processing = limits.answer = limits.idle =
      milliseconds(300);
  limits.closing = milliseconds(200);
  limits.drain = milliseconds(500);
  return limits;
}

/// Sends one byte after the other, each well within any time of its own, until the other end has had enough.
milliseconds drip(WireClient& client, std::string_view bytes) {
  const Stopwatch watch;
  for (std::size_t i = 0; watch.elapsed() < milliseconds(5000); ++i) {
    if (!client.send(bytes.substr(i % bytes.size(), 1))) break;
    std::this_thread::sleep_for(milliseconds(50));
    if (SSL_pending(client.tls()) > 0) break;
    char byte = 0;
    if (recv(client.socket(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) break;
  }
  return watch.elapsed();
}

// Hazard 17.
TEST(Deadlines, AHeadThatDripsInIsCutOff) {
  const Doorway doorway(quick());
  WireClient client(doorway.port());
  EXPECT_LT(drip(client, "GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            milliseconds(1500));
  EXPECT_EQ(client.receive().status, 408u);
  EXPECT_EQ(doorway.service.heads, 0);
}

TEST(Deadlines, ABodyThatDripsInIsCutOff) {
  for (const char* framing : {"Content-Length: 100000", "Transfer-Encoding: chunked"}) {
    const Doorway doorway(quick());
    WireClient client(doorway.port());
    ASSERT_TRUE(client.send(std::string("POST / HTTP/1.1\r\nHost: a\r\n") + framing + "\r\n\r\n"));
    EXPECT_LT(drip(client, "1\r\na\r\n"), milliseconds(1500));
    EXPECT_EQ(client.receive().status, 408u);
    EXPECT_EQ(doorway.service.answers, 0);
  }
}

TEST(Deadlines, AConnectionThatSaysNothingIsClosed) {
  const Doorway doorway(quick());
  const int silent = connect_plain(doorway.port());
  EXPECT_TRUE(closes_within(silent, milliseconds(1500)));
  close(silent);
}

TEST(Deadlines, AHandshakeThatStopsHalfWayIsClosed) {
  const Doorway doorway(quick());
  const int half = connect_plain(doorway.port());
  const std::string_view start("\x16\x03\x01\x02\x00\x01", 6);
  ASSERT_EQ(send(half, start.data(), start.size(), MSG_NOSIGNAL), static_cast<ssize_t>(start.size()));
  EXPECT_TRUE(closes_within(half, milliseconds(1500)));
  close(half);
}

TEST(Deadlines, AnIdleConnectionIsShutDown) {
  const Doorway doorway(quick());
  WireClient client(doorway.port());
  EXPECT_EQ(client.ask(hello).status, 200u);
  const Stopwatch watch;
  EXPECT_TRUE(client.closed());
  EXPECT_GE(watch.elapsed(), milliseconds(200));
  EXPECT_LT(watch.elapsed(), milliseconds(1500));
  EXPECT_EQ(SSL_get_shutdown(client.tls()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN) << "properly";
}

// Hazard 16: this client gets the server's closing and never answers it.
TEST(Deadlines, AShutdownThatIsNotAnsweredEndsAnyway) {
  const Doorway doorway(quick());
  WireClient client(doorway.port());
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").status, 200u);
  EXPECT_TRUE(closes_within(client.socket(), milliseconds(1500)));
  EXPECT_TRUE(eventually([&] { return doorway.server->connections() == 0; }));
}

TEST(Deadlines, AnAnswerThatIsNotReadIsGivenUp) {
  const Doorway doorway(quick());
  WireClient client(doorway.port());
  ASSERT_TRUE(client.send("GET /huge HTTP/1.1\r\nHost: a\r\n\r\n"));
  const Stopwatch watch;
  EXPECT_TRUE(eventually([&] { return doorway.service.answers == 1 && doorway.server->connections() == 0; }));
  EXPECT_LT(watch.elapsed(), milliseconds(2500));
}

TEST(Deadlines, AnEndlessBodyThatIsNotReadIsGivenUp) {
  const Doorway doorway(quick());
  WireClient client(doorway.port());
  ASSERT_TRUE(client.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_TRUE(eventually([&] { return doorway.service.answers == 1 && doorway.server->connections() == 0; }));
  EXPECT_EQ(doorway.service.streams, 0);
}

TEST(Deadlines, ProcessingThatTakesTooLongIsCancelledAndAnswered) {
  const Doorway doorway(quick());
  WireClient client(doorway.port());
  const WireAnswer answer = client.ask("GET /slower HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answer.status, 503u);
  EXPECT_THAT(answer.head, HasSubstr("Retry-After: 5\r\n"));
  EXPECT_EQ(client.ask(hello).status, 200u) << "the connection goes on";
}

TEST(Deadlines, ProcessingThatCannotBeCancelledCostsTheConnection) {
  const Doorway doorway(quick());
  WireClient client(doorway.port());
  ASSERT_TRUE(client.send("GET /stubborn HTTP/1.1\r\nHost: a\r\n\r\n"));
  const Stopwatch watch;
  EXPECT_TRUE(client.closed());
  EXPECT_LT(watch.elapsed(), milliseconds(1500));
}

TEST(Deadlines, AHalfOpenConnectionIsDropped) {
  const Doorway doorway(quick());
  {
    WireClient client(doorway.port());
    EXPECT_EQ(client.ask(hello).status, 200u);
    ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"));
    client.abort();
  }
  EXPECT_TRUE(eventually([&] { return doorway.server->connections() == 0; }));
}

TEST(ConnectionLimits, HoldForOneAddress) {
  Limits limits;
  limits.connections_per_address = 3;
  const Doorway doorway(limits);
  std::vector<std::unique_ptr<WireClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<WireClient>(doorway.port()));
    EXPECT_EQ(clients.back()->ask(hello).status, 200u);
  }
  EXPECT_FALSE(WireClient(doorway.port()).connected());
  clients.pop_back();
  EXPECT_TRUE(eventually([&] { return WireClient(doorway.port()).ask(hello).status == 200; }));
}

TEST(ConnectionLimits, HoldForAllTogether) {
  Limits limits;
  limits.connections = 2;
  const Doorway doorway(limits);
  const WireClient first(doorway.port());
  const WireClient second(doorway.port());
  EXPECT_TRUE(first.connected() && second.connected());
  EXPECT_FALSE(WireClient(doorway.port()).connected());
}

/// Uses up every descriptor but `left`, lets one connection wait, and looks at what the server does
/// meanwhile.
int out_of_descriptors() {
  const Doorway doorway;
  rlimit few{};
  getrlimit(RLIMIT_NOFILE, &few);
  few.rlim_cur = 100;
  setrlimit(RLIMIT_NOFILE, &few);
  const int waiting = socket(AF_INET, SOCK_STREAM, 0);
  std::vector<int> all;
  for (int spare = dup(0); spare >= 0; spare = dup(0)) all.push_back(spare);
  close(all.back());
  all.pop_back();
  const int client = connect_plain(doorway.port());  // takes the last one: the accept fails
  if (client < 0) return 2;
  rusage before{};
  rusage after{};
  getrusage(RUSAGE_SELF, &before);
  std::this_thread::sleep_for(milliseconds(1000));
  getrusage(RUSAGE_SELF, &after);
  const auto micros = [](const timeval& time) { return time.tv_sec * 1'000'000L + time.tv_usec; };
  const long busy =
      micros(after.ru_utime) + micros(after.ru_stime) - micros(before.ru_utime) - micros(before.ru_stime);
  if (busy > 200'000) return 3;  // it spins
  if (doorway.server->connections() != 0) return 4;
  for (const int spare : all) close(spare);
  close(waiting);
  if (!eventually([&] { return doorway.server->connections() == 1; })) return 5;  // it never comes back
  return WireClient(doorway.port()).ask(hello).status == 200 ? 0 : 6;
}

TEST(Descriptors, RunningOutOfThemNeitherSpinsNorEndsTheListener) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::_Exit(out_of_descriptors()), ::testing::ExitedWithCode(0), "");
}

TEST(Signals, AWriteToAClosedConnectionDoesNotKill) {
  std::signal(SIGPIPE, SIG_DFL);
  const Doorway doorway;
  EXPECT_EQ(std::signal(SIGPIPE, SIG_IGN), SIG_IGN);
}

TEST(Stop, FinishesWhatItTookAndTakesNothingNew) {
  const Doorway doorway;
  WireClient idle(doorway.port());
  EXPECT_EQ(idle.ask(hello).status, 200u);
  WireClient busy(doorway.port());
  WireClient polling(doorway.port());
  ASSERT_TRUE(busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(polling.send("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return doorway.service.answers == 3; }));
  const Stopwatch watch;
  doorway.server->stop();
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(polling.receive().status, 204u);
  const WireAnswer answer = busy.receive();
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.body, "slow");
  EXPECT_THAT(answer.head, HasSubstr("Connection: close"));
  EXPECT_TRUE(busy.closed());
  EXPECT_TRUE(polling.closed());
  doorway.server->wait();
  EXPECT_LT(watch.elapsed(), milliseconds(3000));
  EXPECT_FALSE(WireClient(doorway.port()).connected());
}

TEST(Stop, DoesNotWaitForEverForWhatDoesNotEnd) {
  Limits limits = quick();
  limits.header = limits.processing = milliseconds(60'000);
  const Doorway doorway(limits);
  WireClient slow(doorway.port());
  WireClient half(doorway.port());
  WireClient stubborn(doorway.port());
  ASSERT_TRUE(slow.send("GET /slower HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(stubborn.send("GET /stubborn HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(half.send("GET / HT"));
  ASSERT_TRUE(eventually([&] { return doorway.service.answers == 2; }));
  const Stopwatch watch;
  doorway.server->stop();
  doorway.server->wait();
  EXPECT_GE(watch.elapsed(), milliseconds(400));
  EXPECT_LT(watch.elapsed(), milliseconds(2500));
  EXPECT_EQ(slow.receive().status, 503u);
}

TEST(Stop, EndsAtOnceWhenNothingIsUnderWay) {
  const Doorway doorway(quick());
  const WireClient idle(doorway.port());
  const Stopwatch watch;
  doorway.server->stop();
  doorway.server->stop();
  doorway.server->wait();
  EXPECT_LT(watch.elapsed(), milliseconds(1000));
}

}  // namespace
}  // namespace loangate::net::testing
