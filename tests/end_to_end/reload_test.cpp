// The configuration changed while the gateway runs: real TLS, real files, the real store.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "net/identities.hpp"
#include "ops/client.hpp"
#include "tests/support/command.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using simulate::Partner;
using support::Town;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

/// A configuration of its own, with agreed rates that a test can use up.
class OwnConfig {
 public:
  OwnConfig() {
    const fs::path source(LOANGATE_SOURCE_DIR);
    fs::copy(source / "config", folder_.path() / "config", fs::copy_options::recursive);
    fs::create_directory(folder_.path() / "adapters");
    for (const char* part : {"adapters/partners", "adapters/bases"})
      fs::copy(source / part, folder_.path() / part, fs::copy_options::recursive);
    fs::create_directory_symlink(source / "certs", folder_.path() / "certs");
    for (const char* partner : banks) {
      set(partner, profile(partner) + "\nlimits: {per_second: 10000}\n");
    }
  }
  static constexpr const char* banks[] = {"bank07", "sxbph", "phrcb"};  // XML, JSON, fixed width

  fs::path path() const { return folder_.path() / "config"; }
  fs::path file(const std::string& partner) const {
    return folder_.path() / "adapters" / "partners" / partner / "profile.yaml";
  }
  std::string profile(const std::string& partner) const { return read(file(partner)); }
  void set(const std::string& partner, std::string_view text) const { write(file(partner), text); }

 private:
  TemporaryFolder folder_;
};

