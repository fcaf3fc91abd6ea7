#include "delivery/verdict.hpp"

#include <gtest/gtest.h>

#include "adapters/codec/codec.hpp"

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

}  // namespace
