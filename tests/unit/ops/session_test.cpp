// Signing in by password and second factor, sessions, persons and their credentials (decision 0018).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <sys/stat.h>

#include <thread>

#include "port.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string code_now() {
  return code_of(secret_of_all, real_now());
}

/// Without what differs from answer to answer.
std::string without_request_id(const Told& told) {
  std::string body = told.body;
  const std::size_t at = body.find(told.request_id);
  if (at != std::string::npos) body.erase(at, told.request_id.size());
  return body;
}

TEST(OpsSession, WhoSignsInHasTheRolesOfThePersonUntilSigningOut) {
  Port port;
  port.gives_password("officer-li");
  Browser browser(port);
  EXPECT_EQ(browser.get("/v1/held").status, 401u);
  const Told signed_in = browser.signs_in("officer-li", password_of_all, code_now());
  ASSERT_EQ(signed_in.status, 200u) << signed_in.body;
  EXPECT_THAT(signed_in.header("Set-Cookie"),
              AllOf(HasSubstr("__Host-loangate="), HasSubstr("; Secure"), HasSubstr("; HttpOnly"),
                    HasSubstr("; SameSite=Strict"), HasSubstr("; Path=/")));
  EXPECT_EQ(signed_in.header("Cache-Control"), "no-store");
  EXPECT_EQ(signed_in["person"], "officer-li");
  EXPECT_EQ(signed_in["roles/0"], "officer");
  EXPECT_EQ(signed_in["way"], "password");
  EXPECT_EQ(signed_in["steps/0"], "");

  EXPECT_EQ(browser.get("/v1/held").status, 200u);
  EXPECT_EQ(browser.get("/v1/session")["csrf_token"], browser.csrf);
  const std::string cookie = browser.cookie;
  const Told out = browser.call("DELETE", "/v1/session");
  EXPECT_EQ(out.status, 204u) << out.body;
  EXPECT_THAT(out.header("Set-Cookie"), HasSubstr("Max-Age=0"));
  browser.cookie = cookie;
  EXPECT_EQ(browser.get("/v1/held").status, 401u) << "the token is of no use any more";
}

TEST(OpsSession, ACertificateWinsOverACookie) {
  Port port;
  port.gives_password("officer-li");
  Browser browser(port);
  browser.as("officer-li");
  auto client = Client::open(port.access("viewer-he")).value();
  const auto answer =
      client.call("GET", "/v1/session", {}, std::chrono::seconds(10), {{"Cookie", browser.cookie}});
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_THAT(answer->body, AllOf(HasSubstr("viewer-he"), HasSubstr(R"("way":"certificate")")));
}

TEST(OpsSession, WhateverIsWrongTheAnswerIsTheSame) {
  Port port;
  port.gives_password("officer-li");
  Browser browser(port);
  const Told wrong_password = browser.signs_in("officer-li", "wrong password indeed", code_now());
  const Told wrong_code = browser.signs_in("officer-li", password_of_all, "000000");
  const Told no_code = browser.signs_in("officer-li", password_of_all);
  const Told nobody = browser.signs_in("nobody-at-all", password_of_all, code_now());
  const Told no_password = browser.signs_in("approver-wang", password_of_all, code_now());
  EXPECT_EQ(wrong_password.status, 401u);
  EXPECT_EQ(wrong_password["code"], "sign_in_refused");
  for (const Told* other : {&wrong_code, &no_code, &nobody, &no_password}) {
    EXPECT_EQ(other->status, 401u);
    EXPECT_EQ(without_request_id(*other), without_request_id(wrong_password));
  }
  EXPECT_TRUE(browser.cookie.empty());
}

TEST(OpsSession, ACodeWorksOnceAlsoOverARestart) {
  Port port;
  port.gives_password("officer-li");
  const std::string code = code_now();
  Browser first(port), second(port);
  EXPECT_EQ(first.signs_in("officer-li", password_of_all, code).status, 200u);
  EXPECT_EQ(second.signs_in("officer-li", password_of_all, code).status, 401u);
  const auto read_again = CredentialFile::open(port.folder() / credentials_file).value()->current();
  EXPECT_FALSE(matching_step(secret_of_all, code, real_now(), read_again->at("officer-li").used_step));
}

