// Who may do what on the operations port, and what a refusal says.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "ops/router.hpp"
#include "port.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::HasSubstr;

/// The whole matrix, written down a second time: every call, and the roles that may make it. Everybody else
/// is told which role is missing, and who has not signed in how that is done.
struct Rights {
  std::string_view method;
  std::string_view pattern;
  std::set<std::string_view> roles;
};

const std::set<std::string_view> everybody{"officer", "approver", "operator",     "system",
                                           "viewer",  "auditor",  "administrator"};
/// Also without a certificate, and without having signed in.
const std::set<std::string_view> anybody{};

const Rights matrix[] = {
    {"GET", "/healthz", anybody},
    {"GET", "/readyz", everybody},
    {"GET", "/openapi.json", everybody},
    {"GET", "/v1/version", everybody},
    {"GET", "/v1/clock", everybody},
    {"PUT", "/v1/clock", {"operator"}},
    {"POST", "/v1/session", anybody},
    {"GET", "/v1/session", everybody},
    {"DELETE", "/v1/session", everybody},
    {"POST", "/v1/session/password", everybody},
    {"POST", "/v1/session/second-factor", everybody},
    {"PUT", "/v1/session/second-factor", everybody},
    {"GET", "/v1/persons", {"auditor", "administrator"}},
    {"GET", "/v1/persons/{id}", {"auditor", "administrator"}},
    {"POST", "/v1/acts/person.entry", {"administrator"}},
    {"POST", "/v1/persons/{id}/credential", {"administrator"}},
    {"DELETE", "/v1/persons/{id}/credential", {"administrator"}},
    {"GET", "/v1/audit", {"auditor", "administrator"}},
    {"GET", "/v1/registry/changes", everybody},
    {"GET", "/v1/journal", everybody},
    {"GET", "/v1/journal/{sequence}", everybody},
    {"GET", "/v1/loans/summary", everybody},
    {"GET", "/v1/loans/{lender}/{loan_no}", everybody},
    {"GET", "/v1/companies/{uscc}", everybody},
    {"GET", "/v1/institutions", everybody},
    {"GET", "/v1/applications", everybody},
    {"GET", "/v1/assessments", everybody},
    {"GET", "/v1/batches", everybody},
    {"GET", "/v1/batches/{partner}/{id}", everybody},
    {"GET", "/v1/cases", everybody},
    {"GET", "/v1/cases/{no}", everybody},
    {"GET", "/v1/cases/{no}/form", {"officer", "approver"}},
    {"GET", "/v1/documents/{partner}/{sha256}", {"officer", "approver"}},
    {"GET", "/v1/held", everybody},
    {"GET", "/v1/fund", everybody},
    {"GET", "/v1/fund/sources", everybody},
    {"GET", "/v1/fund/ahead", everybody},
    {"GET", "/v1/warnings", everybody},
    {"GET", "/v1/deadlines", everybody},
    {"GET", "/v1/deliveries", everybody},
    {"GET", "/v1/deliveries/{id}", everybody},
    {"GET", "/v1/totals", everybody},
    {"GET", "/v1/files", everybody},
    {"GET", "/metrics", everybody},
    {"GET", "/v1/flow", everybody},
    {"GET", "/v1/flow/day", everybody},
    {"GET", "/v1/flow/stream", everybody},
    {"GET", "/v1/alerts", everybody},
    {"GET", "/v1/messages", everybody},
    {"GET", "/v1/messages/{sequence}", everybody},
    {"GET", "/v1/loans/{lender}/{loan_no}/timeline", everybody},
    {"GET", "/v1/loans/{lender}/{loan_no}/evidence", everybody},
    {"POST", "/v1/acts/company.entry", {"officer", "system"}},
    {"POST", "/v1/acts/company.d_class", {"officer", "system"}},
    {"POST", "/v1/acts/institution.entry", {"officer", "system"}},
    {"POST", "/v1/acts/application.entry", {"officer", "system"}},
    {"POST", "/v1/acts/opening.loan", {"officer"}},
    {"POST", "/v1/acts/opening.claim", {"officer"}},
    {"POST", "/v1/acts/opening.cap", {"officer"}},
    {"POST", "/v1/acts/lpr.entry", {"officer", "operator"}},
    {"POST", "/v1/acts/calendar.entry", {"officer", "operator"}},
    {"POST", "/v1/acts/lane.release", {"operator"}},
    {"POST", "/v1/acts/alert.answer", {"operator", "administrator"}},
    {"GET", "/v1/trouble", everybody},
    {"POST", "/v1/replays/count", {"operator", "approver"}},
    {"GET", "/v1/replays", everybody},
    {"GET", "/v1/replays/{no}", everybody},
    {"POST", "/v1/acts/replay.steer", {"operator", "approver"}},
    {"POST", "/v1/proposals/delivery.replay", {"operator"}},
    {"GET", "/v1/partners", everybody},
    {"GET", "/v1/partners/{id}", everybody},
    {"POST", "/v1/partners/{id}/test", {"operator"}},
    {"POST", "/v1/acts/partner.flow", {"operator"}},
    {"GET", "/v1/maintenance", everybody},
    {"POST", "/v1/acts/maintenance.entry", {"operator"}},
    {"GET", "/v1/decisions", everybody},
    {"POST", "/v1/decisions/preview", {"officer", "approver"}},
    {"POST", "/v1/proposals/rule.hold", {"officer"}},
    {"POST", "/v1/proposals/rule.compensation", {"officer"}},
    {"POST", "/v1/proposals/rule.writeoff", {"officer"}},
    {"POST", "/v1/proposals/rule.institution", {"officer"}},
    {"POST", "/v1/proposals/rule.profile", {"operator", "approver"}},
    {"GET", "/v1/proposals", everybody},
    {"GET", "/v1/proposals/{no}", everybody},
    {"POST", "/v1/proposals/{no}/approve", {"approver"}},
    {"POST", "/v1/proposals/{no}/withdraw", {"officer", "approver", "operator"}},
    {"GET", "/v1/profiles", everybody},
    {"GET", "/v1/profiles/{partner}", everybody},
    {"POST", "/v1/acts/profile.back", {"operator", "approver"}},
    {"POST", "/v1/configuration/reload", {"operator", "administrator"}},
    {"POST", "/v1/backtests", {"officer", "approver", "operator"}},
    {"GET", "/v1/system", everybody},
    {"GET", "/v1/diagnostics", {"operator", "administrator"}},
    {"GET", "/v1/backups", {"operator", "administrator"}},
    {"POST", "/v1/backups", {"operator", "administrator"}},
    {"GET", "/v1/retention", {"officer", "operator", "auditor", "administrator"}},
    {"POST", "/v1/acts/legal.hold", {"officer", "auditor"}},
};

