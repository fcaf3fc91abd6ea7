#include "ops/office/decisions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/bytes.hpp"
#include "ops/messages/masking.hpp"
#include "ops/office/clauses.hpp"
#include "ops/office/loans.hpp"
#include "ops/service.hpp"
#include "programme/deadline.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

constexpr std::string_view kinds[] = {"hold",       "correction",  "compensation", "writeoff",
                                      "assessment", "application", "proposal"};

/// More than an office has open at a time; beyond it the queue is not complete, and says so by its total.
constexpr std::size_t most_held = 100'000;

/// One thing that waits.
struct Item {
  std::string_view kind;
  std::string id;
  Words title;
  std::string link;
  Date since;
  std::optional<MessageKind> act = {};  ///< none: not the office's to decide
  bool by_conference = false;
  std::optional<LoanRef> loan = {};
  std::optional<CaseNo> case_no = {};
  std::optional<PartnerId> institution = {};
  std::optional<std::int32_t> year = {};
  std::optional<std::string> application_no = {};
  std::optional<Uscc> company = {};
  std::string company_name = {};
  std::optional<Fen> amount = {};
  std::vector<FindingCode> reasons = {};
  std::optional<Proposal> proposal = {};
  std::optional<programme::RulingDue> due = {};
  const programme::Version* version = nullptr;  ///< whose rule the time limit is

  /// What sorts before comes first; ends in the id, so that no two are the same.
  std::string rank() const {
    return fmt::format("{}/{}/{}", due ? format(due->by.date) : "9999-99-99", format(since), id);
  }
};

/// Open proposals by their act and what it is about; those that are about nothing in the queue by their
/// number.
class OpenProposals {
 public:
  explicit OpenProposals(const store::Store& store) {
    for (Change& change : store.all("proposal")) {
      auto& proposal = std::get<Proposal>(change);
      if (proposal.state != Proposal::State::open) continue;
      std::string about = subject_of(proposal);
      open_.emplace(std::pair(proposal.kind, std::move(about)), std::move(proposal));
    }
  }

  /// The oldest one about it; it is no longer among the rest.
  std::optional<Proposal> take(MessageKind kind, const std::string& about) {
    const auto found = open_.find({kind, about});
    if (found == open_.end()) return std::nullopt;
    auto taken = std::move(found->second);
    open_.erase(found);
    return taken;
  }
  const std::multimap<std::pair<MessageKind, std::string>, Proposal>& rest() const { return open_; }

 private:
  std::multimap<std::pair<MessageKind, std::string>, Proposal> open_;
};

/// Gathers the queue.
class Queue {
 public:
  explicit Queue(const Operations& operations)
      : store_(operations.store),
        rulebook_(operations.rulebook.current()),
        today_(civil_day(operations.clock.now())),
        proposals_(store_) {}

  const programme::Rulebook& rulebook() const { return *rulebook_; }
  Date today() const { return today_; }

  void add_held() {
    for (const Loan& loan : store_.pending_loans(most_held)) {
      const auto& pending = std::get<standing::Pending>(loan.standing);
      add_of_loan(
          loan, "hold", loan.filed_on,
          {fmt::format("待审备案：{}", loan.company_name), fmt::format("Held filing: {}", loan.company_name)},
          pending.reasons);
    }
  }

  void add_correction(const Loan& loan) {
    if (!loan.amendment || std::holds_alternative<standing::Pending>(loan.standing)) return;
    const bool cancels = loan.amendment->cancels;
    add_of_loan(
        loan, "correction", day_of(loan.amendment->message).value_or(loan.filed_on),
        {fmt::format("备案{}：{}", cancels ? "撤销" : "更正", loan.company_name),
         fmt::format("{} of a filing: {}", cancels ? "Cancellation" : "Correction", loan.company_name)},
        {FindingCode::amended_after_overdue});
  }

