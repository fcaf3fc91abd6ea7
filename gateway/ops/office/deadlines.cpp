#include "ops/office/deadlines.hpp"

#include <algorithm>
#include <memory>

#include "base/json_writer.hpp"
#include "delivery/commit.hpp"
#include "intake/deadlines.hpp"
#include "ops/office/loans.hpp"
#include "ops/office/sheet.hpp"
#include "programme/deadline.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

/// Loans that one unit looks at: short, so that no filing waits for it.
constexpr std::size_t loans_a_look = 32;

/// Which deadlines are asked for.
struct Filter {
  std::optional<Date> until;
  std::optional<std::string> kind;
  std::optional<std::string> lender;

  bool wants(const Deadline& deadline) const {
    return (!until || deadline.due_on <= *until) && (!kind || *kind == spec_of(deadline.kind).name) &&
           (!lender || *lender == deadline.loan.lender.view());
  }
};

/// A deadline as it is told.
struct Row {
  Deadline deadline;
  std::string whose;
};

bool sooner(const Row& a, const Row& b) {
  return std::tie(a.deadline.due_on, a.deadline.loan) < std::tie(b.deadline.due_on, b.deadline.loan);
}

/// Keeps the soonest.
class Soonest {
 public:
  Soonest(std::size_t most, const Filter& filter) : most_(most), filter_(filter) {}

  void add(Row row) {
    if (!filter_.wants(row.deadline)) return;
    const auto at = std::ranges::upper_bound(rows_, row, sooner);
    if (rows_.size() == most_ && at == rows_.end()) return;
    rows_.insert(at, std::move(row));
    if (rows_.size() > most_) rows_.pop_back();
  }
  const std::vector<Row>& rows() const { return rows_; }

 private:
  const std::size_t most_;
  const Filter& filter_;
  std::vector<Row> rows_;
};

/// The open deadlines of some loans. What they are is asked of the registry as decisions see it, so a unit
/// asks; it may be asked twice.
store::Unit look_at(std::vector<LoanRef> loans, Date today, const programme::RulebookInForce& rulebook,
                    std::shared_ptr<std::vector<Row>> found) {
  return [loans = std::move(loans), today, &rulebook, found = std::move(found)](const store::View& view,
                                                                                Sequence) {
    const auto rules = rulebook.current();
    found->clear();
    for (const LoanRef& ref : loans) {
      const auto loan = view.loan(ref);
      if (!loan) continue;
      for (const programme::OpenDeadline& open : programme::deadlines_of(*loan, today, view, *rules)) {
        found->push_back({view.deadline(open.deadline).value_or(open.deadline), open.whose.string()});
      }
    }
    return store::Writes{};
  };
}

Sheet sheet_of(const std::vector<Row>& rows, Date today, const Calendar& calendar) {
  Sheet sheet{.name = "deadlines",
              .columns = {{"kind", "类别", "kind"},
                          {"kind_zh", "期限", ""},
                          {"due_on", "期限日", "due on"},
                          {"days_left", "剩余自然日", "days left"},
                          {"working_days_left", "剩余工作日", "working days left"},
                          {"provisional", "推算", "provisional"},
                          {"lender", "放款机构", "lender"},
                          {"loan_no", "借据号", "loan"},
                          {"whose", "应办理方", "whose"},
                          {"instruction", "指令号", "instruction"},
                          {"reminded_on", "提醒日", "reminded on"},
                          {"missed_on", "错过发现日", "found missed on"}}};
  const auto day = [](std::optional<Date> when) { return when ? Cell(*when) : Cell(); };
  for (const Row& row : rows) {
    const Deadline& deadline = row.deadline;
    const auto left = programme::working_days_left(calendar, today, deadline.due_on);
    const CodeSpec& kind = spec_of(deadline.kind);
    sheet.rows.push_back({std::string(kind.name), std::string(kind.zh), deadline.due_on,
                          static_cast<std::int64_t>(deadline.due_on - today),
                          static_cast<std::int64_t>(left.days), deadline.provisional,
                          deadline.loan.lender.string(), deadline.loan.number.string(),
                          row.whose.empty() ? Cell() : Cell(row.whose),
                          deadline.instruction ? Cell(deadline.instruction->string()) : Cell(),
                          day(deadline.reminded_on), day(deadline.missed_on)});
  }
  return sheet;
}

