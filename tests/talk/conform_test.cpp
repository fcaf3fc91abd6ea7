// `loangate conform` as a partner's engineer calls it: a third of the partners here, all of them in ./dev
// prove (LOANGATE_CONFORM=all).
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/signature.hpp"
#include "base/bytes.hpp"
#include "base/json.hpp"
#include "simulate/conversation.hpp"
#include "tests/support/command.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

namespace fs = std::filesystem;

support::Ran loangate_ends(const std::string& arguments) {
  return support::run(fmt::format("'{}/loangate' {}", LOANGATE_BINARY_DIR, arguments));
}

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

const fs::path source = LOANGATE_SOURCE_DIR;

/// A configuration of its own, whose partners can be changed.
fs::path own_configuration(const fs::path& folder) {
  fs::create_directory(folder / "adapters");
  for (const char* part : {"config", "certs", "adapters/partners", "adapters/bases"})
    fs::copy(source / part, folder / part, fs::copy_options::recursive);
  return folder / "config";
}

void replace_in(const fs::path& file, std::string_view what, std::string_view by) {
  std::string text = content(file);
  const std::size_t at = text.find(what);
  ASSERT_NE(at, text.npos) << what;
  text.replace(at, what.size(), by);
  std::ofstream(file, std::ios::binary) << text;
}

TEST(Conform, PartnersOfEachRoleFormatAndDeliveryConform) {
  const TemporaryFolder folder;
  const char* which = std::getenv("LOANGATE_CONFORM");
  const bool all = which != nullptr && std::string_view(which) == "all";
  std::string partners = all ? " --all" : "";
  if (!all) {
    for (const char* id : {"bank04", "bank16", "sxbph", "phrcb", "tabank", "fund", "tafund", "jxguar",
                           "zjguar", "credit", "office"})
      partners += fmt::format(" --partner {}", id);
  }
  const fs::path out = folder.path() / "out";
  const support::Ran ran = loangate_ends(
      fmt::format("conform --config '{}/config' --out '{}'{}", source.string(), out.string(), partners));
  EXPECT_EQ(ran.status, 0) << ran.output;
  std::size_t reports = 0;
  for (const auto& entry : fs::directory_iterator(out)) {
    ++reports;
    JsonDocument report;
    ASSERT_TRUE(report.read(content(entry.path() / "report.json"),
                            {.max_bytes = 64u << 20, .max_nodes = 10'000'000}));
    EXPECT_EQ(report.member(report.root(), "conforms")->text, "true") << entry.path();
  }
  const auto known =
      std::distance(fs::directory_iterator(source / "adapters/partners"), fs::directory_iterator());
  EXPECT_EQ(reports, all ? static_cast<std::size_t>(known) : 11u);

  // Both sides sign one of them; what was changed afterwards no longer verifies.
  const fs::path signed_report = out / "sxbph";
  const std::string openssl = fmt::format(
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /O=Bank/CN=engineer -keyout '{0}/k.pem' -out "
      "'{0}/c.pem' 2>/dev/null",
      folder.path().string());
  ASSERT_EQ(std::system(openssl.c_str()), 0);
  support::Ran verified = loangate_ends(fmt::format("conform verify '{}'", signed_report.string()));
  EXPECT_EQ(verified.status, 1);
  EXPECT_NE(verified.output.find("✓ gateway"), std::string::npos) << verified.output;
  EXPECT_NE(verified.output.find("✗ partner 尚未签署"), std::string::npos) << verified.output;
  const support::Ran sealed =
      loangate_ends(fmt::format("conform sign '{0}' --certificate '{1}/c.pem' --key '{1}/k.pem'",
                                signed_report.string(), folder.path().string()));
  EXPECT_EQ(sealed.status, 0) << sealed.output;
  verified = loangate_ends(fmt::format("conform verify '{}'", signed_report.string()));
  EXPECT_EQ(verified.status, 0) << verified.output;
  EXPECT_NE(verified.output.find("engineer"), std::string::npos);
  // OpenSSL itself, as the other side would.
  const std::string independent = fmt::format(
      "openssl cms -verify -binary -inform DER -in '{0}/report.json.partner.p7s' -content '{0}/report.json' "
      "-noverify -out /dev/null 2>/dev/null",
      signed_report.string());
  EXPECT_EQ(std::system(independent.c_str()), 0);
  // Of a CA that did not issue the certificate:
  EXPECT_EQ(loangate_ends(fmt::format("conform verify '{}' --ca '{}/c.pem'", signed_report.string(),
                                      folder.path().string()))
                .status,
            1);

  replace_in(signed_report / "report.html", "符合性报告", "符合性报吿");
  EXPECT_EQ(loangate_ends(fmt::format("conform verify '{}'", signed_report.string())).status, 1);
  replace_in(signed_report / "report.html", "符合性报吿", "符合性报告");
  EXPECT_EQ(loangate_ends(fmt::format("conform verify '{}'", signed_report.string())).status, 0);
  replace_in(signed_report / "report.json", "\"conforms\":true", "\"conforms\":false");
  EXPECT_EQ(loangate_ends(fmt::format("conform verify '{}'", signed_report.string())).status, 1);
}