  void add_cases() {
    for (const Change& change : store_.all("case")) {
      const auto& of = std::get<Case>(change);
      if (!of.ruling) {
        add_of_case(of, "compensation", MessageKind::rule_compensation, of.application,
                    of.principal + of.interest, {"风险代偿申请", "Compensation application"});
      } else if (of.write_off && !of.write_off->ruling) {
        add_of_case(of, "writeoff", MessageKind::rule_writeoff, of.write_off->application,
                    of.ruling->principal + of.ruling->interest, {"核销申请", "Write-off application"});
      }
    }
  }

  void add_assessments() {
    for (const Change& change : store_.all("assessment")) {
      const auto& of = std::get<Assessment>(change);
      if (of.ruling) continue;
      const std::string name = name_of(of.institution);
      Item item{.kind = "assessment",
                .id = fmt::format("assessment/{}/{}", of.institution.view(), of.year),
                .title = {fmt::format("{} 年无贷款：{}", of.year, name),
                          fmt::format("No loan in {}: {}", of.year, name)},
                .link = "/v1/assessments?waits=yes",
                .since = Date::of(of.year + 1, 1, 1).value_or(today_),
                .act = MessageKind::rule_institution,
                .by_conference = true,
                .institution = of.institution,
                .year = of.year};
      item.proposal = proposals_.take(MessageKind::rule_institution, of.institution.string());
      items_.push_back(std::move(item));
    }
  }

  void add_applications() {
    for (const Change& change : store_.all("application")) {
      const auto& of = std::get<Application>(change);
      if (of.answer) continue;
      const auto company = store_.find("company", of.company.view());
      std::string name = company ? std::get<Company>(*company).name : of.company.string();
      items_.push_back({.kind = "application",
                        .id = fmt::format("application/{}", of.no),
                        .title = {fmt::format("银行未答复的贷款申请：{}", name),
                                  fmt::format("Application that the bank has not answered: {}", name)},
                        .link = "/v1/applications",
                        .since = of.applied_on,
                        .institution = of.bank,
                        .application_no = of.no,
                        .company = of.company,
                        .company_name = std::move(name),
                        .amount = of.amount});
    }
  }

  /// Last: what no other item has taken.
  void add_other_proposals() {
    for (const auto& [of, proposal] : proposals_.rest()) {
      const MessageSpec& spec = spec_of(proposal.kind);
      items_.push_back({.kind = "proposal",
                        .id = fmt::format("proposal/{}", proposal.no.view()),
                        .title = {fmt::format("待复核：{} {}", spec.record->zh, of.second),
                                  fmt::format("To be approved: {} {}", spec.record->en, of.second)},
                        .link = fmt::format("/v1/proposals/{}", proposal.no.view()),
                        .since = civil_day(proposal.proposed_at),
                        .act = proposal.kind,
                        .proposal = proposal});
    }
  }

  std::vector<Item> take() {
    std::ranges::sort(items_, {}, &Item::rank);
    return std::move(items_);
  }

 private:
  void add_of_loan(const Loan& loan, std::string_view kind, Date since, Words title,
                   std::vector<FindingCode> reasons) {
    Item item{.kind = kind,
              .id = fmt::format("{}/{}", kind, loan.ref.text()),
              .title = std::move(title),
              .link = fmt::format("/v1/loans/{}/{}", loan.ref.lender.view(),
                                  net::percent_encoded(loan.ref.number.view())),
              .since = since,
              .act = MessageKind::rule_hold,
              .loan = loan.ref,
              .company = loan.company,
              .company_name = loan.company_name,
              .amount = loan.filed,
              .reasons = std::move(reasons)};
    item.proposal = proposals_.take(MessageKind::rule_hold, loan.ref.text());
    give_time_limit(item, loan.ref.lender);
    items_.push_back(std::move(item));
  }

