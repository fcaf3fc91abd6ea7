#include "ops/office/loans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "base/json_writer.hpp"
#include "ops/office/sheet.hpp"
#include "programme/judgement.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

constexpr std::size_t loans_a_page = 500;

struct Sum {
  std::int64_t loans = 0;
  Fen lent = Fen::zero();
  Fen filed = Fen::zero();
  Fen outstanding = Fen::zero();
  Fen exposure = Fen::zero();
  std::int64_t overdue = 0;
  Fen overdue_principal = Fen::zero();

  void add(const Loan& loan) {
    ++loans;
    lent += loan.lent;
    filed += loan.filed;
    outstanding += loan.open() ? loan.outstanding : Fen::zero();
    exposure += loan.exposure();
    if (const course::Overdue* since = programme::overdue_of(loan); since != nullptr && loan.open()) {
      ++overdue;
      overdue_principal += since->principal;
    }
  }
};

/// What loans are grouped by, and how a group is called.
struct Grouping {
  std::string_view by;
  std::string_view zh;
  std::string_view en;
  std::string (*key)(const Loan& loan, const std::map<Uscc, Company>& companies);
};

std::string category_of(const Loan& loan, const std::map<Uscc, Company>& companies) {
  const auto company = companies.find(loan.company);
  if (company != companies.end()) {
    for (const Qualification& ground : company->second.qualifications) {
      if (ground.valid.covers(loan.disbursed_on)) return std::string(spec_of(ground.category).name);
    }
  }
  return "none";
}

constexpr Grouping groupings[] = {
    {"bank", "机构", "Bank", [](const Loan& loan, const auto&) { return loan.ref.lender.string(); }},
    {"month", "放款月份", "Month",
     [](const Loan& loan, const auto&) { return format(loan.disbursed_on).substr(0, 7); }},
    {"security", "主担保方式", "Main security",
     [](const Loan& loan, const auto&) { return std::string(spec_of(loan.security).name); }},
    {"category", "名单类别", "Category", category_of},
    {"state", "状态", "State",
     [](const Loan& loan, const auto&) { return std::string(programme::state_words(loan)); }},
};

/// What people read for a group: the Chinese name of a code, the name of a bank.
std::string label_of(std::string_view by, const std::string& key, const store::Store& store) {
  const auto zh_of = [&](const CodeListSpec& list) {
    const auto code = std::ranges::find(list.codes, key, &CodeSpec::name);
    return code == list.codes.end() ? std::string("无") : std::string(code->zh);
  };
  if (by == "security") return zh_of(security_codes());
  if (by == "category") return zh_of(category_codes());
  if (by != "bank") return key;
  const auto bank = store.find("institution", key);
  return bank ? std::get<Institution>(*bank).name_zh : key;
}

using Sums = std::map<std::string, Sum>;

std::vector<Cell> row_of(Cell key, Cell name, const Sum& sum) {
  return {std::move(key), std::move(name),      sum.loans, sum.lent, sum.filed, sum.outstanding, sum.exposure,
          sum.overdue,    sum.overdue_principal};
}

Sheet sheet_of(const Grouping& grouping, const Sums& sums, const Sum& total, const store::Store& store) {
  Sheet sheet{.name = fmt::format("loans-by-{}", grouping.by),
              .columns = {{"key", grouping.zh, grouping.en},
                          {"name", "名称", "name"},
                          {"loans", "笔数", "loans"},
                          {"lent", "贷款金额", "lent"},
                          {"filed", "备案金额", "filed"},
                          {"outstanding", "余额", "outstanding"},
                          {"exposure", "敞口", "exposure"},
                          {"overdue", "逾期笔数", "overdue"},
                          {"overdue_principal", "逾期本金", "overdue principal"}}};
  for (const auto& [key, sum] : sums)
    sheet.rows.push_back(row_of(key, label_of(grouping.by, key, store), sum));
  sheet.total = row_of({}, {}, total);
  return sheet;
}

}  // namespace

awaitable<bool> each_loan(const Operations& operations, const Call& call, Which which,
                          std::function<void(const Loan&)> see) {
  const auto executor = co_await boost::asio::this_coro::executor;
  Sequence after{};
  while (!call.stopping) {
    const std::vector<Loan> page = which == Which::open
                                       ? operations.store.open_loans_after(after, loans_a_page)
                                       : operations.store.loans_after(after, loans_a_page);
    for (const Loan& loan : page) see(loan);
    if (page.size() < loans_a_page) co_return true;
    after = page.back().filing;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
  }
  co_return false;
}

awaitable<Reply> summarise_loans(const Operations& operations, const Call& call) {
  const auto form = wanted_form(call);
  if (!form) co_return std::unexpected(form.error());
  const auto by = call.request.head.parameter("by");
  const auto grouping = std::ranges::find(groupings, by.value_or("bank"), &Grouping::by);
  if (grouping == std::end(groupings)) {
    co_return std::unexpected(invalid("/by", {"by 应为 bank、month、security、category 或 state",
                                              "`by` must be bank, month, security, category or state"}));
  }
  std::map<Uscc, Company> companies;
  if (grouping->by == "category") {
    for (Change& change : operations.store.all("company")) {
      Company& company = std::get<Company>(change);
      companies.emplace(company.uscc, std::move(company));
    }
  }
  Sums sums;
  Sum total;
  const bool whole = co_await each_loan(operations, call, Which::all, [&](const Loan& loan) {
    sums[grouping->key(loan, companies)].add(loan);
    total.add(loan);
  });
  if (!whole) co_return std::unexpected(not_stored());
  const Sheet sheet = sheet_of(*grouping, sums, total, operations.store);
  if (*form != Form::json) co_return file_of(*form, {&sheet, 1});
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("by", grouping->by).key("groups");
  write_rows(json, sheet);
  json.key("total").begin_object();
  write_members(json, sheet, sheet.total);
  json.end_object().end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
