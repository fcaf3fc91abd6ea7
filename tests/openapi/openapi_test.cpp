// The description at /openapi.json against the port itself: every route, every answer, every member. The
// judges, redocly and ajv, share no code with the gateway.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>

#include "base/temporary_folder.hpp"
#include "compensated.hpp"
#include "exchanges.hpp"
#include "ops/openapi.hpp"
#include "tests/store/samples.hpp"
#include "tests/unit/net/wire.hpp"

namespace loangate::ops::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
namespace stage = intake::testing;
using ::testing::HasSubstr;
using ::testing::IsSubsetOf;

/// A port that keeps what is said, for the judge.
struct Recorded : Compensated {
  Recorded() : Compensated({.flow = true}) {}
  /// `target` is what is asked, `path` what the description calls it; without one it is the same.
  Told record(std::string_view person, std::string_view method, std::string target, std::string path = {},
              std::string body = {}) {
    const Told told = call(person, method, target, body);
    if (path.empty()) path = target.substr(0, target.find('?'));
    exchanges.note(method, path, told.status, told.content_type, body, told.body);
    return told;
  }
  Told get_as(std::string target, std::string path = {}) {
    return record("officer-li", "GET", std::move(target), std::move(path));
  }
  described::Exchanges exchanges;
};

TEST(OpenApi, EveryRouteHasAnOperationAndEveryOperationARoute) {
  const json::value description = json::parse(openapi());
  std::set<std::string> routed;
  for (const Route& route : routes()) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(c | 0x20);
    routed.insert(fmt::format("{} {}", method, route.pattern));
    const auto* path = description.at("paths").as_object().if_contains(std::string(route.pattern));
    ASSERT_NE(path, nullptr) << route.pattern << " needs an operation in schemas/operations";
    const auto* operation = path->as_object().if_contains(method);
    ASSERT_NE(operation, nullptr) << method << " " << route.pattern
                                  << " needs an operation in schemas/operations";
    std::string roles;
    for (const auto& role : operation->at("x-roles").as_array())
      roles += fmt::format("{}{}", roles.empty() ? "" : ", ", role.as_string().c_str());
    EXPECT_EQ(roles, route.roles.names()) << route.pattern;
  }
  for (const auto& path : description.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      if (operation.key() == "parameters") continue;
      const std::string described = std::string(operation.key()) + ' ' + std::string(path.key());
      EXPECT_TRUE(routed.contains(described)) << described << " is described and not there";
    }
  }
}

TEST(OpenApi, IsServedWithAStrongTag) {
  Port port;
  auto client = Client::open(port.access("officer-li")).value();
  const auto answer = client.call("GET", "/openapi.json").value();
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.body, openapi());
  EXPECT_THAT(std::string(answer.header("ETag")), ::testing::MatchesRegex("\"[0-9a-f]{64}\""));
}

TEST(OpenApi, AMistakeInAFragmentIsNamedWithItsLine) {
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path() / "fragments";
  fs::copy(fs::path(LOANGATE_SOURCE_DIR) / "schemas/operations", folder);
  std::ofstream(folder / "tea.yaml") << "paths:\n"
                                        "  /v1/tea:\n"
                                        "    get:\n"
                                        "      responses: {'200': {$ref: '#/components/responses/Teapot'}}\n"
                                        "components:\n"
                                        "  schemas:\n"
                                        "    Loan: {type: string}\n"
                                        "    Security: {type: string, description: hot, sweet}\n";
  const auto [good, said] =
      described::run(fmt::format("'{0}/loangate_describe' '{1}/schemas/catalogue.yaml' '{2}' '{2}/out'",
                                 LOANGATE_BINARY_DIR, LOANGATE_SOURCE_DIR, folder.string()));
  EXPECT_FALSE(good);
  EXPECT_THAT(said, HasSubstr("tea.yaml:4: `#/components/responses/Teapot` leads nowhere"));
  EXPECT_THAT(said, HasSubstr("tea.yaml:4: `summary` is missing"));
  EXPECT_THAT(said, HasSubstr("tea.yaml:7: `Loan` stands twice"));
  EXPECT_THAT(said, HasSubstr("tea.yaml:8: `Security` stands twice, here and in the catalogue"));
  EXPECT_THAT(said, HasSubstr("tea.yaml:8: nothing stands here"));
}

