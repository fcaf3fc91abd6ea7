#include "ops/office/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/json_writer.hpp"
#include "ops/office/loans.hpp"
#include "ops/office/sheet.hpp"
#include "programme/judgement.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

/// From where on there is a warning.
struct Bounds {
  std::uint64_t ceiling_percent;
  std::uint64_t renewals;
  std::uint64_t bank_percent;
  std::uint64_t company_percent;
};

struct Warning {
  std::string_view kind;
  std::string_view about;  ///< company, bank or portfolio
  std::string subject;     ///< USCC, partner id; "" of the portfolio
  std::string name;
  std::uint64_t measure;  ///< percent, how often, or days: the greater the graver
  std::string zh;
  std::string en;
};

/// What a walk through the open loans has found.
struct Portfolio {
  struct Company {
    std::string name;
    /// By programme: each has a ceiling of its own.
    std::map<const programme::Programme*, Fen> exposure = {};
  };
  struct Reports {
    std::uint64_t late = 0;
    std::uint64_t all = 0;
  };
  std::map<Uscc, Company> companies = {};
  std::map<PartnerId, Fen> banks = {};
  std::map<PartnerId, Reports> reports = {};
  std::vector<Loan> renewed = {};  ///< open loans that took the place of another
  Fen total = Fen::zero();
};

void see(const Loan& loan, const programme::Rulebook& rulebook, Portfolio& portfolio) {
  const Fen exposure = loan.exposure();
  Portfolio::Company& company = portfolio.companies[loan.company];
  company.name = loan.company_name;
  company.exposure.try_emplace(rulebook.of(loan.ref.lender), Fen::zero()).first->second += exposure;
  portfolio.banks.try_emplace(loan.ref.lender, Fen::zero()).first->second += exposure;
  portfolio.total += exposure;
  if (loan.renews) portfolio.renewed.push_back(loan);
  if (const course::Overdue* overdue = programme::overdue_of(loan)) {
    Portfolio::Reports& reports = portfolio.reports[loan.ref.lender];
    ++reports.all;
    reports.late += overdue->late;
  }
}

std::uint64_t percent(Fen part, Fen whole) {
  if (whole <= Fen::zero() || part <= Fen::zero()) return 0;
  return static_cast<std::uint64_t>(static_cast<__int128>(part.count()) * 100 / whole.count());
}

std::string name_of(const store::Store& store, const PartnerId& id) {
  const auto institution = store.find("institution", id.view());
  return institution ? std::get<Institution>(*institution).name_zh : id.string();
}

void add_ceilings(const Portfolio& portfolio, const Bounds& bounds, Date today,
                  std::vector<Warning>& warnings) {
  for (const auto& [uscc, company] : portfolio.companies) {
    for (const auto& [programme, exposure] : company.exposure) {
      const programme::Version* const version = programme == nullptr ? nullptr : programme->at(today);
      if (version == nullptr || !version->ceiling) continue;
      const Fen limit = version->ceiling->limit;
      const std::uint64_t share = percent(exposure, limit);
      if (share < bounds.ceiling_percent) continue;
      warnings.push_back({"near_ceiling", "company", uscc.string(), company.name, share,
                          fmt::format("敞口 {} 已达限额 {} 的 {}%", format_yuan_grouped(exposure),
                                      format_yuan_grouped(limit), share),
                          fmt::format("exposure {} is {} % of the ceiling {}", format_yuan_grouped(exposure),
                                      share, format_yuan_grouped(limit))});
    }
  }
}

/// How many loans in a row took each other's place up to this one.
std::uint64_t renewals_in_a_row(Loan loan, const store::Store& store) {
  constexpr std::uint64_t most = 100;  // a chain of loans that name each other ends too
  std::uint64_t count = 0;
  while (loan.renews && count < most) {
    ++count;
    auto before = store.loan({loan.ref.lender, *loan.renews});
    if (!before) break;
    loan = *std::move(before);
  }
  return count;
}

void add_renewals(const Portfolio& portfolio, const Bounds& bounds, const store::Store& store,
                  std::vector<Warning>& warnings) {
  for (const Loan& loan : portfolio.renewed) {
    const std::uint64_t count = renewals_in_a_row(loan, store);
    if (count < bounds.renewals) continue;
    warnings.push_back({"renewals", "company", loan.company.string(), loan.company_name, count,
                        fmt::format("贷款 {} 已连续续贷 {} 次", loan.ref.text(), count),
                        fmt::format("loan {} was renewed {} times in a row", loan.ref.text(), count)});
  }
}

