// The parts of signing in, each for itself: cookies, passwords, codes, the file, and what slows down who
// guesses.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "ops/people/cookie.hpp"
#include "ops/people/credentials.hpp"
#include "ops/people/qr.hpp"
#include "ops/people/sessions.hpp"
#include "tests/unit/intake/desk.hpp"

namespace loangate::ops {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

std::optional<std::string> token_of(const std::vector<std::string>& cookies) {
  std::vector<net::Field> fields;
  for (const std::string& cookie : cookies) fields.push_back({"cookie", cookie});
  net::RequestHead head{};
  head.fields = fields;
  const auto token = session_token(head);
  if (!token) return std::nullopt;
  return std::string(*token);
}

const std::string good(64, 'a');

TEST(Cookie, TheSessionsTokenIsFoundAmongOthers) {
  EXPECT_EQ(token_of({"__Host-loangate=" + good}), good);
  EXPECT_EQ(token_of({"a=b; __Host-loangate=" + good + "; c=d"}), good);
  EXPECT_EQ(token_of({"a=b", "__Host-loangate=" + good}), good);
  EXPECT_EQ(token_of({";;=;a;__Host-loangate=" + good + ";"}), good);
}

TEST(Cookie, WhatIsNotExactlyATokenIsNone) {
  EXPECT_EQ(token_of({}), std::nullopt);
  EXPECT_EQ(token_of({"__Host-loangate="}), std::nullopt);
  EXPECT_EQ(token_of({"__Host-loangate=" + good + "a"}), std::nullopt);
  EXPECT_EQ(token_of({"__Host-loangate=" + good.substr(1)}), std::nullopt);
  EXPECT_EQ(token_of({"__Host-loangate=\"" + good + "\""}), std::nullopt);
  EXPECT_EQ(token_of({"__Host-loangate=" + std::string(64, 'A')}), std::nullopt);
  EXPECT_EQ(token_of({"__host-loangate=" + good}), std::nullopt);
  EXPECT_EQ(token_of({"x__Host-loangate=" + good}), std::nullopt);
}

TEST(Cookie, OfTwoNeitherIsTaken) {
  EXPECT_EQ(token_of({"__Host-loangate=" + good + "; __Host-loangate=" + std::string(64, 'b')}),
            std::nullopt);
  EXPECT_EQ(token_of({"__Host-loangate=x", "__Host-loangate=" + good}), std::nullopt);
}

RC_GTEST_PROP(Cookie, WhateverStandsThereATokenIsSixtyFourDigits, (const std::vector<std::string>& pieces)) {
  const std::string name = *rc::gen::element<std::string>("__Host-loangate=", "__Host-loangate", "; ", "a=");
  std::string cookie;
  for (const std::string& piece : pieces) cookie += *rc::gen::element(piece, name, good, std::string("; "));
  if (const auto token = token_of({cookie})) {
    RC_ASSERT(token->size() == 64u);
    RC_ASSERT(token->find_first_not_of("0123456789abcdef") == std::string::npos);
    RC_ASSERT(cookie.contains(*token));
  }
}

RC_GTEST_PROP(Cookie, OthersBesideItChangeNothing, (const std::vector<std::string>& others, unsigned place)) {
  std::string cookie;
  for (std::size_t i = 0; i <= others.size(); ++i) {
    if (i == place % (others.size() + 1)) cookie += "__Host-loangate=" + good + "; ";
    if (i == others.size()) break;
    std::string other = others[i];
    std::erase_if(other, [](char c) { return c == ';' || c == '='; });
    cookie += "c" + other + "=" + other + "; ";
  }
  RC_ASSERT(token_of({cookie}) == good);
}

TEST(Password, IsKeptAsArgon2idWithTheSettledCosts) {
  const std::string hash = hash_password("correct horse battery");
  EXPECT_THAT(hash, HasSubstr("$argon2id$v=19$m=65536,t=3,p=1$"));
  EXPECT_TRUE(password_matches(hash, "correct horse battery"));
  EXPECT_FALSE(password_matches(hash, "correct horse batterz"));
  EXPECT_FALSE(password_matches("", "correct horse battery"));
  EXPECT_NE(hash, hash_password("correct horse battery")) << "a salt of its own";
}

TEST(Password, NobodysTakesAsLongAsSomebodys) {
  const std::string hash = hash_password("correct horse battery");
  password_matches("", "x");
  const auto time = [](std::string_view encoded) {
    auto best = milliseconds::max();
    for (int i = 0; i < 3; ++i) {
      const auto begin = steady_clock::now();
      password_matches(encoded, "wrong");
      best = std::min(best, std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin));
    }
    return best;
  };
  EXPECT_GT(2 * time("") + milliseconds(1), time(hash));
  EXPECT_GT(2 * time(hash) + milliseconds(1), time(""));
}

