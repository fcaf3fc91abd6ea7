// Sealed partners over real sockets: five of the sample banks, each sealing its own way, in both directions.
#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "adapters/codec/codec.hpp"
#include "adapters/seal/seal.hpp"
#include "app/pki.hpp"
#include "base/log.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

using adapters::Way;
using simulate::Partner;
using support::Town;

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == text.npos) throw std::runtime_error("not in the text: " + std::string(from));
  return text.replace(at, from.size(), to);
}

constexpr std::string_view forever = "from: 2020-01-01, until: 2090-12-31}\n";

std::string key(std::string_view id, std::string_view validity = forever) {
  return "      - {id: " + std::string(id) + ", " + std::string(validity);
}

std::string both_ways(std::string_view how, const std::string& from_keys, const std::string& to_keys) {
  return "\nseal:\n  from_partner:\n" + std::string(how) + "    keys:\n" + from_keys + "  to_partner:\n" +
         std::string(how) + "    keys:\n" + to_keys;
}

constexpr std::string_view over = "from: 2010-01-01, until: 2019-12-31}\n";

/// The profile of a sample bank with seals: JSON with SM2 over one member, fixed width with an HMAC behind
/// it, XML with an ECDSA signature in an element, XML sealed by RSA in the head, XML with PKCS#7 behind it.
std::string sealed_profile(const std::string& id, std::string text) {
  if (id == "sxbph") {
    text = replaced(
        std::move(text), "  - {constant: SXB, at: /head/bankId}\n",
        "  - {constant: SXB, at: /head/bankId}\n  - {seal: value, at: /head/sign}\n  - {seal: key, at: "
        "/head/signKey}\n");
    return text +
           both_ways("    algorithm: sm2-sm3\n    signature: raw\n    encoding: hex\n    covers: /body\n",
                     key("sx-2026a") + key("sx-2026b", "from: 2026-01-01, until: 2090-12-31}\n") +
                         key("sx-2010", over),
                     key("lg-2026"));
  }
  if (id == "phrcb") {
    return text + both_ways("    algorithm: hmac-sm3\n    encoding: hex\n    at: {trailer: \"\"}\n",
                            key("mac-1"), key("mac-1"));
  }
  if (id == "citicph") {
    text = replaced(std::move(text), "  - {constant: CN, at: /TX/LANGUAGE}\n",
                    "  - {constant: CN, at: /TX/LANGUAGE}\n  - {seal: value, at: /TX/SIGNED_MSG}\n");
    return text + both_ways("    algorithm: ecdsa-sha256\n", key("ec-b"), key("ec-g"));
  }
  if (id == "bank06") {
    return text +
           both_ways(
               "    algorithm: rsa-sha256\n    at: {header: X-Bank-Sign}\n    key_at: {header: X-Bank-Key}\n",
               key("rsa-b") + key("rsa-old", over), key("rsa-g"));
  }
  if (id == "bank07")
    return text + both_ways("    algorithm: pkcs7\n    at: {trailer: \"\\n\"}\n", key("cms-b"), key("cms-g"));
  return text;
}

constexpr std::string_view sealed_banks[] = {"sxbph", "phrcb", "citicph", "bank06", "bank07"};

/// A configuration beside which the profiles and the script of the PKI stand, as in the repository.
std::filesystem::path sealed_config() {
  static const TemporaryFolder folder;
  const std::filesystem::path source = LOANGATE_SOURCE_DIR;
  std::filesystem::copy(source / "config", folder.path() / "config",
                        std::filesystem::copy_options::recursive);
  std::filesystem::create_directory_symlink(source / "certs", folder.path() / "certs");
  std::filesystem::create_directory(folder.path() / "adapters");
  std::filesystem::create_directory_symlink(source / "adapters/bases", folder.path() / "adapters/bases");
  for (const auto& entry : std::filesystem::directory_iterator(source / "adapters/partners")) {
    const std::string id = entry.path().filename().string();
    const auto into = folder.path() / "adapters/partners" / id;
    std::filesystem::create_directories(into);
    std::ofstream(into / "profile.yaml") << sealed_profile(id, content(entry.path() / "profile.yaml"));
  }
  return folder.path() / "config";
}

Town& town() {
  static Town one(*Date::of(2026, 9, 21), 20, sealed_config());
  return one;
}

std::string loan_no() {
  static int last = 0;
  return "SEAL" + std::to_string(++last);
}