TEST(OpsSession, WhoGuessesHasToWaitWhetherTheNameIsKnownOrNot) {
  Port port;
  port.gives_password("officer-li");
  Browser browser(port);
  for (const std::string_view name : {"officer-li", "nobody-at-all"}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(browser.signs_in(name, "wrong password indeed").status, 401u) << i;
    const Told waits = browser.signs_in(name, password_of_all, code_now());
    EXPECT_EQ(waits.status, 429u) << "the right one, too";
    EXPECT_EQ(waits["code"], "too_many_attempts");
    EXPECT_GE(std::stoi(waits.header("Retry-After")), 1);
  }
  EXPECT_EQ(port.get("/v1/held").status, 200u) << "by certificate one comes in";
  std::this_thread::sleep_for(std::chrono::milliseconds(2200));
  EXPECT_EQ(browser.signs_in("officer-li", password_of_all, code_now()).status, 200u);
}

TEST(OpsSession, ACallOfAnotherSitesPageIsRefused) {
  Port port;
  port.gives_password("operator-zhao");
  Browser browser(port);
  browser.as("operator-zhao");
  const std::string host = port.access("officer-li").url;
  const auto release = [&](Browser::Headers headers) {
    headers.emplace_back("Idempotency-Key", "k");
    return browser.post("/v1/acts/lane.release", R"({"delivery_id":7,"resend":"yes","reason":"x"})", headers);
  };
  EXPECT_EQ(release({{"Sec-Fetch-Site", "cross-site"}})["code"], "made_by_another_site");
  EXPECT_EQ(release({{"Sec-Fetch-Site", "same-site"}})["code"], "made_by_another_site");
  EXPECT_EQ(release({{"Origin", "https://evil.example"}})["code"], "made_by_another_site");
  EXPECT_EQ(release({{"Origin", "null"}})["code"], "made_by_another_site");
  EXPECT_EQ(release({{"Origin", host}, {"Sec-Fetch-Site", "same-origin"}}).status, 422u);
  browser.csrf = std::string(64, '0');
  EXPECT_EQ(release({})["code"], "csrf_token_wrong");
  browser.csrf.clear();
  EXPECT_EQ(release({})["code"], "csrf_token_wrong");
  EXPECT_EQ(browser.get("/v1/held").status, 200u) << "reading needs no token";
  // A certificate is sent along by itself, as a cookie is.
  auto client = Client::open(port.access("operator-zhao")).value();
  const auto answer = client.call("POST", "/v1/configuration/reload", {}, std::chrono::seconds(10),
                                  {{"Sec-Fetch-Site", "cross-site"}});
  EXPECT_EQ(answer->status, 403u);
}

