#include "net/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/support/command.hpp"
#include "wire.hpp"

namespace loangate::net::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

/// The status that a client with this certificate gets; 0 if it is refused in the handshake.
unsigned status_for(const Doorway& doorway, const std::optional<KeyPair>& pair, int version = 0) {
  WireClient client(doorway.port(), {.pair = pair, .max_version = version});
  return client.ask(hello).status;
}

ServerTlsFiles trusting(const TestCa& ca) {
  ServerTlsFiles files = dev_server_files();
  files.client_ca = ca.file();
  files.crl.clear();
  return files;
}

class Versions : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Tls, Versions, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) { return version.param == TLS1_2_VERSION ? "1_2" : "1_3"; });

TEST_P(Versions, AKnownCaLetsAClientInAndTellsWhoItIs) {
  const Doorway doorway;
  WireClient client(doorway.port(), {.pair = dev_pair("senders/bank01"), .max_version = GetParam()});
  const WireAnswer answer = client.ask("GET /peer HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(SSL_version(client.tls()), GetParam());
  const std::string key = spki_sha256_of_file(dev_pair("senders/bank01").certificate).value();
  const std::string issuer_key = spki_sha256_of_file(dev_pki() / "ca.pem").value();
  EXPECT_THAT(answer.body, StartsWith(key + ' ' + issuer_key + ' '));
  EXPECT_THAT(answer.body, HasSubstr(" 127.0.0.1 CN=bank01"));
}

TEST_P(Versions, WhoHasNoGoodCertificateIsRefusedInTheHandshake) {
  const Doorway doorway;
  EXPECT_EQ(status_for(doorway, std::nullopt, GetParam()), 0u);
  EXPECT_EQ(status_for(doorway, dev_pair("special/expired"), GetParam()), 0u);
  EXPECT_EQ(status_for(doorway, dev_pair("special/revoked"), GetParam()), 0u);
  EXPECT_EQ(status_for(doorway, dev_pair("special/foreign"), GetParam()), 0u);
  EXPECT_EQ(status_for(doorway, dev_pair("servers/fund"), GetParam()), 0u);
  EXPECT_EQ(doorway.service.heads, 0);
  EXPECT_EQ(status_for(doorway, dev_pair("special/stranger"), GetParam()), 200u);
}

// Hazard 13: chains that OpenSSL accepts.
TEST(CertificatePolicy, RefusesWeakKeysAndMissingUsage) {
  const TemporaryFolder folder;
  TestCa ca(folder.path(), "ca");
  const Doorway doorway({}, trusting(ca));
  const auto status = [&](const Wish& wish) { return status_for(doorway, ca.issue(wish)); };
  EXPECT_EQ(status({}), 200u);
  EXPECT_EQ(status({.name = "rsa", .rsa_bits = 2048}), 200u);
  EXPECT_EQ(status({.name = "both", .usage = "serverAuth,clientAuth"}), 200u);
  EXPECT_EQ(status({.name = "weak-rsa", .rsa_bits = 1024}), 0u);
  EXPECT_EQ(status({.name = "rsa-1536", .rsa_bits = 1536}), 0u);
  EXPECT_EQ(status({.name = "p224", .curve = "P-224"}), 0u);
  EXPECT_EQ(status({.name = "no-usage", .usage = ""}), 0u);
  EXPECT_EQ(status({.name = "server-usage", .usage = "serverAuth"}), 0u);
  EXPECT_EQ(status({.name = "any-usage", .usage = "anyExtendedKeyUsage"}), 0u);
  EXPECT_EQ(status({.name = "a-ca", .authority = true}), 0u);
  EXPECT_EQ(status({.name = "expired", .ends_in_seconds = -60}), 0u);
  EXPECT_EQ(status({.name = "not-yet", .starts_in_seconds = 600}), 0u);
}

TEST(CertificatePolicy, GivesItsReasonForEachRefusal) {
  const TemporaryFolder folder;
  TestCa ca(folder.path(), "ca");
  const auto error = [&](const Wish& wish) {
    ServerTlsFiles files = dev_server_files();
    const KeyPair pair = ca.issue(wish);
    files.certificate = pair.certificate;
    files.key = pair.key;
    const auto context = make_server_context(files);
    return context ? std::string() : context.error().front().what;
  };
  const std::string local = "DNS:localhost";
  EXPECT_EQ(error({.usage = "serverAuth", .alternative_names = local}), "");
  EXPECT_THAT(error({.usage = "clientAuth", .alternative_names = local}), HasSubstr("lacks serverAuth"));
  EXPECT_THAT(error({.usage = "", .alternative_names = local}), HasSubstr("lacks serverAuth"));
  EXPECT_THAT(error({.usage = "serverAuth"}), HasSubstr("no subject alternative name"));
  EXPECT_THAT(error({.usage = "serverAuth", .alternative_names = local, .ends_in_seconds = -1}),
              HasSubstr("has expired"));
  EXPECT_THAT(error({.usage = "serverAuth", .alternative_names = local, .starts_in_seconds = 60}),
              HasSubstr("not valid yet"));
  EXPECT_THAT(error({.curve = "P-224", .usage = "serverAuth", .alternative_names = local}),
              HasSubstr("too weak"));
}

/// A session to resume from, if the server lets it be resumed. OpenSSL would spoil it if the connection ended
/// without a shutdown.
SSL_SESSION* session_of(WireClient& client) {
  SSL_set_shutdown(client.tls(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  return SSL_get1_session(client.tls());
}

// Hazards 7 and 8: clients that resume get in each time, by a full handshake each time.
TEST_P(Versions, AResumingClientComesInAgainByAFullHandshake) {
  const Doorway doorway;
  SSL_SESSION* session = nullptr;
  for (int round = 0; round < 3; ++round) {
    WireClient client(doorway.port(),
                      {.pair = dev_pair("senders/bank01"), .max_version = GetParam(), .resume = session});
    EXPECT_EQ(client.ask(hello).status, 200u) << round;
    EXPECT_EQ(SSL_session_reused(client.tls()), 0) << round;
    SSL_SESSION_free(session);
    session = session_of(client);
  }
  EXPECT_EQ(SSL_SESSION_is_resumable(session), 0);
  SSL_SESSION_free(session);
}

// Hazard 7 in full: revoked between two connections of a client that resumes.
TEST_P(Versions, ARevokedClientCannotComeBackByResumption) {
  const TemporaryFolder folder;
  TestCa ca(folder.path(), "ca");
  const KeyPair pair = ca.issue({});
  ServerTlsFiles files = trusting(ca);
  files.crl = folder.path() / "crl.pem";
  ca.write_crl(files.crl, 1, {});
  const Doorway doorway({}, files);
  WireClient first(doorway.port(), {.pair = pair, .max_version = GetParam()});
  ASSERT_EQ(first.ask(hello).status, 200u);
  SSL_SESSION* const session = SSL_get1_session(first.tls());  // the connection goes on
  std::filesystem::remove(files.crl);
  ca.write_crl(files.crl, 2, {pair.certificate});
  ASSERT_TRUE(doorway.tls->reload().empty());
  WireClient second(doorway.port(), {.pair = pair, .max_version = GetParam(), .resume = session});
  EXPECT_EQ(second.ask(hello).status, 0u);
  SSL_SESSION_free(session);
  // A connection that was there before keeps its context.
  EXPECT_EQ(first.ask(hello).status, 200u);
}

// Hazard 9.
TEST(Revocation, TakesTheHigherCrlNumberWhicheverStandsFirst) {
  for (const bool older_first : {true, false}) {
    const TemporaryFolder folder;
    TestCa ca(folder.path(), "ca");
    const KeyPair pair = ca.issue({});
    ServerTlsFiles files = trusting(ca);
    files.crl = folder.path() / "crl.pem";
    if (older_first) ca.write_crl(files.crl, 9, {});
    ca.write_crl(files.crl, 10, {pair.certificate});
    if (!older_first) ca.write_crl(files.crl, 9, {});
    const Doorway doorway({}, files);
    EXPECT_EQ(status_for(doorway, pair), 0u) << older_first;
  }
}

TEST(Revocation, AReloadReplacesTheCrlOfTheSameSecond) {
  const TemporaryFolder folder;
  TestCa ca(folder.path(), "ca");
  const KeyPair pair = ca.issue({});
  ServerTlsFiles files = trusting(ca);
  files.crl = folder.path() / "crl.pem";
  ca.write_crl(files.crl, 1, {});
  const Doorway doorway({}, files);
  EXPECT_EQ(status_for(doorway, pair), 200u);
  std::filesystem::remove(files.crl);
  ca.write_crl(files.crl, 2, {pair.certificate});
  EXPECT_TRUE(doorway.tls->reload().empty());
  EXPECT_EQ(status_for(doorway, pair), 0u);
  std::filesystem::remove(files.crl);
  ca.write_crl(files.crl, 1, {});
  const ConfigErrors errors = doorway.tls->reload();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_THAT(errors[0].what, HasSubstr("older CRL than the one in force"));
  EXPECT_EQ(status_for(doorway, pair), 0u);
}

TEST(Revocation, RefusesCrlsThatCannotBeReliedOn) {
  const TemporaryFolder folder;
  TestCa ca(folder.path(), "ca");
  TestCa other(folder.path(), "other");
  ServerTlsFiles files = trusting(ca);
  files.crl = folder.path() / "crl.pem";
  const auto error = [&](const std::function<void()>& write) {
    std::filesystem::remove(files.crl);
    write();
    const auto context = make_server_context(files);
    return context ? std::string() : context.error().front().what;
  };
  EXPECT_EQ(error([&] { ca.write_crl(files.crl, 1, {}); }), "");
  EXPECT_THAT(error([] {}), HasSubstr("cannot be opened"));
  EXPECT_THAT(error([&] { other.write_crl(files.crl, 1, {}); }), HasSubstr("no CRL of CN=ca"));
  EXPECT_THAT(error([&] { ca.write_crl(files.crl, 1, {}, -60); }), HasSubstr("has expired"));
  EXPECT_THAT(error([&] {
                ca.write_crl(files.crl, 1, {});
                ca.write_crl(files.crl, 1, {});
              }),
              HasSubstr("two CRLs of CN=ca"));
  TestCa impostor(folder.path(), "ca");  // the same name, another key; its file replaces the first one's
  EXPECT_THAT(error([&] { ca.write_crl(files.crl, 1, {}); }), HasSubstr("its key has not signed"));
}

// Hazard 14.
TEST(Reload, TakesANewCaForNewConnectionsAndLeavesOldOnesAlone) {
  const TemporaryFolder folder;
  TestCa first(folder.path(), "first");
  TestCa second(folder.path(), "second");
  ServerTlsFiles files = trusting(first);
  files.client_ca = folder.path() / "trusted.pem";
  std::filesystem::copy_file(first.file(), files.client_ca);
  const Doorway doorway({}, files);
  const KeyPair old_pair = first.issue({});
  const KeyPair new_pair = second.issue({});
  EXPECT_EQ(status_for(doorway, new_pair), 0u);
  WireClient old_client(doorway.port(), {.pair = old_pair});
  EXPECT_EQ(old_client.ask(hello).status, 200u);
  write_file(files.client_ca, read_file(second.file()));
  EXPECT_EQ(status_for(doorway, new_pair), 0u) << "nothing is read before the reload";
  EXPECT_TRUE(doorway.tls->reload().empty());
  EXPECT_EQ(status_for(doorway, new_pair), 200u);
  EXPECT_EQ(status_for(doorway, old_pair), 0u);
  EXPECT_EQ(old_client.ask(hello).status, 200u);
}

TEST(Reload, KeepsTheOldContextWhenAnyFileIsBad) {
  const TemporaryFolder folder;
  for (const auto& entry : std::filesystem::directory_iterator(dev_pki())) {
    if (entry.is_regular_file()) std::filesystem::copy(entry.path(), folder.path() / entry.path().filename());
  }
  const auto in = [&](const char* name) { return folder.path() / name; };
  const Doorway doorway({}, {.certificate = in("server.pem"),
                             .key = in("server.key"),
                             .client_ca = in("ca.pem"),
                             .crl = in("crl.pem")});
  for (const char* name : {"server.pem", "server.key", "ca.pem", "crl.pem"}) {
    const std::string good = read_file(in(name));
    for (const std::string& bad : {std::string("no PEM"), std::string(), good.substr(0, good.size() / 2)}) {
      write_file(in(name), bad);
      EXPECT_FALSE(doorway.tls->reload().empty()) << name;
    }
    write_file(in(name), good);
    EXPECT_EQ(status_for(doorway, dev_pair("senders/bank01")), 200u) << name;
  }
  write_file(in("server.key"), read_file(dev_pair("gateway-client").key));
  EXPECT_FALSE(doorway.tls->reload().empty()) << "a key of another certificate";
  EXPECT_EQ(status_for(doorway, dev_pair("senders/bank01")), 200u);
}

TEST(TlsFiles, ReportAllMistakesAtOnce) {
  const auto context = make_server_context(
      {.certificate = "/none/a", .key = "/none/b", .client_ca = "/none/c", .crl = "/none/d"});
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().size(), 3u);
}

TEST(Protocol, SpeaksNothingBelowTls12) {
  const Doorway doorway;
  WireClient client(doorway.port(), {.pair = dev_pair("senders/bank01"), .max_version = TLS1_1_VERSION});
  EXPECT_FALSE(client.connected());
}

TEST(DevelopmentPki, KeepsKeysToTheirOwnerAndWhatIsValid) {
  const TemporaryFolder folder;
  const auto make = [&](const std::string& arguments) {
    const std::string script = std::string(LOANGATE_SOURCE_DIR) + "/certs/make-dev-pki.sh";
    return std::system(
        ("\"" + script + "\" \"" + (folder.path() / "the pki").string() + "\" " + arguments).c_str());
  };
  const auto in = [&](const std::string& name) { return folder.path() / "the pki" / name; };
  ASSERT_EQ(make("--senders 'a b=x,y' --persons 'boss=officer,operator'"), 0);
  const std::string a = read_file(in("senders/a.pem"));
  const std::string ca = read_file(in("ca.pem"));
  struct stat status{};
  ASSERT_EQ(stat(in("senders/a.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  std::filesystem::remove(in("senders/b.key"));
  ASSERT_EQ(make("--senders 'a b=x,y c' --persons 'boss=officer,operator'"), 0);
  EXPECT_EQ(read_file(in("senders/a.pem")), a);
  EXPECT_EQ(read_file(in("ca.pem")), ca);
  EXPECT_TRUE(std::filesystem::exists(in("senders/b.key")));
  EXPECT_THAT(read_file(in("identities.yaml")), HasSubstr("- name: c"));
  EXPECT_THAT(read_file(in("identities.yaml")), HasSubstr("partners: [x, y]"));
  EXPECT_THAT(read_file(in("identities.yaml")), HasSubstr("roles: [officer, operator]"));
  EXPECT_NE(make("--senders '../a' 2>/dev/null"), 0);
}

// Hazard 8 as it was found: Node resumes by default.
TEST(Resumption, NodeComesInTwice) {
  ASSERT_EQ(std::system("command -v node >/dev/null"), 0) << "node is not installed: ./dev test installs it";
  const Doorway doorway;
  for (const std::string version : {"TLSv1.2", "TLSv1.3"}) {
    const TemporaryFolder folder;
    write_file(folder.path() / "resume.cjs", R"(
      const fs = require('fs'), https = require('https');
      const [port, pki, version] = process.argv.slice(2);
      const agent = new https.Agent({ keepAlive: false, maxCachedSessions: 10, maxVersion: version,
        cert: fs.readFileSync(pki + '/senders/bank01.pem'), key: fs.readFileSync(pki + '/senders/bank01.key'),
        ca: fs.readFileSync(pki + '/ca.pem') });
      const ask = left => https.get({ host: '127.0.0.1', servername: 'localhost', port, path: '/', agent }, answer => {
        console.log(answer.statusCode, answer.socket.isSessionReused());
        answer.resume().on('end', () => { if (left > 1) setTimeout(ask, 50, left - 1); });
      }).on('error', error => console.log(error.message));
      ask(3);
    )");
    EXPECT_EQ(support::run("node \"" + (folder.path() / "resume.cjs").string() + "\" " +
                           std::to_string(doorway.port()) + " \"" + dev_pki().string() + "\" " + version)
                  .output,
              "200 false\n200 false\n200 false\n");
  }
}

}  // namespace
}  // namespace loangate::net::testing
