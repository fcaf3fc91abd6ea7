#include "net/server.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "messages.hpp"
#include "wire.hpp"

namespace loangate::net::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string post(const std::string& path, const std::string& body, const std::string& fields = "") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{}\r\n{}", path, body.size(),
                     fields, body);
}
std::string post_chunked(const std::string& path, const std::string& chunks, const std::string& fields = "") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n{}\r\n{}", path, fields,
                     chunks);
}
std::string get(const std::string& path, const std::string& fields = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n{}\r\n", path, fields);
}

TEST(Server, AnswersOneRequestAfterTheOtherOnOneConnection) {
  const Doorway doorway;
  WireClient client(doorway.port());
  for (int i = 0; i < 5; ++i) {
    const WireAnswer answer = client.ask(post("/", "body " + std::to_string(i)));
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.body, "body " + std::to_string(i));
    EXPECT_THAT(answer.head, HasSubstr("Content-Type: text/plain\r\n"));
    EXPECT_THAT(answer.head, HasSubstr("\r\nDate: "));
  }
  EXPECT_EQ(doorway.server->connections(), 1u);
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  const Doorway doorway;
  WireClient client(doorway.port());
  std::string all;
  for (int i = 0; i < 40; ++i) {
    const std::string body(static_cast<std::size_t>(i) * 37, static_cast<char>('a' + i % 26));
    all += i % 3 == 0 ? post_chunked("/", fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size() + 1, body + "!"))
                      : post("/", body + "!");
    if (i % 5 == 0) all += get("/fields", "X-Number: " + std::to_string(i) + "\r\n");
  }
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(client.receive().body,
              std::string(static_cast<std::size_t>(i) * 37, static_cast<char>('a' + i % 26)) + "!");
    if (i % 5 == 0) EXPECT_EQ(client.receive().body, fmt::format("Host=a;X-Number={};", i));
  }
}

