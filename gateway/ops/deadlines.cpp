#include "ops/deadlines.hpp"

#include <algorithm>
#include <memory>

#include "base/json_writer.hpp"
#include "delivery/commit.hpp"
#include "intake/deadlines.hpp"
#include "ops/loans.hpp"
#include "programme/deadline.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

/// Loans that one unit looks at: short, so that no filing waits for it.
constexpr std::size_t loans_a_look = 32;

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
  Soonest(std::size_t most, std::optional<Date> until) : most_(most), until_(until) {}

  void add(Row row) {
    if (until_ && row.deadline.due_on > *until_) return;
    const auto at = std::ranges::upper_bound(rows_, row, sooner);
    if (rows_.size() == most_ && at == rows_.end()) return;
    rows_.insert(at, std::move(row));
    if (rows_.size() > most_) rows_.pop_back();
  }
  const std::vector<Row>& rows() const { return rows_; }

 private:
  const std::size_t most_;
  const std::optional<Date> until_;
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

net::Response page(const std::vector<Row>& rows, Date today) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("deadlines").begin_array();
  for (const Row& row : rows) {
    const Deadline& deadline = row.deadline;
    json.begin_object()
        .member("kind", spec_of(deadline.kind).name)
        .member("kind_zh", spec_of(deadline.kind).zh)
        .member("due_on", format(deadline.due_on))
        .member("days_left", static_cast<std::int64_t>(deadline.due_on - today))
        .member("provisional", deadline.provisional)
        .member("lender", deadline.loan.lender.view())
        .member("loan_no", deadline.loan.number.view());
    if (!row.whose.empty()) json.member("whose", std::string_view(row.whose));
    if (deadline.instruction) json.member("instruction", deadline.instruction->view());
    if (deadline.reminded_on) json.member("reminded_on", format(*deadline.reminded_on));
    if (deadline.missed_on) json.member("missed_on", format(*deadline.missed_on));
    json.end_object();
  }
  json.end_array().end_object();
  return json_answer(std::move(body));
}

std::vector<Row> missed(const store::Store& store, std::optional<Date> until, std::size_t most) {
  std::vector<Row> rows;
  for (const Change& change : store.all("deadline")) {
    const Deadline& deadline = std::get<Deadline>(change);
    if (deadline.missed_on && (!until || deadline.due_on <= *until)) rows.push_back({deadline, {}});
  }
  std::ranges::sort(rows, [](const Row& a, const Row& b) { return sooner(b, a); });
  if (rows.size() > most) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(most), rows.end());
  return rows;
}

}  // namespace

awaitable<Reply> list_deadlines(const Operations& operations, const Call& call) {
  const auto limit = number_parameter(call, "limit", usual_limit, 1, greatest_limit);
  if (!limit) co_return std::unexpected(limit.error());
  const auto until = date_parameter(call, "until");
  if (!until) co_return std::unexpected(until.error());
  const auto state = call.request.head.parameter("state").value_or("open");
  const Date today = civil_day(operations.clock.now());
  if (state == "missed") co_return page(missed(operations.store, *until, *limit), today);
  if (state != "open") {
    co_return std::unexpected(
        invalid("/state", {"state 应为 open 或 missed", "`state` must be open or missed"}));
  }

  // First the loans that can have one at all, then what these are.
  std::vector<LoanRef> candidates;
  const bool whole = co_await each_loan(operations, call, Which::open, [&](const Loan& loan) {
    if (intake::can_have_deadline(loan, today)) candidates.push_back(loan.ref);
  });
  if (!whole) co_return std::unexpected(not_stored());
  Soonest soonest(*limit, *until);
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
  co_return page(soonest.rows(), today);
}

}  // namespace loangate::ops