/// The person of the development PKI who has this role and no other.
const std::map<std::string_view, std::string_view> persons{{"officer", "officer-li"},
                                                           {"approver", "approver-wang"},
                                                           {"operator", "operator-zhao"},
                                                           {"system", "bureau"},
                                                           {"viewer", "viewer-he"},
                                                           {"auditor", "auditor-sun"},
                                                           {"administrator", "administrator-qian"}};

/// A path of the pattern: nothing is there.
std::string some_path(std::string_view pattern) {
  std::string path(pattern);
  while (path.contains('{')) path.replace(path.find('{'), path.find('}') - path.find('{') + 1, "7");
  return path;
}

TEST(OpsAccess, EachRouteHasItsLineInTheMatrix) {
  ASSERT_EQ(routes().size(), std::size(matrix)) << "a new route needs its line above";
  for (std::size_t i = 0; i < std::size(matrix); ++i) {
    EXPECT_EQ(routes()[i].pattern, matrix[i].pattern);
    EXPECT_EQ(routes()[i].method, matrix[i].method);
    EXPECT_EQ(routes()[i].roles.open_to_anybody(), matrix[i].roles.empty()) << matrix[i].pattern;
  }
  ASSERT_EQ(persons.size(), net::person_roles.size()) << "a new role needs its person above";
}