TEST(Conform, AProfileThatReadsTheBanksOwnSamplesOtherwiseIsRed) {
  const TemporaryFolder folder;
  const fs::path config = own_configuration(folder.path());
  // Amounts a tenth of what the fund means: gateway and simulated fund share the profile and cannot tell, the
  // fund's own bytes can.
  replace_in(folder.path() / "adapters/partners/fund/profile.yaml", "money: {unit: fen}",
             "money: {unit: yuan, implied: 3}");
  const support::Ran ran = loangate_ends(
      fmt::format("conform --partner fund --config '{}' --scripts '{}' --out '{}'", config.string(),
                  (source / "tests/talk").string(), (folder.path() / "out").string()));
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.output.find("✗ 机构自己的样例报文"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find("is read otherwise than"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find("fund 不符合"), std::string::npos) << ran.output;
}

TEST(Conform, AHostThatWritesOtherwiseThanItsProfileSaysIsRedWithTheReason) {
  // The bank's own system here writes UTF-8; the gateway's profile of it says GB18030.
  support::Town town(*parse_date("2025-06-03"));
  const TemporaryFolder folder;
  own_configuration(folder.path());
  const fs::path bank = folder.path() / "adapters/partners/phrcb/profile.yaml";
  replace_in(bank, "encoding: GB18030", "encoding: UTF-8");
  const auto other = adapters::load_partners(folder.path() / "adapters/partners");
  ASSERT_TRUE(other) << other.error().front().text();
  auto peers = simulate::Peers::open(
      town.sandbox().context(), *other, town.sandbox().clock(),
      {.pki = town.sandbox().data() / "pki", .identities = town.sandbox().config().identities});
  ASSERT_TRUE(peers);
  (*peers)->connect("127.0.0.1", town.sandbox().gateway().partners_port());
  const auto talk = simulate::load_script(source / "tests/talk/bank/01-filing.yaml");
  ASSERT_TRUE(talk);
  simulate::Stage stage{**peers, town.office(), town.sandbox().clock(), {}};
  simulate::Fresh fresh;
  const auto reports =
      app::wait_for(town.sandbox().context(),
                    simulate::converse(stage, talk->letters, talk->scripts.front(),
                                       {&(*peers)->at(*PartnerId::parse("phrcb"))}, fresh,
                                       [](const simulate::Partner&, const simulate::StepReport&) {}));
  (*peers)->stop();
  EXPECT_EQ(reports.front().verdict, simulate::Verdict::failed);
  EXPECT_NE(reports.front().reason.find("HTTP 400"), std::string::npos) << reports.front().reason;
}

TEST(Conform, AnUnknownPartnerIsNamedWithTheKnownOnes) {
  const TemporaryFolder folder;
  const support::Ran ran = loangate_ends(fmt::format(
      "conform --partner bank99 --config '{}/config' --out '{}'", source.string(), folder.path().string()));
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.output.find("`bank99` is no partner: known are bank04"), std::string::npos) << ran.output;
}

TEST(Signature, HoldsForItsBytesAlone) {
  const TemporaryFolder folder;
  const std::string at = folder.path().string();
  const auto made = fmt::format(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=one -keyout "
      "'{0}/k.pem' -out "
      "'{0}/c.pem' 2>/dev/null && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "
      "'{0}/other.pem' 2>/dev/null",
      at);
  ASSERT_EQ(std::system(made.c_str()), 0);
  const auto signature = app::sign("报告", at + "/c.pem", at + "/k.pem");
  ASSERT_TRUE(signature);
  EXPECT_TRUE(app::verify("报告", *signature, std::nullopt));
  EXPECT_TRUE(app::verify("报告", *signature, at + "/c.pem"));
  EXPECT_FALSE(app::verify("报告 ", *signature, std::nullopt));
  EXPECT_FALSE(app::verify("报告", signature->substr(0, 40), std::nullopt));
  EXPECT_FALSE(app::verify("报告", "", std::nullopt));
  EXPECT_FALSE(app::sign("报告", at + "/c.pem", at + "/other.pem"));
  EXPECT_FALSE(app::sign("报告", at + "/none.pem", at + "/k.pem"));
}

}  // namespace
}  // namespace loangate
