#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ops/call.hpp"

namespace loangate::ops {

/// 资金台账 as of a day: what the books of the fund and the guarantors say then, and what the fund did for
/// each institution's claims of a year. All flows are those of the postings, so that the
/// two agree.
struct FundBooks {
  /// One account of a payer.
  struct Balance {
    Fen debit = Fen::zero();
    Fen credit = Fen::zero();
  };
  /// The fund's part in an institution's claims of a year, by the year under whose cap they fall.
  struct Year {
    Fen nominal = Fen::zero();   ///< 应担, before the cap
    Fen cut = Fen::zero();       ///< 封顶削减
    Fen approved = Fen::zero();  ///< 审定 and instructed: one act does both
    Fen paid = Fen::zero();
    Fen open = Fen::zero();         ///< 已审定未支付
    Fen recovered = Fen::zero();    ///< to be returned to the fund, with what was
    Fen returned = Fen::zero();     ///< 已缴回
    Fen written_off = Fen::zero();  ///< 核销
    Fen used = Fen::zero();         ///< of the cap; opening balances included (settled 36)
    std::optional<Fen> limit = {};  ///< none: the programme states no cap
  };
  Date as_of;
  std::map<std::pair<PartnerId, Account>, Balance> accounts = {};
  std::map<std::pair<PartnerId, std::int32_t>, Year> years = {};

  Balance total() const;
};

/// 来源: one thing of the registry that adds to a figure.
struct Source {
  Date on;
  std::string_view kind;  ///< `posting`, `case`, `instruction`, `fund_year`, `remittance`, `loan`
  std::string key;
  std::optional<CaseNo> case_no;
  std::optional<LoanRef> loan;
  Fen amount;
};
/// Is told of every addition to a figure: `years/phrcb/2023/paid`, `accounts/fund/cash/debit`,
/// `ahead/2023-09/payable`. A figure is what was told of it and nothing else, so that its rows add up to it.
using Explain = std::function<void(std::string_view figure, const Source& source)>;

FundBooks fund_books(const store::Store& store, const programme::Rulebook& rulebook, Date as_of,
                     const Explain& explain = {});

/// What was instructed by the day and not paid by then, the soonest first: the commitments of fund and
/// guarantors.
std::vector<Instruction> unpaid(const store::Store& store, Date as_of);

/// What comes up in a month for the fund and the guarantors: sums of what is known, no forecast.
struct MonthAhead {
  std::int64_t maturing_loans = 0;
  Fen maturing = Fen::zero();  ///< exposure of loans that mature and are not overdue
  std::int64_t claimable_loans = 0;
  Fen claimable = Fen::zero();  ///< overdue principal for which compensation may first be applied for (R-35)
  std::int64_t payable_instructions = 0;
  Fen payable = Fen::zero();  ///< instructed and not paid, by its target day (R-36)
};

/// GET /v1/fund?as_of=DATE&format=F: fund_books(), today's if no day is given, and what is committed.
boost::asio::awaitable<Reply> read_fund(const Operations& operations, const Call& call);
/// GET /v1/fund/sources?figure=F&as_of=DATE&format=F: the rows that a figure is the sum of.
boost::asio::awaitable<Reply> read_sources(const Operations& operations, const Call& call);
/// GET /v1/fund/ahead?months=N&format=F
boost::asio::awaitable<Reply> read_ahead(const Operations& operations, const Call& call);

}  // namespace loangate::ops