/// What moves money or messages, or decides which may move: done once, however often it is sent.
TEST(OpsAccess, WhatMovesMoneyOrMessagesTakesAKey) {
  std::set<std::string_view> keyed;
  for (const Route& route : routes()) {
    if (route.by_key) keyed.insert(route.pattern);
  }
  EXPECT_EQ(
      keyed,
      (std::set<std::string_view>{
          "/v1/acts/lane.release", "/v1/acts/maintenance.entry", "/v1/acts/opening.cap",
          "/v1/acts/opening.claim", "/v1/acts/opening.loan", "/v1/acts/partner.flow", "/v1/acts/profile.back",
          "/v1/acts/replay.steer", "/v1/proposals/delivery.replay", "/v1/proposals/rule.compensation",
          "/v1/proposals/rule.hold", "/v1/proposals/rule.institution", "/v1/proposals/rule.profile",
          "/v1/proposals/rule.writeoff", "/v1/proposals/{no}/approve", "/v1/proposals/{no}/withdraw"}));
}

void expect_as_the_row_says(const Rights& row, std::string_view role, const Told& told) {
  EXPECT_NE(told.status, 0u);
  EXPECT_NE(told.status, 401u) << told.body;
  if (row.roles.empty() || row.roles.contains(role)) {
    EXPECT_NE(told["code"], "role_missing") << told.body;
  } else {
    EXPECT_EQ(told.status, 403u);
    EXPECT_EQ(told["code"], "role_missing");
    EXPECT_THAT(told["detail"], HasSubstr(*row.roles.begin()));
  }
}

std::string some_body(const Rights& row) {
  return row.method == "GET" ? "" : "{}";
}

TEST(OpsAccess, EachRouteIsForItsRolesOnlyByCertificate) {
  Port port({.demo_clock = true});
  for (const Rights& row : matrix) {
    const std::string path = some_path(row.pattern);
    for (const auto& [role, person] : persons) {
      SCOPED_TRACE(fmt::format("{} {} by {}", row.method, path, role));
      expect_as_the_row_says(row, role, port.call(person, row.method, path, some_body(row)));
    }
  }
}

TEST(OpsAccess, EachRouteIsForItsRolesOnlySignedInByPassword) {
  Port port({.demo_clock = true});
  for (const auto& [role, person] : persons) {
    port.gives_password(person);
    Browser browser(port);
    browser.as(person);
    for (const Rights& row : matrix) {
      const std::string path = some_path(row.pattern);
      SCOPED_TRACE(fmt::format("{} {} by {}", row.method, path, role));
      expect_as_the_row_says(row, role, browser.call(row.method, path, some_body(row)));
    }
  }
}

TEST(OpsAccess, WhoHasNotSignedInMayCallOnlyWhatIsForAnybody) {
  Port port({.demo_clock = true});
  Browser browser(port);
  for (const Rights& row : matrix) {
    const std::string path = some_path(row.pattern);
    SCOPED_TRACE(fmt::format("{} {} by nobody", row.method, path));
    const Told told = browser.call(row.method, path, some_body(row));
    EXPECT_NE(told.status, 0u);
    if (row.roles.empty()) {
      EXPECT_NE(told.status, 401u) << told.body;
      continue;
    }
    EXPECT_EQ(told.status, 401u);
    EXPECT_EQ(told["code"], "sign_in_needed");
    EXPECT_THAT(told["detail"], HasSubstr("POST /v1/session"));
  }
}

/// What needs two persons, and that neither way in makes two of one.
TEST(OpsAccess, OnePersonIsNotTwoByComingInTwice) {
  Port port;
  port.post(
      "bureau", "/v1/acts/institution.entry",
      R"({"institution":"bank22","role":"bank","name_zh":"银行","name_en":"Bank","sci_tech_branch":"no",)"
      R"("admitted_from":"2020-01-01"})");
  const std::string ruling =
      R"({"institution":"bank22","ruling":"removed","effective_on":"2024-03-01","meeting_no":"2024-1",)"
      R"("meeting_on":"2024-02-20","reason":"上年未发放"})";
  const Told proposed = port.post("both-chen", "/v1/proposals/rule.institution", ruling);
  ASSERT_EQ(proposed.status, 201u) << proposed.body;
  const std::string approval = fmt::format(R"({{"hash":"{}"}})", proposed["hash"]);
  const std::string approve = fmt::format("/v1/proposals/{}/approve", proposed["proposal"]);
  port.gives_password("both-chen");
  Browser browser(port);
  const Told own = browser.as("both-chen").post(approve, approval, {{"Idempotency-Key", "1"}});
  EXPECT_EQ(own.status, 403u) << own.body;
  EXPECT_EQ(own["code"], "approver_is_proposer");
  port.gives_password("approver-wang");
  Browser other(port);
  const Told done = other.as("approver-wang").post(approve, approval, {{"Idempotency-Key", "1"}});
  EXPECT_EQ(done.status, 200u) << done.body;
}