  void add_of_case(const Case& of, std::string_view kind, MessageKind act, Sequence applied, Fen amount,
                   Words what) {
    const auto loan = store_.loan(of.loan);
    const std::string name = loan ? loan->company_name : of.loan.text();
    Item item{.kind = kind,
              .id = fmt::format("{}/{}", kind, of.no.view()),
              .title = {fmt::format("{}：{}", what.zh, name), fmt::format("{}: {}", what.en, name)},
              .link = fmt::format("/v1/cases/{}", of.no.view()),
              .since = day_of(applied).value_or(of.as_of),
              .act = act,
              .by_conference = true,
              .loan = of.loan,
              .case_no = of.no,
              .company_name = name,
              .amount = amount};
    if (loan) item.company = loan->company;
    item.proposal = proposals_.take(act, of.no.string());
    give_time_limit(item, of.loan.lender);
    items_.push_back(std::move(item));
  }

  void give_time_limit(Item& item, const PartnerId& lender) const {
    item.version = rulebook_->at(lender, today_);
    if (item.version != nullptr)
      item.due = programme::ruling_due(*item.act, item.since, *item.version, rulebook_->calendar());
  }

  std::optional<Date> day_of(Sequence sequence) const {
    const auto entry = store_.entry(sequence);
    if (!entry) return std::nullopt;
    return civil_day(entry->entry.received);
  }

  std::string name_of(const PartnerId& id) const {
    const auto institution = store_.find("institution", id.view());
    return institution ? std::get<Institution>(*institution).name_zh : id.string();
  }

  const store::Store& store_;
  const std::shared_ptr<const programme::Rulebook> rulebook_;
  const Date today_;
  OpenProposals proposals_;
  std::vector<Item> items_;
};

/// Who may take the item's next step, by the table of routes.
Roles may_act(const Item& item) {
  if (!item.act) return {};
  const std::string proposing = fmt::format("/v1/proposals/{}", spec_of(*item.act).name);
  for (const Route& route : routes()) {
    if (route.method == "POST" && route.pattern == (item.proposal ? "/v1/proposals/{no}/approve" : proposing))
      return route.roles;
  }
  return {};
}

std::string_view waits_for(const Item& item) {
  if (!item.act) return "bank";
  if (item.proposal) return "second_person";
  return item.by_conference ? "conference" : "office";
}

void write_words(JsonWriter& json, std::string_view key, const Words& words) {
  json.key(key)
      .begin_object()
      .member("zh", std::string_view(words.zh))
      .member("en", std::string_view(words.en))
      .end_object();
}

void write_subject(JsonWriter& json, const Item& item) {
  if (item.loan) json.member("lender", item.loan->lender.view()).member("loan_no", item.loan->number.view());
  if (item.case_no) json.member("case_no", item.case_no->view());
  if (item.institution) json.member("institution", item.institution->view());
  if (item.year) json.member("year", static_cast<std::int64_t>(*item.year));
  if (item.application_no) json.member("application_no", std::string_view(*item.application_no));
  if (item.company) json.member("company", item.company->view());
  if (!item.company_name.empty()) json.member("company_name", std::string_view(item.company_name));
  if (item.amount) json.member("amount", format_yuan(*item.amount));
}

void write_time(JsonWriter& json, const Item& item, Date today, const Calendar& calendar) {
  json.member("waiting_since", format(item.since))
      .member("working_days_waited", static_cast<std::int64_t>(std::max(
                                         0, programme::working_days_left(calendar, item.since, today).days)));
  if (!item.due) return;
  const auto left = programme::working_days_left(calendar, today, item.due->by.date);
  json.member("due_on", format(item.due->by.date))
      .member("days_left", static_cast<std::int64_t>(item.due->by.date - today))
      .member("working_days_left", static_cast<std::int64_t>(left.days))
      .member("provisional", item.due->by.provisional || left.provisional);
  write_clause(json, "clause", *item.version, item.due->rule);
}