TEST(OpenApi, TheLinterFindsNothing) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "openapi.json";
  std::ofstream(file, std::ios::binary) << openapi();
  const auto [good, said] = described::run(fmt::format(
      "REDOCLY_TELEMETRY=off node_modules/.bin/redocly lint --config redocly.yaml '{}'", file.string()));
  EXPECT_TRUE(good) << said;
  EXPECT_THAT(said, HasSubstr("valid"));
  EXPECT_THAT(said, ::testing::Not(HasSubstr("warning"))) << said;
}

/// Everything that a port of a young registry can be asked.
void ask_everything(Recorded& port) {
  port.post("bureau", "/v1/acts/company.entry", stage::listing(stage::company_two).raw);
  port.commits(stage::held_filing("H1"));
  port.applies_for_write_off();
  for (const store::Unit& unit : stage::applied_for("C2")) port.commits(unit);
  std::string waiting;
  for (const Change& change : port.store().all("case")) {
    if (!std::get<Case>(change).ruling) waiting = std::get<Case>(change).no.string();
  }
  const std::string ruling = fmt::format(
      R"({{"case_no":"{}","ruling":"approved","meeting_no":"2023-2","meeting_on":"2023-07-20","approved_principal":"300000.00","approved_interest":"0.00"}})",
      waiting);
  const std::string entry = stage::institution("bank02", "bank").raw;

  for (const char* target : {"/healthz",
                             "/readyz",
                             "/openapi.json",
                             "/v1/version",
                             "/v1/clock",
                             "/v1/registry/changes?limit=500",
                             "/v1/journal?limit=500",
                             "/v1/institutions",
                             "/v1/assessments",
                             "/v1/batches",
                             "/v1/cases",
                             "/v1/held",
                             "/v1/fund",
                             "/v1/fund/ahead",
                             "/v1/warnings?bank_percent=1&company_percent=1",
                             "/v1/deadlines",
                             "/v1/deadlines?state=missed",
                             "/v1/deliveries",
                             "/v1/totals",
                             "/v1/files",
                             "/v1/retention",
                             "/v1/profiles",
                             "/v1/decisions",
                             "/v1/decisions?limit=1",
                             "/v1/proposals",
                             "/v1/fund?format=csv",
                             "/v1/fund?format=xlsx",
                             "/v1/loans/summary?by=category",
                             "/v1/loans/summary?format=csv",
                             "/v1/deadlines?format=xlsx"})
    port.get_as(target);
  for (int entry_no = 1; entry_no < 12; ++entry_no)
    port.get_as(fmt::format("/v1/journal/{}", entry_no), "/v1/journal/{sequence}");
  port.record("operator-zhao", "GET", "/v1/journal/5", "/v1/journal/{sequence}");
  port.get_as("/v1/loans/phrcb/C1", "/v1/loans/{lender}/{loan_no}");
  port.get_as("/v1/loans/phrcb/H1", "/v1/loans/{lender}/{loan_no}");
  port.get_as(fmt::format("/v1/companies/{}", stage::company_one), "/v1/companies/{uscc}");
  port.get_as("/v1/cases/" + port.case_no, "/v1/cases/{no}");
  port.get_as("/v1/cases/" + waiting, "/v1/cases/{no}");
  port.get_as(fmt::format("/v1/cases/{}/form", waiting), "/v1/cases/{no}/form");
  port.get_as("/v1/fund/sources?figure=years/phrcb/2023/paid");
  port.get_as("/v1/fund/sources?figure=accounts/fund/cash/credit");
  const std::string delivery = port.get("/v1/deliveries")["deliveries/0/id"];
  port.get_as("/v1/deliveries/" + delivery, "/v1/deliveries/{id}");

  port.indexed();
  for (const char* target :
       {"/metrics", "/v1/flow", "/v1/flow/day", "/v1/alerts", "/v1/trouble", "/v1/replays", "/v1/messages",
        "/v1/messages?q=partner:phrcb", "/v1/messages?q=nothing%20of%20the%20kind"})
    port.get_as(target);
  port.get_as("/v1/messages/5", "/v1/messages/{sequence}");
  port.get_as("/v1/messages/1", "/v1/messages/{sequence}");
  port.get_as("/v1/loans/phrcb/C1/timeline", "/v1/loans/{lender}/{loan_no}/timeline");
  port.get_as("/v1/loans/phrcb/C1/evidence", "/v1/loans/{lender}/{loan_no}/evidence");
  port.record("auditor-sun", "GET", "/v1/audit", {});
  port.record("administrator-qian", "GET", "/v1/persons", {});
  port.record("administrator-qian", "GET", "/v1/persons/officer-li", "/v1/persons/{id}");

  const auto post = [&](std::string_view person, std::string target, std::string body,
                        std::string path = {}) {
    return port.record(person, "POST", std::move(target), std::move(path), std::move(body));
  };
  post("bureau", "/v1/acts/institution.entry", entry);
  post("bureau", "/v1/acts/institution.entry", fmt::format("[{}]", entry));
  post("bureau", "/v1/acts/institution.entry?dry_run=yes", fmt::format("[{}]", entry));
  post(
      "bureau", "/v1/acts/application.entry",
      fmt::format(
          R"({{"application_no":"A1","institution":"phrcb","company_uscc":"{}","amount":"500000.00","contact_name":"张小明"}})",
          stage::company_one));
  port.get_as("/v1/applications");
  post("officer-li", "/v1/decisions/preview?act=rule.compensation", ruling);
  post("officer-li", "/v1/decisions/preview?act=rule.hold", stage::hold_ruling("H1"));
  post("officer-li", "/v1/decisions/preview?act=rule.writeoff", port.ruling("approved"));
  post("officer-li", "/v1/decisions/preview?act=rule.writeoff", port.ruling("refused"));
  const Told proposed = post("officer-li", "/v1/proposals/rule.compensation", ruling);
  port.get_as("/v1/decisions");
  port.get_as("/v1/cases/" + waiting, "/v1/cases/{no}");
  port.get_as("/v1/proposals/" + proposed["proposal"], "/v1/proposals/{no}");
  post("approver-wang", fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
       fmt::format(R"({{"hash":"{}"}})", proposed["hash"]), "/v1/proposals/{no}/approve");
  const Told other = post("officer-li", "/v1/proposals/rule.hold", stage::hold_ruling("H1"));
  post("officer-li", fmt::format("/v1/proposals/{}/withdraw", other["proposal"]), R"({"reason":"重新核对"})",
       "/v1/proposals/{no}/withdraw");

  // And what goes wrong.
  post("officer-li", "/v1/proposals/rule.compensation", "{");
  post("officer-li", "/v1/proposals/rule.compensation", ruling);  // ruled already: 422
  post("approver-wang", fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
       fmt::format(R"({{"hash":"{}"}})", proposed["hash"]), "/v1/proposals/{no}/approve");
  post("operator-zhao", "/v1/proposals/rule.hold", "{}");
  post("officer-li", "/v1/decisions/preview?act=person.entry", "{}");
  port.get_as("/v1/fund/sources?figure=years/nobody/2023/paid");
  port.get_as("/v1/decisions?cursor=zz");
  port.get_as("/v1/decisions?kind=tea");
  port.get_as("/v1/loans/phrcb/nothing", "/v1/loans/{lender}/{loan_no}");
  port.record("operator-zhao", "PUT", "/v1/clock", {}, R"({"now":"2030-01-01T00:00:00+08:00"})");
}

