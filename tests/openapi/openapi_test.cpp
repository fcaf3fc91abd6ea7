// The description at /openapi.json against the port itself: every route, every answer, every member. The
// judges, redocly and ajv, share no code with the gateway.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/json_writer.hpp"
#include "compensated.hpp"
#include "ops/openapi.hpp"

namespace loangate::ops::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
namespace stage = intake::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;

/// GETs whose answers need what this test has not: a configuration with profiles, an installation, a partner's
/// file or document, an approved replay; and a stream, which does not end.
const std::set<std::string> seen_elsewhere{"/v1/profiles/{partner}",
                                           "/v1/batches/{partner}/{id}",
                                           "/v1/documents/{partner}/{sha256}",
                                           "/v1/partners",
                                           "/v1/partners/{id}",
                                           "/v1/maintenance",
                                           "/v1/system",
                                           "/v1/diagnostics",
                                           "/v1/backups",
                                           "/v1/replays/{no}",
                                           "/v1/session",
                                           "/v1/flow/stream"};

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// What a command prints, and whether it succeeded.
std::pair<bool, std::string> run(const std::string& command, const fs::path& out) {
  const int status =
      std::system(fmt::format("cd '{}' && {} > '{}' 2>&1", LOANGATE_JUDGES, command, out.string()).c_str());
  return {status == 0, read(out)};
}

/// A port that keeps what is said, for the judge.
struct Recorded : Compensated {
  Recorded() : Compensated({.flow = true}) {}
  /// `target` is what is asked, `path` what the description calls it; without one it is the same.
  Told record(std::string_view person, std::string_view method, std::string target, std::string path = {},
              std::string body = {}) {
    const Told told = call(person, method, target, body);
    if (path.empty()) path = target.substr(0, target.find('?'));
    JsonWriter(lines)
        .begin_object()
        .member("method", method)
        .member("path", std::string_view(path))
        .member("status", static_cast<std::uint64_t>(told.status))
        .member("type", std::string_view(told.content_type))
        .member("sent", std::string_view(body))
        .member("got", std::string_view(told.content_type.contains("json") ? told.body : ""))
        .end_object();
    lines += '\n';
    return told;
  }
  Told get_as(std::string target, std::string path = {}) {
    return record("officer-li", "GET", std::move(target), std::move(path));
  }
  std::string lines;
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
  const fs::path folder = fs::path(LOANGATE_JUDGES) / "fragments";
  fs::remove_all(folder);
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
      run(fmt::format("'{0}/loangate_describe' '{1}/schemas/catalogue.yaml' fragments fragments/out",
                      LOANGATE_BINARY_DIR, LOANGATE_SOURCE_DIR),
          folder / "said");
  EXPECT_FALSE(good);
  EXPECT_THAT(said, HasSubstr("tea.yaml:4: `#/components/responses/Teapot` leads nowhere"));
  EXPECT_THAT(said, HasSubstr("tea.yaml:4: `summary` is missing"));
  EXPECT_THAT(said, HasSubstr("tea.yaml:7: `Loan` stands twice"));
  EXPECT_THAT(said, HasSubstr("tea.yaml:8: `Security` stands twice, here and in the catalogue"));
  EXPECT_THAT(said, HasSubstr("tea.yaml:8: nothing stands here"));
}

TEST(OpenApi, TheLinterFindsNothing) {
  const fs::path folder = fs::path(LOANGATE_JUDGES) / "lint";
  fs::create_directories(folder);
  std::ofstream(folder / "openapi.json", std::ios::binary) << openapi();
  const auto [good, said] =
      run("REDOCLY_TELEMETRY=off node_modules/.bin/redocly lint --config redocly.yaml lint/openapi.json",
          folder / "said");
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
       {"/metrics", "/v1/flow", "/v1/flow/day", "/v1/alerts", "/v1/trouble", "/v1/replays",
        "/v1/messages", "/v1/messages?q=partner:phrcb", "/v1/messages?q=nothing%20of%20the%20kind"})
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

TEST(OpenApi, WhatThePortAnswersIsWhatIsDescribed) {
  Recorded port;
  ask_everything(port);
  const fs::path folder = fs::path(LOANGATE_JUDGES) / "answers";
  fs::create_directories(folder);
  std::ofstream(folder / "openapi.json", std::ios::binary) << openapi();
  std::ofstream(folder / "exchanges", std::ios::binary) << port.lines;
  const auto [good, said] = run("node validate.mjs answers/openapi.json answers/exchanges", folder / "said");
  ASSERT_TRUE(good) << said;
  const auto last = said.rfind('\n', said.size() - 2);
  const json::value sum = json::parse(said.substr(last == std::string::npos ? 0 : last + 1));
  EXPECT_EQ(sum.at("faults").to_number<int>(), 0) << said;
  EXPECT_GT(sum.at("judged").to_number<int>(), 60);
  std::set<std::string> unseen;
  for (const auto& path : sum.at("unseen").as_array()) unseen.emplace(path.as_string().c_str());
  EXPECT_THAT(unseen, IsSubsetOf(seen_elsewhere)) << "a described GET whose answer nobody has checked";
}

TEST(OpenApi, AMemberThatIsNotDescribedIsFound) {
  Recorded port;
  port.lines =
      R"({"method":"GET","path":"/v1/version","status":200,"type":"application/json","sent":"","got":"{\"version\":\"1\",\"secret\":1}"})";
  const fs::path folder = fs::path(LOANGATE_JUDGES) / "negative";
  fs::create_directories(folder);
  std::ofstream(folder / "openapi.json", std::ios::binary) << openapi();
  std::ofstream(folder / "exchanges", std::ios::binary) << port.lines << '\n';
  EXPECT_THAT(run("node validate.mjs negative/openapi.json negative/exchanges", folder / "said").second,
              HasSubstr("secret"));
}

}  // namespace
}  // namespace loangate::ops::testing
