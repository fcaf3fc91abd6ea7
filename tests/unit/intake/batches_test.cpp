// Files of many records on the real store, in the formats of the sample banks.
#include "intake/batches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <future>
#include <iostream>
#include <set>
#include <sstream>

#include "adapters/codec/codec.hpp"
#include "desk.hpp"
#include "simulate/companies.hpp"
#include "store/committer.hpp"
#include "tests/support/batch_file.hpp"

namespace loangate::intake::testing {
namespace {

using adapters::Profile;
using support::BatchFile;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const adapters::Partners& partners() {
  static const adapters::Partners loaded =
      adapters::load_partners(std::filesystem::path(LOANGATE_SOURCE_DIR) / "adapters" / "partners").value();
  return loaded;
}
std::shared_ptr<const Profile> profile(std::string_view id) {
  return {std::shared_ptr<void>(), partners().find(PartnerId::parse(id).value())};
}

constexpr std::uint32_t companies = 40;
constexpr std::string_view bank_ids[] = {"phrcb", "sxbph", "citicph", "bank10"};

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class BatchDesk : public ::testing::Test {
 protected:
  void SetUp() override {
    open();
    std::vector<store::Unit> units;
    const auto enters = [&](GivenAct given) {
      units.push_back([given = std::move(given)](const store::View& view, Sequence sequence) {
        ActReply reply;
        return enter(given, {person("officer-li"), at("2026-01-10")}, rulebook(), view, sequence, reply);
      });
    };
    for (const std::string_view bank : bank_ids) enters(institution(bank, "bank"));
    enters(institution("bank18", "bank"));
    for (std::uint32_t i = 1; i <= companies; ++i) enters(listing(simulate::borrower(i).uscc.view()));
    for (const auto& done : store_->transact(units)) ASSERT_TRUE(done);
  }
  void TearDown() override { close(); }

  void open() {
    store_ = store::open_sqlite(folder_.path(), {.low_water_bytes = 0}).value();
    committer_ = std::make_unique<store::Committer>(*store_);
    batches_ = std::make_unique<Batches>(
        folder_.path() / "batches", *store_, *committer_, in_force_,
        [](const PartnerId& id) { return profile(id.view()); }, [](const PartnerId&) {});
  }
  void close() {
    batches_.reset();
    committer_.reset();
    store_.reset();
  }

  BatchResult take(std::string_view bank, const std::string& text, std::string_view day = "2026-09-21") {
    const std::filesystem::path file = folder_.path() / "drop";
    std::ofstream(file, std::ios::binary) << text;
    std::promise<BatchResult> promise;
    batches_->take(profile(bank), file, at(day),
                   [&](const BatchResult& result) { promise.set_value(result); });
    return promise.get_future().get();
  }

  /// The filing of a small loan.
  static Record filing(std::string_view bank, std::uint64_t number, Fen amount = Fen::yuan(100)) {
    const simulate::Borrower company = simulate::borrower(static_cast<std::uint32_t>(number % companies) + 1);
    LoanDisbursement loan = disbursement(fmt::format("{}{:07}", bank, number), "2026-09-18", "2027-09-17");
    loan.message_id = MessageId::parse(fmt::format("{:016}", number)).value();
    loan.company_uscc = company.uscc;
    loan.loan_amount = amount;
    loan.officer_name.reset();
    loan.officer_phone.reset();
    if (profile(bank)->find(MessageKind::loan_disbursement)) loan.currency = "CNY";
    loan.sent_at = *parse_instant("2026-09-21T09:00:00+08:00");
    return loan.record();
  }
  static BatchFile file_of(std::string_view bank, std::string id, std::uint64_t first, std::uint64_t count) {
    BatchFile file{.profile = *profile(bank), .id = std::move(id)};
    for (std::uint64_t i = 0; i < count; ++i)
      file.add(MessageKind::loan_disbursement, filing(bank, first + i));
    return file;
  }
  static std::string id_of(std::string_view bank, int number) {
    return bank == "phrcb" ? fmt::format("20260921{:04}", number) : fmt::format("B2026-{}", number);
  }
  std::uint64_t loans() const { return store_->loans_after({}, 1'000'000).size(); }
  static std::uint64_t count(const BatchResult& result, Outcome outcome) {
    for (const Batch::Tally& each : result.tallies) {
      if (each.outcome == outcome) return each.records;
    }
    return 0;
  }

  TemporaryFolder folder_;
  programme::RulebookInForce in_force_{rulebook()};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Committer> committer_;
  std::unique_ptr<Batches> batches_;
};

TEST_F(BatchDesk, AGoodFileIsJudgedRecordByRecordInEveryFormat) {
  int files = 0;
  for (const std::string_view bank : bank_ids) {
    const auto file = file_of(bank, id_of(bank, 1), 1, 700);
    const BatchResult result = take(bank, file.text());
    ASSERT_EQ(result.status, 200u) << bank << ": " << result.receipt << read_whole(result.return_file);
    EXPECT_EQ(result.batch_id, id_of(bank, 1));
    EXPECT_EQ(result.records, 700u);
    EXPECT_EQ(count(result, Outcome::accepted), 700u)
        << bank << read_whole(result.return_file).substr(0, 2000);
    EXPECT_EQ(loans(), 700u * static_cast<std::uint64_t>(++files));
    EXPECT_EQ(result.tallies.front().amount, Fen::yuan(70'000));
  }
}

TEST_F(BatchDesk, AWrongCountOrTotalRefusesTheWholeFileWithNoEffect) {
  int banks = 0;
  for (const std::string_view bank : bank_ids) {
    auto file = file_of(bank, id_of(bank, 2), 1, 3);
    file.stated_records = 4;
    const BatchResult result = take(bank, file.text());
    EXPECT_EQ(result.status, 400u) << bank;
    const auto entry = store_->entry(*result.sequence);
    EXPECT_THAT(entry->entry.findings, HasSubstr("batch_count_differs")) << bank;
    EXPECT_EQ(entry->entry.outcome, Outcome::unreadable);
    file.stated_records.reset();
    file.stated_total = Fen::yuan(301);
    const BatchResult other = take(bank, file.text());
    EXPECT_EQ(other.status, 400u) << bank;
    EXPECT_THAT(store_->entry(*other.sequence)->entry.findings, HasSubstr("batch_total_differs")) << bank;
    EXPECT_FALSE(batches_->find(profile(bank)->id, id_of(bank, 2)));
    EXPECT_EQ(loans(), 3u * static_cast<std::uint64_t>(banks));
    // Corrected, it may come under the same id.
    file.stated_total.reset();
    EXPECT_EQ(take(bank, file.text()).status, 200u) << bank;
    EXPECT_EQ(loans(), 3u * static_cast<std::uint64_t>(++banks));
  }
}

TEST_F(BatchDesk, TheSameFileAgainGetsTheSameResultAndOtherContentUnderItsIdIsAConflict) {
  for (const std::string_view bank : bank_ids) {
    const auto file = file_of(bank, id_of(bank, 3), 1, 20);
    const BatchResult first = take(bank, file.text());
    ASSERT_EQ(first.status, 200u) << bank;
    const std::string lines = read_whole(first.return_file);
    const std::uint64_t before = loans();
    const BatchResult again = take(bank, file.text());
    EXPECT_EQ(again.status, 200u);
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(read_whole(again.return_file), lines);
    const BatchResult other = take(bank, file_of(bank, id_of(bank, 3), 1, 21).text());
    EXPECT_EQ(other.status, 409u) << bank;
    EXPECT_THAT(other.receipt, Not(IsEmpty()));
    EXPECT_EQ(loans(), before);
    EXPECT_EQ(batches_->find(profile(bank)->id, id_of(bank, 3))->records, 20u);
  }
}

TEST_F(BatchDesk, ARecordWithoutAnIdOfItsOwnIsKnownByBatchAndNumberAndOneWithItIsInTheSpaceOfMessages) {
  ASSERT_EQ(take("phrcb", file_of("phrcb", "202609210004", 1, 2).text()).status, 200u);
  EXPECT_TRUE(store_->entry(profile("phrcb")->id, MessageId::parse("batch/202609210004/2").value()));
  ASSERT_EQ(take("sxbph", file_of("sxbph", "S4", 1, 2).text()).status, 200u);
  EXPECT_TRUE(store_->entry(profile("sxbph")->id, MessageId::parse("0000000000000002").value()));
  // The same records in another file are duplicates: nothing is filed twice.
  const std::uint64_t before = loans();
  const BatchResult second = take("sxbph", file_of("sxbph", "S5", 1, 2).text());
  EXPECT_EQ(count(second, Outcome::accepted), 2u);
  EXPECT_EQ(loans(), before);
}

TEST_F(BatchDesk, AllOrNothingKeepsNothingWhenOneRecordIsBad) {
  ASSERT_EQ(take("bank18", "").status, 400u);
  const auto loan_file = [&](bool bad) {
    BatchFile file{.profile = *profile("bank18"), .id = bad ? "2026-09-21" : "2026-09-22"};
    for (std::uint64_t i = 1; i <= 5; ++i) {
      const LoanRepayment paid{
          .message_id = MessageId::parse(fmt::format("{}P{}", bad, i)).value(),
          .loan_no = LoanNo::parse(bad && i == 4 ? "NOBODY" : fmt::format("bank18{:07}", i)).value(),
          .paid_on = parse_date("2026-09-20").value(),
          .principal = Fen::yuan(10)};
      file.add(MessageKind::loan_repayment, paid.record());
    }
    return file;
  };
  std::vector<store::Unit> filings;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    filings.push_back(message(profile("bank18")->id, filing("bank18", i), MessageKind::loan_disbursement,
                              at("2026-09-19")));
  }
  for (const auto& done : store_->transact(filings)) ASSERT_TRUE(done);
  const auto outstanding = [&] {
    return store_->loan({profile("bank18")->id, LoanNo::parse("bank180000001").value()})->outstanding;
  };
  const BatchResult bad = take("bank18", loan_file(true).text());
  EXPECT_EQ(bad.status, 422u);
  EXPECT_EQ(outstanding(), Fen::yuan(100));
  EXPECT_FALSE(store_->entry(profile("bank18")->id, MessageId::parse("trueP1").value()));
  const std::string lines = read_whole(bad.return_file);
  EXPECT_THAT(lines, HasSubstr("NOBODY"));
  EXPECT_TRUE(batches_->find(profile("bank18")->id, "2026-09-21")->undone);
  const BatchResult again = take("bank18", loan_file(true).text());
  EXPECT_EQ(again.status, 422u);
  EXPECT_EQ(read_whole(again.return_file), lines);

  const BatchResult good = take("bank18", loan_file(false).text());
  EXPECT_EQ(good.status, 200u) << good.receipt;
  EXPECT_EQ(count(good, Outcome::accepted), 5u);
  EXPECT_EQ(outstanding(), Fen::yuan(90));
}

TEST_F(BatchDesk, ATruncatedFileIsRefused) {
  for (const std::string_view bank : bank_ids) {
    const std::string text = file_of(bank, id_of(bank, 6), 1, 10).text();
    for (const std::size_t size : {text.size() - 3, text.size() / 2, std::size_t{40}, std::size_t{0}}) {
      const BatchResult result = take(bank, text.substr(0, size));
      EXPECT_EQ(result.status, 400u) << bank << " " << size;
      EXPECT_THAT(result.receipt, Not(IsEmpty()));
    }
  }
  EXPECT_EQ(loans(), 0u);
}

TEST_F(BatchDesk, GoesOnWhereItStoppedAndGivesTheSameReturnFile) {
  for (const std::string_view bank : bank_ids) {
    const std::string text = file_of(bank, id_of(bank, 7), 1, 5'000).text();
    const std::uint64_t before = loans();
    const std::filesystem::path file = folder_.path() / "half";
    std::ofstream(file, std::ios::binary) << text;
    std::promise<BatchResult> stopped;
    batches_->take(profile(bank), file, at("2026-09-21"),
                   [&](const BatchResult& r) { stopped.set_value(r); });
    const std::uint64_t begun = store_->last_sequence().number;
    while (store_->last_sequence().number < begun + 600)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    close();
    open();
    EXPECT_TRUE(stopped.get_future().get().failed_for_now()) << bank;
    const auto half = batches_->find(profile(bank)->id, id_of(bank, 7));
    ASSERT_TRUE(half);
    EXPECT_FALSE(half->ended);
    EXPECT_LT(half->judged, 5'000u);
    const BatchResult result = take(bank, text);
    EXPECT_EQ(result.status, 200u);
    EXPECT_EQ(count(result, Outcome::accepted), 5'000u) << bank;
    EXPECT_EQ(loans(), before + 5'000u);
    // Without its lines, as after a power cut, all of them come again.
    const std::string lines = read_whole(result.return_file);
    const std::size_t records = static_cast<std::size_t>(std::ranges::count(lines, '\n'));
    if (bank == "phrcb") EXPECT_EQ(records, 5'001u);
  }
}

/// Each bank's sample file beside its profile, two good records and a bad one, gives the return file beside
/// it. LOANGATE_WRITE_SAMPLES=1 writes both anew.
TEST_F(BatchDesk, TheSamplesGiveTheReturnFilesBesideThem) {
  const bool anew = std::getenv("LOANGATE_WRITE_SAMPLES") != nullptr;
  for (const std::string_view bank : bank_ids) {
    const std::filesystem::path folder =
        std::filesystem::path(LOANGATE_SOURCE_DIR) / "adapters" / "partners" / bank / "batches";
    const std::filesystem::path sent = folder / "filings";
    const std::filesystem::path returned = folder / "filings.return";
    if (anew) {
      BatchFile file = file_of(bank, id_of(bank, 1), 1, 3);
      std::string& bad = file.records[1];
      bad.replace(bad.find("100.00"), 6, "1OO.00");
      std::filesystem::create_directories(folder);
      std::ofstream(sent, std::ios::binary) << file.text();
    }
    const BatchResult result = take(bank, read_whole(sent));
    ASSERT_EQ(result.status, 200u) << bank << result.receipt;
    EXPECT_EQ(count(result, Outcome::accepted), 2u) << bank;
    EXPECT_EQ(count(result, Outcome::unreadable), 1u) << bank;
    if (anew) std::ofstream(returned, std::ios::binary) << read_whole(result.return_file);
    EXPECT_EQ(read_whole(result.return_file), read_whole(returned)) << bank;
  }
}

/// The places that a return file names, by a pattern of the bank's format.
std::multiset<std::string> places_in(const std::string& text, std::string_view begin, std::string_view end) {
  std::multiset<std::string> places;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    std::string place = text.substr(at, text.find(end, at) - at);
    while (place.ends_with(' ')) place.pop_back();
    places.insert(std::move(place));
  }
  return places;
}

TEST_F(BatchDesk, AThousandFaultsInAHundredThousandRecordsAreFoundEachAtItsPlace) {
  constexpr std::uint64_t all = 100'000;
  for (const std::string_view bank : bank_ids) {
    BatchFile file{.profile = *profile(bank), .id = id_of(bank, 8)};
    const auto is_bad = [](std::uint64_t i) { return i % 100 == 37; };
    std::multiset<std::string> expected;
    for (std::uint64_t i = 0; i < all; ++i) {
      const Record record = filing(bank, 1'000'000 + i, Fen{100});
      file.add(MessageKind::loan_disbursement, record);
      if (!is_bad(i)) continue;
      std::string& bytes = file.records.back();
      const std::size_t amount = bytes.find("1.00");
      ASSERT_NE(amount, std::string::npos) << bytes;
      bytes.replace(amount, 4, "1,00");
      if (bank == "phrcb") expected.insert(fmt::format("line {}, bytes 213-227", i + 2));
      if (bank == "sxbph") expected.insert(fmt::format("/transList/{}/body/loanAmt", i));
      if (bank == "citicph") expected.insert(fmt::format("/BATCH/BODY/TX[{}]/TX_INFO/LOAN_AMOUNT", i + 1));
      if (bank == "bank10") expected.insert(fmt::format("line {}, byte {}", i + 2, amount + 3));
    }
    const BatchResult result = take(bank, file.text());
    ASSERT_EQ(result.status, 200u) << result.receipt;
    EXPECT_EQ(count(result, Outcome::unreadable), 1'000u) << bank;
    EXPECT_EQ(count(result, Outcome::accepted), all - 1'000) << bank;
    std::cout << progress_json(*batches_->find(profile(bank)->id, id_of(bank, 8))) << '\n';
    const std::string lines = read_whole(result.return_file);
    std::multiset<std::string> found;
    if (bank == "phrcb") {
      std::istringstream in(lines);
      std::string line;
      std::getline(in, line);
      while (std::getline(in, line)) {
        std::string place = line.substr(179, 60);
        while (place.ends_with(' ')) place.pop_back();
        if (!place.empty()) found.insert(place);
      }
    }
    if (bank == "sxbph") found = places_in(lines, "\"errPlace\":\"", "\"");
    if (bank == "citicph") found = places_in(lines, "<ERR_PLACE>", "<");
    if (bank == "bank10") found = places_in(lines, "\"at\":\"", "\"");
    EXPECT_EQ(found.size(), 1'000u) << bank;
    EXPECT_TRUE(found == expected) << bank << ": " << (found.empty() ? lines.substr(0, 600) : *found.begin())
                                   << " for " << *expected.begin();
  }
}

}  // namespace
}  // namespace loangate::intake::testing