/// Messages that were refused by their partner, and a replay of them.
void ask_about_replays(Recorded& port) {
  const PartnerId bank = partner("phrcb");
  for (unsigned company : {1u, 2u}) {
    const Sequence cause = port.commits([&](const store::View&, Sequence) {
      store::Writes writes{.entry = store::sample::act("bureau")};
      writes.outgoing.push_back(store::sample::default_notice(store::sample::uscc(company), bank));
      return writes;
    });
    port.commits([&](const store::View&, Sequence) {
      return store::Writes{.deliveries = {{.id = {cause.number * 100 + 1},
                                           .state = store::DeliveryState::parked,
                                           .attempts = 1,
                                           .reason = "[refused] 账户已冻结",
                                           .at = real_now()}}};
    });
  }
  const auto post = [&](std::string_view person, std::string target, std::string body,
                        std::string path = {}) {
    return port.record(person, "POST", std::move(target), std::move(path), std::move(body));
  };
  port.get_as("/v1/trouble");
  const Told counted = post("operator-zhao", "/v1/replays/count", R"({"query":"class:refused"})");
  const Told proposed = post(
      "operator-zhao", "/v1/proposals/delivery.replay",
      fmt::format(R"({{"query":"{}","through":{},"deliveries":{},"per_minute":60,"reason":"对方已恢复"}})",
                  counted["query"], counted["through"], counted["deliveries"]));
  const Told approved =
      post("approver-wang", fmt::format("/v1/proposals/{}/approve", proposed["proposal"]),
           fmt::format(R"({{"hash":"{}"}})", proposed["hash"]), "/v1/proposals/{no}/approve");
  const std::string no = approved["sequence"];
  port.get_as("/v1/replays");
  port.get_as("/v1/replays/" + no, "/v1/replays/{no}");
  post("operator-zhao", "/v1/acts/replay.steer",
       fmt::format(R"({{"replay_no":"{}","per_minute":0,"reason":"先停"}})", no));
  port.get_as("/v1/replays/" + no, "/v1/replays/{no}");
  port.get_as("/v1/replays/7", "/v1/replays/{no}");
  post("operator-zhao", "/v1/acts/lane.release",
       fmt::format(R"({{"delivery_id":{},"resend":"yes","reason":"x"}})", counted["through"]));
}

