#include "ops/loans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "base/csv.hpp"
#include "base/json_writer.hpp"
#include "programme/judgement.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

constexpr std::size_t loans_a_page = 500;

struct Sum {
  std::uint64_t loans = 0;
  Fen lent = Fen::zero();
  Fen filed = Fen::zero();
  Fen outstanding = Fen::zero();
  Fen exposure = Fen::zero();
  std::uint64_t overdue = 0;
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

std::string summary_csv(const Grouping& grouping, const Sums& sums, const Sum& total,
                        const store::Store& store) {
  CsvWriter csv;
  csv.text(fmt::format("{} {}", grouping.zh, grouping.en));
  for (const std::string_view head :
       {"名称 name", "笔数 loans", "贷款金额 lent", "备案金额 filed", "余额 outstanding", "敞口 exposure",
        "逾期笔数 overdue", "逾期本金 overdue principal"}) {
    csv.text(head);
  }
  csv.end_row();
  const auto row = [&](std::string_view key, std::string_view label, const Sum& sum) {
    csv.text(key)
        .text(label)
        .plain(std::to_string(sum.loans))
        .plain(format_yuan(sum.lent))
        .plain(format_yuan(sum.filed))
        .plain(format_yuan(sum.outstanding))
        .plain(format_yuan(sum.exposure))
        .plain(std::to_string(sum.overdue))
        .plain(format_yuan(sum.overdue_principal))
        .end_row();
  };
  for (const auto& [key, sum] : sums) row(key, label_of(grouping.by, key, store), sum);
  row("合计 total", "", total);
  return csv.take();
}

void write_sum(JsonWriter& json, const Sum& sum) {
  json.member("loans", sum.loans)
      .member("lent", format_yuan(sum.lent))
      .member("filed", format_yuan(sum.filed))
      .member("outstanding", format_yuan(sum.outstanding))
      .member("exposure", format_yuan(sum.exposure))
      .member("overdue", sum.overdue)
      .member("overdue_principal", format_yuan(sum.overdue_principal));
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

std::expected<bool, Refusal> wants_csv(const Call& call) {
  const auto format = call.request.head.parameter("format");
  if (!format || *format == "json") return false;
  if (*format == "csv") return true;
  return std::unexpected(invalid("/format", {"format 应为 json 或 csv", "`format` must be json or csv"}));
}

net::Response csv_answer(std::string body, std::string_view name) {
  net::Response response = json_answer(std::move(body));
  response.content_type = "text/csv; charset=utf-8";
  response.headers.emplace_back("Content-Disposition", fmt::format("attachment; filename=\"{}.csv\"", name));
  return response;
}

awaitable<Reply> summarise_loans(const Operations& operations, const Call& call) {
  const auto csv = wants_csv(call);
  if (!csv) co_return std::unexpected(csv.error());
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
  if (*csv) {
    co_return csv_answer(summary_csv(*grouping, sums, total, operations.store),
                         fmt::format("loans-by-{}", grouping->by));
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("by", grouping->by).key("groups").begin_array();
  for (const auto& [key, sum] : sums) {
    json.begin_object()
        .member("key", std::string_view(key))
        .member("name", label_of(grouping->by, key, operations.store));
    write_sum(json, sum);
    json.end_object();
  }
  json.end_array().key("total").begin_object();
  write_sum(json, total);
  json.end_object().end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
