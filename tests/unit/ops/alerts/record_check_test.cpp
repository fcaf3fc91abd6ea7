// What the check of the record compares, entry by entry, and what it cannot.
#include "ops/system/record_check.hpp"

#include <gtest/gtest.h>

#include "adapters/codec/codec.hpp"
#include "tests/store/samples.hpp"

namespace loangate::ops {
namespace {

using store::JournalEntry;

const adapters::Profile& profile() {
  static const adapters::Profile loaded = adapters::load_profile(std::filesystem::path(LOANGATE_SOURCE_DIR) /
                                                                 "adapters/partners/sxbph/profile.yaml")
                                              .value();
  return loaded;
}

bool well(const JournalEntry& entry, const adapters::Profile* in_force = nullptr) {
  return !fault_of({.sequence = Sequence{7}, .entry = entry}, in_force);
}

JournalEntry act() {
  JournalEntry entry = store::sample::act("officer-li");
  entry.content = sha256(entry.canonical);
  return entry;
}

TEST(RecordCheck, BytesAreThoseOfTheirDigest) {
  JournalEntry entry = store::sample::entry(store::sample::bank(1), store::sample::message_id(1));
  EXPECT_TRUE(well(entry));
  entry.raw[40] ^= 1;
  EXPECT_FALSE(well(entry));
}

TEST(RecordCheck, WhatAnActRemovedIsNoFault) {
  JournalEntry entry = store::sample::entry(store::sample::bank(1), store::sample::message_id(1));
  entry.raw = entry.canonical = "";
  EXPECT_FALSE(well(entry));
  EXPECT_FALSE(fault_of({.sequence = Sequence{7}, .entry = entry, .removed_by = Sequence{9}}, nullptr));
}

TEST(RecordCheck, AnActsCanonicalFormIsThatOfItsDigest) {
  JournalEntry entry = act();
  EXPECT_TRUE(well(entry));
  entry.canonical[30] ^= 1;
  EXPECT_FALSE(well(entry));
}

TEST(RecordCheck, AMessagesContentIsLookedAtByTheProfileThatReadIt) {
  const LoanSettlement settled{.message_id = MessageId::parse("S1").value(),
                               .loan_no = LoanNo::parse("J1").value(),
                               .settled_on = Date::of(2024, 3, 1).value()};
  JournalEntry entry = store::sample::entry(profile().id, settled.message_id);
  entry.kind = LoanSettlement::kind;
  entry.canonical = canonical_json(settled.record());
  entry.content = adapters::content_digest(profile(), {LoanSettlement::kind, settled.record()});
  entry.profile = profile().version;
  EXPECT_TRUE(well(entry, &profile()));
  JournalEntry changed = entry;
  changed.canonical.replace(changed.canonical.find("2024-03-01"), 10, "2024-03-02");
  EXPECT_FALSE(well(changed, &profile()));
  changed.profile = sha256("another version");
  EXPECT_TRUE(well(changed, &profile())) << "which fields are transport is not known any more";
  entry.canonical += '}';
  EXPECT_FALSE(well(entry, &profile())) << "it cannot be read";
}

TEST(RecordCheck, WhatIsKeptAsADigestOfMoreIsNotCalledWrong) {
  JournalEntry file = store::sample::entry(store::sample::bank(1), store::sample::message_id(2));
  file.kind.reset();
  file.raw_digest = file.content = sha256("the whole file of many records");
  EXPECT_TRUE(well(file));

  JournalEntry sealed = store::sample::entry(store::sample::bank(1), {}, Outcome::unreadable);
  sealed.raw_digest = sha256("bytes, and the seal in the head");
  EXPECT_FALSE(well(sealed));
  sealed.findings = R"([{"code":"seal_wrong","place":"Seal"}])";
  EXPECT_TRUE(well(sealed));

  JournalEntry document = store::sample::entry(store::sample::bank(1), {});
  document.kind.reset();
  document.content = document.raw_digest;
  document.message_id = store::document_id(document.raw_digest);
  EXPECT_TRUE(well(document));
  document.raw[40] ^= 1;
  EXPECT_FALSE(well(document)) << "a document is its bytes";
}

}  // namespace
}  // namespace loangate::ops
