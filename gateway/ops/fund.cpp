#include "ops/fund.hpp"

#include <algorithm>

#include "base/json_writer.hpp"

namespace loangate::ops {
namespace {

using boost::asio::awaitable;

template <class Thing>
std::vector<Thing> all_of(const store::Store& store, std::string_view kind) {
  std::vector<Thing> things;
  for (Change& change : store.all(kind)) things.push_back(std::get<Thing>(std::move(change)));
  return things;
}

/// The year whose cap a case falls under; that of its ruling, where there is no cap.
std::int32_t year_of(const Case& of) {
  return of.cap_year.value_or(of.ruling->decided_on.year());
}

/// Adds what was decided by the day, and gives the cap back what was decided later.
void add_decisions(const std::map<CaseNo, Case>& cases, const std::vector<Instruction>& instructions,
                   FundBooks& books) {
  for (const auto& [_, of] : cases) {
    if (of.ruling->decided_on > books.as_of) continue;
    FundBooks::Year& year = books.years[{of.loan.lender, year_of(of)}];
    year.nominal += of.fund_nominal.value_or(Fen::zero());
  }
  for (const Instruction& instruction : instructions) {
    const auto of = cases.find(instruction.case_no);
    if (instruction.role != PayerRole::fund || of == cases.end()) continue;
    FundBooks::Year& year = books.years[{instruction.loan.lender, year_of(of->second)}];
    if (of->second.ruling->decided_on <= books.as_of) {
      year.approved += instruction.amount;
    } else if (of->second.cap_year) {
      year.used -= instruction.amount;
    }
  }
  for (auto& [_, year] : books.years) year.cut = year.nominal - year.approved;
}

/// Adds the flows of one posting to the accounts, and the fund's to the year of its case.
void add_posting(const Posting& posting, const std::map<CaseNo, Case>& cases,
                 const std::vector<PartnerId>& funds, FundBooks& books) {
  const auto of = cases.find(posting.case_no);
  for (const Posting::Line& line : posting.lines) {
    FundBooks::Balance& balance = books.accounts[{line.payer, line.account}];
    balance.debit += line.debit;
    balance.credit += line.credit;
    if (of == cases.end() || !std::ranges::binary_search(funds, line.payer)) continue;
    FundBooks::Year& year = books.years[{posting.institution, year_of(of->second)}];
    switch (line.account) {
      case Account::cash:
        year.paid += line.credit;
        year.returned += line.debit;
        break;
      case Account::payable:
        year.open += line.credit - line.debit;
        break;
      case Account::returnable:
        year.recovered += line.debit - line.credit;
        break;
      case Account::written_off:
        year.written_off += line.debit - line.credit;
        break;
      case Account::recourse:
        break;
    }
  }
}

/// How much of each cap was gone on the day: what is gone now, less what came later.
void add_caps(const store::Store& store, const programme::Rulebook& rulebook,
              const std::vector<Remittance>& remittances, const std::map<CaseNo, Case>& cases,
              FundBooks& books) {
  for (const FundYear& now : all_of<FundYear>(store, "fund_year")) {
    books.years[{now.institution, now.year}].used += now.used();
  }
  for (const Remittance& remittance : remittances) {
    const auto of = cases.find(remittance.case_no);
    if (remittance.role != PayerRole::fund || !remittance.received ||
        remittance.received->on <= books.as_of || of == cases.end() || !of->second.cap_year)
      continue;
    const programme::Version* const version =
        rulebook.at(remittance.loan.lender, of->second.ruling->decided_on);
    const bool restores =
        version != nullptr && version->yearly_cap && version->yearly_cap->recoveries_restore;
    if (restores)
      books.years[{remittance.loan.lender, *of->second.cap_year}].used += remittance.received->amount;
  }
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

void write_balance(JsonWriter& json, const FundBooks::Balance& balance) {
  json.member("debit", format_yuan(balance.debit))
      .member("credit", format_yuan(balance.credit))
      .member("balance", format_yuan(balance.debit - balance.credit));
}

void write_year(JsonWriter& json, const FundBooks::Year& year) {
  json.member("nominal", format_yuan(year.nominal))
      .member("cut", format_yuan(year.cut))
      .member("approved", format_yuan(year.approved))
      .member("instructed", format_yuan(year.approved))
      .member("paid", format_yuan(year.paid))
      .member("open", format_yuan(year.open))
      .member("recovered", format_yuan(year.recovered))
      .member("returned", format_yuan(year.returned))
      .member("written_off", format_yuan(year.written_off))
      .member("used", format_yuan(year.used));
  if (!year.limit) return;
  json.member("limit", format_yuan(*year.limit))
      .member("left", format_yuan(std::max(Fen::zero(), *year.limit - year.used)));
}

}  // namespace

FundBooks::Balance FundBooks::total() const {
  Balance sum;
  for (const auto& [_, balance] : accounts) sum.debit += balance.debit, sum.credit += balance.credit;
  return sum;
}

FundBooks fund_books(const store::Store& store, const programme::Rulebook& rulebook, Date as_of) {
  FundBooks books{.as_of = as_of};
  std::map<CaseNo, Case> cases;
  for (Case& of : all_of<Case>(store, "case")) {
    if (of.ruling && of.ruling->ruling == CompensationRuling::approved) cases.emplace(of.no, std::move(of));
  }
  std::vector<PartnerId> funds;
  for (const Institution& institution : all_of<Institution>(store, "institution")) {
    if (institution.role == PartnerRole::fund) funds.push_back(institution.id);
  }
  std::ranges::sort(funds);

  add_decisions(cases, all_of<Instruction>(store, "instruction"), books);
  for (const Posting& posting : all_of<Posting>(store, "posting")) {
    if (posting.on <= as_of) add_posting(posting, cases, funds, books);
  }
  // What came in is what is still to be returned, and what was.
  for (auto& [_, year] : books.years) year.recovered += year.returned;
  add_caps(store, rulebook, all_of<Remittance>(store, "remittance"), cases, books);
  std::erase_if(books.years, [](const auto& year) { return is_empty(year.second); });
  return books;
}

awaitable<Reply> read_fund(const Operations& operations, const Call& call) {
  const auto as_of = date_parameter(call, "as_of");
  if (!as_of) co_return std::unexpected(as_of.error());
  const Date today = civil_day(operations.clock.now());
  const FundBooks books =
      fund_books(operations.store, *operations.rulebook.current(), as_of->value_or(today));

  std::string body;
  JsonWriter json(body);
  json.begin_object().member("as_of", format(books.as_of)).key("accounts").begin_array();
  for (const auto& [of, balance] : books.accounts) {
    json.begin_object()
        .member("payer", of.first.view())
        .member("account", spec_of(of.second).name)
        .member("account_zh", spec_of(of.second).zh);
    write_balance(json, balance);
    json.end_object();
  }
  json.end_array().key("total").begin_object();
  const FundBooks::Balance total = books.total();
  write_balance(json, total);
  json.end_object().member("balanced", total.debit == total.credit).key("years").begin_array();
  for (const auto& [of, year] : books.years) {
    json.begin_object()
        .member("institution", of.first.view())
        .member("year", static_cast<std::int64_t>(of.second));
    write_year(json, year);
    json.end_object();
  }
  json.end_array().end_object();
  co_return json_answer(std::move(body));
}

}  // namespace loangate::ops
