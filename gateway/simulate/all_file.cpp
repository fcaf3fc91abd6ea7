#include "simulate/all_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace loangate::simulate {

namespace asio = boost::asio;

namespace {

constexpr Security securities[] = {Security::unsecured, Security::mortgage, Security::guarantee,
                                   Security::pledge, Security::ip_pledge};
constexpr std::uint32_t first_good_company = 34;  // one a bank, none of which has borrowed before
constexpr std::uint32_t first_held_company = 70;

/// The security of a bank's good filing: in turn, as far as its format can say it.
Security security_in_turn(const Partner& bank, std::size_t turn) {
  for (std::size_t i = 0; i < std::size(securities); ++i) {
    const Security security = securities[(turn + i) % std::size(securities)];
    if (Player::can_file(bank, security, security == Security::guarantee)) return security;
  }
  return Security::unsecured;
}

asio::awaitable<void> good_filing(Player& player, Partner& bank, std::size_t turn) {
  const auto guarantors = player.peers().of(PartnerRole::guarantor);
  const Security security = security_in_turn(bank, turn);
  Partner* guarantor = security == Security::guarantee ? guarantors[turn % guarantors.size()] : nullptr;
  StoryLoan loan = player.loan(bank, first_good_company + static_cast<std::uint32_t>(turn),
                               Fen::yuan(1'000'000 + 50'000 * static_cast<std::int64_t>(turn)),
                               player.today(), date(day::all_mature), security, guarantor);
  co_await player.file(loan, usual_rate);
  switch (turn % 3) {
    case 0:
      co_await player.repay(loan, Fen::yuan(200'000));
      break;
    case 1:
      co_await player.extend(loan, date(day::all_extended_to));
      break;
    default:
      co_await player.pay_back(loan);
  }
}

asio::awaitable<void> bad_filing(Player& player, Partner& bank, BadLot lot, std::vector<StoryLoan>& held) {
  constexpr auto kind = LoanDisbursement::kind;
  const auto loan_to = [&](std::uint32_t company, std::int64_t amount, Security security) {
    return player.loan(bank, company, Fen::yuan(amount), player.today(), date(day::all_mature), security);
  };
  const auto company = first_held_company + static_cast<std::uint32_t>(bank.profile().format);
  switch (lot) {
    case BadLot::duplicate:
    case BadLot::conflict:
    case BadLot::unreadable: {
      StoryLoan loan = loan_to(company, 500'000, Security::unsecured);
      Record message = Player::filing(loan, usual_rate);
      auto bytes = bank.write(kind, message);
      if (!bytes) co_return player.surprise(bytes.error());
      const std::string what = fmt::format("{} 500,000.00元", loan.no.view());
      if (lot == BadLot::unreadable) {
        // As a connection that breaks in the middle of a file would leave it.
        co_return co_await player.post(bank, bytes->substr(0, bytes->size() * 2 / 3), kind,
                                       {Outcome::unreadable}, what);
      }
      co_await player.post(bank, *bytes, kind, {}, what);
      if (lot == BadLot::duplicate) {
        co_return co_await player.post(bank, *bytes, kind, {.duplicate = true}, what);
      }
      message.set(LoanDisbursement::field::loan_amount, Fen::yuan(600'000));
      const auto changed = adapters::encode(bank.profile(), kind, message);
      if (!changed) co_return player.surprise(changed.error().reason);
      co_return co_await player.post(bank, *changed, kind, {Outcome::conflict}, what);
    }
    case BadLot::unlisted: {
      StoryLoan loan = loan_to(unlisted_company, 300'000, Security::unsecured);
      co_return co_await player.file(loan, usual_rate, {Outcome::rejected});
    }
    case BadLot::d_class: {
      StoryLoan loan = loan_to(d_class_company, 300'000, Security::unsecured);
      co_return co_await player.file(loan, usual_rate, {Outcome::rejected});
    }
    case BadLot::over_ceiling: {
      StoryLoan loan = loan_to(full_company, 10'000'001, Security::unsecured);
      co_return co_await player.file(loan, usual_rate, {Outcome::rejected});
    }
    case BadLot::above_rate: {
      StoryLoan loan = loan_to(company, 400'000, Security::mortgage);
      co_await player.file(loan, high_rate, {Outcome::held});
      held.push_back(std::move(loan));
    }
  }
}

/// The first and every other held filing is released, the second refused.
void rule_on_held(Player& player, const std::vector<StoryLoan>& held) {
  for (std::size_t i = 0; i < held.size(); ++i) {
    const bool refused = i == 1;
    player.decide(RuleHold{.lender = held[i].bank->id(),
                           .loan_no = held[i].no,
                           .ruling = refused ? HoldRuling::refused : HoldRuling::released,
                           .reason = refused ? "利率明显偏高，未说明理由" : "经核实为初创企业，风险较高"});
  }
}

}  // namespace

asio::awaitable<void> all_banks_file(Player& player, const std::vector<StoryCase>& cases) {
  player.chapter("一日之内：21家银行各按自己的格式报送", "One day: all banks file in their own formats");
  std::array<int, 3> of_format{};
  std::vector<StoryLoan> held;
  const auto banks = player.peers().of(PartnerRole::bank);
  player.summary.partners = banks.size();
  for (std::size_t turn = 0; turn < banks.size(); ++turn) {
    Partner& bank = *banks[turn];
    co_await good_filing(player, bank, turn);
    const int place = of_format[static_cast<std::size_t>(bank.profile().format)]++;
    co_await bad_filing(player, bank, static_cast<BadLot>(place % bad_lots), held);
  }
  for (const StoryCase& one : cases) co_await player.report_overdue(one.other, one.other.amount, Fen::zero());
  rule_on_held(player, held);
  co_await player.deliver();
}

}  // namespace loangate::simulate
