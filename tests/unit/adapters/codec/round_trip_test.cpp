#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/codec/codec.hpp"
#include "tests/support/arbitrary.hpp"
#include "tests/support/partners.hpp"
#include "tests/support/property.hpp"

namespace loangate::adapters {
namespace {

using support::partners;

std::string described(const Undecoded& fault) {
  std::string text;
  for (const Finding& finding : fault.findings)
    text += fmt::format("{}: {}\n", finding.place, text_en(finding));
  return text;
}

/// Any message of any partner.
rc::Gen<support::ArbitraryMessage> any_message() {
  std::vector<std::pair<const Profile*, const MessageMap*>> all;
  for (const auto& profile : partners().all()) {
    for (const MessageMap& map : profile->messages) all.emplace_back(profile.get(), &map);
  }
  return rc::gen::mapcat(rc::gen::elementOf(all), [](const auto& pair) {
    return support::arbitrary_message(*pair.first, *pair.second);
  });
}

TEST(RoundTrip, EveryMappedFieldComesBackEqual) {  // settled 48
  support::holds([] {
    const support::ArbitraryMessage message = *any_message();
    const auto bytes = encode(*message.profile, message.map->kind, *message.record);
    if (!bytes) RC_FAIL(bytes.error().reason);
    const auto back = decode(*message.profile, *bytes);
    if (!back) RC_FAIL(*bytes + "\n" + described(back.error()));
    RC_ASSERT(back->kind == message.map->kind);
    if (!(back->record == *message.record)) RC_FAIL(*bytes + "\n" + canonical_json(back->record));
  });
}

TEST(RoundTrip, WhatIsReadIsWrittenAsTheSameBytes) {
  support::holds([] {
    const support::ArbitraryMessage message = *any_message();
    const auto bytes = encode(*message.profile, message.map->kind, *message.record);
    if (!bytes) RC_FAIL(bytes.error().reason);
    const auto back = decode(*message.profile, *bytes);
    RC_ASSERT(back.has_value());
    const auto again = encode(*message.profile, back->kind, back->record);
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == *bytes);
  });
}

TEST(RoundTrip, DamagedBytesAreReadOrRefusedButNeverHarm) {
  support::holds([] {
    const support::ArbitraryMessage message = *any_message();
    const auto bytes = encode(*message.profile, message.map->kind, *message.record);
    if (!bytes) RC_FAIL(bytes.error().reason);
    std::string damaged = *bytes;
    const std::size_t at = *rc::gen::inRange<std::size_t>(0, damaged.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        damaged.erase(at, *rc::gen::inRange<std::size_t>(1, 4));
        break;
      case 1:
        damaged.insert(at, 1, *rc::gen::arbitrary<char>());
        break;
      case 2:
        damaged[at] = *rc::gen::arbitrary<char>();
        break;
      default:
        damaged.resize(at);
        break;
    }
    const auto read = decode(*message.profile, damaged);
    if (read) {
      for (std::size_t i = 0; i < read->record.spec().fields.size(); ++i) {
        RC_ASSERT(read->record.has(i) || !read->record.spec().fields[i].required);
      }
    } else {
      RC_ASSERT(!read.error().findings.empty());
      for (const Finding& finding : read.error().findings) RC_ASSERT(!text_zh(finding).empty());
    }
  });
}

}  // namespace
}  // namespace loangate::adapters
