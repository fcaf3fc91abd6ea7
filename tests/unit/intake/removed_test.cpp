// Messages whose texts retention has removed are still known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/codec/write_documents.hpp"
#include "desk.hpp"
#include "intake/admit.hpp"
#include "intake/document.hpp"
#include "store/archive.hpp"
#include "tests/store/samples.hpp"

namespace loangate::intake::testing {
namespace {

std::shared_ptr<const adapters::Profile> profile(std::string_view id) {
  const auto file =
      std::filesystem::path(LOANGATE_SOURCE_DIR) / "adapters" / "partners" / id / "profile.yaml";
  return std::make_shared<const adapters::Profile>(adapters::load_profile(file).value());
}

/// A store in which the first day can be removed whole.
class RemovedDay : public ::testing::Test {
 protected:
  Sequence is(const store::Unit& unit) {
    const auto done = store_->transact({&unit, 1});
    EXPECT_TRUE(done.front());
    return done.front()->value_or(Sequence{});
  }
  Reply admits(const Submission& submission) {
    Reply reply;
    is([&](const store::View& view, Sequence sequence) {
      store::Writes writes = admit(submission, rulebook(), view, sequence, reply);
      if (writes.entry) writes.entry->real_time = {};
      return writes;
    });
    return reply;
  }
  void removes_all() {
    is([](const store::View&, Sequence) {
      store::Writes writes{.entry = store::sample::act("gateway")};
      writes.entry->real_time = real_now();
      return writes;
    });
    const auto always = [] { return true; };
    const auto day = store_->archive().archive_next(civil_day(real_now()), always);
    ASSERT_TRUE(day && *day);
    const auto remainder =
        store_->archive().keep_only(**day, [](const store::StoredEntry&) { return false; }, always);
    ASSERT_TRUE(remainder) << remainder.error();
    is([&](const store::View&, Sequence) {
      return store::Writes{.entry = store::sample::act("gateway"), .archived = remainder->day};
    });
  }

  const TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_ = store::open_sqlite(folder_.path(), {.low_water_bytes = 0}).value();
};

TEST_F(RemovedDay, ASentAgainMessageIsADuplicateWithAReceiptOfWhatIsStillKnown) {
  const auto bank = profile("bank10");
  std::string bytes;
  ASSERT_TRUE(adapters::encode_document(*bank, *bank->find(MessageKind::loan_disbursement),
                                        disbursement("0000001", "2026-09-18", "2027-09-17").record(), bytes));
  const Submission message = submit(bank, bytes, at("2026-09-21"), {}, Seals::not_looked_at);
  const Submission noise = submit(bank, "no message at all", at("2026-09-21"), {}, Seals::not_looked_at);
  for (const Submission* submission : {&message, &noise}) {
    const Reply first = admits(*submission);
    ASSERT_TRUE(first.sequence);
    ASSERT_NE(first.outcome, Outcome::accepted) << "it has findings";
  }
  const Reply first_of_message = admits(message);
  const Reply first_of_noise = admits(noise);
  removes_all();
  const Reply again = admits(message);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.status, first_of_message.status);
  EXPECT_EQ(again.sequence, first_of_message.sequence);
  EXPECT_EQ(again.outcome, first_of_message.outcome);
  EXPECT_FALSE(again.receipt.empty());
  EXPECT_LT(again.receipt.size(), first_of_message.receipt.size()) << "its findings are gone";
  const Reply noise_again = admits(noise);
  EXPECT_TRUE(noise_again.duplicate);
  EXPECT_EQ(noise_again.sequence, first_of_noise.sequence);
  EXPECT_FALSE(noise_again.receipt.empty());
}

TEST_F(RemovedDay, ADocumentIsGoneAndNoApplicationCanRestOnIt) {
  const Document paper = document(bank(), "%PDF-1.7", "application/pdf", at("2026-09-21"));
  DocumentReply reply;
  is([&](const store::View& view, Sequence sequence) {
    store::Writes writes = keep(paper, view, sequence, reply);
    writes.entry->real_time = {};
    return writes;
  });
  EXPECT_EQ(reply.status, 201u);
  removes_all();
  is([&](const store::View& view, Sequence sequence) {
    EXPECT_FALSE(view.has_document(bank(), paper.sha256));
    return keep(paper, view, sequence, reply);
  });
  EXPECT_EQ(reply.status, 410u);
}

}  // namespace
}  // namespace loangate::intake::testing