TEST(Server, GivesALargeBodyToASinkAsItArrivesAndAnswersFromAFile) {
  const Doorway doorway;
  WireClient client(doorway.port());
  for (const std::size_t size : {1u, 16'384u, 65'537u, 4u << 20}) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 26);
    const WireAnswer answer = client.ask(post("/spool", body));
    EXPECT_EQ(answer.status, 200u) << size;
    EXPECT_TRUE(answer.body == body) << size;
  }
  EXPECT_EQ(client.ask(post_chunked("/spool", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")).body, "hello");
  EXPECT_EQ(WireClient(doorway.port()).ask(post("/spool", "no!")).status, 422u);
  EXPECT_EQ(WireClient(doorway.port()).ask(post_chunked("/spool", "500000\r\n")).status, 413u);
}

TEST(Server, ReadsARequestHoweverItsBytesArrive) {
  const Doorway doorway;
  for (const std::string& bytes :
       {post("/", "hello"), post_chunked("/", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")}) {
    WireClient client(doorway.port());
    for (const char byte : bytes) ASSERT_TRUE(client.send(std::string_view(&byte, 1)));
    EXPECT_EQ(client.receive().body, "hello");
  }
}

TEST(Server, TakesBodiesOfEverySizeUpToTheLimit) {
  const Doorway doorway;
  WireClient client(doorway.port());
  for (const std::size_t size : {0u, 1u, 16'383u, 16'384u, 32'768u, 65'536u, 65'537u, 1'000'000u, 4u << 20}) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 31 >> 3);
    const WireAnswer answer = client.ask(post("/", body));
    EXPECT_EQ(answer.status, 200u) << size;
    EXPECT_TRUE(answer.body == body) << size;
  }
}

TEST(Server, GivesTheServiceTheHeadAsItStood) {
  const Doorway doorway;
  WireClient client(doorway.port());
  const WireAnswer answer = client.ask(get("/fields?wait=20&name=%E5%85%AC&flag", "X-A:  b c \r\n"));
  EXPECT_EQ(answer.body, "Host=a;X-A=b c;?wait=20;?name=公;?flag=;");
}

TEST(Server, StampsARequestWithBusinessTimeAtItsLastByte) {
  Doorway doorway;
  const Instant then = parse_instant("2099-09-12T15:00:00+08:00").value();
  ASSERT_TRUE(doorway.clock.advance_to(then));
  WireClient client(doorway.port());
  ASSERT_TRUE(client.send("POST /received HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return doorway.service.heads == 1; }));
  const Instant later = parse_instant("2099-09-13T15:00:00+08:00").value();
  ASSERT_TRUE(doorway.clock.advance_to(later));
  const auto received = parse_instant(client.ask("x").body);
  ASSERT_TRUE(received);
  EXPECT_GE(received->micros, later.micros);
}

TEST(Server, SendsNoBodyToHeadAndNoLengthWith204) {
  const Doorway doorway;
  WireClient client(doorway.port());
  ASSERT_TRUE(client.send("HEAD /slow HTTP/1.1\r\nHost: a\r\n\r\n" + get("/peer")));
  std::string bytes;
  while (bytes.find("bank01") == std::string::npos) {
    char some[4096];
    const int count = SSL_read(client.tls(), some, sizeof some);
    ASSERT_GT(count, 0);
    bytes.append(some, static_cast<std::size_t>(count));
  }
  EXPECT_THAT(bytes, HasSubstr("Content-Length: 4\r\n\r\nHTTP/1.1 200 OK"));
}

TEST(Server, KeepsAnAnswerFromForgingFields) {
  const Doorway doorway;
  WireClient client(doorway.port());
  EXPECT_THAT(client.ask(get("/forge")).head, HasSubstr("X-Note: a  X-Forged: b\r\n"));
}

// Hazard 1, over the wire: each message is refused, the connection ends, and the request that was hidden
// behind it reaches nobody.
TEST(Server, RefusesEveryHostileMessageAndClosesTheConnection) {
  const Doorway doorway({.connections_per_address = 4096});
  for (const Hostile& hostile : hostile_heads()) {
    WireClient client(doorway.port());
    ASSERT_TRUE(client.send(hostile.bytes + "0\r\n\r\n" + get("/smuggled"))) << hostile.name;
    const WireAnswer answer = client.receive();
    EXPECT_EQ(answer.status, status_of(hostile.fault)) << hostile.name;
    EXPECT_THAT(answer.head, HasSubstr("Content-Type: application/problem+json")) << hostile.name;
    EXPECT_THAT(answer.head, HasSubstr("Connection: close")) << hostile.name;
    shutdown(client.socket(), SHUT_WR);
    EXPECT_TRUE(client.closed()) << hostile.name;
  }
  EXPECT_EQ(doorway.service.heads, 0);
}

TEST(Server, LetsEveryPlainHeadReachTheService) {
  const Doorway doorway({.connections_per_address = 4096});
  int count = 0;
  for (const Plain& plain : plain_heads()) {
    WireClient client(doorway.port());
    ASSERT_TRUE(client.send(plain.bytes)) << plain.name;
    ++count;
    EXPECT_TRUE(eventually([&] { return doorway.service.heads == count; })) << plain.name;
  }
}

// Hazard 2.
TEST(Server, TakesNoTrailersAndNoChunkExtensions) {
  const Doorway doorway;
  for (const std::string chunks :
       {"5\r\nhello\r\n0\r\nHost: evil\r\n\r\n", "5\r\nhello\r\n0\r\nX-Auth: me\r\n\r\n",
        "5;a=b\r\nhello\r\n0\r\n\r\n", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"}) {
    WireClient client(doorway.port());
    const WireAnswer answer = client.ask(post_chunked("/fields", chunks));
    EXPECT_EQ(answer.status, 400u) << chunks;
    EXPECT_THAT(answer.head, HasSubstr("Connection: close"));
  }
  EXPECT_EQ(doorway.service.answers, 0);
}

TEST(Server, RefusesABodyOverTheLimitBeforeItIsSent) {
  const Doorway doorway;
  WireClient client(doorway.port());
  const WireAnswer answer = client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n");
  EXPECT_EQ(answer.status, 413u);
  EXPECT_EQ(doorway.service.answers, 0);
}

TEST(Server, RefusesABodyOverTheLimitWhileItIsBeingSent) {
  const Doorway doorway;
  const std::string megabyte(1u << 20, 'x');
  const std::string chunk = fmt::format("{:x}\r\n{}\r\n", megabyte.size(), megabyte);
  WireClient client(doorway.port());
  ASSERT_TRUE(client.send(post_chunked("/", "")));
  for (int i = 0; i < 5 && client.send(chunk); ++i) {
  }
  EXPECT_EQ(client.receive().status, 413u);
  EXPECT_EQ(doorway.service.answers, 0);
}

TEST(Server, CountsAChunkedBodyAgainstTheServicesLimit) {
  const Doorway doorway;
  EXPECT_EQ(WireClient(doorway.port()).ask(post_chunked("/small", "a\r\n0123456789\r\n0\r\n\r\n")).status,
            200u);
  EXPECT_EQ(WireClient(doorway.port()).ask(post_chunked("/small", "b\r\n0123456789a\r\n0\r\n\r\n")).status,
            413u);
  EXPECT_EQ(WireClient(doorway.port()).ask(post("/small", "0123456789")).status, 200u);
  EXPECT_EQ(WireClient(doorway.port()).ask(post("/small", "0123456789a")).status, 413u);
}

TEST(Server, SaysContinueToWhoAsksAndOnlyThen) {
  const Doorway doorway;
  WireClient client(doorway.port());
  ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(client.receive().status, 100u);
  const WireAnswer answer = client.ask("hello");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.body, "hello");
  // The body has come along: there is nothing to wait for.
  EXPECT_EQ(client.ask(post("/", "hello", "Expect: 100-continue\r\n")).status, 200u);
}

TEST(Server, RefusesWhoExpectsContinueWithoutTheBody) {
  const Doorway doorway;
  WireClient client(doorway.port());
  const WireAnswer answer =
      client.ask("POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(answer.status, 403u);
  EXPECT_THAT(answer.head, HasSubstr("Connection: close"));
}

TEST(Server, GoesOnAfterARefusalOfASmallBody) {
  const Doorway doorway;
  WireClient client(doorway.port());
  ASSERT_TRUE(client.send("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n" +
                          std::string(100, 'x')));
  EXPECT_EQ(client.receive().status, 403u) << "before the body has come";
  ASSERT_TRUE(client.send(std::string(39'900, 'x') + post("/", "next")));
  EXPECT_EQ(client.receive().body, "next");
}

TEST(Server, AnswersAFailureOfTheServiceAndGoesOn) {
  const Doorway doorway;
  WireClient client(doorway.port());
  EXPECT_EQ(client.ask(get("/throws")).status, 500u);
  EXPECT_EQ(client.ask(get("/head-throws")).status, 500u);
  EXPECT_THAT(client.ask(get("/throws")).body, Not(HasSubstr("broken answer")));
  EXPECT_EQ(client.ask(get("/")).status, 200u);
}

TEST(Server, EndsTheConnectionOfWhoAsksForIt) {
  const Doorway doorway;
  WireClient client(doorway.port());
  const WireAnswer answer = client.ask(get("/", "Connection: close\r\n"));
  EXPECT_EQ(answer.status, 200u);
  EXPECT_THAT(answer.head, HasSubstr("Connection: close"));
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(SSL_get_shutdown(client.tls()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
}

TEST(Server, SendsABodyInPiecesAsItIsMadeAndGoesOn) {
  const Doorway doorway;
  WireClient client(doorway.port());
  for (int i = 0; i < 2; ++i) {
    const WireAnswer answer = client.ask(get("/pieces"));
    EXPECT_EQ(answer.status, 200u);
    EXPECT_THAT(answer.head, HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(answer.head, Not(HasSubstr("Content-Length")));
    EXPECT_EQ(client.receive_until("\r\n0\r\n\r\n"), "5\r\nccccc\r\n5\r\nbbbbb\r\n5\r\naaaaa\r\n0\r\n\r\n");
  }
  EXPECT_EQ(client.ask(get("/")).status, 200u);
  EXPECT_TRUE(eventually([&] { return doorway.service.streams == 0; }));
}

TEST(Server, GivesAClientOfHttp10ThePiecesWithoutChunks) {
  const Doorway doorway;
  WireClient client(doorway.port());
  const WireAnswer answer = client.ask("GET /pieces HTTP/1.0\r\nHost: a\r\n\r\n");
  EXPECT_THAT(answer.head, Not(HasSubstr("Transfer-Encoding")));
  EXPECT_EQ(client.receive_until("no such mark"), "cccccbbbbbaaaaa");
}

TEST(Server, EndsAnEndlessBodyWhenItsReaderGoesOrSpeaks) {
  const Doorway doorway;
  {
    WireClient gone(doorway.port());
    ASSERT_TRUE(gone.send(get("/endless")));
    EXPECT_THAT(gone.receive_until("5\r\n"), HasSubstr("200 OK"));
    EXPECT_EQ(doorway.service.streams, 1);
  }
  EXPECT_TRUE(eventually([&] { return doorway.service.streams == 0; }));
  WireClient speaks(doorway.port());
  ASSERT_TRUE(speaks.send(get("/endless")));
  speaks.receive_until("5\r\n");
  ASSERT_TRUE(speaks.send(get("/")));
  EXPECT_THAT(speaks.receive_until("\r\n0\r\n\r\n"), HasSubstr("0\r\n\r\n"));
  EXPECT_EQ(speaks.receive().status, 200u) << "what it said is answered";
}

TEST(Server, EndsABodyInPiecesWhenItStops) {
  const Doorway doorway;
  WireClient client(doorway.port());
  ASSERT_TRUE(client.send(get("/endless")));
  client.receive_until("5\r\n");
  const Stopwatch watch;
  doorway.server->stop();
  EXPECT_THAT(client.receive_until("no such mark"), ::testing::EndsWith("0\r\n\r\n")) << "whole, not cut off";
  doorway.server->wait();
  EXPECT_LT(watch.elapsed(), milliseconds(3000));
}

TEST(Server, SharesConnectionsOutOverItsContexts) {
  const Doorway doorway;
  std::vector<std::unique_ptr<WireClient>> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(std::make_unique<WireClient>(doorway.port()));
  for (const auto& client : clients) ASSERT_TRUE(client->send(get("/slow")));
  const Stopwatch watch;
  for (const auto& client : clients) EXPECT_EQ(client->receive().status, 200u);
  EXPECT_LT(watch.elapsed(), milliseconds(2000));
}

}  // namespace
}  // namespace loangate::net::testing
