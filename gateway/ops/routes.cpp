#include "ops/service.hpp"

#include "ops/acts.hpp"
#include "ops/alerts/alert_list.hpp"
#include "ops/body.hpp"
#include "ops/flow/files.hpp"
#include "ops/flow/flow.hpp"
#include "ops/flow/metrics.hpp"
#include "ops/flow/partners.hpp"
#include "ops/flow/replays.hpp"
#include "ops/flow/trouble.hpp"
#include "ops/messages/deliveries.hpp"
#include "ops/messages/evidence.hpp"
#include "ops/messages/feed.hpp"
#include "ops/messages/journal.hpp"
#include "ops/messages/messages.hpp"
#include "ops/messages/timeline.hpp"
#include "ops/office/case_file.hpp"
#include "ops/office/deadlines.hpp"
#include "ops/office/decisions.hpp"
#include "ops/office/fund.hpp"
#include "ops/office/loans.hpp"
#include "ops/office/reading.hpp"
#include "ops/office/warnings.hpp"
#include "ops/openapi.hpp"
#include "ops/people/audit.hpp"
#include "ops/people/persons.hpp"
#include "ops/people/session_calls.hpp"
#include "ops/system/activation.hpp"
#include "ops/system/backtest.hpp"
#include "ops/system/backups.hpp"
#include "ops/system/configuration.hpp"
#include "ops/system/retention.hpp"
#include "ops/system/rulebook_data.hpp"
#include "ops/system/status.hpp"
#include "ops/system/system.hpp"