void add_reports(const Portfolio& portfolio, const store::Store& store, std::vector<Warning>& warnings) {
  Portfolio::Reports sum;
  const auto add = [&](std::string_view about, std::string subject, std::string name,
                       const Portfolio::Reports& reports) {
    if (reports.late == 0) return;
    warnings.push_back({"reports_late", about, std::move(subject), std::move(name),
                        reports.late * 100 / reports.all,
                        fmt::format("逾期报告 {} 笔，其中迟报 {} 笔", reports.all, reports.late),
                        fmt::format("{} of {} overdue reports came late", reports.late, reports.all)});
  };
  for (const auto& [bank, reports] : portfolio.reports) {
    sum.late += reports.late;
    sum.all += reports.all;
    add("bank", bank.string(), name_of(store, bank), reports);
  }
  add("portfolio", "", "", sum);
}

void add_concentration(const Portfolio& portfolio, const Bounds& bounds, const store::Store& store,
                       std::vector<Warning>& warnings) {
  const auto add = [&](std::string_view about, std::string subject, std::string name, Fen exposure,
                       std::uint64_t least) {
    const std::uint64_t share = percent(exposure, portfolio.total);
    if (share < least) return;
    warnings.push_back({"concentration", about, std::move(subject), std::move(name), share,
                        fmt::format("敞口 {} 占全部的 {}%", format_yuan_grouped(exposure), share),
                        fmt::format("exposure {} is {} % of all", format_yuan_grouped(exposure), share)});
  };
  for (const auto& [bank, exposure] : portfolio.banks)
    add("bank", bank.string(), name_of(store, bank), exposure, bounds.bank_percent);
  for (const auto& [uscc, company] : portfolio.companies) {
    Fen exposure = Fen::zero();
    for (const auto& [_, part] : company.exposure) exposure += part;
    add("company", uscc.string(), company.name, exposure, bounds.company_percent);
  }
}

/// The longer a file is missing the graver.
void add_missing_files(const Operations& operations, Date today, std::vector<Warning>& warnings) {
  if (!operations.files) return;
  for (const net::PartnerFiles& files : operations.files()) {
    for (const Date day : files.missing) {
      warnings.push_back(
          {"file_missing", "bank", files.partner.string(), name_of(operations.store, files.partner),
           static_cast<std::uint64_t>(std::max(today - day, 0)),
           fmt::format("{} 的文件应于 {} 前送达，尚未收到", format(day), files.expected_by),
           fmt::format("the file of {} was due by {} and is not there", format(day), files.expected_by)});
    }
  }
}

Sheet sheet_of(const std::vector<Warning>& warnings) {
  Sheet sheet{.name = "warnings",
              .columns = {{"kind", "类别", "kind"},
                          {"about", "对象", "about"},
                          {"subject", "编号", "subject"},
                          {"name", "名称", "name"},
                          {"measure", "程度", "measure"},
                          {"zh", "说明", ""},
                          {"en", "", "text"}}};
  for (const Warning& warning : warnings) {
    sheet.rows.push_back({std::string(warning.kind), std::string(warning.about), warning.subject,
                          warning.name, static_cast<std::int64_t>(warning.measure), warning.zh, warning.en});
  }
  return sheet;
}

std::expected<Bounds, Refusal> bounds_of(const Call& call) {
  const auto ceiling = number_parameter(call, "ceiling_percent", 80, 1, 100);
  if (!ceiling) return std::unexpected(ceiling.error());
  const auto renewals = number_parameter(call, "renewals", 2, 1, 100);
  if (!renewals) return std::unexpected(renewals.error());
  const auto bank = number_parameter(call, "bank_percent", 20, 1, 100);
  if (!bank) return std::unexpected(bank.error());
  const auto company = number_parameter(call, "company_percent", 5, 1, 100);
  if (!company) return std::unexpected(company.error());
  return Bounds{*ceiling, *renewals, *bank, *company};
}

}  // namespace

awaitable<Reply> read_warnings(const Operations& operations, const Call& call) {
  const auto form = wanted_form(call);
  if (!form) co_return std::unexpected(form.error());
  const auto bounds = bounds_of(call);
  if (!bounds) co_return std::unexpected(bounds.error());
  const auto rulebook = operations.rulebook.current();
  Portfolio portfolio;
  const bool whole = co_await each_loan(operations, call, Which::open,
                                        [&](const Loan& loan) { see(loan, *rulebook, portfolio); });
  if (!whole) co_return std::unexpected(not_stored());

  std::vector<Warning> warnings;
  const Date today = civil_day(operations.clock.now());
  add_missing_files(operations, today, warnings);
  add_ceilings(portfolio, *bounds, today, warnings);
  add_renewals(portfolio, *bounds, operations.store, warnings);
  add_reports(portfolio, operations.store, warnings);
  add_concentration(portfolio, *bounds, operations.store, warnings);
  std::ranges::sort(warnings, [](const Warning& a, const Warning& b) {
    return std::tie(a.kind, b.measure, a.subject) < std::tie(b.kind, a.measure, b.subject);
  });
  const Sheet sheet = sheet_of(warnings);
  if (*form != Form::json) co_return file_of(*form, {&sheet, 1});
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("warnings");
  write_rows(json, sheet);
  json.end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