void write_item(JsonWriter& json, const Item& item, Date today, const Calendar& calendar) {
  json.begin_object().member("id", std::string_view(item.id)).member("kind", item.kind);
  write_words(json, "title", item.title);
  json.member("waits_for", waits_for(item)).key("may").begin_array();
  const Roles may = may_act(item);
  for (const std::string_view role : net::person_roles) {
    if (may.meets(Roles{role})) json.value(role);
  }
  json.end_array();
  if (item.act) json.member("act", spec_of(*item.act).name);
  write_subject(json, item);
  write_time(json, item, today, calendar);
  if (!item.reasons.empty()) {
    json.key("findings").begin_array();
    for (const FindingCode code : item.reasons) {
      const FindingSpec& spec = spec_of(code);
      json.begin_object()
          .member("code", spec.name)
          .member("clause", spec.clause)
          .member("zh", spec.zh)
          .member("en", spec.en)
          .end_object();
    }
    json.end_array();
  }
  if (item.proposal) {
    json.key("proposal");
    write_open_proposal(json, *item.proposal);
  }
  json.member("link", std::string_view(item.link)).end_object();
}

}  // namespace

std::string subject_of(const Proposal& proposal) {
  // It was read from canonical JSON when it was proposed: our own bytes.
  const Record record = read_canonical(*spec_of(proposal.kind).record, proposal.act).value();
  switch (proposal.kind) {
    case MessageKind::rule_hold: {
      const auto hold = RuleHold::from(record);
      return LoanRef{hold.lender, hold.loan_no}.text();
    }
    case MessageKind::rule_compensation:
      return RuleCompensation::from(record).case_no.string();
    case MessageKind::rule_writeoff:
      return RuleWriteoff::from(record).case_no.string();
    case MessageKind::rule_institution:
      return RuleInstitution::from(record).institution.string();
    default:
      return proposal.no.string();
  }
}

void write_open_proposal(JsonWriter& json, const Proposal& proposal) {
  json.begin_object()
      .member("no", proposal.no.view())
      .member("hash", std::string_view(hex(proposal.hash)))
      .member("proposed_by", proposal.proposed_by.view())
      .member("proposed_at", format(proposal.proposed_at))
      .key("act")
      .raw(masked(proposal.kind, proposal.act))
      .end_object();
}

awaitable<Reply> list_decisions(const Operations& operations, const Call& call) {
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());
  const auto kind = call.request.head.parameter("kind");
  if (kind && std::ranges::find(kinds, *kind) == std::end(kinds)) {
    co_return std::unexpected(
        invalid("/kind", {fmt::format("kind 应为 {}", fmt::join(kinds, "、")),
                          fmt::format("`kind` must be one of {}", fmt::join(kinds, ", "))}));
  }
  const auto cursor = from_hex(call.request.head.parameter("cursor").value_or(""));
  if (!cursor) {
    co_return std::unexpected(
        invalid("/cursor", {"不是上一页给出的 next", "this is no `next` that a page has given"}));
  }

  Queue queue(operations);
  queue.add_held();
  // Only an overdue loan has a correction that waits, and there is no list of them.
  const bool whole = co_await each_loan(operations, call, Which::open,
                                        [&](const Loan& loan) { queue.add_correction(loan); });
  if (!whole) co_return std::unexpected(not_stored());
  queue.add_cases();
  queue.add_assessments();
  queue.add_applications();
  queue.add_other_proposals();
  std::vector<Item> items = queue.take();
  if (kind) std::erase_if(items, [&](const Item& item) { return item.kind != *kind; });

  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("as_of", format(queue.today()))
      .member("total", static_cast<std::uint64_t>(items.size()))
      .key("items")
      .begin_array();
  auto at = cursor->empty() ? items.begin() : std::ranges::upper_bound(items, *cursor, {}, &Item::rank);
  std::string last;
  for (std::uint64_t count = 0; at != items.end() && count < *limit; ++at, ++count) {
    write_item(json, *at, queue.today(), queue.rulebook().calendar());
    last = at->rank();
  }
  json.end_array();
  if (at != items.end()) json.member("next", std::string_view(hex(std::string_view(last))));
  json.end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
