#pragma once
#include <boost/asio/awaitable.hpp>
#include <map>
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

FundBooks fund_books(const store::Store& store, const programme::Rulebook& rulebook, Date as_of);

/// GET /v1/fund?as_of=DATE: fund_books(), today's if no day is given.
boost::asio::awaitable<Reply> read_fund(const Operations& operations, const Call& call);

}  // namespace loangate::ops
