#include "net/client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "wire.hpp"

namespace loangate::net::testing {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using Kind = SendFailure::Kind;
using Outcome = std::expected<Response, SendFailure>;
using std::chrono::steady_clock;

TlsContext context_for(const KeyPair& own, const std::filesystem::path& ca,
                       std::vector<std::string> pins = {}) {
  auto context = make_client_context(
      {.certificate = own.certificate, .key = own.key, .ca = ca, .pins = std::move(pins)});
  if (!context) throw std::runtime_error(context.error().front().text());
  return *context;
}

TlsContext gateway_context() {
  static const TlsContext context = context_for(dev_pair("gateway-client"), dev_pki() / "ca.pem");
  return context;
}

/// A client with a thread of its own.
struct Caller {
  explicit Caller(ClientLimits limits = {}) : client(*core.contexts().front(), limits) {}
  ~Caller() { core.stop(); }

  Outcome send(Endpoint endpoint, OutRequest request, milliseconds time = milliseconds(5000)) {
    return asio::co_spawn(*core.contexts().front(),
                          client.send(std::move(endpoint), std::move(request), steady_clock::now() + time),
                          asio::use_future)
        .get();
  }

  Cores core{1};
  Client client;
};

Endpoint to(std::uint16_t port, TlsContext tls = gateway_context(), std::string name = "localhost") {
  return {.host = "127.0.0.1", .port = port, .server_name = std::move(name), .tls = std::move(tls)};
}

OutRequest post(const std::string& body, bool idempotent = false) {
  return {.method = "POST",
          .target = "/",
          .content_type = "application/xml",
          .body = body,
          .headers = {{"Loangate-Delivery", "7"}},
          .idempotent = idempotent};
}

OutRequest get(const std::string& target) {
  return {
      .method = "GET", .target = target, .content_type = {}, .body = {}, .headers = {}, .idempotent = true};
}

std::string kind_of(const Outcome& outcome) {
  if (outcome) return fmt::format("answer {}", outcome->status);
  return (outcome.error().kind == Kind::not_sent ? "not sent: " : "unknown: ") + outcome.error().reason;
}

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

ScriptedServer::Script answering(std::string answer) {
  return [answer](ScriptedServer::Connection& connection, int) {
    while (!connection.request().empty()) connection.send(answer);
  };
}

TEST(Client, GetsTheAnswerToWhatItSent) {
  const Doorway doorway;
  Caller caller;
  const Outcome outcome = caller.send(to(doorway.port()), post("<a/>"));
  ASSERT_TRUE(outcome) << kind_of(outcome);
  EXPECT_EQ(outcome->status, 200u);
  EXPECT_EQ(outcome->content_type, "text/plain");
  EXPECT_EQ(outcome->body, "<a/>");
}

TEST(Client, SendsAWellFormedRequest) {
  std::string seen;
  ScriptedServer server(dev_pair("servers/fund"), [&](ScriptedServer::Connection& connection, int) {
    seen = connection.request();
    connection.send(ok);
  });
  Caller caller;
  ASSERT_TRUE(caller.send(to(server.port(), gateway_context(), "fund"), post("<a/>")));
  EXPECT_EQ(seen, fmt::format("POST / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/xml\r\n"
                              "Content-Length: 4\r\nLoangate-Delivery: 7\r\n\r\n<a/>",
                              server.port()));
}

TEST(Client, KeepsAConnectionForTheNextIdempotentRequest) {
  ScriptedServer server(dev_pair("servers/fund"), answering(ok));
  Caller caller;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(caller.send(to(server.port()), post("x", true)));
  EXPECT_EQ(server.connections(), 1);
}

TEST(Client, SendsWhatMustNotGoOutTwiceOnAFreshConnection) {
  const Doorway doorway;
  Caller caller;
  EXPECT_TRUE(caller.send(to(doorway.port()), post("x", true)));
  EXPECT_TRUE(caller.send(to(doorway.port()), post("x", false)));
  EXPECT_EQ(doorway.server->connections(), 2u);
}

TEST(Client, ReadsEveryFramingOfAnAnswer) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.0 200 OK\r\n\r\nhello", "hello"},
  };
  for (const auto& [answer, body] : table) {
    ScriptedServer server(dev_pair("servers/fund"), [&](ScriptedServer::Connection& connection, int) {
      connection.request();
      connection.send(answer);
      connection.close_notify();
    });
    Caller caller;
    const Outcome outcome = caller.send(to(server.port()), post("x"));
    ASSERT_TRUE(outcome) << answer << kind_of(outcome);
    EXPECT_EQ(outcome->body, body);
  }
}