TEST(OpsAccess, APersonWithTwoRolesHasBoth) {
  Port port;
  EXPECT_EQ(port.post("both-chen", "/v1/proposals/rule.hold", "{}").status, 400u);
  EXPECT_EQ(port.post("both-chen", "/v1/proposals/P000000001/approve", "{}").status, 400u);
  EXPECT_THAT(port.post("both-chen", "/v1/acts/lane.release", "{}")["detail"], HasSubstr("operator"));
}

TEST(OpsAccess, APartnersCertificateDoesNotServeHere) {
  Port port;
  const Told told = port.call("senders/bank01", "GET", "/v1/held");
  EXPECT_EQ(told.status, 403u);
  EXPECT_EQ(told["code"], "not_a_person");
}

TEST(OpsAccess, ACertificateThatNobodyHasIsRefusedWithTheReason) {
  Port port;
  const Told told = port.call("special/stranger", "GET", "/healthz");
  EXPECT_EQ(told.status, 403u);
  EXPECT_EQ(told["code"], "certificate_not_accepted");
}

TEST(OpsAccess, EveryAnswerHasARequestIdOfItsOwn) {
  Port port;
  std::set<std::string> seen;
  for (const auto& [person, target] : {std::pair{"officer-li", "/healthz"},
                                       {"officer-li", "/v1/journal/999"},
                                       {"officer-li", "/nowhere"},
                                       {"senders/bank01", "/healthz"},
                                       {"officer-li", "/v1/version"}}) {
    const Told told = port.call(person, "GET", target);
    EXPECT_FALSE(told.request_id.empty()) << target;
    EXPECT_TRUE(seen.insert(told.request_id).second) << target;
    if (told.status >= 400) {
      EXPECT_EQ(told["request_id"], told.request_id);
      EXPECT_EQ(told.content_type, "application/problem+json");
      EXPECT_EQ(told["status"], std::to_string(told.status));
    }
  }
}

struct BadRequest {
  std::string_view name;
  std::string_view person;
  std::string_view method;
  std::string target;
  std::string body;
  unsigned status;
  std::string_view code;
  std::string_view pointer;
};

void PrintTo(const BadRequest& request, std::ostream* out) {
  *out << request.name;
}

std::string array_of(std::size_t count) {
  std::string body = "[{}";
  for (std::size_t i = 1; i < count; ++i) body += ",{}";
  return body + "]";
}

