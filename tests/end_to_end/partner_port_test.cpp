// The partners' port with everything behind it: real mutual TLS, every sample profile, the real store.
#include <gtest/gtest.h>

#include <set>

#include "adapters/codec/codec.hpp"
#include "adapters/seal/seal.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

using simulate::Partner;
using support::Town;

Town& town() {
  static Town one(*Date::of(2026, 9, 21));
  return one;
}

std::vector<Partner*> banks() {
  return town().sandbox().peers().of(PartnerRole::bank);
}

std::string loan_no() {
  static int last = 0;
  return "E2E" + std::to_string(++last);
}

net::OutRequest message(std::string body, std::string type = {}) {
  return {.method = "POST",
          .target = "/v1/messages",
          .content_type = std::move(type),
          .body = std::move(body),
          .headers = {}};
}

std::string written(Partner& bank, MessageKind kind, Record record) {
  auto bytes = bank.write(kind, record);
  EXPECT_TRUE(bytes) << bytes.error();
  return bytes.value_or("");
}

std::set<std::string> finding_codes(const simulate::Answer& answer) {
  std::set<std::string> codes;
  if (answer.receipt) {
    for (const FindingRow& row : answer.receipt->findings) codes.insert(row.code);
  }
  return codes;
}

TEST(PartnerPort, TakesAFilingFromEveryBankInItsOwnFormat) {
  for (Partner* bank : banks()) {
    const auto answer = town().say(bank->id().view(), MessageKind::loan_disbursement,
                                   support::filing(*bank, loan_no(), 1, Fen::yuan(10'000), town().today()));
    EXPECT_EQ(answer.status, 200u) << bank->id().view() << ": " << answer.body;
    ASSERT_TRUE(answer.receipt) << bank->id().view() << ": " << answer.body;
    EXPECT_EQ(answer.receipt->outcome, Outcome::accepted) << bank->id().view();
  }
}

TEST(PartnerPort, AnswersADuplicateWithTheFirstReceiptByteForByte) {
  for (Partner* bank : banks()) {
    const std::string bytes =
        written(*bank, MessageKind::loan_disbursement,
                support::filing(*bank, loan_no(), 2, Fen::yuan(10'000), town().today()));
    const auto first = town().post(bank->id().view(), bytes);
    const auto again = town().post(bank->id().view(), bytes);
    EXPECT_FALSE(first.duplicate) << bank->id().view();
    EXPECT_TRUE(again.duplicate) << bank->id().view();
    EXPECT_EQ(again.status, first.status) << bank->id().view();
    EXPECT_EQ(again.body, first.body) << bank->id().view();
  }
}

TEST(PartnerPort, CallsTheSameIdWithOtherContentAConflictAndKeepsTheFirst) {
  for (Partner* bank : banks()) {
    Record record = support::filing(*bank, loan_no(), 3, Fen::yuan(10'000), town().today());
    const std::string first = written(*bank, MessageKind::loan_disbursement, std::move(record));
    const auto accepted = town().post(bank->id().view(), first);
    ASSERT_EQ(accepted.status, 200u) << bank->id().view();

    auto decoded = adapters::decode(
        bank->profile(), adapters::without_trailer(bank->profile(), adapters::Way::from_partner, first));
    ASSERT_TRUE(decoded) << bank->id().view();
    decoded->record.set(LoanDisbursement::field::loan_amount, Fen::yuan(20'000));
    const auto other = bank->write_again(MessageKind::loan_disbursement, decoded->record);
    ASSERT_TRUE(other) << bank->id().view() << other.error();
    const auto conflict = town().post(bank->id().view(), *other);
    EXPECT_EQ(conflict.status, 409u) << bank->id().view();
    EXPECT_TRUE(finding_codes(conflict).contains("message_id_conflict")) << bank->id().view();
    EXPECT_EQ(town().post(bank->id().view(), first).body, accepted.body) << bank->id().view();
  }
}

TEST(PartnerPort, KeepsUnreadableBytesOnceAndSaysWhereTheyAreWrong) {
  for (Partner* bank : banks()) {
    std::string bytes = written(*bank, MessageKind::loan_disbursement,
                                support::filing(*bank, loan_no(), 4, Fen::yuan(10'000), town().today()));
    bytes.pop_back();
    bytes.pop_back();
    bytes.pop_back();  // a record that is three bytes short, a document without its end
    const auto first = town().post(bank->id().view(), bytes);
    EXPECT_EQ(first.status, 400u) << bank->id().view() << ": " << first.body;
    ASSERT_TRUE(first.receipt) << bank->id().view() << ": " << first.body;
    EXPECT_EQ(first.receipt->outcome, Outcome::unreadable) << bank->id().view();
    EXPECT_FALSE(first.receipt->findings.empty()) << bank->id().view();
    EXPECT_EQ(town().post(bank->id().view(), bytes).body, first.body) << bank->id().view();
  }
}

TEST(PartnerPort, SurvivesBytesThatAreNothing) {
  for (Partner* bank : banks()) {
    for (const std::string& bytes :
         {std::string(), std::string("\0\xff\x80", 3), std::string(5000, '<'), std::string(5000, '[')}) {
      const auto answer = town().post(bank->id().view(), bytes);
      EXPECT_EQ(answer.status, 400u) << bank->id().view();
      EXPECT_TRUE(answer.receipt) << bank->id().view() << ": " << answer.body;
    }
  }
}

TEST(PartnerPort, RefusesWhatBreaksARuleWithEveryFindingAtOnce) {
  Partner& bank = town().partner("sxbph");
  Record record =
      support::filing(bank, loan_no(), 999, Fen::yuan(30'000'000), town().today());  // not listed, too much
  const auto answer = town().say("sxbph", MessageKind::loan_disbursement, std::move(record));
  EXPECT_EQ(answer.status, 422u);
  EXPECT_TRUE(finding_codes(answer).contains("company_not_listed"));
  EXPECT_TRUE(finding_codes(answer).contains("ceiling_exceeded"));
  ASSERT_TRUE(answer.receipt);
  for (const FindingRow& finding : answer.receipt->findings) {
    EXPECT_FALSE(finding.text_zh.empty());
    EXPECT_FALSE(finding.text_en.empty());
    EXPECT_TRUE(finding.place) << finding.code;
  }
}

TEST(PartnerPort, RefusesARepaymentOfAnUnknownAndOfASettledLoan) {
  Partner& bank = town().partner("phrcb");
  const auto repayment = [&](const std::string& loan) {
    return LoanRepayment{.message_id = {},
                         .loan_no = *LoanNo::parse(loan),
                         .paid_on = town().today(),
                         .principal = Fen::yuan(1)}
        .record();
  };
  const auto unknown = town().say("phrcb", MessageKind::loan_repayment, repayment("NOSUCH"));
  EXPECT_EQ(unknown.status, 422u);
  EXPECT_TRUE(finding_codes(unknown).contains("loan_unknown"));

  const std::string loan = loan_no();
  ASSERT_EQ(town()
                .say("phrcb", MessageKind::loan_disbursement,
                     support::filing(bank, loan, 5, Fen::yuan(100), town().today()))
                .status,
            200u);
  ASSERT_EQ(town()
                .say("phrcb", MessageKind::loan_settlement,
                     LoanSettlement{.message_id = {},
                                    .loan_no = *LoanNo::parse(loan),
                                    .settled_on = town().today(),
                                    .principal = Fen::yuan(100)}
                         .record())
                .status,
            200u);
  const auto settled = town().say("phrcb", MessageKind::loan_repayment, repayment(loan));
  EXPECT_EQ(settled.status, 422u);
  EXPECT_TRUE(finding_codes(settled).contains("loan_in_wrong_state"));
}

TEST(PartnerPort, GivesReceiptsAgainByMessageIdAndByNumberToTheirOwnerOnly) {
  Partner& bank = town().partner("sxbph");
  const std::string bytes = written(bank, MessageKind::loan_disbursement,
                                    support::filing(bank, loan_no(), 6, Fen::yuan(100), town().today()));
  const auto first = town().post("sxbph", bytes);
  ASSERT_TRUE(first.receipt);
  const std::string id = first.receipt->original_id->string();
  const std::string number = std::to_string(first.receipt->receipt_no);
  const auto get = [](const std::string& target) {
    return net::OutRequest{.method = "GET", .target = target, .content_type = {}, .body = {}, .headers = {}};
  };
  for (const std::string& key : {id, number}) {
    const auto again = town().call("senders/sxbph", get("/v1/receipts/" + key));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, 200u);
    EXPECT_EQ(again->body, first.body);
    EXPECT_EQ(again->header("Loangate-Message"), number);
  }
  const auto foreign = town().call("senders/phrcb", get("/v1/receipts/" + number));
  ASSERT_TRUE(foreign);
  EXPECT_EQ(foreign->status, 404u);
}

TEST(PartnerPort, GivesEachPartnerItsOwnContractAndItsParts) {
  const auto get = [](const std::string& certificate, const std::string& target,
                      std::vector<std::pair<std::string, std::string>> headers = {}) {
    return *town().call(
        certificate,
        {.method = "GET", .target = target, .content_type = {}, .body = {}, .headers = std::move(headers)});
  };
  const auto page = get("senders/sxbph", "/v1/contract");
  EXPECT_EQ(page.status, 200u);
  EXPECT_EQ(page.content_type, "text/html; charset=UTF-8");
  EXPECT_TRUE(page.body.contains("绍兴银行平湖支行"));
  EXPECT_TRUE(get("senders/phrcb", "/v1/contract").body.contains("平湖农商银行"));

  const auto same =
      get("senders/sxbph", "/v1/contract", {{"If-None-Match", std::string(page.header("ETag"))}});
  EXPECT_EQ(same.status, 304u);
  EXPECT_TRUE(same.body.empty());

  const auto index = get("senders/sxbph", "/v1/contract", {{"Accept", "application/json"}});
  EXPECT_EQ(index.content_type, "application/json");
  EXPECT_EQ(get("senders/sxbph", "/v1/contract?part=index").body, index.body);
  EXPECT_TRUE(index.body.contains("schema/loan.disbursement.schema.json"));

  const auto schema = get("senders/sxbph", "/v1/contract?part=schema/loan.disbursement.schema.json");
  EXPECT_EQ(schema.status, 200u);
  EXPECT_EQ(schema.content_type, "application/schema+json");

  const auto none = get("senders/sxbph", "/v1/contract?part=../profile.yaml");
  EXPECT_EQ(none.status, 404u);
  EXPECT_EQ(none.content_type, "application/problem+json");
  EXPECT_TRUE(none.body.contains("schema/loan.disbursement.schema.json"));
}

TEST(PartnerPort, KnowsWhoSpeaksByTheCertificateAlone) {
  Partner& bank = town().partner("phrcb");
  const std::string bytes = written(bank, MessageKind::loan_disbursement,
                                    support::filing(bank, loan_no(), 7, Fen::yuan(100), town().today()));
  for (const std::string certificate : {"special/stranger", "persons/officer-li"}) {
    const auto answer = town().call(certificate, message(bytes));
    ASSERT_TRUE(answer) << certificate;
    EXPECT_EQ(answer->status, 403u) << certificate;
    EXPECT_EQ(answer->content_type, "application/problem+json");
  }
  auto as_another = message(bytes);
  as_another.headers.emplace_back("Loangate-Partner", "citicph");
  const auto claimed = town().call("senders/phrcb", std::move(as_another));
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->status, 403u);
  for (const std::string certificate : {"special/revoked", "special/foreign"}) {
    EXPECT_FALSE(town().call(certificate, message(bytes))) << certificate;
  }
}

net::OutRequest document(std::string bytes, std::string type) {
  return {.method = "POST",
          .target = "/v1/documents",
          .content_type = std::move(type),
          .body = std::move(bytes),
          .headers = {}};
}

TEST(PartnerPort, KeepsADocumentOnceUnderItsDigest) {
  const std::string bytes("%PDF-1.7\n\0\xff contract", 20);
  const auto first = town().call("senders/sxbph", document(bytes, "application/pdf"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 201u);
  EXPECT_NE(first->body.find(hex(sha256(bytes))), std::string::npos) << first->body;
  const auto again = town().call("senders/sxbph", document(bytes, "application/pdf"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->body, first->body) << "the first answer, byte for byte";
  const auto kept = town().ask_operations("/v1/documents/sxbph/" + hex(sha256(bytes)));
  EXPECT_EQ(kept, bytes);
  const auto foreign = town().ask_operations("/v1/documents/phrcb/" + hex(sha256(bytes)));
  EXPECT_NE(foreign.find("not_found"), std::string::npos) << "who sent it is part of its name";
}

TEST(PartnerPort, RefusesADocumentThatIsEmptyTooLargeOrOfAnotherType) {
  const auto status = [](net::OutRequest request) {
    const auto answer = town().call("senders/sxbph", std::move(request));
    return answer ? answer->status : 0u;
  };
  EXPECT_EQ(status(document("MZ", "application/x-msdownload")), 415u);
  EXPECT_EQ(status(document("", "application/pdf")), 400u);
  // Refused by its length, before it is read: a client that goes on sending may find the connection gone.
  const std::string too_large((8u << 20) + 1, ' ');
  const unsigned refused = status(document(too_large, "application/pdf"));
  EXPECT_TRUE(refused == 413 || refused == 0) << refused;
  EXPECT_NE(town().ask_operations("/v1/documents/sxbph/" + hex(sha256(too_large))).find("not_found"),
            std::string::npos);
  EXPECT_EQ(
      status({.method = "GET", .target = "/v1/documents", .content_type = {}, .body = {}, .headers = {}}),
      405u);
}

TEST(PartnerPort, RefusesWrongTypesSizesAndPathsBeforeTheBody) {
  Partner& bank = town().partner("sxbph");
  const auto status = [](net::OutRequest request) {
    const auto answer = town().call("senders/sxbph", std::move(request));
    return answer ? answer->status : 0u;
  };
  EXPECT_EQ(status(message("{}", "text/html")), 415u);
  auto packed = message("{}");
  packed.headers.emplace_back("Content-Encoding", "gzip");
  EXPECT_EQ(status(std::move(packed)), 415u);
  EXPECT_EQ(status(message(std::string(bank.profile().bounds.body_bytes + 1, ' '))), 413u);
  EXPECT_EQ(
      status({.method = "GET", .target = "/v1/messages", .content_type = {}, .body = {}, .headers = {}}),
      405u);
  EXPECT_EQ(status({.method = "GET", .target = "/v1/nothing", .content_type = {}, .body = {}, .headers = {}}),
            404u);
}

TEST(PartnerPort, NoticesGoToTheOtherLendersAndNameNeitherBankNorAmount) {
  Partner& reporter = town().partner("phrcb");
  Partner& other = town().partner("sxbph");
  const std::string loan = loan_no();
  const Date lent = town().today().plus_days(-300);
  ASSERT_EQ(town()
                .say("phrcb", MessageKind::loan_disbursement,
                     support::filing(reporter, loan, 8, Fen::yuan(1000), lent))
                .status,
            200u);
  ASSERT_EQ(town()
                .say("sxbph", MessageKind::loan_disbursement,
                     support::filing(other, loan_no(), 8, Fen::yuan(2000), lent))
                .status,
            200u);
  const OverdueReport report{.message_id = {},
                             .loan_no = *LoanNo::parse(loan),
                             .due_on = town().today().plus_days(-1),
                             .overdue_principal = Fen::yuan(1000)};
  ASSERT_EQ(town().say("phrcb", MessageKind::overdue_report, report.record()).status, 200u);

  const auto collected = app::wait_for(town().sandbox().context(), other.collect(std::chrono::seconds(10)));
  ASSERT_TRUE(collected) << collected.error();
  std::string notice;
  for (const auto& [id, item] : other.inbox().items()) {
    if (item.kind == MessageKind::default_notice) notice = canonical_json(item.message);
  }
  EXPECT_NE(notice.find(simulate::borrower(8).uscc.string()), std::string::npos) << notice;
  EXPECT_EQ(notice.find("phrcb"), std::string::npos) << notice;
  EXPECT_EQ(notice.find("1000"), std::string::npos) << notice;
}

TEST(PartnerPort, AfterARestartEverythingIsThere) {
  Partner& bank = town().partner("citicph");
  const std::string bytes = written(bank, MessageKind::loan_disbursement,
                                    support::filing(bank, loan_no(), 9, Fen::yuan(100), town().today()));
  const auto first = town().post("citicph", bytes);
  ASSERT_EQ(first.status, 200u);
  ASSERT_TRUE(town().sandbox().restart().empty());
  const auto again = town().post("citicph", bytes);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.body, first.body);
}

TEST(PartnerPort, SaysTryLaterWhileTheDiskIsFullAndTakesTheMessageAfterwards) {
  support::Town own(*Date::of(2026, 9, 21), 2);
  Partner& bank = own.partner("sxbph");
  Record record = support::filing(bank, "FULL1", 1, Fen::yuan(100), own.today());
  const auto bytes = bank.write(MessageKind::loan_disbursement, record);
  ASSERT_TRUE(bytes);
  own.sandbox().set_low_water(std::uint64_t{1} << 62);  // no disk has as much: all of it counts as full
  ASSERT_TRUE(own.sandbox().restart().empty());
  const auto refused = own.call("senders/sxbph", message(*bytes));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503u);
  EXPECT_FALSE(refused->header("Retry-After").empty());
  own.sandbox().set_low_water(1);
  ASSERT_TRUE(own.sandbox().restart().empty());
  const auto taken = own.call("senders/sxbph", message(*bytes));
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->status, 200u);
}

}  // namespace
}  // namespace loangate
