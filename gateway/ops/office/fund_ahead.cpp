// What a figure of the fund is the sum of, and what comes up in the months ahead.
#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.hpp"
#include "ops/office/fund.hpp"
#include "ops/office/loans.hpp"
#include "ops/office/sheet.hpp"
#include "programme/judgement.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

constexpr std::uint64_t most_months = 36;

constexpr std::string_view statement_zh =
    "各数为登记簿中已知事项之和，不是预测：到期贷款为未逾期贷款的敞口，可申请代偿为已报告逾期的本金（逾期满规"
    "定日数之月），应付为"
    "已下指令未支付的金额。到期贷款多数会正常归还。";
constexpr std::string_view statement_en =
    "Each figure is a sum of what the registry knows, and no forecast: maturing is the exposure of loans "
    "that are not "
    "overdue, claimable the reported overdue principal in the month in which compensation may first be "
    "applied for, "
    "payable what was instructed and is not paid. Most loans that mature are repaid.";

/// The months by their names: `past`, `2023-09` …, `later`.
class Months {
 public:
  Months(Date today, std::uint64_t count) : today_(today) {
    names_.emplace_back("past");
    int year = today.year();
    unsigned month = today.month();
    for (std::uint64_t i = 0; i < count; ++i) {
      names_.push_back(fmt::format("{:04}-{:02}", year, month));
      if (++month == 13) ++year, month = 1;
    }
    names_.emplace_back("later");
    months_.resize(names_.size());
  }

  std::size_t of(Date day) const {
    if (day < today_) return 0;
    const auto found = std::ranges::find(names_, format(day).substr(0, 7));
    return found == names_.end() ? names_.size() - 1 : static_cast<std::size_t>(found - names_.begin());
  }
  MonthAhead& at(std::size_t index) { return months_[index]; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  Date today_;
  std::vector<std::string> names_;
  std::vector<MonthAhead> months_;
};

/// Adds to the months, and tells of it.
class AddingAhead {
 public:
  AddingAhead(const Operations& operations, Date today, Months& months, const Explain& explain)
      : operations_(operations),
        rulebook_(operations.rulebook.current()),
        today_(today),
        months_(months),
        explain_(explain) {}

  void add(const Loan& loan) {
    if (std::holds_alternative<course::Current>(loan.course) && loan.exposure() > Fen::zero()) {
      MonthAhead& month = months_.at(months_.of(loan.matures_on));
      ++month.maturing_loans;
      month.maturing += loan.exposure();
      tell(loan.matures_on, "maturing", "loan", loan.ref.text(), {}, loan.ref, loan.exposure());
    } else if (const auto* overdue = std::get_if<course::Overdue>(&loan.course)) {
      const programme::Version* const version = rulebook_->at(loan.ref.lender, today_);
      if (version == nullptr || !version->claim) return;
      const Date first = overdue->due_on.plus_days(version->claim->overdue_days + 1);
      MonthAhead& month = months_.at(months_.of(first));
      ++month.claimable_loans;
      month.claimable += overdue->principal;
      tell(first, "claimable", "loan", loan.ref.text(), {}, loan.ref, overdue->principal);
    }
  }

  void add_payable() {
    for (const Instruction& each : unpaid(operations_.store, today_)) {
      MonthAhead& month = months_.at(months_.of(each.pay_by));
      ++month.payable_instructions;
      month.payable += each.amount;
      tell(each.pay_by, "payable", "instruction", each.no.string(), each.case_no, each.loan, each.amount);
    }
  }

 private:
  void tell(Date day, std::string_view column, std::string_view kind, std::string key,
            std::optional<CaseNo> case_no, const LoanRef& loan, Fen amount) const {
    if (!explain_) return;
    explain_(fmt::format("ahead/{}/{}", months_.names()[months_.of(day)], column),
             {day, kind, std::move(key), std::move(case_no), loan, amount});
  }

