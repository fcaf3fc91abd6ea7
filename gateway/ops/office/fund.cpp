#include "ops/office/fund.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.hpp"
#include "ops/office/sheet.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

template <class Thing>
std::vector<Thing> all_of(const store::Store& store, std::string_view kind) {
  std::vector<Thing> things;
  for (Change& change : store.all(kind)) things.push_back(std::get<Thing>(std::move(change)));
  return things;
}

/// The columns of a year that are sums, in the order in which people read them.
struct YearColumn {
  std::string_view name;
  std::string_view zh;
  std::string_view en;
  Fen FundBooks::Year::* at;
};
constexpr YearColumn year_columns[] = {
    {"nominal", "应担", "before the cap", &FundBooks::Year::nominal},
    {"cut", "封顶削减", "cut by the cap", &FundBooks::Year::cut},
    {"approved", "审定", "approved", &FundBooks::Year::approved},
    {"instructed", "已指令", "instructed", &FundBooks::Year::approved},
    {"paid", "已付", "paid", &FundBooks::Year::paid},
    {"open", "已审定未支付", "open", &FundBooks::Year::open},
    {"recovered", "应缴回", "recovered", &FundBooks::Year::recovered},
    {"returned", "已缴回", "returned", &FundBooks::Year::returned},
    {"written_off", "核销", "written off", &FundBooks::Year::written_off},
    {"used", "已用上限", "cap used", &FundBooks::Year::used},
};

/// The year whose cap a case falls under; that of its ruling, where there is no cap.
std::int32_t year_of(const Case& of) {
  return of.cap_year.value_or(of.ruling->decided_on.year());
}

/// Adds to the books, and tells of it.
class Adding {
 public:
  Adding(FundBooks& books, const Explain& explain) : books_(books), explain_(explain) {}

  void year(const PartnerId& institution, std::int32_t year, Fen FundBooks::Year::* column, Source source) {
    books_.years[{institution, year}].*column += source.amount;
    if (!explain_ || source.amount == Fen::zero()) return;
    for (const YearColumn& each : year_columns) {
      if (each.at == column)
        explain_(fmt::format("years/{}/{}/{}", institution.view(), year, each.name), source);
    }
  }

  void account(const PartnerId& payer, Account account, Fen debit, Fen credit, Source source) {
    FundBooks::Balance& balance = books_.accounts[{payer, account}];
    balance.debit += debit;
    balance.credit += credit;
    for (const auto& [side, amount] : {std::pair("debit", debit), {"credit", credit}}) {
      if (!explain_ || amount == Fen::zero()) continue;
      source.amount = amount;
      explain_(fmt::format("accounts/{}/{}/{}", payer.view(), spec_of(account).name, side), source);
    }
  }

  const FundBooks& books() const { return books_; }

 private:
  FundBooks& books_;
  const Explain& explain_;
};

/// Adds what was decided by the day, and gives the cap back what was decided later.
void add_decisions(const std::map<CaseNo, Case>& cases, const std::vector<Instruction>& instructions,
                   Adding& adding) {
  for (const auto& [no, of] : cases) {
    if (of.ruling->decided_on > adding.books().as_of) continue;
    const Source source{
        of.ruling->decided_on, "case", no.string(), no, of.loan, of.fund_nominal.value_or(Fen::zero())};
    adding.year(of.loan.lender, year_of(of), &FundBooks::Year::nominal, source);
    adding.year(of.loan.lender, year_of(of), &FundBooks::Year::cut, source);
  }
  for (const Instruction& instruction : instructions) {
    const auto of = cases.find(instruction.case_no);
    if (instruction.role != PayerRole::fund || of == cases.end()) continue;
    const std::int32_t year = year_of(of->second);
    Source source{of->second.ruling->decided_on, "instruction",    instruction.no.string(),
                  instruction.case_no,           instruction.loan, instruction.amount};
    if (of->second.ruling->decided_on <= adding.books().as_of) {
      adding.year(instruction.loan.lender, year, &FundBooks::Year::approved, source);
      source.amount = Fen::zero() - instruction.amount;
      adding.year(instruction.loan.lender, year, &FundBooks::Year::cut, source);
    } else if (of->second.cap_year) {
      source.amount = Fen::zero() - instruction.amount;
      adding.year(instruction.loan.lender, year, &FundBooks::Year::used, source);
    }
  }
}