/// Acts of one person, and proposals that the rest does not make.
void act(Recorded& port) {
  const auto post = [&](std::string_view person, std::string target, std::string body,
                        std::string path = {}) {
    return port.record(person, "POST", std::move(target), std::move(path), std::move(body));
  };
  post("bureau", "/v1/acts/company.entry", stage::listing(stage::company_one).raw);
  post("officer-li", "/v1/acts/opening.cap",
       R"({"as_of":"2022-12-31","institution":"phrcb","year":2022,"approved":"9900000.00"})");
  post(
      "officer-li", "/v1/acts/opening.loan",
      fmt::format(
          R"({{"as_of":"2022-12-31","lender":"phrcb","loan_no":"OPEN1","contract_no":"HT1","company_uscc":"{}","company_name":"样例科技","loan_amount":"500000.00","outstanding":"400000.00","disbursed_on":"2022-06-01","matures_on":"2023-05-31","rate":"4.35","security":"unsecured"}})",
          stage::company_one));
  post("operator-zhao", "/v1/acts/lpr.entry",
       R"({"published_on":"2026-10-20","one_year":"3.00","five_years":"3.50","source":"人民银行授权公布"})");
  post("bureau", "/v1/acts/company.d_class",
       fmt::format(R"({{"company_uscc":"{}","valid_from":"2023-01-01"}})", stage::company_two));
  post("officer-li", "/v1/proposals/rule.writeoff", port.ruling("approved"));
  post("officer-li", "/v1/proposals/rule.institution",
       R"({"institution":"phrcb","ruling":"removed","effective_on":"2024-03-01","meeting_no":"2024-1",)"
       R"("meeting_on":"2024-02-20","reason":"上年未发放"})");
  post("administrator-qian", "/v1/acts/person.entry",
       R"({"person":"viewer-wu","display_name":"吴","roles":"viewer","active":"yes","reason":"新到岗"})");
  port.record("administrator-qian", "GET", "/v1/persons/viewer-wu", "/v1/persons/{id}");
  post("administrator-qian", "/v1/persons/viewer-wu/credential", R"({"reason":"新到岗"})",
       "/v1/persons/{id}/credential");
  port.record("administrator-qian", "GET", "/v1/persons");
  port.record("administrator-qian", "DELETE", "/v1/persons/viewer-wu/credential",
              "/v1/persons/{id}/credential");
  post("officer-li", "/v1/acts/legal.hold",
       R"({"institution":"phrcb","loan_no":"OPEN1","held":"yes","reason":"诉讼保全"})");
  post("operator-zhao", "/v1/acts/lane.release", R"({"delivery_id":7,"resend":"yes","reason":"x"})");
}