TEST(Client, TakesNoHalfAnswerForAWholeOne) {
  for (const std::string answer :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n", "HTTP/1.0 200 OK\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "SSH-2.0-x\r\n\r\n"}) {
    ScriptedServer server(dev_pair("servers/fund"), [&](ScriptedServer::Connection& connection, int) {
      connection.request();
      if (!answer.empty()) connection.send(answer);
    });
    Caller caller;
    const Outcome outcome = caller.send(to(server.port()), post("x"));
    ASSERT_FALSE(outcome) << answer;
    EXPECT_EQ(outcome.error().kind, Kind::unknown) << answer;
    EXPECT_EQ(server.connections(), 1) << answer;
  }
}

TEST(Client, BoundsTheAnswersSize) {
  for (const std::string& answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x'),
        "HTTP/1.0 200 OK\r\n\r\n" + std::string(1001, 'x')}) {
    ScriptedServer server(dev_pair("servers/fund"), answering(answer));
    Caller caller({.answer_bytes = 1000});
    const Outcome outcome = caller.send(to(server.port()), post("x"));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Kind::unknown);
    EXPECT_THAT(outcome.error().reason, HasSubstr("large"));
  }
}

TEST(Client, TriesAgainOnceWhenAKeptConnectionTurnsOutToBeClosed) {
  ScriptedServer server(dev_pair("servers/fund"), [&](ScriptedServer::Connection& connection, int number) {
    connection.request();
    connection.send(ok);
    if (number > 1) return;
    connection.request();  // takes the second request and closes without a word
  });
  Caller caller;
  EXPECT_TRUE(caller.send(to(server.port()), post("x", true)));
  const Outcome outcome = caller.send(to(server.port()), post("x", true));
  EXPECT_TRUE(outcome) << kind_of(outcome);
  EXPECT_EQ(server.connections(), 2);
}

TEST(Client, DoesNotUseAKeptConnectionThatTheOtherEndHasClosed) {
  ScriptedServer server(dev_pair("servers/fund"), [&](ScriptedServer::Connection& connection, int) {
    connection.request();
    connection.send(ok);
    connection.close_notify();
  });
  Caller caller;
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = caller.send(to(server.port()), post("x", true));
    EXPECT_TRUE(outcome) << kind_of(outcome);
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_EQ(server.connections(), 3);
}

TEST(Client, FollowsNoRedirect) {
  const Doorway doorway;
  Caller caller;
  const Outcome outcome = caller.send(to(doorway.port()), get("/redirect"));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 307u);
  EXPECT_EQ(outcome->header("location"), "https://localhost/elsewhere");
  EXPECT_EQ(doorway.service.heads, 1);
}

TEST(Client, SaysNotSentWhenNothingCanHaveArrived) {
  Caller caller;
  const int unused = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(unused, reinterpret_cast<sockaddr*>(&address), size), 0);
  getsockname(unused, reinterpret_cast<sockaddr*>(&address), &size);
  const Outcome refused = caller.send(to(ntohs(address.sin_port)), post("x"));
  EXPECT_THAT(kind_of(refused), HasSubstr("not sent: connecting: "));
  // A listener that never speaks: the handshake runs into the deadline.
  ASSERT_EQ(listen(unused, 4), 0);
  const Stopwatch watch;
  const Outcome silent = caller.send(to(ntohs(address.sin_port)), post("x"), milliseconds(300));
  EXPECT_EQ(kind_of(silent), "not sent: handshake: deadline passed");
  EXPECT_LT(watch.elapsed(), milliseconds(1500));
  close(unused);
  Endpoint nowhere = to(1);
  nowhere.host = "nowhere.invalid";
  EXPECT_THAT(kind_of(caller.send(nowhere, post("x"), milliseconds(1000))),
              HasSubstr("not sent: looking up"));
}