TEST(OpsSession, AnIdleSessionEndsAndSoDoesALongOne) {
  Port port(
      {.sessions = {.idle = std::chrono::milliseconds(1000), .whole = std::chrono::milliseconds(3000)}});
  port.gives_password("officer-li");
  Browser browser(port);
  browser.as("officer-li");
  for (int i = 0; i < 4; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_EQ(browser.get("/v1/version").status, 200u) << i;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(browser.get("/v1/version").status, 401u);
  port.gives_password("officer-li");
  browser.cookie.clear();
  browser.as("officer-li");
  unsigned calls = 0;
  while (browser.get("/v1/version").status == 200 && calls < 60) {
    ++calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_LT(calls, 31u) << "used all the time, it ended all the same";
}

std::string entry_of(std::string_view person, std::string_view roles, std::string_view active = "yes") {
  return fmt::format(R"({{"person":"{}","display_name":"钱某","roles":"{}","active":"{}","reason":"新任"}})",
                     person, roles, active);
}

/// Base32 as telephones read it.
std::string decoded(std::string_view base32_text) {
  std::string bytes;
  unsigned bits = 0, held = 0;
  for (const char c : base32_text) {
    if (c == '=') break;
    held = held << 5 | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 0xffu);
  }
  return bytes;
}

TEST(OpsSession, ANewPersonSetsPasswordAndSecondFactorAtTheFirstSignIn) {
  Port port;
  const std::string entry = "/v1/acts/person.entry";
  ASSERT_EQ(port.post("administrator-qian", entry, entry_of("zhou", "officer,viewer")).status, 200u);
  const Told given = port.post("administrator-qian", "/v1/persons/zhou/credential", R"({"reason":"新任"})");
  ASSERT_EQ(given.status, 200u) << given.body;
  const std::string one_time = given["one_time_password"];

  Browser browser(port);
  const Told first = browser.signs_in("zhou", one_time);
  ASSERT_EQ(first.status, 200u) << first.body;
  EXPECT_EQ(first["steps/0"], "change_password");
  EXPECT_EQ(first["steps/1"], "set_second_factor");
  EXPECT_EQ(first["display_name"], "钱某");
  EXPECT_EQ(browser.get("/v1/held")["code"], "steps_first");

  const auto password = [&](std::string_view before, std::string_view after) {
    return browser.post("/v1/session/password",
                        fmt::format(R"({{"old_password":"{}","new_password":"{}"}})", before, after));
  };
  EXPECT_EQ(password(one_time, "short")["errors/0/pointer"], "/new_password");
  EXPECT_EQ(password(one_time, "zhou-zhou-zhou-zhou")["errors/0/pointer"], "/new_password");
  EXPECT_EQ(password(one_time, one_time)["errors/0/pointer"], "/new_password");
  EXPECT_EQ(password("something else", "quite another thing")["code"], "password_wrong");
  const std::string cookie = browser.cookie;
  ASSERT_EQ(password(one_time, "quite another thing").status, 200u);
  EXPECT_NE(browser.cookie, cookie) << "another token";

  EXPECT_EQ(browser.call("PUT", "/v1/session/second-factor", R"({"code":"123456"})")["code"],
            "nothing_to_confirm");
  const Told begun = browser.post("/v1/session/second-factor", "");
  ASSERT_EQ(begun.status, 200u) << begun.body;
  EXPECT_THAT(begun["uri"],
              AllOf(HasSubstr("otpauth://totp/Loangate:zhou?secret="), HasSubstr(begun["secret"])));
  EXPECT_THAT(begun["qr/path"], HasSubstr("M4 4h7v1h-7z"))
      << "the first finder pattern, behind the quiet zone";
  EXPECT_EQ(browser.call("PUT", "/v1/session/second-factor", R"({"code":"000000"})")["code"], "code_wrong");
  EXPECT_EQ(browser.get("/v1/held")["code"], "steps_first");
  const std::string code = code_of(decoded(begun["secret"]), real_now());
  const Told set = browser.call("PUT", "/v1/session/second-factor", fmt::format(R"({{"code":"{}"}})", code));
  ASSERT_EQ(set.status, 200u) << set.body;
  EXPECT_EQ(set["second_factor"], "true");
  EXPECT_EQ(browser.get("/v1/held").status, 200u);

  Browser again(port);
  EXPECT_EQ(again.signs_in("zhou", one_time, code).status, 401u) << "it was for one time";
  EXPECT_EQ(again.signs_in("zhou", "quite another thing").status, 401u) << "a code is asked for now";
  EXPECT_EQ(again.signs_in("zhou", "quite another thing", code).status, 401u) << "used when it was confirmed";
}

TEST(OpsSession, AnAdministratorCannotActOnHimselfNorCombineDuties) {
  Port port;
  const std::string entry = "/v1/acts/person.entry";
  const auto enter = [&](std::string_view person, std::string_view roles) {
    return port.post("administrator-qian", entry, entry_of(person, roles));
  };
  EXPECT_EQ(enter("administrator-qian", "administrator,operator")["code"], "own_entry");
  EXPECT_EQ(enter("zhou", "administrator,approver")["errors/0/pointer"], "/roles");
  EXPECT_EQ(enter("zhou", "administrator,officer")["errors/0/pointer"], "/roles");
  EXPECT_EQ(enter("zhou", "auditor,operator")["errors/0/pointer"], "/roles");
  EXPECT_EQ(enter("zhou", "king")["errors/0/pointer"], "/roles");
  EXPECT_EQ(enter("gateway", "viewer")["errors/0/pointer"], "/person");
  EXPECT_EQ(enter("../x", "viewer")["errors/0/pointer"], "/person");
  EXPECT_EQ(port.post("administrator-qian", "/v1/persons/administrator-qian/credential",
                      R"({"reason":"x"})")["code"],
            "own_credential");
  EXPECT_EQ(port.post("administrator-qian", "/v1/persons/nobody/credential", R"({"reason":"x"})").status,
            404u);
  EXPECT_EQ(enter("zhou", "administrator,operator").status, 200u);
}

TEST(OpsSession, WhatTheRecordSaysOfAPersonHoldsForEveryWayIn) {
  Port port;
  port.gives_password("operator-zhao");
  Browser browser(port);
  browser.as("operator-zhao");
  const Told before = port.get("/v1/persons/operator-zhao", "auditor-sun");
  EXPECT_EQ(before["entered_by"], "machine");
  EXPECT_EQ(before["ways/0"], "certificate");
  EXPECT_EQ(before["ways/1"], "password");
  EXPECT_EQ(before.header("ETag"), "\"0\"");

  ASSERT_EQ(
      port.post("administrator-qian", "/v1/acts/person.entry", entry_of("operator-zhao", "viewer")).status,
      200u);
  EXPECT_EQ(browser.get("/v1/session")["roles/0"], "viewer") << "at once, also in a session";
  EXPECT_EQ(port.call("operator-zhao", "POST", "/v1/configuration/reload")["code"], "role_missing");
  const Told changed = port.get("/v1/persons/operator-zhao", "auditor-sun");
  EXPECT_EQ(changed["entered_by"], "record");

  auto client = Client::open(port.access("administrator-qian")).value();
  const auto with_etag = [&](const std::string& etag) {
    return client
        .call("POST", "/v1/acts/person.entry", entry_of("operator-zhao", "operator", "no"),
              std::chrono::seconds(10), {{"If-Match", etag}})
        ->status;
  };
  EXPECT_EQ(with_etag("\"0\""), 412u) << "changed meanwhile";
  EXPECT_EQ(with_etag(changed.header("ETag")), 200u);
  EXPECT_EQ(browser.get("/v1/version").status, 401u) << "the session has ended";
  EXPECT_EQ(port.get("/v1/version", "operator-zhao")["code"], "person_not_active");
}

TEST(OpsSession, NoSecretIsOnRecord) {
  Port port;
  ASSERT_EQ(port.post("administrator-qian", "/v1/acts/person.entry", entry_of("zhou", "officer")).status,
            200u);
  const Told given = port.post("administrator-qian", "/v1/persons/zhou/credential", R"({"reason":"丢失"})");
  port.gives_password("zhou");
  Browser browser(port);
  browser.as("zhou").signs_in("My secret password", "My secret password");
  for (const store::StoredEntry& entry : port.store().entries_after({}, 100)) {
    for (const std::string& text : {entry.entry.raw, entry.entry.canonical, entry.entry.receipt}) {
      EXPECT_THAT(text, Not(HasSubstr(given["one_time_password"])));
      EXPECT_THAT(text, Not(HasSubstr(std::string(password_of_all))));
      EXPECT_THAT(text, Not(HasSubstr("My secret"))) << "typed into the wrong field";
    }
  }
  struct stat file{};
  ASSERT_EQ(stat((port.folder() / credentials_file).c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace loangate::ops::testing