TEST(Code, FollowsTheStandard) {  // RFC 6238, appendix B, its last six digits
  const std::string secret = "12345678901234567890";
  EXPECT_EQ(code_of(secret, {59 * 1'000'000LL}), "287082");
  EXPECT_EQ(code_of(secret, {1111111109 * 1'000'000LL}), "081804");
  EXPECT_EQ(code_of(secret, {20000000000 * 1'000'000LL}), "353130");
  EXPECT_EQ(base32(secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

TEST(Code, MayBeOneStepEarlyOrLateAndWorksOnce) {
  const std::string secret = new_secret();
  const auto at = [](std::int64_t seconds) { return Instant{seconds * 1'000'000}; };
  const std::string code = code_of(secret, at(30'000'000));
  const std::uint64_t step = 1'000'000;
  EXPECT_EQ(matching_step(secret, code, at(30'000'000), 0), step);
  EXPECT_EQ(matching_step(secret, code, at(30'000'059), 0), step) << "one step late";
  EXPECT_EQ(matching_step(secret, code, at(29'999'970), 0), step) << "one step early";
  EXPECT_EQ(matching_step(secret, code, at(30'000'060), 0), std::nullopt);
  EXPECT_EQ(matching_step(secret, code, at(29'999'969), 0), std::nullopt);
  EXPECT_EQ(matching_step(secret, code, at(30'000'000), step), std::nullopt) << "used";
  EXPECT_EQ(matching_step(secret, code, at(30'000'000), step - 1), step);
  EXPECT_EQ(matching_step(secret, "12345", at(30'000'000), 0), std::nullopt);
  EXPECT_EQ(matching_step(secret, "12345x", at(30'000'000), 0), std::nullopt);
  EXPECT_EQ(matching_step("", code, at(30'000'000), 0), std::nullopt);
}

TEST(CredentialFile, KeepsWhatWasWrittenAndSeesWhatAnotherProcessWrites) {
  TemporaryFolder folder;
  const auto path = folder.path() / credentials_file;
  const auto ours = CredentialFile::open(path).value();
  const auto theirs = CredentialFile::open(path).value();
  EXPECT_TRUE(ours->current()->empty());
  const Credential credential{.password = hash_password("correct horse battery"),
                              .one_time_until = Instant{1'800'000'000'000'000},
                              .second_factor = new_secret(),
                              .used_step = 7,
                              .roles = {"administrator", "operator"}};
  ASSERT_TRUE(theirs->change([&](Credentials& all) {
    all["null"] = credential;
    return true;
  }));
  ours->look();
  const auto read = ours->current();
  ASSERT_TRUE(read->contains("null"));
  EXPECT_EQ(read->at("null").password, credential.password);
  EXPECT_EQ(read->at("null").one_time_until, credential.one_time_until);
  EXPECT_EQ(read->at("null").second_factor, credential.second_factor);
  EXPECT_EQ(read->at("null").used_step, 7u);
  EXPECT_EQ(read->at("null").roles, credential.roles);
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(CredentialFile, AMistakeInItIsToldAndNothingIsWrittenOverIt) {
  TemporaryFolder folder;
  const auto path = folder.path() / credentials_file;
  const auto file = CredentialFile::open(path).value();
  std::ofstream(path) << "persons:\n  - name: a\n    password: plain\n  - name: a\n    colour: red\n";
  const auto opened = CredentialFile::open(path);
  ASSERT_FALSE(opened);
  EXPECT_GE(opened.error().size(), 3u);
  file->look();
  EXPECT_TRUE(file->current()->empty()) << "the old ones stay";
  EXPECT_FALSE(file->change([](Credentials&) { return true; }));
}

TEST(Guesses, EachFailureBeyondTheFirstFewDoublesTheWait) {
  Guesses guesses({.free = 3, .first = milliseconds(100), .longest = milliseconds(1000)});
  auto now = steady_clock::now();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(guesses.wait("a", now), milliseconds(0));
    guesses.begin("a", now);
  }
  for (const int expected : {100, 200, 400, 800, 1000, 1000}) {
    guesses.begin("a", now);
    EXPECT_EQ(guesses.wait("a", now), milliseconds(expected));
    now += milliseconds(expected);
    EXPECT_EQ(guesses.wait("a", now), milliseconds(0));
  }
  EXPECT_EQ(guesses.wait("b", now), milliseconds(0));
  guesses.forgive("a", true);
  guesses.begin("a", now);
  EXPECT_EQ(guesses.wait("a", now), milliseconds(0));
}

TEST(Guesses, ManyNamesDoNotMakeOneForgotten) {
  Guesses guesses({.free = 3, .first = std::chrono::minutes(1), .most = 50});
  const auto now = steady_clock::now();
  for (int i = 0; i < 5; ++i) guesses.begin("target", now);
  for (int i = 0; i < 1000; ++i) guesses.begin(fmt::format("other-{}", i), now + milliseconds(i));
  EXPECT_GT(guesses.wait("target", now + std::chrono::seconds(30)), milliseconds(0));
}

TEST(Guesses, AHouseOfIpv6IsOneAddress) {
  EXPECT_EQ(house_of("2001:db8:1:2:3:4:5:6"), house_of("2001:db8:1:2::9"));
  EXPECT_NE(house_of("2001:db8:1:2::9"), house_of("2001:db8:1:3::9"));
  EXPECT_EQ(house_of("192.0.2.7"), "192.0.2.7");
}

TEST(Sessions, ThereAreSoManyOfAPersonAndTheIdlestMakesWay) {
  Sessions sessions({.most_of_a_person = 3});
  const PersonId person = PersonId::parse("a").value();
  std::vector<std::string> tokens;
  for (int i = 0; i < 3; ++i) tokens.push_back(sessions.open(person));
  EXPECT_TRUE(sessions.find(tokens[0])) << "used, so it is not the idlest";
  sessions.open(person);
  EXPECT_TRUE(sessions.find(tokens[0]));
  EXPECT_FALSE(sessions.find(tokens[1]));
  EXPECT_NE(sessions.find(tokens[0])->csrf, sessions.find(tokens[2])->csrf);
  sessions.end_all(person);
  EXPECT_FALSE(sessions.find(tokens[0]));
}

TEST(Qr, HasItsFindersAndAQuietZone) {
  const QrCode qr = qr_code(otpauth_uri("officer-li", std::string(20, 'x')));
  EXPECT_GE(qr.size(), 21u + 8u);
  EXPECT_FALSE(qr.rows[3][4]);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_TRUE(qr.rows[4][4 + i]);
  EXPECT_THAT(qr.svg_path(), HasSubstr("M4 4h7v1h-7z"));
  EXPECT_EQ(std::ranges::count(qr.terminal(), '\n'), static_cast<std::ptrdiff_t>((qr.size() + 1) / 2));
}

}  // namespace
}  // namespace loangate::ops