TEST(Client, SaysUnknownWhenTheAnswerDoesNotCome) {
  const Doorway doorway;
  Caller caller;
  const Stopwatch watch;
  const Outcome outcome = caller.send(to(doorway.port()), get("/slower"), milliseconds(300));
  EXPECT_EQ(kind_of(outcome), "unknown: waiting for the answer: deadline passed");
  EXPECT_LT(watch.elapsed(), milliseconds(1500));
}

// Hazard 15: in TLS 1.3 our handshake is over before the other end has looked at our certificate.
TEST(Client, TakesARefusedCertificateForNoAnswer) {
  const Doorway doorway;
  Caller caller;
  for (const char* name : {"special/revoked", "special/foreign"}) {
    const Outcome outcome =
        caller.send(to(doorway.port(), context_for(dev_pair(name), dev_pki() / "ca.pem")), post("x"));
    ASSERT_FALSE(outcome) << name;
    EXPECT_EQ(doorway.service.heads, 0);
  }
  ScriptedServer server(dev_pair("servers/fund"), answering(ok), true);
  const Outcome outcome = caller.send(to(server.port()), post("x"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(server.connections(), 0);
}

TEST(ClientTrust, IsInTheNameOfTheEndpointOnly) {
  ScriptedServer server(dev_pair("servers/fund"), answering(ok));
  Caller caller;
  EXPECT_TRUE(caller.send(to(server.port(), gateway_context(), "fund"), post("x")));
  EXPECT_TRUE(caller.send(to(server.port(), gateway_context(), ""), post("x"))) << "127.0.0.1 stands in it";
  EXPECT_THAT(kind_of(caller.send(to(server.port(), gateway_context(), "bank"), post("x"))),
              HasSubstr("not sent: handshake: hostname mismatch"));
  EXPECT_THAT(kind_of(caller.send(to(server.port(), gateway_context(), "127.0.0.2"), post("x"))),
              HasSubstr("not sent: handshake: IP address mismatch"));
}

TEST(ClientTrust, NeverTakesACommonNameForAName) {
  const TemporaryFolder folder;
  TestCa ca(folder.path(), "ca");
  ScriptedServer server(
      ca.issue({.name = "localhost", .usage = "serverAuth", .alternative_names = "DNS:other"}),
      answering(ok));
  ScriptedServer nameless(ca.issue({.name = "localhost", .usage = "serverAuth"}), answering(ok));
  Caller caller;
  const TlsContext tls = context_for(dev_pair("gateway-client"), ca.file());
  EXPECT_THAT(kind_of(caller.send(to(server.port(), tls), post("x"))), HasSubstr("hostname mismatch"));
  EXPECT_THAT(kind_of(caller.send(to(nameless.port(), tls), post("x"))), HasSubstr("not sent: handshake:"));
}

TEST(ClientTrust, DemandsTheServersUsageAndAStrongKey) {
  const TemporaryFolder folder;
  TestCa ca(folder.path(), "ca");
  const TlsContext tls = context_for(dev_pair("gateway-client"), ca.file());
  Caller caller;
  const auto outcome = [&](Wish wish) {
    wish.alternative_names = "DNS:localhost";
    ScriptedServer server(ca.issue(wish), answering(ok));
    return kind_of(caller.send(to(server.port(), tls), post("x")));
  };
  EXPECT_EQ(outcome({.usage = "serverAuth"}), "answer 200");
  EXPECT_THAT(outcome({.usage = ""}),
              HasSubstr("not sent: handshake: the certificate's extended key usage lacks"));
  EXPECT_THAT(outcome({.usage = "clientAuth"}), HasSubstr("not sent: handshake: "));
  EXPECT_THAT(outcome({.usage = "serverAuth", .ends_in_seconds = -1}), HasSubstr("certificate has expired"));
}

TEST(ClientTrust, IsThePartnersOwnCaAndNoOther) {
  const TemporaryFolder folder;
  TestCa ca(folder.path(), "ca");
  ScriptedServer server(dev_pair("servers/fund"), answering(ok));
  Caller caller;
  const TlsContext tls = context_for(dev_pair("gateway-client"), ca.file());
  EXPECT_THAT(kind_of(caller.send(to(server.port(), tls), post("x"))),
              HasSubstr("not sent: handshake: unable to get"));
}

TEST(ClientTrust, IsAPinWithOrWithoutACa) {
  const std::string pin = spki_sha256_of_file(dev_pair("servers/fund").certificate).value();
  const std::string other = spki_sha256_of_file(dev_pair("server").certificate).value();
  ScriptedServer server(dev_pair("servers/fund"), answering(ok));
  Caller caller;
  const auto outcome = [&](const std::filesystem::path& ca, const std::string& with,
                           const std::string& name = "fund") {
    return kind_of(
        caller.send(to(server.port(), context_for(dev_pair("gateway-client"), ca, {with}), name), post("x")));
  };
  EXPECT_EQ(outcome("", pin), "answer 200");
  EXPECT_EQ(outcome(dev_pki() / "ca.pem", pin), "answer 200");
  EXPECT_THAT(outcome("", other), HasSubstr("not among the pins"));
  EXPECT_THAT(outcome(dev_pki() / "ca.pem", other), HasSubstr("not among the pins"));
  EXPECT_THAT(outcome(dev_pki() / "special/foreign-ca.pem", pin), HasSubstr("not sent"));
  EXPECT_THAT(outcome("", pin, "elsewhere"), HasSubstr("hostname mismatch"));
}

TEST(ClientTrust, APinDoesNotOutliveTheCertificate) {
  const TemporaryFolder folder;
  TestCa ca(folder.path(), "ca");
  const KeyPair pair =
      ca.issue({.usage = "serverAuth", .alternative_names = "DNS:localhost", .ends_in_seconds = -1});
  const std::string pin = spki_sha256_of_file(pair.certificate).value();
  ScriptedServer server(pair, answering(ok));
  Caller caller;
  EXPECT_THAT(
      kind_of(caller.send(to(server.port(), context_for(dev_pair("gateway-client"), "", {pin})), post("x"))),
      HasSubstr("certificate has expired"));
}

TEST(ClientTrust, IsNeverTheMachinesOwn) {
  const KeyPair own = dev_pair("gateway-client");
  const auto context =
      make_client_context({.certificate = own.certificate, .key = own.key, .ca = {}, .pins = {}});
  ASSERT_FALSE(context);
  EXPECT_THAT(context.error().front().what, HasSubstr("neither a CA nor a pin"));
}

TEST(HttpsUrls, AreTakenApartOrRefused) {
  const auto url = parse_https_url("https://bank.example:8443/in/box?x=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "bank.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/in/box?x=1");
  EXPECT_EQ(parse_https_url("https://[::1]")->host, "::1");
  EXPECT_EQ(parse_https_url("https://a")->port, 443);
  EXPECT_EQ(parse_https_url("https://a")->target, "/");
  EXPECT_EQ(parse_https_url("https://a?b")->target, "/?b");
  for (const char* bad : {"", "a", "http://a/", "https://", "https://u@a/", "https://a/#b", "https://a:0/",
                          "https://a:65536/", "https://a b/"}) {
    EXPECT_FALSE(parse_https_url(bad)) << bad;
  }
}

}  // namespace
}  // namespace loangate::net::testing