namespace loangate::ops {
namespace {

constexpr Roles anybody = Roles::anybody();  // also who has not signed in
constexpr Roles anyone{"officer", "approver", "operator", "system", "viewer", "auditor", "administrator"};
constexpr Roles office{"officer", "approver"};
constexpr Roles registrar{"officer", "system"};     // who enters lists: a person, or the bureau's own system
constexpr Roles keeper{"officer", "operator"};      // who enters the data that rules rest on
constexpr Roles technical{"operator", "approver"};  // who changes profiles, and counts and stops replays

constexpr Roles auditing{"auditor", "administrator"};

constexpr std::size_t list = most_bytes_of_acts;
constexpr std::size_t form = 256u << 10;
constexpr std::size_t slip = 8u << 10;

constexpr bool by_key = true;  // moves money or messages: takes an Idempotency-Key

constexpr Route table[] = {
    {"GET", "/healthz", anybody, read_health},
    {"GET", "/readyz", anyone, read_readiness},
    {"GET", "/openapi.json", anyone, read_openapi},
    {"GET", "/v1/version", anyone, read_version},
    {"GET", "/v1/clock", anyone, read_clock},
    {"PUT", "/v1/clock", {"operator"}, set_clock, slip},

    {"POST", "/v1/session", anybody, sign_in, slip},
    {"GET", "/v1/session", anyone, read_session},
    {"DELETE", "/v1/session", anyone, sign_out},
    {"POST", "/v1/session/password", anyone, change_password, slip},
    {"POST", "/v1/session/second-factor", anyone, begin_second_factor, slip},
    {"PUT", "/v1/session/second-factor", anyone, confirm_second_factor, slip},
    {"GET", "/v1/persons", auditing, list_persons},
    {"GET", "/v1/persons/{id}", auditing, read_person},
    {"POST", "/v1/acts/person.entry", {"administrator"}, enter_person, slip, MessageKind::person_entry},
    {"POST", "/v1/persons/{id}/credential", {"administrator"}, give_one_time_password, slip},
    {"DELETE", "/v1/persons/{id}/credential", {"administrator"}, remove_credential},
    {"GET", "/v1/audit", auditing, read_audit},

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

    {"GET", "/metrics", anyone, read_metrics},
    {"GET", "/v1/flow", anyone, read_flow},
    {"GET", "/v1/flow/day", anyone, read_flow_day},
    {"GET", "/v1/flow/stream", anyone, stream_flow},
    {"GET", "/v1/alerts", anyone, list_alerts},
    {"GET", "/v1/messages", anyone, find_messages},
    {"GET", "/v1/messages/{sequence}", anyone, read_message},
    {"GET", "/v1/loans/{lender}/{loan_no}/timeline", anyone, read_timeline},
    {"GET", "/v1/loans/{lender}/{loan_no}/evidence", anyone, read_evidence},

    {"POST", "/v1/acts/company.entry", registrar, enter_acts, list, MessageKind::company_entry},
    {"POST", "/v1/acts/company.d_class", registrar, enter_acts, list, MessageKind::company_d_class},
    {"POST", "/v1/acts/institution.entry", registrar, enter_acts, list, MessageKind::institution_entry},
    {"POST", "/v1/acts/application.entry", registrar, enter_acts, list, MessageKind::application_entry},
    {"POST", "/v1/acts/opening.loan", {"officer"}, enter_acts, list, MessageKind::opening_loan, by_key},
    {"POST", "/v1/acts/opening.claim", {"officer"}, enter_acts, list, MessageKind::opening_claim, by_key},
    {"POST", "/v1/acts/opening.cap", {"officer"}, enter_acts, list, MessageKind::opening_cap, by_key},
    {"POST", "/v1/acts/lpr.entry", keeper, extend_rulebook, slip, MessageKind::lpr_entry},
    {"POST", "/v1/acts/calendar.entry", keeper, extend_rulebook, slip, MessageKind::calendar_entry},
    {"POST", "/v1/acts/lane.release", {"operator"}, enter_acts, list, MessageKind::lane_release, by_key},
    {"POST",
     "/v1/acts/alert.answer",
     {"operator", "administrator"},
     answer_alert,
     form,
     MessageKind::alert_answer},

    {"GET", "/v1/trouble", anyone, list_trouble},
    {"POST", "/v1/replays/count", technical, count_replay, slip},
    {"GET", "/v1/replays", anyone, list_replays},
    {"GET", "/v1/replays/{no}", anyone, read_replay},
    {"POST", "/v1/acts/replay.steer", technical, steer_replay, slip, MessageKind::replay_steer, by_key},
    {"POST",
     "/v1/proposals/delivery.replay",
     {"operator"},
     propose_replay,
     slip,
     MessageKind::delivery_replay,
     by_key},
    {"GET", "/v1/partners", anyone, list_partners},
    {"GET", "/v1/partners/{id}", anyone, read_partner},
    {"POST", "/v1/partners/{id}/test", {"operator"}, test_partner, slip},
    {"POST", "/v1/acts/partner.flow", {"operator"}, enter_acts, slip, MessageKind::partner_flow, by_key},
    {"GET", "/v1/maintenance", anyone, read_maintenance},
    {"POST",
     "/v1/acts/maintenance.entry",
     {"operator"},
     enter_maintenance,
     slip,
     MessageKind::maintenance_entry,
     by_key},

    {"GET", "/v1/decisions", anyone, list_decisions},
    {"POST", "/v1/decisions/preview", office, preview_decision, form},

    {"POST", "/v1/proposals/rule.hold", {"officer"}, propose, form, MessageKind::rule_hold, by_key},
    {"POST",
     "/v1/proposals/rule.compensation",
     {"officer"},
     propose,
     form,
     MessageKind::rule_compensation,
     by_key},
    {"POST", "/v1/proposals/rule.writeoff", {"officer"}, propose, form, MessageKind::rule_writeoff, by_key},
    {"POST",
     "/v1/proposals/rule.institution",
     {"officer"},
     propose,
     form,
     MessageKind::rule_institution,
     by_key},
    {"POST", "/v1/proposals/rule.profile", technical, propose_profile, form, MessageKind::rule_profile,
     by_key},
    {"GET", "/v1/proposals", anyone, list_proposals},
    {"GET", "/v1/proposals/{no}", anyone, read_proposal},
    {"POST", "/v1/proposals/{no}/approve", {"approver"}, approve, slip, {}, by_key},
    {"POST", "/v1/proposals/{no}/withdraw", {"officer", "approver", "operator"}, withdraw, slip, {}, by_key},

    {"GET", "/v1/profiles", anyone, list_profiles},
    {"GET", "/v1/profiles/{partner}", anyone, read_profile},
    {"POST", "/v1/acts/profile.back", technical, return_to_profile_before, slip, MessageKind::profile_back,
     by_key},
    {"POST", "/v1/configuration/reload", {"operator", "administrator"}, reload_configuration},
    {"POST", "/v1/backtests", {"officer", "approver", "operator"}, run_backtest, form},

    {"GET", "/v1/system", anyone, read_system},
    {"GET", "/v1/diagnostics", {"operator", "administrator"}, read_diagnostics},
    {"GET", "/v1/backups", {"operator", "administrator"}, list_backups},
    {"POST", "/v1/backups", {"operator", "administrator"}, begin_backup, slip},
    {"GET", "/v1/retention", {"officer", "operator", "auditor", "administrator"}, read_retention},
    {"POST", "/v1/acts/legal.hold", {"officer", "auditor"}, enter_acts, slip, MessageKind::legal_hold},
};

}  // namespace

std::span<const Route> routes() {
  return table;
}

}  // namespace loangate::ops