Record filing(Partner& bank, std::uint32_t company) {
  return support::filing(bank, loan_no(), company, Fen::yuan(10'000), town().today());
}

std::string written(Partner& bank, std::uint32_t company) {
  Record record = filing(bank, company);
  auto bytes = bank.write(MessageKind::loan_disbursement, record);
  EXPECT_TRUE(bytes) << bytes.error();
  return bytes.value_or("");
}

std::set<std::string> codes(const simulate::Answer& answer) {
  std::set<std::string> found;
  if (answer.receipt) {
    for (const FindingRow& row : answer.receipt->findings) found.insert(row.code);
  }
  return found;
}

TEST(Seals, EachBankFilesSealedAndProvesItsReceipt) {
  for (const std::string_view id : sealed_banks) {
    // The simulated bank takes no receipt whose seal does not hold.
    const auto answer = town().say(id, MessageKind::loan_disbursement, filing(town().partner(id), 1));
    EXPECT_EQ(answer.status, 200u) << id << ": " << answer.body;
    ASSERT_TRUE(answer.receipt) << id << ": " << answer.body;
    EXPECT_EQ(answer.receipt->outcome, Outcome::accepted) << id;
  }
}

// No two SM2 or ECDSA signatures are alike: the receipt is kept with its seal.
TEST(Seals, ADuplicateGetsTheFirstReceiptByteForByte) {
  for (const std::string_view id : sealed_banks) {
    const std::string bytes = written(town().partner(id), 2);
    const auto first = town().post(id, bytes);
    const auto again = town().post(id, bytes);
    EXPECT_EQ(first.status, 200u) << id << first.body;
    EXPECT_TRUE(again.duplicate) << id;
    EXPECT_EQ(again.body, first.body) << id;
  }
}

TEST(Seals, ABankMaySealTheSameMessageAnew) {
  Partner& bank = town().partner("sxbph");
  Record record = filing(bank, 3);
  const std::string first = bank.write(MessageKind::loan_disbursement, record).value();
  const std::string again = bank.write_again(MessageKind::loan_disbursement, record).value();
  ASSERT_NE(first, again);
  EXPECT_EQ(town().post("sxbph", first).status, 200u);
  EXPECT_TRUE(town().post("sxbph", again).duplicate);
}

TEST(Seals, OneAlteredByteMakesTheMessageUnreadableAndTheReceiptTellsWhatToCompare) {
  for (const std::string_view id : sealed_banks) {
    if (id == "bank06") continue;  // its seal is made when the bytes go out: below
    std::string bytes = written(town().partner(id), 4);
    bytes[bytes.find("SEAL")] = 'T';  // the loan's number
    const auto answer = town().post(id, bytes);
    EXPECT_EQ(answer.status, 400u) << id << ": " << answer.body;
    EXPECT_EQ(codes(answer), std::set<std::string>{"seal_wrong"}) << id << ": " << answer.body;
    ASSERT_TRUE(answer.receipt) << id;
    EXPECT_TRUE(answer.receipt->original_id) << id << ": it names the message all the same";
    EXPECT_EQ(answer.receipt->may_resend, Answer::yes) << id;
  }
}

TEST(Seals, AMessageWithoutASealIsUnreadable) {
  for (const std::string_view id : {"sxbph", "citicph", "bank07"}) {
    Partner& bank = town().partner(id);
    Record record = filing(bank, 4);
    bank.write(MessageKind::loan_disbursement, record).value();  // gives it its id
    std::string bare = adapters::encode(bank.profile(), MessageKind::loan_disbursement, record).value();
    if (id == "citicph") bare = replaced(bare, "<SIGNED_MSG>?</SIGNED_MSG>", "");
    if (id == "sxbph") bare = replaced(bare, ",\"sign\":\"?\",\"signKey\":\"?\"", "");
    const auto answer = town().post(id, bare);
    EXPECT_EQ(answer.status, 400u) << id << ": " << answer.body;
    EXPECT_EQ(codes(answer), std::set<std::string>{"seal_missing"}) << id << ": " << answer.body;
  }
}

TEST(Seals, FilesOfManyRecordsOfAPartnerThatSealsAreRefused) {
  net::OutRequest file = {.method = "POST",
                          .target = "/v1/batches",
                          .content_type = town().partner("phrcb").profile().content_types.front(),
                          .body = "0000001000001",
                          .headers = {}};
  const auto answer = town().call("senders/phrcb", std::move(file));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400u) << answer->body;
  EXPECT_TRUE(answer->body.contains("send single, sealed messages") ||
              answer->body.contains("framing_invalid"))
      << answer->body;
}

net::OutRequest message(std::string body, std::vector<std::pair<std::string, std::string>> headers) {
  return {.method = "POST",
          .target = "/v1/messages",
          .content_type = {},
          .body = std::move(body),
          .headers = std::move(headers)};
}

/// Sends with fields of the head of our own choosing, and gives the status and the findings.
std::pair<unsigned, std::set<std::string>> send(const std::string& body,
                                                std::vector<std::pair<std::string, std::string>> headers) {
  const auto answered = town().call("senders/bank06", message(body, std::move(headers)));
  if (!answered) throw std::runtime_error(answered.error().reason);
  simulate::Answer answer{answered->status, answered->body, false, std::nullopt};
  auto decoded = adapters::decode(town().partner("bank06").profile(), answered->body);
  if (decoded) answer.receipt = Receipt::from(decoded->record);
  return {answer.status, codes(answer)};
}

TEST(Seals, InTheHeadGoodMissingWrongUnknownAndOutdatedAreToldApart) {
  Partner& bank = town().partner("bank06");
  const std::string bytes = written(bank, 5);
  const auto head = adapters::head_seal(bank.profile(), Way::from_partner, bytes, real_now()).value();
  ASSERT_EQ(head.size(), 2u);
  using Told = std::pair<unsigned, std::set<std::string>>;
  const auto with = [&](std::size_t which, std::string value) {
    auto changed = head;
    changed[which].second = std::move(value);
    return changed;
  };
  EXPECT_EQ(send(bytes, {}), Told(400, {"seal_missing"}));
  // The same bytes with another seal are another message, and get an answer of their own.
  EXPECT_EQ(send(bytes, with(1, std::string(344, 'A'))), Told(400, {"seal_wrong"}));
  EXPECT_EQ(send(bytes, with(0, "nobody")), Told(400, {"seal_key_unknown"}));
  EXPECT_EQ(send(bytes, with(0, "rsa-old")), Told(400, {"seal_key_not_valid"}));
  EXPECT_EQ(send(bytes, with(1, "not base64")), Told(400, {"seal_malformed"}));
  std::string altered = bytes;
  altered[altered.find("10000")] = '2';
  EXPECT_EQ(send(altered, head), Told(400, {"seal_wrong"}));
  EXPECT_EQ(send(bytes, head), Told(200, {}));
  EXPECT_EQ(send(bytes, head).first, 200u);
}

/// The bank with another choice of keys to sign with.
std::string sealed_under(std::string_view key_id, Record& record) {
  Partner& bank = town().partner("sxbph");
  bank.write(MessageKind::loan_disbursement, record).value();
  std::string text = content(bank.profile().file);
  // Only this one counts for the bank.
  for (const std::string_view id : {"sx-2026a", "sx-2026b", "sx-2010"}) {
    const std::size_t at = text.find("until: ", text.find("{id: " + std::string(id))) + 7;
    text.replace(at, 10, id == key_id ? "2090-12-31" : "2026-01-01");
  }
  const auto keys = app::partner_seal_keys(town().sandbox().data());
  const auto profile =
      adapters::load_profile("sxbph", text, nullptr, &keys, LOANGATE_SOURCE_DIR "/adapters/bases");
  if (!profile) throw std::runtime_error(profile.error().front().text());
  return adapters::put_seal(*profile, Way::from_partner,
                            adapters::encode(*profile, MessageKind::loan_disbursement, record).value(),
                            real_now())
      .value();
}

TEST(Seals, BothKeysOfARotationAreTakenAndAnOutdatedOneIsNot) {
  const std::pair<std::string_view, unsigned> expected[] = {
      {"sx-2026a", 200}, {"sx-2026b", 200}, {"sx-2010", 400}};
  for (const auto& [id, status] : expected) {
    Record record = filing(town().partner("sxbph"), 6);
    const auto answer = town().post("sxbph", sealed_under(id, record));
    EXPECT_EQ(answer.status, status) << id << ": " << answer.body;
    if (status == 400) {
      EXPECT_EQ(codes(answer), std::set<std::string>{"seal_key_not_valid"}) << answer.body;
    }
  }
}

boost::asio::awaitable<bool> comes(Partner& partner, MessageKind kind) {
  for (int i = 0; i < 100 && partner.inbox().count(kind) == 0; ++i) {
    if (partner.endpoint() == nullptr) co_await partner.collect(std::chrono::seconds(0));
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor,
                                    std::chrono::milliseconds(100));
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
  co_return partner.inbox().count(kind) > 0;
}

// What we push and what lies in mailboxes is sealed; a pushed-to partner seals its acknowledgement.
TEST(Seals, NoticesReachTheOtherLendersSealed) {
  const Date lent = town().today().plus_days(-300);
  std::string reported;
  for (const std::string_view id : sealed_banks) {
    const std::string loan = loan_no();
    if (id == "sxbph") reported = loan;
    const auto answer = town().say(id, MessageKind::loan_disbursement,
                                   support::filing(town().partner(id), loan, 7, Fen::yuan(1000), lent));
    ASSERT_EQ(answer.status, 200u) << id << answer.body;
  }
  const OverdueReport report{.message_id = {},
                             .loan_no = *LoanNo::parse(reported),
                             .due_on = town().today().plus_days(-1),
                             .overdue_principal = Fen::yuan(1000)};
  ASSERT_EQ(town().say("sxbph", MessageKind::overdue_report, report.record()).status, 200u);
  for (const std::string_view id : sealed_banks) {
    if (id == "sxbph") continue;
    EXPECT_TRUE(
        app::wait_for(town().sandbox().context(), comes(town().partner(id), MessageKind::default_notice)))
        << id;
  }
  // Their sealed acknowledgements were believed: nothing waits for those who are pushed to.
  for (const std::string id : {"phrcb", "citicph", "bank07"}) {
    std::string left;
    for (int i = 0; i < 100 && left != R"({"deliveries":[]})"; ++i) {
      if (i > 0) usleep(50'000);
      left = town().ask_operations("/v1/deliveries?partner=" + id);
    }
    EXPECT_EQ(left, R"({"deliveries":[]})") << id;
  }
}

}  // namespace
}  // namespace loangate
