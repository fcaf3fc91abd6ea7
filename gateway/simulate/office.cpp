#include "simulate/office.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/json.hpp"
#include "base/json_writer.hpp"

namespace loangate::simulate {
namespace {

constexpr std::size_t acts_at_a_time = 200;

using Body = std::expected<std::string, std::string>;

/// The body of an answer below 300, or what the gateway said instead.
Body good(std::expected<net::Response, std::string> answer, std::string_view what) {
  if (!answer) return std::unexpected(fmt::format("{}: {}", what, answer.error()));
  if (answer->status >= 300)
    return std::unexpected(fmt::format("{}: {} {}", what, answer->status, answer->body));
  return std::move(answer->body);
}

std::string text_member(const std::string& json, std::string_view key) {
  JsonDocument document;
  if (!document.read(json)) return "";
  const JsonNode* member = document.member(document.root(), key);
  return member == nullptr ? "" : std::string(member->text);
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// What an array of acts was answered: the first that was not accepted, if any.
std::expected<void, std::string> all_accepted(const std::string& body, std::string_view what) {
  JsonDocument document;
  if (!document.read(body)) return std::unexpected(fmt::format("{}: not JSON: {}", what, body));
  const JsonNode* results = document.member(document.root(), "results");
  if (results == nullptr) return std::unexpected(fmt::format("{}: no results: {}", what, body));
  for (const JsonNode* result = document.first(*results); result != nullptr;
       result = document.next(*result)) {
    const JsonNode* status = document.member(*result, "status");
    if (status == nullptr || number(status->text) >= 300)
      return std::unexpected(fmt::format("{}: {}", what, body));
  }
  return {};
}

}  // namespace

std::expected<Office, ConfigErrors> Office::open(const std::string& url, const People& people) {
  const auto as = [&](const std::string& name) {
    const std::string files = (people.pki / "persons" / name).string();
    return ops::Client::open(
        {.url = url, .certificate = files + ".pem", .key = files + ".key", .ca = people.pki / "ca.pem"});
  };
  auto officer = as(people.officer);
  if (!officer) return std::unexpected(officer.error());
  auto approver = as(people.approver);
  if (!approver) return std::unexpected(approver.error());
  auto operator_client = as(people.operator_name);
  if (!operator_client) return std::unexpected(operator_client.error());
  return Office(std::move(*officer), std::move(*approver), std::move(*operator_client));
}

std::expected<void, std::string> Office::enter(MessageKind kind, std::span<const Record> acts) {
  const std::string target = fmt::format("/v1/acts/{}", spec_of(kind).name);
  while (!acts.empty()) {
    const auto some = acts.first(std::min(acts.size(), acts_at_a_time));
    acts = acts.subspan(some.size());
    std::string body;
    JsonWriter json(body);
    json.begin_array();
    for (const Record& act : some) json.raw(canonical_json(act));
    json.end_array();
    const auto answer = good(officer_.call("POST", target, std::move(body)), target);
    if (!answer) return std::unexpected(answer.error());
    if (auto accepted = all_accepted(*answer, target); !accepted) return accepted;
  }
  return {};
}

std::expected<void, std::string> Office::decide(MessageKind kind, const Record& act) {
  const std::string target = fmt::format("/v1/proposals/{}", spec_of(kind).name);
  const auto proposed = good(officer_.call("POST", target, canonical_json(act)), target);
  if (!proposed) return std::unexpected(proposed.error());
  std::string hash;
  JsonWriter(hash)
      .begin_object()
      .member("hash", std::string_view(text_member(*proposed, "hash")))
      .end_object();
  const std::string approval =
      fmt::format("/v1/proposals/{}/approve", ops::percent_encoded(text_member(*proposed, "proposal")));
  const auto approved = good(approver_.call("POST", approval, std::move(hash)), approval);
  if (!approved) return std::unexpected(approved.error());
  return {};
}

std::expected<CaseNo, std::string> Office::case_of(const PartnerId& lender, const LoanNo& loan) {
  const std::string target =
      fmt::format("/v1/loans/{}/{}", ops::percent_encoded(lender.view()), ops::percent_encoded(loan.view()));
  const auto answer = good(officer_.call("GET", target), target);
  if (!answer) return std::unexpected(answer.error());
  JsonDocument document;
  if (!document.read(*answer)) return std::unexpected(target + ": not JSON");
  const JsonNode* course = document.member(document.root(), "course");
  const JsonNode* number = course == nullptr ? nullptr : document.member(*course, "case_no");
  const auto no = number == nullptr ? std::nullopt : CaseNo::parse(number->text);
  if (!no) return std::unexpected(fmt::format("{}: no case: {}", target, *answer));
  return *no;
}

std::expected<Instant, std::string> Office::clock() {
  const auto answer = good(operator_.call("GET", "/v1/clock"), "/v1/clock");
  if (!answer) return std::unexpected(answer.error());
  const auto now = parse_instant(text_member(*answer, "now"));
  if (!now) return std::unexpected("/v1/clock: no time: " + *answer);
  return *now;
}

std::expected<void, std::string> Office::set_clock(Instant now) {
  std::string body;
  JsonWriter(body).begin_object().member("now", std::string_view(format(now))).end_object();
  const auto answer = good(operator_.call("PUT", "/v1/clock", std::move(body)), "/v1/clock");
  if (!answer) return std::unexpected(answer.error());
  return {};
}

std::expected<Undelivered, std::string> Office::undelivered() {
  const auto answer = good(operator_.call("GET", "/v1/totals"), "/v1/totals");
  if (!answer) return std::unexpected(answer.error());
  JsonDocument document;
  if (!document.read(*answer)) return std::unexpected("/v1/totals: not JSON");
  const JsonNode* deliveries = document.member(document.root(), "deliveries");
  if (deliveries == nullptr) return std::unexpected("/v1/totals: no deliveries");
  Undelivered left;
  for (const JsonNode* total = document.first(*deliveries); total != nullptr; total = document.next(*total)) {
    const JsonNode* state = document.member(*total, "state");
    const JsonNode* count = document.member(*total, "count");
    if (state == nullptr || count == nullptr)
      return std::unexpected("/v1/totals: state and count are missing");
    if (state->text == "waiting") left.waiting += number(count->text);
    if (state->text == "parked") left.parked += number(count->text);
  }
  return left;
}

}  // namespace loangate::simulate
