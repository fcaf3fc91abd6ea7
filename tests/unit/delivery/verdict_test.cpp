#include "delivery/verdict.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "adapters/codec/codec.hpp"
#include "tests/support/seals.hpp"

using namespace loangate;
using namespace loangate::delivery;
using adapters::OnUnknown;

namespace {

const adapters::Profile& profile() {
  static const auto loaded =
      adapters::load_profile(std::string(LOANGATE_SOURCE_DIR) + "/adapters/partners/phrcb/profile.yaml")
          .value();
  return loaded;
}

constexpr DeliveryId id{4201};

std::string word(std::int64_t delivery, loangate::Answer taken, std::optional<std::string> reason = {}) {
  const Acknowledgement acknowledgement{delivery, taken, std::move(reason)};
  return adapters::encode(profile(), MessageKind::acknowledgement, acknowledgement.record()).value();
}

Meaning meaning(unsigned status, std::string body) {
  return meaning_of(profile(), id, Answered{status, std::move(body)});
}

template <class T>
bool is(const Meaning& meaning) {
  return std::holds_alternative<T>(meaning);
}

TEST(Meaning, YesNeedsTheStatusTheDocumentTheIdAndTheWord) {
  EXPECT_TRUE(is<Taken>(meaning(200, word(4201, loangate::Answer::yes))));
  EXPECT_TRUE(is<Taken>(meaning(202, word(4201, loangate::Answer::yes))));
  EXPECT_TRUE(is<Unclear>(meaning(200, word(4202, loangate::Answer::yes))));
  EXPECT_TRUE(is<Unclear>(meaning(200, "")));
  EXPECT_TRUE(is<Unclear>(meaning(200, "OK")));
  EXPECT_TRUE(is<Unclear>(meaning(302, word(4201, loangate::Answer::yes))));
  EXPECT_TRUE(is<Unclear>(meaning(503, word(4201, loangate::Answer::yes))));
}

TEST(Meaning, NoIsThePartnersWordWithItsReason) {
  const auto no = meaning(422, word(4201, loangate::Answer::no, "账户已冻结"));
  ASSERT_TRUE(is<Refused>(no));
  EXPECT_EQ(std::get<Refused>(no).reason, "账户已冻结");
}

TEST(Meaning, AnOutageIsToldFromAnAnswerThatMakesNoSense) {
  EXPECT_TRUE(std::get<Unclear>(meaning(500, "")).outage);
  EXPECT_TRUE(std::get<Unclear>(meaning_of(profile(), id, Unknown{"no answer in time"})).outage);
  EXPECT_FALSE(std::get<Unclear>(meaning(200, "<html>")).outage);
  EXPECT_TRUE(is<Unreached>(meaning_of(profile(), id, NotSent{"connection refused"})));
}

TEST(Meaning, FourOhFourIsAnAnswerOnlyToAQuestion) {
  EXPECT_TRUE(is<NeverCame>(meaning_of_question(profile(), id, Answered{404, ""})));
  EXPECT_TRUE(is<Unclear>(meaning(404, "")));
  EXPECT_TRUE(
      is<Taken>(meaning_of_question(profile(), id, Answered{200, word(4201, loangate::Answer::yes)})));
}

// meaning | resend | query | park
TEST(Step, FollowsThePolicyOnlyWhereTheAnswerIsUnknown) {
  struct Row {
    Meaning meaning;
    char resend, query, park;  // c confirm, p park, a again
  };
  const Row rows[] = {
      {Taken{}, 'c', 'c', 'c'},
      {Refused{"no"}, 'p', 'p', 'p'},
      {Unreached{"refused"}, 'a', 'a', 'a'},
      {NeverCame{}, 'a', 'a', 'a'},
      {Unclear{"timeout", true}, 'a', 'a', 'p'},
      {Unclear{"nonsense", false}, 'a', 'a', 'p'},
  };
  const auto letter = [](const Step& step) { return "cpa"[step.index()]; };
  for (const Row& row : rows) {
    EXPECT_EQ(letter(step_after(row.meaning, OnUnknown::resend, 0, 20)), row.resend) << row.meaning.index();
    EXPECT_EQ(letter(step_after(row.meaning, OnUnknown::query, 0, 20)), row.query) << row.meaning.index();
    EXPECT_EQ(letter(step_after(row.meaning, OnUnknown::park, 0, 20)), row.park) << row.meaning.index();
  }
}

TEST(Step, NonsenseIsParkedWithTheTwentiethAnOutageNever) {
  EXPECT_TRUE(std::holds_alternative<Again>(step_after(Unclear{"x", false}, OnUnknown::resend, 18, 20)));
  EXPECT_TRUE(std::holds_alternative<Park>(step_after(Unclear{"x", false}, OnUnknown::resend, 19, 20)));
  EXPECT_TRUE(std::holds_alternative<Again>(step_after(Unclear{"x", true}, OnUnknown::resend, 1'000, 20)));
}

// An acknowledgement that anybody could have written is none (settled 20).
TEST(Meaning, OfASealedPartnerYesNeedsItsSeal) {
  std::ifstream in(std::string(LOANGATE_SOURCE_DIR) + "/adapters/partners/phrcb/profile.yaml");
  const std::string text = std::string(std::istreambuf_iterator<char>(in), {}) +
                           "seal:\n  from_partner:\n    algorithm: hmac-sm3\n    at: {header: X-Mac}\n    "
                           "keys: [{id: m, from: 2020-01-01, "
                           "until: 2090-12-31}]\n";
  const support::SealKeys keys("phrcb:from_partner:m:hmac");
  const auto folder = keys.partner();
  const auto sealed = adapters::load_profile("phrcb", text, nullptr, &folder);
  ASSERT_TRUE(sealed);
  const std::string yes = word(4201, loangate::Answer::yes);
  auto head = adapters::head_seal(*sealed, adapters::Way::from_partner, yes, real_now()).value();
  EXPECT_TRUE(is<Taken>(meaning_of(*sealed, id, Answered{200, yes, head})));
  EXPECT_TRUE(is<Unclear>(meaning_of(*sealed, id, Answered{200, yes})));
  head.front().first = "x-mac";  // names of fields have no case
  EXPECT_TRUE(is<Taken>(meaning_of(*sealed, id, Answered{200, yes, head})));
  const std::string no = word(4201, loangate::Answer::no);
  EXPECT_TRUE(is<Unclear>(meaning_of(*sealed, id, Answered{200, no, head})));
}

}  // namespace