/// What a profile says otherwise: a constant of every answer, and what a code means.
std::string otherwise(std::string text) {
  text = replaced(text, "{constant: LOANGATE,", "{constant: LOANGAT2,");
  if (text.contains("base: json-open-platform")) {
    text = replaced(text, "  - {constant: SXB, at: /head/bankId}\n",
                    "  - {constant: SXB, at: /head/bankId}\n"
                    "  - {constant: \"000009\", at: /head/dealCode, for: to_partner}\n");
    return text + "codes:\n  security: {unsecured: MORTGAGE, mortgage: CREDIT}\n";
  }
  text = replaced(text, R"(    unsecured: "4")", R"(    unsecured: "#")");
  text = replaced(text, R"(    mortgage: "2")", R"(    mortgage: "4")");
  return replaced(text, R"(    unsecured: "#")", R"(    unsecured: "2")");
}

bool answers_otherwise(std::string_view body) {
  return body.contains("LOANGAT2") || body.contains("\"000009\"");
}

class Reload : public testing::Test {
 protected:
  OwnConfig config;
  Town town{*Date::of(2026, 9, 21), 20, config.path()};

  std::string bytes(const std::string& bank, const std::string& loan, std::uint32_t company) {
    Partner& from = town.partner(bank);
    Record record = support::filing(from, loan, company, Fen::yuan(1'000), town.today());
    auto written = from.write(MessageKind::loan_disbursement, record);
    EXPECT_TRUE(written) << written.error();
    return written.value_or("");
  }
  net::Endpoint endpoint(const std::string& bank) {
    const fs::path pki = town.sandbox().data() / "pki";
    return {.host = "127.0.0.1",
            .port = town.sandbox().gateway().partners_port(),
            .server_name = "localhost",
            .tls = net::make_client_context({.certificate = pki / "senders" / (bank + ".pem"),
                                             .key = pki / "senders" / (bank + ".key"),
                                             .ca = pki / "ca.pem",
                                             .pins = {}})
                       .value()};
  }
  std::string member(const std::string& json, std::string_view name) {
    JsonDocument document;
    EXPECT_TRUE(document.read(json)) << json;
    const JsonNode* node = document.member(document.root(), name);
    return node == nullptr ? "" : std::string(node->text);
  }
  std::string version(const std::string& partner) {
    return member(town.ask_operations("/v1/profiles/" + partner), "version");
  }
  std::string propose(const std::string& text, const std::string& partner = "phrcb") {
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("institution", partner)
        .member("replaces", version(partner))
        .member("text", text)
        .member("reason", "another host")
        .end_object();
    return body;
  }
  net::Response approve(const std::string& person, const net::Response& proposed) {
    const std::string body = R"({"hash": ")" + member(proposed.body, "hash") + "\"}";
    return town.operate(person, "POST", "/v1/proposals/" + member(proposed.body, "proposal") + "/approve",
                        body);
  }
};

struct Sent {
  std::string bank;
  unsigned status = 0;
  std::string body = {};
  std::string sequence = {};
};

boost::asio::awaitable<void> send_all(std::shared_ptr<net::Client> client, net::Endpoint to, std::string bank,
                                      std::vector<std::string> messages, std::vector<Sent>& sent,
                                      std::atomic<int>& left) {
  for (std::string& body : messages) {
    net::OutRequest request{.method = "POST",
                            .target = "/v1/messages",
                            .content_type = {},
                            .body = std::move(body),
                            .headers = {}};
    request.idempotent = true;  // goes on a kept connection
    const auto answer = co_await client->send(to, std::move(request), std::chrono::steady_clock::now() + 20s);
    Sent one{.bank = bank};
    if (answer) {
      one.status = answer->status;
      one.body = answer->body;
      one.sequence = answer->header("Loangate-Message");
    }
    sent.push_back(std::move(one));
  }
  --left;
}

TEST_F(Reload, UnderFullLoadLosesNothingAndJudgesEveryMessageByOneConfiguration) {
  constexpr std::size_t lines = 4, messages = 300;
  std::map<std::string, std::string> texts[2];
  std::map<std::string, std::string> versions[2];
  for (const char* bank : OwnConfig::banks) {
    texts[0][bank] = config.profile(bank);
    texts[1][bank] = otherwise(texts[0][bank]);
    ASSERT_NE(texts[0][bank], texts[1][bank]);
    for (const int i : {1, 0}) {  // the file is left as it was
      config.set(bank, texts[i][bank]);
      versions[i][bank] = hex(sha256(adapters::effective_profile(config.file(bank)).value()));
    }
  }
  std::vector<Sent> sent;
  sent.reserve(lines * messages * 3);
  std::atomic<int> left = 0;
  auto& context = town.sandbox().context();
  int loan = 0;
  for (const char* bank : OwnConfig::banks) {
    for (std::size_t line = 0; line < lines; ++line) {
      std::vector<std::string> bodies;
      for (std::size_t i = 0; i < messages; ++i) {
        ++loan;
        bodies.push_back(bytes(bank, fmt::format("R{}", loan), 1 + static_cast<std::uint32_t>(loan) % 20));
      }
      ++left;
      boost::asio::co_spawn(context,
                            send_all(std::make_shared<net::Client>(context), endpoint(bank), bank,
                                     std::move(bodies), sent, left),
                            [](const std::exception_ptr& fault) {
                              if (fault) std::rethrow_exception(fault);
                            });
    }
  }
  // All the while strangers to the load connect anew.
  int handshakes = 0;
  std::string refused_handshake;
  std::thread newcomers([&] {
    while (left > 0) {
      const auto answer = town.call(
          "senders/bank07",
          {.method = "GET", .target = "/v1/receipts/1", .content_type = {}, .body = {}, .headers = {}});
      if (answer) {
        ++handshakes;
      } else {
        refused_handshake = answer.error().reason;
      }
    }
  });
  int reloads = 0;
  std::vector<std::string> refused;
  while (left > 0 && refused.empty()) {
    for (const char* bank : OwnConfig::banks) config.set(bank, texts[(reloads + 1) % 2][bank]);
    refused = town.sandbox().gateway().reload();
    ++reloads;
  }
  newcomers.join();
  ASSERT_TRUE(refused.empty()) << refused.front();
  EXPECT_EQ(refused_handshake, "");
  EXPECT_GT(handshakes, 10);
  EXPECT_GE(reloads, 2) << "both configurations were in force under the load";
  RecordProperty("reloads", reloads);
  ASSERT_EQ(sent.size(), lines * messages * 3) << "every message has its answer";

  const fs::path person = town.sandbox().data() / "pki" / "persons" / "officer-li";
  auto officer = ops::Client::open(
      {.url = fmt::format("https://127.0.0.1:{}", town.sandbox().gateway().operations_port()),
       .certificate = person.string() + ".pem",
       .key = person.string() + ".key",
       .ca = town.sandbox().data() / "pki" / "ca.pem"});
  ASSERT_TRUE(officer);
  int by[2] = {};
  for (const Sent& one : sent) {
    ASSERT_TRUE(one.status == 200 || one.status == 422) << one.bank << " " << one.status << ": " << one.body;
    const int which = answers_otherwise(one.body) ? 1 : 0;
    ++by[which];
    const auto told = officer->call("GET", "/v1/journal/" + one.sequence);
    ASSERT_TRUE(told) << told.error();
    const std::string& entry = told->body;
    ASSERT_EQ(member(entry, "profile"), versions[which][one.bank]) << entry;
    const bool mortgage = entry.contains(R"("security":"mortgage")");
    ASSERT_TRUE(mortgage || entry.contains(R"("security":"unsecured")")) << entry;
    ASSERT_EQ(mortgage, which == 1) << "read by one profile and answered by another: " << entry;
  }
  EXPECT_GT(by[0], 0);
  EXPECT_GT(by[1], 0);
}

TEST_F(Reload, BrokenFilesKeepTheOldAndEveryMistakeIsToldWithItsLine) {
  const std::string before = version("phrcb");
  const std::string last =
      member(town.operate("operator-zhao", "GET", "/v1/journal?after=0&limit=500").body, "next");
  config.set("phrcb", replaced(config.profile("phrcb"), "role: bank", "role: bonk"));
  config.set("bank07", config.profile("bank07") + "surprise: yes\n");
  write(config.path() / "lpr.yaml", "nonsense: [");
  const auto answer = town.operate("operator-zhao", "POST", "/v1/configuration/reload");
  EXPECT_EQ(answer.status, 422u) << answer.body;
  EXPECT_TRUE(answer.body.contains("phrcb/profile.yaml:")) << answer.body;
  EXPECT_TRUE(answer.body.contains("bank07/profile.yaml:")) << answer.body;
  EXPECT_TRUE(answer.body.contains("lpr.yaml")) << answer.body;
  EXPECT_GE(town.sandbox().gateway().reload().size(), 3u) << "by the signal as well";
  EXPECT_EQ(version("phrcb"), before);
  EXPECT_EQ(member(town.ask_operations("/v1/journal?after=0&limit=500"), "next"), last)
      << "nothing on record";
  EXPECT_EQ(town.post("phrcb", bytes("phrcb", "B1", 1)).status, 200u);
}

TEST_F(Reload, IsOnRecordWithOldAndNewVersionsAndOnlyIfSomethingChanged) {
  const std::string before = version("phrcb");
  EXPECT_EQ(member(town.operate("operator-zhao", "POST", "/v1/configuration/reload").body, "changed"),
            "false");
  config.set("phrcb", otherwise(config.profile("phrcb")));
  const auto answer = town.operate("operator-zhao", "POST", "/v1/configuration/reload");
  ASSERT_EQ(answer.status, 200u) << answer.body;
  const std::string entry = town.ask_operations("/v1/journal/" + member(answer.body, "sequence"));
  EXPECT_EQ(member(entry, "kind"), "configuration.load");
  EXPECT_EQ(member(entry, "person"), "operator-zhao");
  EXPECT_TRUE(entry.contains(before)) << entry;
  EXPECT_TRUE(entry.contains(version("phrcb"))) << entry;
  EXPECT_EQ(town.operate("officer-li", "POST", "/v1/configuration/reload").status, 403u);
  ASSERT_TRUE(town.sandbox().restart().empty());
  EXPECT_EQ(member(town.operate("operator-zhao", "POST", "/v1/configuration/reload").body, "changed"),
            "false");
}

TEST_F(Reload, ANewPartnerFilesWithoutARestartAndOneThatWentIsRefused) {
  config.set("bank22", replaced(replaced(config.profile("sxbph"), "id: sxbph", "id: bank22"),
                                "institution_code: C", "institution_code: D"));
  const fs::path identities = town.sandbox().config().identities;
  auto known = net::Identities::load(identities);
  ASSERT_TRUE(known);
  for (net::Sender& sender : known->senders) {
    if (sender.name == "sxbph") sender.partners.push_back("bank22");
  }
  write(identities, known->yaml());
  const auto said = town.operate("operator-zhao", "POST", "/v1/configuration/reload");
  ASSERT_EQ(said.status, 200u) << said.body;
  const Record entry = InstitutionEntry{.institution = *PartnerId::parse("bank22"),
                                        .role = PartnerRole::bank,
                                        .name_zh = "合作银行22",
                                        .name_en = "Bank 22",
                                        .sci_tech_branch = Answer::no,
                                        .admitted_from = town.today()}
                           .record();
  ASSERT_TRUE(town.office().enter(InstitutionEntry::kind, {&entry, 1}));
  const auto file = [&](const std::string& loan) {
    return town.call("senders/sxbph", {.method = "POST",
                                       .target = "/v1/messages",
                                       .content_type = {},
                                       .body = bytes("sxbph", loan, 1),
                                       .headers = {{"Loangate-Partner", "bank22"}}});
  };
  const auto first = file("N1");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 200u) << first->body;

  fs::remove_all(config.file("bank22").parent_path());
  ASSERT_EQ(town.operate("operator-zhao", "POST", "/v1/configuration/reload").status, 200u);
  const auto gone = file("N2");
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->status, 403u) << gone->body;
}

TEST_F(Reload, WhatWaitsForAPartnerThatWentStaysInTheOutboxAndGoesOutWhenItIsBack) {
  Record record = support::filing(town.partner("phrcb"), "HELD", 1, Fen::yuan(1'000), town.today());
  auto message = LoanDisbursement::from(record);
  message.security = Security::mortgage;
  message.rate = Rate::basis_points(2400);
  ASSERT_EQ(town.say("phrcb", MessageKind::loan_disbursement, message.record()).receipt->outcome,
            Outcome::held);
  const std::string text = config.profile("phrcb");
  fs::remove_all(config.file("phrcb").parent_path());
  ASSERT_TRUE(town.sandbox().gateway().reload().empty());
  const auto ruled = town.office().decide(RuleHold::kind, RuleHold{.lender = *PartnerId::parse("phrcb"),
                                                                   .loan_no = *LoanNo::parse("HELD"),
                                                                   .ruling = HoldRuling::released,
                                                                   .reason = "explained"}
                                                              .record());
  ASSERT_TRUE(ruled) << ruled.error();
  const auto waits = [&] { return town.ask_operations("/v1/deliveries").contains(R"("to":"phrcb")"); };
  std::this_thread::sleep_for(300ms);
  EXPECT_TRUE(waits());
  config.set("phrcb", text);
  ASSERT_TRUE(town.sandbox().gateway().reload().empty());
  for (int tries = 0; tries < 100 && waits(); ++tries) std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(waits());
}

TEST_F(Reload, AnotherRateTakesEffect) {
  config.set("sxbph", replaced(config.profile("sxbph"), "per_second: 10000", "per_second: 1"));
  ASSERT_TRUE(town.sandbox().gateway().reload().empty());
  int allowed = 0;
  for (int i = 0; i < 5; ++i) {
    const auto answer = town.call(
        "senders/sxbph",
        {.method = "GET", .target = "/v1/receipts/1", .content_type = {}, .body = {}, .headers = {}});
    allowed += answer && answer->status != 429;
  }
  EXPECT_LT(allowed, 5);
}

TEST_F(Reload, AProfileIsActivatedByASecondPersonBoundToItsTextAndTakenBackByOne) {
  const std::string first = config.profile("phrcb"), first_version = version("phrcb");
  const std::string second = otherwise(first);

  const auto wrong = town.operate("operator-zhao", "POST", "/v1/proposals/rule.profile",
                                  propose(replaced(second, "role: bank", "role: bonk")));
  EXPECT_EQ(wrong.status, 422u) << wrong.body;
  EXPECT_TRUE(wrong.body.contains("phrcb/profile.yaml:")) << wrong.body;

  const auto proposed = town.operate("approver-wang", "POST", "/v1/proposals/rule.profile", propose(second));
  ASSERT_EQ(proposed.status, 201u) << proposed.body;
  EXPECT_EQ(version("phrcb"), first_version) << "a proposal changes nothing";
  EXPECT_EQ(approve("approver-wang", proposed).status, 403u) << "nobody approves what he proposed";
  EXPECT_EQ(approve("operator-zhao", proposed).status, 403u) << "nor who may not";
  EXPECT_EQ(version("phrcb"), first_version);

  const auto by_other = town.operate("operator-zhao", "POST", "/v1/proposals/rule.profile", propose(second));
  const std::string other_hash = R"({"hash": ")" + std::string(64, '0') + "\"}";
  const std::string target = "/v1/proposals/" + member(by_other.body, "proposal") + "/approve";
  EXPECT_EQ(town.operate("approver-wang", "POST", target, other_hash).status, 409u) << "another text";
  EXPECT_EQ(config.profile("phrcb"), first);
  const auto approved = approve("approver-wang", by_other);
  ASSERT_EQ(approved.status, 200u) << approved.body;
  EXPECT_EQ(config.profile("phrcb"), second) << "the file follows";
  EXPECT_EQ(version("phrcb"), hex(sha256(second)));
  const auto answer = town.post("phrcb", bytes("phrcb", "A1", 1));
  EXPECT_TRUE(answer.body.contains("LOANGAT2")) << answer.body;

  EXPECT_EQ(town.operate("officer-li", "POST", "/v1/acts/profile.back",
                         R"({"institution": "phrcb", "reason": "x"})")
                .status,
            403u);
  const auto back = town.operate("operator-zhao", "POST", "/v1/acts/profile.back",
                                 R"({"institution": "phrcb", "reason": "the bank has not switched"})");
  ASSERT_EQ(back.status, 200u) << back.body;
  EXPECT_EQ(config.profile("phrcb"), first);
  EXPECT_EQ(version("phrcb"), first_version);
  EXPECT_TRUE(town.post("phrcb", bytes("phrcb", "A2", 1)).body.contains("LOANGATE"));
  EXPECT_EQ(town.operate("operator-zhao", "POST", "/v1/acts/profile.back",
                         R"({"institution": "phrcb", "reason": "again"})")
                .status,
            409u)
      << "before the first there is none";
  const std::string history = town.ask_operations("/v1/profiles/phrcb");
  EXPECT_TRUE(history.contains(R"("approved_by":"approver-wang")")) << history;
}

TEST_F(Reload, AProposalForAVersionThatIsNoLongerInForceIsRefused) {
  const auto proposed = town.operate("operator-zhao", "POST", "/v1/proposals/rule.profile",
                                     propose(otherwise(config.profile("phrcb"))));
  ASSERT_EQ(proposed.status, 201u) << proposed.body;
  config.set("phrcb", config.profile("phrcb") + "# by hand\n");
  const auto unloaded = approve("approver-wang", proposed);
  EXPECT_EQ(unloaded.status, 409u) << unloaded.body;
  EXPECT_TRUE(unloaded.body.contains("profile_file_changed")) << unloaded.body;
  ASSERT_TRUE(town.sandbox().gateway().reload().empty());
  const auto stale = approve("approver-wang", proposed);
  EXPECT_EQ(stale.status, 409u) << stale.body;
  EXPECT_TRUE(stale.body.contains("profile_changed_meanwhile")) << stale.body;
  EXPECT_TRUE(config.profile("phrcb").ends_with("# by hand\n"));
}

TEST_F(Reload, AStartWritesTheFileThatACrashLeftBehindAndTakesAHandsChangeAsItIs) {
  const std::string first = config.profile("phrcb"), second = otherwise(first);
  const auto proposed = town.operate("operator-zhao", "POST", "/v1/proposals/rule.profile", propose(second));
  ASSERT_EQ(approve("approver-wang", proposed).status, 200u);
  config.set("phrcb", first);  // as a crash between commit and file would leave it
  ASSERT_TRUE(town.sandbox().restart().empty());
  EXPECT_EQ(config.profile("phrcb"), second);
  EXPECT_EQ(version("phrcb"), hex(sha256(second)));

  const std::string by_hand = second + "# by hand\n";
  config.set("phrcb", by_hand);
  ASSERT_TRUE(town.sandbox().restart().empty());
  EXPECT_EQ(config.profile("phrcb"), by_hand);
  EXPECT_EQ(version("phrcb"), hex(sha256(by_hand)));
  const std::string history = town.ask_operations("/v1/profiles/phrcb");
  EXPECT_EQ(member(history, "no"), "3") << "the hand's text is a version of the record";
  EXPECT_EQ(town.operate("operator-zhao", "POST", "/v1/acts/profile.back",
                         R"({"institution": "phrcb", "reason": "not by hand"})")
                .status,
            200u);
  EXPECT_EQ(config.profile("phrcb"), second);
}

/// What `loangate ARGUMENTS` prints on stdout, and how it ends.
support::Ran loangate_ends(const std::string& arguments) {
  return support::run(fmt::format("{}/loangate {} 2>/dev/null", LOANGATE_BINARY_DIR, arguments));
}

/// Seven filings that a changed profile reads otherwise or not at all, two that nobody can read, and a word
/// of the office that goes to the bank.
TEST_F(Reload, ABacktestFindsExactlyTheSeededDifferences) {
  const auto file = [&](const std::string& loan, Security security, Rate rate) {
    Record record = support::filing(town.partner("phrcb"), loan, 1, Fen::yuan(1'000), town.today());
    auto message = LoanDisbursement::from(record);
    message.security = security;
    message.rate = rate;
    return town.say("phrcb", MessageKind::loan_disbursement, message.record());
  };
  const Rate usual = Rate::basis_points(360);
  for (int i = 0; i < 3; ++i) file(fmt::format("U{}", i), Security::unsecured, usual);
  for (int i = 0; i < 3; ++i) file(fmt::format("G{}", i), Security::pledge, usual);
  ASSERT_EQ(file("HELD", Security::mortgage, Rate::basis_points(2400)).receipt->outcome, Outcome::held);
  for (int i = 0; i < 2; ++i) {
    std::string broken = bytes("phrcb", fmt::format("X{}", i), 1);
    broken.resize(broken.size() - 3);
    ASSERT_EQ(town.post("phrcb", broken).status, 400u);
  }
  const auto ruled = town.office().decide(RuleHold::kind, RuleHold{.lender = *PartnerId::parse("phrcb"),
                                                                   .loan_no = *LoanNo::parse("HELD"),
                                                                   .ruling = HoldRuling::released,
                                                                   .reason = "explained"}
                                                              .record());
  ASSERT_TRUE(ruled) << ruled.error();
  ASSERT_EQ(town.post("bank07", bytes("bank07", "OTHER", 2)).status, 200u) << "another bank's";

  // Read otherwise: 4 is a mortgage now. Not read any more: 1. Written otherwise: the header's constant.
  const fs::path candidate = town.sandbox().data() / "candidate.yaml";
  write(candidate, replaced(otherwise(config.profile("phrcb")), "    pledge: \"1\"", "    pledge: \"6\""));
  const std::string gateway =
      fmt::format("--partner phrcb --days 2 --json --ops https://127.0.0.1:{} --data {} --as officer-li",
                  town.sandbox().gateway().operations_port(), town.sandbox().data().string());
  const auto ran = loangate_ends("backtest --profile " + candidate.string() + " " + gateway);
  EXPECT_EQ(ran.status, 1) << ran.output;
  EXPECT_EQ(member(ran.output, "received"), "9") << ran.output;
  EXPECT_EQ(member(ran.output, "read_otherwise"), "4") << ran.output;
  EXPECT_EQ(member(ran.output, "became_unreadable"), "3") << ran.output;
  EXPECT_EQ(member(ran.output, "became_readable"), "0") << ran.output;
  EXPECT_EQ(member(ran.output, "refused_otherwise"), "0") << ran.output;
  EXPECT_NE(member(ran.output, "sent"), "0") << ran.output;
  EXPECT_EQ(member(ran.output, "written_otherwise"), member(ran.output, "sent")) << ran.output;
  EXPECT_TRUE(ran.output.contains(R"({"field":"security","now":"unsecured","then":"mortgage"})"))
      << ran.output;
  EXPECT_EQ(version("phrcb"), hex(sha256(config.profile("phrcb")))) << "it only looked";

  const auto same = loangate_ends("backtest --profile " + config.file("phrcb").string() + " " + gateway);
  EXPECT_EQ(same.status, 0) << same.output;
  EXPECT_EQ(member(same.output, "received"), "9");
  write(candidate, "nonsense: [");
  EXPECT_EQ(loangate_ends("backtest --profile " + candidate.string() + " " + gateway).status, 2);

  // The server is down: the same by opening the store.
  write(candidate, replaced(otherwise(config.profile("phrcb")), "    pledge: \"1\"", "    pledge: \"6\""));
  town.sandbox().gateway().stop();
  const auto offline =
      loangate_ends(fmt::format("backtest --profile {} --partner phrcb --days 2 --json --config {} --data {}",
                                candidate.string(), config.path().string(), town.sandbox().data().string()));
  EXPECT_EQ(offline.status, 1);
  EXPECT_EQ(offline.output, ran.output);
}

}  // namespace
}  // namespace loangate