  const Operations& operations_;
  const std::shared_ptr<const programme::Rulebook> rulebook_;
  const Date today_;
  Months& months_;
  const Explain& explain_;
};

/// False if the gateway is about to end.
awaitable<bool> look_ahead(const Operations& operations, const Call& call, Date today, Months& months,
                           const Explain& explain) {
  AddingAhead adding(operations, today, months, explain);
  adding.add_payable();
  co_return co_await each_loan(operations, call, Which::open, [&](const Loan& loan) { adding.add(loan); });
}

std::vector<Cell> row_of(std::string name, const MonthAhead& month) {
  return {std::move(name), month.maturing_loans,       month.maturing, month.claimable_loans,
          month.claimable, month.payable_instructions, month.payable};
}

Sheet months_sheet(Months& months) {
  Sheet sheet{.name = "fund-ahead",
              .columns = {{"month", "月份", "month"},
                          {"maturing_loans", "到期贷款笔数", "loans maturing"},
                          {"maturing", "到期贷款敞口", "exposure maturing"},
                          {"claimable_loans", "可申请代偿笔数", "loans claimable"},
                          {"claimable", "可申请代偿本金", "principal claimable"},
                          {"payable_instructions", "应付指令数", "instructions payable"},
                          {"payable", "应付金额", "payable"}}};
  MonthAhead sum;
  for (std::size_t i = 0; i < months.names().size(); ++i) {
    const MonthAhead& month = months.at(i);
    sheet.rows.push_back(row_of(months.names()[i], month));
    sum.maturing_loans += month.maturing_loans;
    sum.maturing += month.maturing;
    sum.claimable_loans += month.claimable_loans;
    sum.claimable += month.claimable;
    sum.payable_instructions += month.payable_instructions;
    sum.payable += month.payable;
  }
  sheet.total = row_of("total", sum);
  return sheet;
}

std::string link_of(const Source& source) {
  if (source.case_no) return fmt::format("/v1/cases/{}", source.case_no->view());
  if (source.loan)
    return fmt::format("/v1/loans/{}/{}", source.loan->lender.view(),
                       net::percent_encoded(source.loan->number.view()));
  return {};
}

Sheet sources_sheet(std::vector<Source> sources) {
  std::ranges::sort(sources, {},
                    [](const Source& source) { return std::tie(source.on, source.kind, source.key); });
  Sheet sheet{.name = "sources",
              .columns = {{"on", "日期", "day"},
                          {"kind", "种类", "kind"},
                          {"key", "键", "key"},
                          {"case_no", "案件号", "case"},
                          {"lender", "放款机构", "lender"},
                          {"loan_no", "借据号", "loan"},
                          {"amount", "金额", "amount"},
                          {"link", "地址", "link"}}};
  Fen sum = Fen::zero();
  for (const Source& source : sources) {
    const std::string link = link_of(source);
    sum += source.amount;
    sheet.rows.push_back({source.on, std::string(source.kind), source.key,
                          source.case_no ? Cell(source.case_no->string()) : Cell(),
                          source.loan ? Cell(source.loan->lender.string()) : Cell(),
                          source.loan ? Cell(source.loan->number.string()) : Cell(), source.amount,
                          link.empty() ? Cell() : Cell(link)});
  }
  sheet.total = {Cell(), Cell(), Cell(), Cell(), Cell(), Cell(), sum, Cell()};
  return sheet;
}

Refusal no_such_figure() {
  return invalid(
      "/figure",
      {"没有这个数字；应为 years/机构/年度/列、accounts/出资方/科目/debit 或 credit、ahead/月份/列，且不为零",
       "there is no such figure; it is years/INSTITUTION/YEAR/COLUMN, accounts/PAYER/ACCOUNT/debit or "
       "credit, "
       "or ahead/MONTH/COLUMN, and not nought"});
}

}  // namespace

awaitable<Reply> read_sources(const Operations& operations, const Call& call) {
  const auto form = wanted_form(call);
  if (!form) co_return std::unexpected(form.error());
  const auto day = date_parameter(call, "as_of");
  if (!day) co_return std::unexpected(day.error());
  const Date today = civil_day(operations.clock.now());
  const auto count = number_parameter(call, "months", 12, 1, most_months);
  if (!count) co_return std::unexpected(count.error());
  const std::string figure(call.request.head.parameter("figure").value_or(""));
  std::vector<Source> sources;
  const Explain explain = [&](std::string_view of, const Source& source) {
    if (of == figure) sources.push_back(source);
  };
  if (figure.starts_with("ahead/")) {
    Months months(today, *count);
    const bool whole = co_await look_ahead(operations, call, today, months, explain);
    if (!whole) co_return std::unexpected(not_stored());
  } else {
    fund_books(operations.store, *operations.rulebook.current(), day->value_or(today), explain);
  }
  if (sources.empty()) co_return std::unexpected(no_such_figure());
  const Sheet sheet = sources_sheet(std::move(sources));
  if (*form != Form::json) co_return file_of(*form, {&sheet, 1});

  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("figure", std::string_view(figure))
      .member("as_of", format(day->value_or(today)))
      .key("rows");
  write_rows(json, sheet);
  json.member("total", format_yuan(std::get<Fen>(sheet.total[6]))).end_object();
  co_return json_answer(std::move(body));
}

awaitable<Reply> read_ahead(const Operations& operations, const Call& call) {
  const auto form = wanted_form(call);
  if (!form) co_return std::unexpected(form.error());
  const auto count = number_parameter(call, "months", 12, 1, most_months);
  if (!count) co_return std::unexpected(count.error());
  const Date today = civil_day(operations.clock.now());
  Months months(today, *count);
  const Explain nobody;
  const bool whole = co_await look_ahead(operations, call, today, months, nobody);
  if (!whole) co_return std::unexpected(not_stored());
  const Sheet sheet = months_sheet(months);
  if (*form != Form::json) co_return file_of(*form, {&sheet, 1});

  std::string body;
  JsonWriter json(body);
  json.begin_object().member("as_of", format(today)).key("statement").begin_object();
  json.member("zh", statement_zh).member("en", statement_en).end_object();
  json.key("months");
  write_rows(json, sheet);
  json.key("total").begin_object();
  write_members(json, sheet, sheet.total);
  json.end_object().end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