/// The stream's first event, whose data is what a GET of the flow answers.
void ask_for_the_stream(Recorded& port) {
  const auto pair = pki() / "persons/officer-li";
  net::testing::WireClient client(
      port.number(), {.pair = net::testing::KeyPair{pair.string() + ".pem", pair.string() + ".key"}});
  ASSERT_TRUE(client.send("GET /v1/flow/stream HTTP/1.1\r\nHost: a\r\n\r\n"));
  const std::string said = client.receive_until("\n\n\r\n");
  ASSERT_THAT(said, ::testing::StartsWith("HTTP/1.1 200"));
  ASSERT_THAT(said, HasSubstr("\r\nContent-Type: text/event-stream\r\n"));
  port.exchanges.note("GET", "/v1/flow/stream", 200, "text/event-stream", "", said);
  const auto data = said.find("data: ");
  ASSERT_NE(data, std::string::npos);
  port.exchanges.note("GET", "/v1/flow", 200, "application/json", "",
                      std::string_view(said).substr(data + 6, said.find("\n\n", data) - data - 6));
}

/// Who came by certificate, and who signs in.
void ask_of_sessions(Recorded& port) {
  port.get_as("/v1/session");
  port.gives_password("officer-li");
  Browser browser(port);
  const auto call = [&](std::string_view method, std::string_view path, std::string body = {}) {
    const Told told = browser.call(method, std::string(path), body);
    port.exchanges.note(method, path, told.status, told.content_type, body, told.body);
  };
  call("GET", "/v1/session");
  call("POST", "/v1/session", R"({"name":"officer-li","password":"no such password"})");
  call("POST", "/v1/session",
       fmt::format(R"({{"name":"officer-li","password":"{}","code":"{}"}})", password_of_all,
                   code_of(secret_of_all, real_now())));
  call("GET", "/v1/session");
  call("POST", "/v1/session/password",
       fmt::format(R"({{"old_password":"{}","new_password":"another horse battery"}})", password_of_all));
  call("DELETE", "/v1/session");
}

TEST(OpenApi, WhatThePortAnswersIsWhatIsDescribed) {
  Recorded port;
  ask_everything(port);
  act(port);
  ask_about_replays(port);
  ask_for_the_stream(port);
  ask_of_sessions(port);
  const described::Judgement judgement = port.exchanges.judge();
  EXPECT_EQ(judgement.faults, 0) << judgement.said;
  EXPECT_GT(judgement.judged, 60);
  std::set<std::string> elsewhere = described::asked_of_a_whole_gateway;
  elsewhere.insert(described::acts_of_other_tests.begin(), described::acts_of_other_tests.end());
  EXPECT_THAT(judgement.unseen, IsSubsetOf(elsewhere)) << "a described call whose answer nobody has checked";
}

TEST(OpenApi, AMemberThatIsNotDescribedIsFound) {
  described::Exchanges exchanges;
  exchanges.note("GET", "/v1/version", 200, "application/json", "", R"({"version":"1","secret":1})");
  const described::Judgement judgement = exchanges.judge();
  EXPECT_EQ(judgement.faults, 1);
  EXPECT_THAT(judgement.said, HasSubstr("secret"));
}

}  // namespace
}  // namespace loangate::ops::testing
