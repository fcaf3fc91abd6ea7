#include "ops/office/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/json_writer.hpp"
#include "intake/batches.hpp"
#include "programme/filing.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

/// More than any company can have: the ceiling is ten million yuan.
constexpr std::size_t most_loans = 10'000;

Fen exposure_of(const std::vector<Loan>& loans) {
  Fen sum = Fen::zero();
  for (const Loan& loan : loans) sum += loan.exposure();
  return sum;
}

/// The loans of one company, by who lends.
void write_exposure(JsonWriter& json, const std::vector<Loan>& loans) {
  std::map<PartnerId, std::vector<Loan>> by_lender;
  for (const Loan& loan : loans) by_lender[loan.ref.lender].push_back(loan);
  json.key("exposure").begin_object().member("total", format_yuan(exposure_of(loans)));
  json.key("lenders").begin_array();
  for (const auto& [lender, lent] : by_lender) {
    json.begin_object().member("lender", lender.view()).member("exposure", format_yuan(exposure_of(lent)));
    json.key("loans").begin_array();
    for (const Loan& loan : lent) json.raw(to_json(loan));
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

/// Whether the company stands on the list on the day, by each programme that was in force then (R-06 … R-09).
void write_standing(JsonWriter& json, const Company& company, const programme::Rulebook& rulebook, Date day) {
  json.key("standing").begin_array();
  for (const programme::Programme& programme : rulebook.programmes()) {
    const programme::Version* const version = programme.at(day);
    if (version == nullptr || !version->listing) continue;
    const bool d_class = version->d_class && programme::is_d_class(company, day);
    json.begin_object()
        .member("on", format(day))
        .member("programme", std::string_view(programme.name))
        .member("version", std::string_view(version->name))
        .member("listed", !d_class && programme::is_listed(company, day, *version))
        .member("d_class", d_class)
        .end_object();
  }
  json.end_array();
}

/// The things that `wanted` picks, after the key in `after`, as a page `{NAME: […], "next": KEY}`.
template <class Wanted>
Reply page_of(const Operations& operations, const Call& call, std::string_view kind, std::string_view name,
              Wanted wanted, const std::function<std::string(const Change&)>& show = to_json) {
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) return std::unexpected(limit.error());
  std::vector<Change> things = operations.store.all(kind);
  std::ranges::sort(things, {}, key);

  std::string body;
  JsonWriter json(body);
  json.begin_object().key(name).begin_array();
  std::string last(call.request.head.parameter("after").value_or(""));
  std::uint64_t count = 0;
  for (const Change& thing : things) {
    if (key(thing) <= last || !wanted(thing)) continue;
    if (count++ == *limit) break;
    json.raw(show(thing));
    last = key(thing);
  }
  json.end_array().member("next", last).end_object();
  return json_answer(std::move(body));
}

Refusal no_such(std::string_view zh, std::string_view en) {
  return not_found({fmt::format("没有这{}", zh), fmt::format("there is no such {}", en)});
}

constexpr std::string_view proposal_states[] = {"open", "approved", "withdrawn"};

}  // namespace

awaitable<Reply> read_loan(const Operations& operations, const Call& call) {
  const auto lender = PartnerId::parse(call.arguments[0]);
  const auto number = LoanNo::parse(call.arguments[1]);
  const auto loan = lender && number ? operations.store.loan({*lender, *number}) : std::nullopt;
  if (!loan) co_return std::unexpected(no_such("笔贷款", "loan"));
  co_return json_answer(to_json(*loan));
}

awaitable<Reply> read_company(const Operations& operations, const Call& call) {
  const auto on = date_parameter(call, "on");
  if (!on) co_return std::unexpected(on.error());
  const auto uscc = Uscc::parse(call.arguments[0]);
  const auto company = uscc ? operations.store.find("company", uscc->view()) : std::nullopt;
  if (!company) co_return std::unexpected(no_such("家企业", "company"));
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("company").raw(to_json(*company));
  write_standing(json, std::get<Company>(*company), *operations.rulebook.current(),
                 on->value_or(civil_day(operations.clock.now())));
  write_exposure(json, operations.store.open_loans(*uscc, most_loans));
  json.end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> list_cases(const Operations& operations, const Call& call) {
  const auto waits_for = call.request.head.parameter("waits_for");
  if (waits_for && *waits_for != "compensation" && *waits_for != "writeoff") {
    co_return std::unexpected(invalid("/waits_for", {"waits_for 应为 compensation 或 writeoff",
                                                     "`waits_for` must be compensation or writeoff"}));
  }
  co_return page_of(operations, call, "case", "cases", [&](const Change& thing) {
    const Case& of = std::get<Case>(thing);
    if (!waits_for) return true;
    return *waits_for == "writeoff" ? of.write_off && !of.write_off->ruling : !of.ruling;
  });
}

awaitable<Reply> list_institutions(const Operations& operations, const Call& call) {
  co_return page_of(operations, call, "institution", "institutions", [](const Change&) { return true; });
}

awaitable<Reply> list_applications(const Operations& operations, const Call& call) {
  co_return page_of(operations, call, "application", "applications", [](const Change&) { return true; });
}

awaitable<Reply> list_assessments(const Operations& operations, const Call& call) {
  const auto waits = yes_parameter(call, "waits");
  if (!waits) co_return std::unexpected(waits.error());
  co_return page_of(operations, call, "assessment", "assessments",
                    [&](const Change& thing) { return !*waits || !std::get<Assessment>(thing).ruling; });
}

awaitable<Reply> list_batches(const Operations& operations, const Call& call) {
  const auto judging = yes_parameter(call, "judging");
  if (!judging) co_return std::unexpected(judging.error());
  co_return page_of(
      operations, call, "batch", "batches",
      [&](const Change& thing) { return !*judging || !std::get<Batch>(thing).ended; },
      [](const Change& thing) { return intake::progress_json(std::get<Batch>(thing)); });
}

awaitable<Reply> read_batch(const Operations& operations, const Call& call) {
  const auto found =
      operations.store.find("batch", fmt::format("{}/{}", call.arguments[0], call.arguments[1]));
  if (!found) co_return std::unexpected(no_such("个批次", "batch"));
  co_return json_answer(intake::progress_json(std::get<Batch>(*found)));
}

awaitable<Reply> list_proposals(const Operations& operations, const Call& call) {
  const auto state = call.request.head.parameter("state");
  const auto known = std::ranges::find(proposal_states, state.value_or("open"));
  if (known == std::end(proposal_states)) {
    co_return std::unexpected(invalid(
        "/state", {"state 应为 open、approved 或 withdrawn", "`state` must be open, approved or withdrawn"}));
  }
  const auto wanted = static_cast<Proposal::State>(known - std::begin(proposal_states));
  co_return page_of(operations, call, "proposal", "proposals",
                    [&](const Change& thing) { return !state || std::get<Proposal>(thing).state == wanted; });
}

awaitable<Reply> read_proposal(const Operations& operations, const Call& call) {
  const auto found = operations.store.find("proposal", call.arguments[0]);
  if (!found) co_return std::unexpected(no_such("个提案", "proposal"));
  co_return json_answer(to_json(*found));
}

awaitable<Reply> list_held(const Operations& operations, const Call& call) {
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("loans").begin_array();
  for (const Loan& loan : operations.store.pending_loans(*limit)) json.raw(to_json(loan));
  json.end_array().end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