Reply page(const std::vector<Row>& rows, Date today, const Calendar& calendar, Form form) {
  const Sheet sheet = sheet_of(rows, today, calendar);
  if (form != Form::json) return file_of(form, {&sheet, 1});
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("deadlines");
  write_rows(json, sheet);
  json.end_object();
  return json_answer(std::move(body));
}

std::vector<Row> missed(const store::Store& store, const Filter& filter, std::size_t most) {
  std::vector<Row> rows;
  for (const Change& change : store.all("deadline")) {
    const Deadline& deadline = std::get<Deadline>(change);
    if (deadline.missed_on && filter.wants(deadline)) rows.push_back({deadline, {}});
  }
  std::ranges::sort(rows, [](const Row& a, const Row& b) { return sooner(b, a); });
  if (rows.size() > most) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(most), rows.end());
  return rows;
}

std::expected<Filter, Refusal> filter_of(const Call& call) {
  const auto until = date_parameter(call, "until");
  if (!until) return std::unexpected(until.error());
  Filter filter{.until = *until,
                .kind = std::optional<std::string>(call.request.head.parameter("kind")),
                .lender = std::optional<std::string>(call.request.head.parameter("lender"))};
  const auto& kinds = deadline_kind_codes().codes;
  if (filter.kind && std::ranges::find(kinds, *filter.kind, &CodeSpec::name) == kinds.end()) {
    return std::unexpected(
        invalid("/kind", {"kind 应为 overdue_report、compensation_application、payment 或 remittance",
                          "`kind` must be overdue_report, compensation_application, payment or remittance"}));
  }
  return filter;
}

}  // namespace

awaitable<Reply> list_deadlines(const Operations& operations, const Call& call) {
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());
  const auto form = wanted_form(call);
  if (!form) co_return std::unexpected(form.error());
  const auto filter = filter_of(call);
  if (!filter) co_return std::unexpected(filter.error());
  const auto state = call.request.head.parameter("state").value_or("open");
  const Date today = civil_day(operations.clock.now());
  const auto rulebook = operations.rulebook.current();
  if (state == "missed")
    co_return page(missed(operations.store, *filter, *limit), today, rulebook->calendar(), *form);
  if (state != "open") {
    co_return std::unexpected(
        invalid("/state", {"state 应为 open 或 missed", "`state` must be open or missed"}));
  }

  // First the loans that can have one at all, then what these are.
  std::vector<LoanRef> candidates;
  const bool whole = co_await each_loan(operations, call, Which::open, [&](const Loan& loan) {
    if (filter->lender && *filter->lender != loan.ref.lender.view()) return;
    if (intake::can_have_deadline(loan, today)) candidates.push_back(loan.ref);
  });
  if (!whole) co_return std::unexpected(not_stored());
  Soonest soonest(*limit, *filter);
  for (std::size_t i = 0; i < candidates.size(); i += loans_a_look) {
    const auto begin = candidates.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end =
        candidates.begin() + static_cast<std::ptrdiff_t>(std::min(i + loans_a_look, candidates.size()));
    auto found = std::make_shared<std::vector<Row>>();
    store::Unit look = look_at({begin, end}, today, operations.rulebook, found);
    const store::Committed looked = co_await delivery::commit(operations.committer, std::move(look));
    if (!looked) co_return std::unexpected(not_stored());
    for (Row& row : *found) soonest.add(std::move(row));
  }
  co_return page(soonest.rows(), today, rulebook->calendar(), *form);
}

}  // namespace loangate::ops