/// Adds the flows of one posting to the accounts, and the fund's to the year of its case. What was recovered
/// is what is still to be returned, and what was.
void add_posting(const Posting& posting, const std::map<CaseNo, Case>& cases,
                 const std::vector<PartnerId>& funds, Adding& adding) {
  const auto of = cases.find(posting.case_no);
  for (const Posting::Line& line : posting.lines) {
    Source source{posting.on, "posting", key(posting), posting.case_no, {}, Fen::zero()};
    if (of != cases.end()) source.loan = of->second.loan;
    adding.account(line.payer, line.account, line.debit, line.credit, source);
    if (of == cases.end() || !std::ranges::binary_search(funds, line.payer)) continue;
    const auto add = [&](Fen FundBooks::Year::* column, Fen amount) {
      source.amount = amount;
      adding.year(posting.institution, year_of(of->second), column, source);
    };
    switch (line.account) {
      case Account::cash:
        add(&FundBooks::Year::paid, line.credit);
        add(&FundBooks::Year::returned, line.debit);
        add(&FundBooks::Year::recovered, line.debit);
        break;
      case Account::payable:
        add(&FundBooks::Year::open, line.credit - line.debit);
        break;
      case Account::returnable:
        add(&FundBooks::Year::recovered, line.debit - line.credit);
        break;
      case Account::written_off:
        add(&FundBooks::Year::written_off, line.debit - line.credit);
        break;
      case Account::recourse:
        break;
    }
  }
}

/// How much of each cap was gone on the day: what is gone now, less what came later.
void add_caps(const store::Store& store, const programme::Rulebook& rulebook,
              const std::map<CaseNo, Case>& cases, Adding& adding) {
  for (const FundYear& now : all_of<FundYear>(store, "fund_year")) {
    const Date last = Date::of(now.year, 12, 31).value_or(adding.books().as_of);
    adding.year(now.institution, now.year, &FundBooks::Year::used,
                {last, "fund_year", key(now), {}, {}, now.used()});
  }
  for (const Remittance& remittance : all_of<Remittance>(store, "remittance")) {
    const auto of = cases.find(remittance.case_no);
    if (remittance.role != PayerRole::fund || !remittance.received ||
        remittance.received->on <= adding.books().as_of || of == cases.end() || !of->second.cap_year)
      continue;
    const programme::Version* const version =
        rulebook.at(remittance.loan.lender, of->second.ruling->decided_on);
    const bool restores =
        version != nullptr && version->yearly_cap && version->yearly_cap->recoveries_restore;
    if (restores) {
      adding.year(remittance.loan.lender, *of->second.cap_year, &FundBooks::Year::used,
                  {remittance.received->on, "remittance", remittance.no.string(), remittance.case_no,
                   remittance.loan, remittance.received->amount});
    }
  }
}

void set_limits(const programme::Rulebook& rulebook, FundBooks& books) {
  for (auto& [of, year] : books.years) {
    const Date last = *Date::of(of.second, 12, 31);
    const programme::Version* const version = rulebook.at(of.first, std::min(last, books.as_of));
    if (version != nullptr && version->yearly_cap) year.limit = version->yearly_cap->limit;
  }
}

bool is_empty(const FundBooks::Year& year) {
  return year.nominal == Fen::zero() && year.approved == Fen::zero() && year.paid == Fen::zero() &&
         year.used == Fen::zero() && year.recovered == Fen::zero() && year.written_off == Fen::zero();
}

Sheet years_sheet(const FundBooks& books) {
  Sheet sheet{.name = "fund-years",
              .columns = {{"institution", "机构", "institution"}, {"year", "年度", "year"}}};
  for (const YearColumn& column : year_columns) sheet.columns.push_back({column.name, column.zh, column.en});
  sheet.columns.push_back({"limit", "上限", "cap"});
  sheet.columns.push_back({"left", "剩余上限", "left of the cap"});
  for (const auto& [of, year] : books.years) {
    std::vector<Cell> row{of.first.string(), static_cast<std::int64_t>(of.second)};
    for (const YearColumn& column : year_columns) row.emplace_back(year.*column.at);
    row.push_back(year.limit ? Cell(*year.limit) : Cell());
    row.push_back(year.limit ? Cell(std::max(Fen::zero(), *year.limit - year.used)) : Cell());
    sheet.rows.push_back(std::move(row));
  }
  return sheet;
}

Sheet accounts_sheet(const FundBooks& books) {
  Sheet sheet{.name = "fund-accounts",
              .columns = {{"payer", "出资方", "payer"},
                          {"account", "科目", "account"},
                          {"account_zh", "科目名称", ""},
                          {"debit", "借方", "debit"},
                          {"credit", "贷方", "credit"},
                          {"balance", "余额", "balance"}}};
  for (const auto& [of, balance] : books.accounts) {
    const CodeSpec& account = spec_of(of.second);
    sheet.rows.push_back({of.first.string(), std::string(account.name), std::string(account.zh),
                          balance.debit, balance.credit, balance.debit - balance.credit});
  }
  const FundBooks::Balance total = books.total();
  sheet.total = {Cell(), Cell(), Cell(), total.debit, total.credit, total.debit - total.credit};
  return sheet;
}

