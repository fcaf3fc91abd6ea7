#include "ops/service.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "ops/activation.hpp"
#include "ops/acts.hpp"
#include "ops/backtest.hpp"
#include "ops/body.hpp"
#include "ops/case_file.hpp"
#include "ops/configuration.hpp"
#include "ops/deadlines.hpp"
#include "ops/deliveries.hpp"
#include "ops/feed.hpp"
#include "ops/files.hpp"
#include "ops/fund.hpp"
#include "ops/journal.hpp"
#include "ops/loans.hpp"
#include "ops/reading.hpp"
#include "ops/rulebook_data.hpp"
#include "ops/status.hpp"
#include "ops/warnings.hpp"

namespace loangate::ops {
namespace {

constexpr Roles anyone{"officer", "approver", "operator", "system"};
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

Refusal forbidden(std::string code, Words detail) {
  return {.status = 403, .code = std::move(code), .detail = std::move(detail)};
}

Refusal lacks_role(Roles needed) {
  return forbidden("role_missing", {fmt::format("需要角色：{}（其一）", needed.names()),
                                    fmt::format("this needs one of the roles: {}", needed.names())});
}

Refusal unknown_peer(const net::Identity& identity) {
  if (const auto* stranger = std::get_if<net::Stranger>(&identity)) {
    const std::string why(net::explain(stranger->why));
    return {.status = 403,
            .code = "certificate_not_accepted",
            .detail = {why, "nobody may act with this certificate"}};
  }
  return forbidden("not_a_person", {"此端口供办公室人员使用；合作机构请用报文端口",
                                    "this port is for persons; partners use the port for messages"});
}

bool is_json(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return content_type.empty() || net::same_token(type.substr(0, type.find(' ')), "application/json");
}

Refusal not_json() {
  return {.status = 415,
          .code = "not_json",
          .detail = {"请求体应为 application/json", "the body must be application/json"}};
}

Refusal too_large(std::size_t most) {
  return {.status = 413,
          .code = "too_large",
          .detail = {fmt::format("请求体至多 {} 字节；请分批发送", most),
                     fmt::format("the body may have at most {} bytes; send it in parts", most)}};
}

}  // namespace

std::span<const Route> routes() {
  return table;
}

OpsService::OpsService(Operations operations)
    : operations_(std::move(operations)), start_(fmt::format("{:x}", real_now().micros)) {}

std::expected<OpsService::Admitted, Refusal> OpsService::admit(const net::RequestHead& head,
                                                               const net::Peer& peer) const {
  const auto identities = operations_.identities.current();
  const net::Identity identity = identities->find(peer, real_now());
  const auto* person = std::get_if<const net::Person*>(&identity);
  const auto id = person == nullptr ? std::nullopt : PersonId::parse((*person)->name);
  if (!id) return std::unexpected(unknown_peer(identity));

  auto found = match(routes(), head.method, head.path);
  if (!found) return std::unexpected(std::move(found.error()));
  const Roles roles((*person)->roles);
  if (!found->route->roles.meets(roles)) return std::unexpected(lacks_role(found->route->roles));
  return Admitted{found->route, std::move(found->arguments), *id, roles};
}

std::expected<net::Admitted, net::Response> OpsService::head(const net::RequestHead& head,
                                                             const net::Peer& peer) {
  const auto admitted = admit(head, peer);
  if (!admitted) return std::unexpected(finish(std::unexpected(admitted.error())));
  const std::size_t most = admitted->route->most_bytes;
  if (head.content_length.value_or(0) > most)
    return std::unexpected(finish(std::unexpected(too_large(most))));
  if (most > 0 && (!is_json(head.field("Content-Type")) || !head.field("Content-Encoding").empty())) {
    return std::unexpected(finish(std::unexpected(not_json())));
  }
  return net::Admitted{.body_bytes = most};
}

boost::asio::awaitable<net::Response> OpsService::answer(net::Request request) {
  co_return finish(co_await carry_out(request));
}

boost::asio::awaitable<Reply> OpsService::carry_out(const net::Request& request) const {
  // Asked again: the identities may have changed while the body came in.
  auto admitted = admit(request.head, *request.peer);
  if (!admitted) co_return std::unexpected(std::move(admitted.error()));
  const Call call{.request = request,
                  .person = admitted->person,
                  .roles = admitted->roles,
                  .arguments = std::move(admitted->arguments),
                  .act = admitted->route->act,
                  .stopping = stopping_};
  co_return co_await admitted->route->handler(operations_, call);
}

net::Response OpsService::finish(Reply reply) const {
  const std::string id = new_request_id();
  net::Response response = reply ? *std::move(reply) : problem(reply.error(), id);
  response.headers.emplace_back("X-Request-Id", id);
  return response;
}

std::string OpsService::new_request_id() const {
  return fmt::format("{}-{}", start_, requests_.fetch_add(1) + 1);
}

void OpsService::stopping() {
  stopping_ = true;
}

}  // namespace loangate::ops
