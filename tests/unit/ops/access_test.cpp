// Who may do what on the operations port, and what a refusal says.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "ops/router.hpp"
#include "port.hpp"

namespace loangate::ops::testing {
namespace {

using ::testing::HasSubstr;

/// The whole matrix, written down a second time: who a row names may, everybody else is told which role is
/// missing.
struct Rights {
  std::string_view method;
  std::string_view pattern;
  std::set<std::string_view> persons;
};

const std::set<std::string_view> everybody{"officer-li", "approver-wang", "operator-zhao", "bureau"};

const Rights matrix[] = {
    {"GET", "/healthz", everybody},
    {"GET", "/readyz", everybody},
    {"GET", "/openapi.json", everybody},
    {"GET", "/v1/version", everybody},
    {"GET", "/v1/clock", everybody},
    {"PUT", "/v1/clock", {"operator-zhao"}},
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
    {"GET", "/v1/cases/{no}/form", {"officer-li", "approver-wang"}},
    {"GET", "/v1/documents/{partner}/{sha256}", {"officer-li", "approver-wang"}},
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
    {"POST", "/v1/acts/company.entry", {"officer-li", "bureau"}},
    {"POST", "/v1/acts/company.d_class", {"officer-li", "bureau"}},
    {"POST", "/v1/acts/institution.entry", {"officer-li", "bureau"}},
    {"POST", "/v1/acts/application.entry", {"officer-li", "bureau"}},
    {"POST", "/v1/acts/opening.loan", {"officer-li"}},
    {"POST", "/v1/acts/opening.claim", {"officer-li"}},
    {"POST", "/v1/acts/opening.cap", {"officer-li"}},
    {"POST", "/v1/acts/lpr.entry", {"officer-li", "operator-zhao"}},
    {"POST", "/v1/acts/calendar.entry", {"officer-li", "operator-zhao"}},
    {"POST", "/v1/acts/lane.release", {"operator-zhao"}},
    {"GET", "/v1/decisions", everybody},
    {"POST", "/v1/decisions/preview", {"officer-li", "approver-wang"}},
    {"POST", "/v1/proposals/rule.hold", {"officer-li"}},
    {"POST", "/v1/proposals/rule.compensation", {"officer-li"}},
    {"POST", "/v1/proposals/rule.writeoff", {"officer-li"}},
    {"POST", "/v1/proposals/rule.institution", {"officer-li"}},
    {"POST", "/v1/proposals/rule.profile", {"operator-zhao", "approver-wang"}},
    {"GET", "/v1/proposals", everybody},
    {"GET", "/v1/proposals/{no}", everybody},
    {"POST", "/v1/proposals/{no}/approve", {"approver-wang"}},
    {"POST", "/v1/proposals/{no}/withdraw", {"officer-li", "approver-wang"}},
    {"GET", "/v1/profiles", everybody},
    {"GET", "/v1/profiles/{partner}", everybody},
    {"POST", "/v1/acts/profile.back", {"operator-zhao", "approver-wang"}},
    {"POST", "/v1/configuration/reload", {"operator-zhao"}},
    {"POST", "/v1/backtests", {"officer-li", "approver-wang", "operator-zhao"}},
};

TEST(OpsAccess, EachRouteIsForItsRolesOnly) {
  ASSERT_EQ(routes().size(), std::size(matrix)) << "a new route needs its line above";
  Port port({.demo_clock = true});
  for (std::size_t i = 0; i < std::size(matrix); ++i) {
    const Rights& row = matrix[i];
    ASSERT_EQ(routes()[i].pattern, row.pattern);
    ASSERT_EQ(routes()[i].method, row.method);
    std::string path(row.pattern);
    while (path.contains('{')) path.replace(path.find('{'), path.find('}') - path.find('{') + 1, "7");
    for (const std::string_view person : everybody) {
      SCOPED_TRACE(fmt::format("{} {} by {}", row.method, path, person));
      const Told told = port.call(person, row.method, path, row.method == "GET" ? "" : "{}");
      EXPECT_NE(told.status, 0u);
      if (row.persons.contains(person)) {
        EXPECT_NE(told["code"], "role_missing") << told.body;
      } else {
        EXPECT_EQ(told.status, 403u);
        EXPECT_EQ(told["code"], "role_missing");
        EXPECT_THAT(told["detail"], HasSubstr(routes()[i].roles.names()));
      }
    }
  }
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