/// Instructed by the day and not paid by then.
Sheet commitments_sheet(const store::Store& store, Date as_of) {
  Sheet sheet{.name = "fund-commitments",
              .columns = {{"payer", "出资方", "payer"},
                          {"role", "身份", "role"},
                          {"instruction_no", "指令号", "instruction"},
                          {"case_no", "案件号", "case"},
                          {"lender", "收款银行", "bank"},
                          {"loan_no", "借据号", "loan"},
                          {"amount", "金额", "amount"},
                          {"pay_by", "支付期限", "pay by"},
                          {"days_left", "剩余自然日", "days left"}}};
  std::vector<Instruction> open = unpaid(store, as_of);
  Fen sum = Fen::zero();
  for (const Instruction& each : open) {
    sum += each.amount;
    sheet.rows.push_back({each.payer.string(), std::string(spec_of(each.role).name), each.no.string(),
                          each.case_no.string(), each.loan.lender.string(), each.loan.number.string(),
                          each.amount, each.pay_by, static_cast<std::int64_t>(each.pay_by - as_of)});
  }
  sheet.total = {Cell(), Cell(), Cell(), Cell(), Cell(), Cell(), sum, Cell(), Cell()};
  return sheet;
}

void write_balance(JsonWriter& json, const FundBooks::Balance& balance) {
  json.member("debit", format_yuan(balance.debit))
      .member("credit", format_yuan(balance.credit))
      .member("balance", format_yuan(balance.debit - balance.credit));
}

/// What banks have applied for by the day and the conference had not ruled on by then.
void write_waiting(JsonWriter& json, const store::Store& store, Date as_of) {
  std::uint64_t cases = 0;
  Fen principal = Fen::zero();
  Fen interest = Fen::zero();
  for (const Case& of : all_of<Case>(store, "case")) {
    if (of.ruling && of.ruling->decided_on <= as_of) continue;
    const auto application = store.entry(of.application);
    if (!application || civil_day(application->entry.received) > as_of) continue;
    ++cases;
    principal += of.principal;
    interest += of.interest;
  }
  json.key("waiting")
      .begin_object()
      .member("cases", cases)
      .member("principal", format_yuan(principal))
      .member("interest", format_yuan(interest))
      .end_object();
}

}  // namespace

FundBooks::Balance FundBooks::total() const {
  Balance sum;
  for (const auto& [_, balance] : accounts) sum.debit += balance.debit, sum.credit += balance.credit;
  return sum;
}

FundBooks fund_books(const store::Store& store, const programme::Rulebook& rulebook, Date as_of,
                     const Explain& explain) {
  FundBooks books{.as_of = as_of};
  Adding adding(books, explain);
  std::map<CaseNo, Case> cases;
  for (Case& of : all_of<Case>(store, "case")) {
    if (of.ruling && of.ruling->ruling == CompensationRuling::approved) cases.emplace(of.no, std::move(of));
  }
  std::vector<PartnerId> funds;
  for (const Institution& institution : all_of<Institution>(store, "institution")) {
    if (institution.role == PartnerRole::fund) funds.push_back(institution.id);
  }
  std::ranges::sort(funds);

  add_decisions(cases, all_of<Instruction>(store, "instruction"), adding);
  for (const Posting& posting : all_of<Posting>(store, "posting")) {
    if (posting.on <= as_of) add_posting(posting, cases, funds, adding);
  }
  add_caps(store, rulebook, cases, adding);
  set_limits(rulebook, books);
  std::erase_if(books.years, [](const auto& year) { return is_empty(year.second); });
  return books;
}

std::vector<Instruction> unpaid(const store::Store& store, Date as_of) {
  std::vector<Instruction> open;
  for (Instruction& instruction : all_of<Instruction>(store, "instruction")) {
    if (instruction.paid && instruction.paid->on <= as_of) continue;
    const auto of = store.find("case", instruction.case_no.view());
    const bool known = of && std::get<Case>(*of).ruling && std::get<Case>(*of).ruling->decided_on <= as_of;
    if (known) open.push_back(std::move(instruction));
  }
  std::ranges::sort(open, {}, [](const Instruction& each) { return std::pair(each.pay_by, each.no); });
  return open;
}

awaitable<Reply> read_fund(const Operations& operations, const Call& call) {
  const auto form = wanted_form(call);
  if (!form) co_return std::unexpected(form.error());
  const auto day = date_parameter(call, "as_of");
  if (!day) co_return std::unexpected(day.error());
  const Date as_of = day->value_or(civil_day(operations.clock.now()));
  const FundBooks books = fund_books(operations.store, *operations.rulebook.current(), as_of);
  const Sheet sheets[] = {years_sheet(books), accounts_sheet(books),
                          commitments_sheet(operations.store, as_of)};
  const auto& [years, accounts, commitments] = sheets;
  if (*form != Form::json) co_return file_of(*form, sheets);

  std::string body;
  JsonWriter json(body);
  json.begin_object().member("as_of", format(books.as_of)).key("accounts");
  write_rows(json, accounts);
  const FundBooks::Balance total = books.total();
  json.key("total").begin_object();
  write_balance(json, total);
  json.end_object().member("balanced", total.debit == total.credit).key("years");
  write_rows(json, years);
  json.key("commitments");
  write_rows(json, commitments);
  json.member("committed", format_yuan(std::get<Fen>(commitments.total[6])));
  write_waiting(json, operations.store, as_of);
  json.end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