const BadRequest bad_requests[] = {
    {"NoSuchPath", "officer-li", "GET", "/v1/nothing", "", 404, "not_found", ""},
    {"NoSuchAct", "officer-li", "POST", "/v1/acts/rule.hold", "{}", 404, "not_found", ""},
    {"AnotherMethod", "officer-li", "POST", "/v1/held", "", 405, "method_not_allowed", ""},
    {"BodyWithAGet", "officer-li", "GET", "/v1/held", "{}", 413, "too_large", ""},
    {"NoJson", "officer-li", "POST", "/v1/acts/company.entry", "<act/>", 400, "invalid_request", ""},
    {"NoObject", "officer-li", "POST", "/v1/acts/company.entry", "7", 400, "invalid_request", ""},
    {"MemberTwice", "officer-li", "POST", "/v1/acts/company.d_class",
     R"({"company_uscc":"91330482MA2C00028T","company_uscc":"91330482MA2C00036M","valid_from":"2023-01-01"})",
     400, "invalid_request", ""},
    {"FieldMissing", "officer-li", "POST", "/v1/acts/company.d_class",
     R"({"company_uscc":"91330482MA2C00028T"})", 400, "invalid_request", "/valid_from"},
    {"FieldUnknown", "officer-li", "POST", "/v1/acts/company.d_class",
     R"({"company_uscc":"91330482MA2C00028T","valid_from":"2023-01-01","colour":"red"})", 400,
     "invalid_request", "/colour"},
    {"NoDate", "officer-li", "POST", "/v1/acts/company.d_class",
     R"({"company_uscc":"91330482MA2C00028T","valid_from":"2023-02-29"})", 400, "invalid_request",
     "/valid_from"},
    {"NoCode", "officer-li", "POST", "/v1/proposals/rule.hold",
     R"({"lender":"phrcb","loan_no":"1","ruling":"maybe","reason":"x"})", 400, "invalid_request", "/ruling"},
    {"NumberForAmount", "officer-li", "POST", "/v1/proposals/rule.compensation",
     R"({"case_no":"C000000001","ruling":"approved","approved_principal":300000.00})", 400, "invalid_request",
     "/approved_principal"},
    {"EmptyText", "officer-li", "POST", "/v1/proposals/rule.hold",
     R"({"lender":"phrcb","loan_no":"1","ruling":"released","reason":""})", 400, "invalid_request",
     "/reason"},
    {"InARow", "officer-li", "POST", "/v1/proposals/rule.compensation",
     R"({"case_no":"C000000001","ruling":"refused","reason":"x","opinions":[{"member":"科技局","consents":"perhaps"}]})",
     400, "invalid_request", "/opinions/0/consents"},
    {"TooLong", "officer-li", "POST", "/v1/acts/company.d_class",
     R"({"company_uscc":"91330482MA2C00028TT","valid_from":"2023-01-01"})", 400, "invalid_request",
     "/company_uscc"},
    {"SecondOfAnArray", "officer-li", "POST", "/v1/acts/company.d_class",
     R"([{"company_uscc":"91330482MA2C00028T","valid_from":"2023-01-01"},{"company_uscc":"91330482MA2C00028T"}])",
     400, "invalid_request", "/1/valid_from"},
    {"ArrayOfNothing", "officer-li", "POST", "/v1/acts/company.entry", "[]", 400, "invalid_request", ""},
    {"ArrayTooLong", "officer-li", "POST", "/v1/acts/company.entry", array_of(1001), 400, "invalid_request",
     ""},
    {"ArrayOfProposals", "officer-li", "POST", "/v1/proposals/rule.hold", "[]", 400, "invalid_request", ""},
    {"BodyTooLarge", "officer-li", "POST", "/v1/proposals/rule.hold", std::string(300'000, ' '), 413,
     "too_large", ""},
    {"CheckDigit", "officer-li", "POST", "/v1/acts/company.entry",
     R"({"company_uscc":"91330482MA2C00028X","company_name":"x","category":"gazelle","document_no":"1","valid_from":"2023-01-01"})",
     422, "company_code_invalid", "/company_uscc"},
    {"UnknownLoan", "officer-li", "POST", "/v1/proposals/rule.hold",
     R"({"lender":"phrcb","loan_no":"1","ruling":"released","reason":"x"})", 422, "loan_unknown", "/loan_no"},
    {"NoHash", "approver-wang", "POST", "/v1/proposals/P000000001/approve", "{}", 400, "invalid_request",
     "/hash"},
    {"HalfAHash", "approver-wang", "POST", "/v1/proposals/P000000001/approve", R"({"hash":"9f86d0"})", 400,
     "invalid_request", "/hash"},
    {"NoSuchProposal", "approver-wang", "POST", "/v1/proposals/P000000001/approve",
     fmt::format(R"({{"hash":"{:0>64}"}})", 0), 404, "not_found", ""},
    {"ProposalNoTooLong", "approver-wang", "POST", "/v1/proposals/P00000000100000000000000001/approve",
     fmt::format(R"({{"hash":"{:0>64}"}})", 0), 404, "not_found", ""},
    {"WithdrawalOfNothing", "officer-li", "POST", "/v1/proposals/P000000001/withdraw", "", 404, "not_found",
     ""},
    {"WithdrawalWithMore", "officer-li", "POST", "/v1/proposals/P000000001/withdraw", R"({"because":"x"})",
     400, "invalid_request", "/because"},
    {"LimitZero", "officer-li", "GET", "/v1/journal?limit=0", "", 400, "invalid_request", "/limit"},
    {"LimitTooHigh", "officer-li", "GET", "/v1/held?limit=501", "", 400, "invalid_request", "/limit"},
    {"AfterWord", "officer-li", "GET", "/v1/registry/changes?after=yesterday", "", 400, "invalid_request",
     "/after"},
    {"AfterNegative", "officer-li", "GET", "/v1/registry/changes?after=-1", "", 400, "invalid_request",
     "/after"},
    {"WaitTooLong", "officer-li", "GET", "/v1/registry/changes?wait=31", "", 400, "invalid_request", "/wait"},
    {"StateUnknown", "officer-li", "GET", "/v1/proposals?state=pending", "", 400, "invalid_request",
     "/state"},
    {"PartnerUnknown", "officer-li", "GET", "/v1/deliveries?partner=nobody", "", 400, "invalid_request",
     "/partner"},
    {"AfterWithoutPartner", "officer-li", "GET", "/v1/deliveries?after=5", "", 400, "invalid_request",
     "/after"},
    {"NoEntry", "officer-li", "GET", "/v1/journal/77", "", 404, "not_found", ""},
    {"EntryWord", "officer-li", "GET", "/v1/journal/last", "", 404, "not_found", ""},
    {"NoLoan", "officer-li", "GET", "/v1/loans/phrcb/1", "", 404, "not_found", ""},
    {"NoCompany", "officer-li", "GET", "/v1/companies/91330482MA2C00028T", "", 404, "not_found", ""},
    {"NoCase", "officer-li", "GET", "/v1/cases/C000000001", "", 404, "not_found", ""},
    {"NoDelivery", "officer-li", "GET", "/v1/deliveries/1", "", 404, "not_found", ""},
    {"DeliveryUnknown", "operator-zhao", "POST", "/v1/acts/lane.release",
     R"({"delivery_id":7,"resend":"yes","reason":"x"})", 422, "delivery_unknown", "/delivery_id"},
    {"DeliveryNegative", "operator-zhao", "POST", "/v1/acts/lane.release",
     R"({"delivery_id":-7,"resend":"yes","reason":"x"})", 422, "delivery_unknown", "/delivery_id"},
    {"ClockWord", "operator-zhao", "PUT", "/v1/clock", R"({"now":"tomorrow"})", 400, "invalid_request",
     "/now"},
    {"ClockNothing", "operator-zhao", "PUT", "/v1/clock", "{}", 400, "invalid_request", "/now"},
};

class OpsBadRequest : public ::testing::TestWithParam<BadRequest> {};

TEST_P(OpsBadRequest, IsAProblemThatSaysWhereAndWhat) {
  const BadRequest& bad = GetParam();
  Port port({.demo_clock = true});
  const Told told = port.call(bad.person, bad.method, bad.target, bad.body);
  EXPECT_EQ(told.status, bad.status) << told.body;
  EXPECT_EQ(told.content_type, "application/problem+json");
  EXPECT_EQ(told["code"], bad.code);
  EXPECT_EQ(told["errors/0/pointer"], bad.pointer) << told.body;
  if (told.status == 400) {
    EXPECT_FALSE(told["errors/0/detail/zh"].empty());
    EXPECT_FALSE(told["errors/0/detail/en"].empty());
    EXPECT_EQ(port.store().last_sequence(), Sequence{}) << "nothing was done";
  }
}

INSTANTIATE_TEST_SUITE_P(, OpsBadRequest, ::testing::ValuesIn(bad_requests),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(OpsAccess, EveryFaultOfAnArrayIsTold) {
  Port port;
  const Told told =
      port.post("bureau", "/v1/acts/company.d_class",
                R"([{"company_uscc":""},{"company_uscc":"91330482MA2C00028T","valid_from":"2023-01-01"},7])");
  EXPECT_EQ(told["errors/0/pointer"], "/0/valid_from");
  EXPECT_EQ(told["errors/1/pointer"], "/2");
  EXPECT_EQ(port.store().last_sequence(), Sequence{});
}

}  // namespace
}  // namespace loangate::ops::testing
