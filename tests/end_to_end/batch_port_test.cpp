// Files of many records over a real socket: what a bank gets for them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "adapters/codec/codec.hpp"
#include "tests/support/batch_file.hpp"
#include "tests/support/town.hpp"

namespace loangate {
namespace {

using simulate::Partner;
using support::BatchFile;
using support::Town;

Town& town() {
  static Town one(*Date::of(2026, 9, 21));
  return one;
}

constexpr std::string_view bank_ids[] = {"phrcb", "sxbph", "citicph", "bank10"};

std::string id_of(std::string_view bank, int number) {
  return bank == "phrcb" ? fmt::format("20260921{:04}", number) : fmt::format("B2026-{}", number);
}

std::string certificate_of(std::string_view bank) {
  return fmt::format("senders/{}", bank);
}

net::Response post(std::string_view bank, std::string text, std::string query = "", std::string type = "") {
  auto response = town().call(certificate_of(bank), {.method = "POST",
                                                     .target = "/v1/batches" + query,
                                                     .content_type = std::move(type),
                                                     .body = std::move(text),
                                                     .headers = {}});
  EXPECT_TRUE(response);
  return response ? *std::move(response) : net::Response{.status = 0};
}
net::Response get(std::string_view bank, std::string target) {
  auto response = town().call(
      certificate_of(bank),
      {.method = "GET", .target = std::move(target), .content_type = "", .body = "", .headers = {}});
  EXPECT_TRUE(response);
  return response ? *std::move(response) : net::Response{.status = 0};
}

/// Filings of small loans, numbered from `first` on.
BatchFile filings(std::string_view bank_id, int batch, int first, int count) {
  Partner& bank = town().partner(bank_id);
  BatchFile file{.profile = bank.profile(), .id = id_of(bank_id, batch)};
  for (int i = 0; i < count; ++i) {
    Record record = support::filing(bank, fmt::format("BF{}", first + i),
                                    1 + static_cast<std::uint32_t>(i % 20), Fen::yuan(100), town().today());
    EXPECT_TRUE(bank.write(MessageKind::loan_disbursement, record));
    file.add(MessageKind::loan_disbursement, record);
  }
  return file;
}

std::set<std::string> codes_in(std::string_view bank, const std::string& receipt) {
  std::set<std::string> codes;
  const auto read = adapters::decode(town().partner(bank).profile(), receipt);
  if (!read || read->kind != MessageKind::receipt) return codes;
  for (const FindingRow& row : Receipt::from(read->record).findings) codes.insert(row.code);
  return codes;
}

TEST(BatchPort, AFileIsAnsweredWithItsReturnFileAndTheSameFileWithTheSame) {
  for (const std::string_view bank : bank_ids) {
    const std::string text = filings(bank, 1, 0, 300).text();
    const auto first = post(bank, text);
    EXPECT_EQ(first.status, 200u) << bank << first.body;
    EXPECT_EQ(first.header("Location"), "/v1/batches/" + id_of(bank, 1));
    const auto again = post(bank, text);
    EXPECT_EQ(again.status, 200u);
    EXPECT_EQ(again.header("Loangate-Duplicate"), "true");
    EXPECT_EQ(again.body, first.body) << bank;
    EXPECT_EQ(get(bank, "/v1/batches/" + id_of(bank, 1)).body, first.body);
    EXPECT_EQ(get(bank, "/v1/batches/none").status, 404u);
  }
}

TEST(BatchPort, OneBadRecordAmongGoodOnesIsTheOnlyOneRefused) {
  for (const std::string_view bank : bank_ids) {
    BatchFile file = filings(bank, 2, 1000, 10);
    std::string& bad = file.records[6];
    bad.replace(bad.find("100.00"), 6, "1OO.00");
    const auto answer = post(bank, file.text());
    EXPECT_EQ(answer.status, 200u) << bank << answer.body;
    if (bank == "phrcb") EXPECT_NE(answer.body.find("line 8, bytes 213-227"), std::string::npos);
    if (bank == "sxbph") EXPECT_NE(answer.body.find("/transList/6/body/loanAmt"), std::string::npos);
    if (bank == "citicph")
      EXPECT_NE(answer.body.find("/BATCH/BODY/TX[7]/TX_INFO/LOAN_AMOUNT"), std::string::npos);
    if (bank == "bank10") EXPECT_NE(answer.body.find("\"at\":\"line 8, "), std::string::npos) << answer.body;
    const auto progress = town().ask_operations(fmt::format("/v1/batches/{}/{}", bank, id_of(bank, 2)));
    EXPECT_NE(progress.find(R"("state":"done")"), std::string::npos) << progress;
    EXPECT_NE(progress.find(R"("accepted":9,"unreadable":1)"), std::string::npos) << progress;
  }
}

TEST(BatchPort, WrongTotalsAreRefusedInTheBanksOwnFormatWithTheirPlace) {
  for (const std::string_view bank : bank_ids) {
    BatchFile file = filings(bank, 3, 2000, 5);
    file.stated_records = 6;
    auto answer = post(bank, file.text());
    EXPECT_EQ(answer.status, 400u) << bank;
    EXPECT_TRUE(codes_in(bank, answer.body).contains("batch_count_differs")) << bank << answer.body;
    file.stated_records.reset();
    file.stated_total = Fen::yuan(501);
    answer = post(bank, file.text());
    EXPECT_EQ(answer.status, 400u) << bank;
    EXPECT_TRUE(codes_in(bank, answer.body).contains("batch_total_differs")) << bank << answer.body;
    EXPECT_EQ(get(bank, "/v1/batches/" + id_of(bank, 3)).status, 404u);
  }
}

TEST(BatchPort, OtherContentUnderTheSameBatchIdIsAConflict) {
  for (const std::string_view bank : bank_ids) {
    ASSERT_EQ(post(bank, filings(bank, 4, 3000, 5).text()).status, 200u) << bank;
    const auto answer = post(bank, filings(bank, 4, 4000, 6).text());
    EXPECT_EQ(answer.status, 409u) << bank;
    EXPECT_TRUE(codes_in(bank, answer.body).contains("message_id_conflict")) << bank << answer.body;
  }
}

TEST(BatchPort, WhatTakesLongIsAskedForLater) {
  const auto answer = post("sxbph", filings("sxbph", 5, 10'000, 4000).text(), "?wait=0");
  ASSERT_EQ(answer.status, 202u) << answer.body;
  EXPECT_NE(answer.body.find(R"("records":4000)"), std::string::npos) << answer.body;
  const std::string location(answer.header("Location"));
  net::Response later;
  for (int i = 0; i < 400; ++i) {
    later = get("sxbph", location);
    if (later.status != 202) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(later.status, 200u) << later.body;
  EXPECT_NE(later.body.find(R"("succCnt":"4000")"), std::string::npos) << later.body.substr(0, 300);
}

TEST(BatchPort, WhatIsNoFileOfThePartnersIsAProblem) {
  EXPECT_EQ(post("bank04", "x").status, 404u);
  EXPECT_EQ(post("sxbph", "{}", "", "text/csv").status, 415u);
  EXPECT_EQ(post("sxbph", "{}", "?wait=soon").status, 400u);
  EXPECT_EQ(post("sxbph", "").status, 400u);
  EXPECT_EQ(get("phrcb", "/v1/batches/" + id_of("sxbph", 1)).status, 404u) << "another bank's";
}

}  // namespace
}  // namespace loangate
