#include "ops/service.hpp"

#include "ops/activation.hpp"
#include "ops/acts.hpp"
#include "ops/backtest.hpp"
#include "ops/body.hpp"
#include "ops/case_file.hpp"
#include "ops/configuration.hpp"
#include "ops/deadlines.hpp"
#include "ops/decisions.hpp"
#include "ops/deliveries.hpp"
#include "ops/feed.hpp"
#include "ops/files.hpp"
#include "ops/fund.hpp"
#include "ops/journal.hpp"
#include "ops/loans.hpp"
#include "ops/openapi.hpp"
#include "ops/reading.hpp"
#include "ops/rulebook_data.hpp"
#include "ops/status.hpp"
#include "ops/warnings.hpp"

namespace loangate::ops {
namespace {

constexpr Roles anyone{"officer", "approver", "operator", "system", "viewer", "auditor", "administrator"};
constexpr Roles office{"officer", "approver"};
constexpr Roles registrar{"officer", "system"};     // who enters lists: a person, or the bureau's own system
constexpr Roles keeper{"officer", "operator"};      // who enters the data that rules rest on
constexpr Roles technical{"operator", "approver"};  // who changes profiles

constexpr std::size_t list = most_bytes_of_acts;
constexpr std::size_t form = 256u << 10;
constexpr std::size_t slip = 8u << 10;

constexpr Route table[] = {
    {"GET", "/healthz", anyone, read_health},
    {"GET", "/readyz", anyone, read_readiness},
    {"GET", "/openapi.json", anyone, read_openapi},
    {"GET", "/v1/version", anyone, read_version},
    {"GET", "/v1/clock", anyone, read_clock},
    {"PUT", "/v1/clock", {"operator"}, set_clock, slip},

    {"GET", "/v1/registry/changes", anyone, read_changes},
    {"GET", "/v1/journal", anyone, list_journal},
    {"GET", "/v1/journal/{sequence}", anyone, read_journal},
    {"GET", "/v1/loans/summary", anyone, summarise_loans},
    {"GET", "/v1/loans/{lender}/{loan_no}", anyone, read_loan},
    {"GET", "/v1/companies/{uscc}", anyone, read_company},
    {"GET", "/v1/institutions", anyone, list_institutions},
    {"GET", "/v1/applications", anyone, list_applications},
    {"GET", "/v1/assessments", anyone, list_assessments},
    {"GET", "/v1/batches", anyone, list_batches},
    {"GET", "/v1/batches/{partner}/{id}", anyone, read_batch},
    {"GET", "/v1/cases", anyone, list_cases},
    {"GET", "/v1/cases/{no}", anyone, read_case},
    {"GET", "/v1/cases/{no}/form", office, read_form},
    {"GET", "/v1/documents/{partner}/{sha256}", office, read_document},
    {"GET", "/v1/held", anyone, list_held},
    {"GET", "/v1/fund", anyone, read_fund},
    {"GET", "/v1/fund/sources", anyone, read_sources},
    {"GET", "/v1/fund/ahead", anyone, read_ahead},
    {"GET", "/v1/warnings", anyone, read_warnings},
    {"GET", "/v1/deadlines", anyone, list_deadlines},
    {"GET", "/v1/deliveries", anyone, list_deliveries},
    {"GET", "/v1/deliveries/{id}", anyone, read_delivery},
    {"GET", "/v1/totals", anyone, read_totals},
    {"GET", "/v1/files", anyone, read_files},

    {"POST", "/v1/acts/company.entry", registrar, enter_acts, list, MessageKind::company_entry},
    {"POST", "/v1/acts/company.d_class", registrar, enter_acts, list, MessageKind::company_d_class},
    {"POST", "/v1/acts/institution.entry", registrar, enter_acts, list, MessageKind::institution_entry},
    {"POST", "/v1/acts/application.entry", registrar, enter_acts, list, MessageKind::application_entry},
    {"POST", "/v1/acts/opening.loan", {"officer"}, enter_acts, list, MessageKind::opening_loan},
    {"POST", "/v1/acts/opening.claim", {"officer"}, enter_acts, list, MessageKind::opening_claim},
    {"POST", "/v1/acts/opening.cap", {"officer"}, enter_acts, list, MessageKind::opening_cap},
    {"POST", "/v1/acts/lpr.entry", keeper, extend_rulebook, slip, MessageKind::lpr_entry},
    {"POST", "/v1/acts/calendar.entry", keeper, extend_rulebook, slip, MessageKind::calendar_entry},
    {"POST", "/v1/acts/lane.release", {"operator"}, enter_acts, list, MessageKind::lane_release},

    {"GET", "/v1/decisions", anyone, list_decisions},
    {"POST", "/v1/decisions/preview", office, preview_decision, form},

    {"POST", "/v1/proposals/rule.hold", {"officer"}, propose, form, MessageKind::rule_hold},
    {"POST", "/v1/proposals/rule.compensation", {"officer"}, propose, form, MessageKind::rule_compensation},
    {"POST", "/v1/proposals/rule.writeoff", {"officer"}, propose, form, MessageKind::rule_writeoff},
    {"POST", "/v1/proposals/rule.institution", {"officer"}, propose, form, MessageKind::rule_institution},
    {"POST", "/v1/proposals/rule.profile", technical, propose_profile, form, MessageKind::rule_profile},
    {"GET", "/v1/proposals", anyone, list_proposals},
    {"GET", "/v1/proposals/{no}", anyone, read_proposal},
    {"POST", "/v1/proposals/{no}/approve", {"approver"}, approve, slip},
    {"POST", "/v1/proposals/{no}/withdraw", office, withdraw, slip},

    {"GET", "/v1/profiles", anyone, list_profiles},
    {"GET", "/v1/profiles/{partner}", anyone, read_profile},
    {"POST", "/v1/acts/profile.back", technical, return_to_profile_before, slip, MessageKind::profile_back},
    {"POST", "/v1/configuration/reload", {"operator"}, reload_configuration},
    {"POST", "/v1/backtests", {"officer", "approver", "operator"}, run_backtest, form},
};

}  // namespace

std::span<const Route> routes() {
  return table;
}

}  // namespace loangate::ops
