#include <fmt/format.h>

#include <array>

#include "simulate/chapters/chapters.hpp"
#include "simulate/lending.hpp"
#include "simulate/overdues.hpp"

namespace loangate::simulate {
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

awaitable<void> good_filing(Player& player, Partner& bank, std::size_t turn) {
  const Security security = security_in_turn(bank, turn);
  Partner* const guarantor = player.guarantor(security == Security::guarantee ? static_cast<int>(turn) : -1);
  StoryLoan& loan = player.loan(bank, first_good_company + static_cast<std::uint32_t>(turn),
                                Fen::yuan(1'000'000 + 50'000 * static_cast<std::int64_t>(turn)),
                                player.today(), date(day::all_mature), security, guarantor);
  co_await file(player, loan, usual_rate);
  switch (turn % 3) {
    case 0:
      co_await repay(player, loan, Fen::yuan(200'000));
      break;
    case 1:
      co_await extend(player, loan, date(day::all_extended_to));
      break;
    default:
      co_await pay_back(player, loan);
  }
}

/// As a host that sends twice, that takes a number twice, or whose connection breaks in the middle of a file.
awaitable<void> garbled_filing(Player& player, StoryLoan& loan, BadLot lot) {
  constexpr auto kind = LoanDisbursement::kind;
  Partner& bank = *loan.bank;
  Record message = letters::filing(loan, usual_rate);
  const auto bytes = bank.write(kind, message);
  if (!bytes) co_return player.surprise(bytes.error());
  const std::string what = loan_and_amount(loan, loan.amount);
  if (lot == BadLot::unreadable) {
    co_await player.post(bank, bytes->substr(0, bytes->size() * 2 / 3), kind, what, {Outcome::unreadable});
    co_return;
  }
  co_await player.post(bank, *bytes, kind, what);
  loan.open = true;
  loan.outstanding = loan.amount;
  if (lot == BadLot::duplicate) {
    co_await player.post(bank, *bytes, kind, what, {.duplicate = true});
    co_return;
  }
  message.set(LoanDisbursement::field::loan_amount, Fen::yuan(600'000));
  const auto changed = bank.write_again(kind, message);
  if (!changed) co_return player.surprise(changed.error());
  co_await player.post(bank, *changed, kind, what, {Outcome::conflict});
}

awaitable<void> bad_filing(Player& player, Partner& bank, BadLot lot, std::vector<StoryLoan*>& held) {
  const auto loan_to = [&](std::uint32_t company, std::int64_t amount, Security security) -> StoryLoan& {
    return player.loan(bank, company, Fen::yuan(amount), player.today(), date(day::all_mature), security);
  };
  const Fate rejected{Outcome::rejected};
  const auto company = first_held_company + static_cast<std::uint32_t>(bank.profile().format);
  switch (lot) {
    case BadLot::duplicate:
    case BadLot::conflict:
    case BadLot::unreadable:
      co_await garbled_filing(player, loan_to(company, 500'000, Security::unsecured), lot);
      break;
    case BadLot::unlisted:
      co_await file(player, loan_to(unlisted_company, 300'000, Security::unsecured), usual_rate, rejected);
      break;
    case BadLot::d_class:
      co_await file(player, loan_to(d_class_company, 300'000, Security::unsecured), usual_rate, rejected);
      break;
    case BadLot::over_ceiling:
      co_await file(player, loan_to(full_company, 10'000'001, Security::unsecured), usual_rate, rejected);
      break;
    case BadLot::above_rate: {
      StoryLoan& loan = loan_to(company, 400'000, Security::mortgage);
      co_await file(player, loan, high_rate, {Outcome::held});
      held.push_back(&loan);
    }
  }
}

/// The first and every other held filing is released, the second refused.
void rule_on_held(Player& player, const std::vector<StoryLoan*>& held) {
  for (std::size_t i = 0; i < held.size(); ++i) {
    StoryLoan& loan = *held[i];
    loan.open = i != 1;
    const RuleHold act{.lender = loan.bank->id(),
                       .loan_no = loan.no,
                       .ruling = loan.open ? HoldRuling::released : HoldRuling::refused,
                       .reason = loan.open ? "经核实为初创企业，风险较高" : "利率明显偏高，未说明理由"};
    player.decide(RuleHold::kind, act.record(), loan.no.view(), spec_of(act.ruling).zh);
  }
}

}  // namespace

awaitable<void> all_banks_file(Player& player, const std::vector<StoryCase>& cases) {
  player.chapter("一日之内：21家银行各按自己的格式报送", "One day: all banks file in their own formats");
  player.on(day::all_file);
  std::array<int, 3> of_format{};
  std::vector<StoryLoan*> held;
  const auto banks = player.banks();
  player.summary.partners = banks.size();
  for (std::size_t turn = 0; turn < banks.size(); ++turn) {
    Partner& bank = *banks[turn];
    co_await good_filing(player, bank, turn);
    const int place = of_format[static_cast<std::size_t>(bank.profile().format)]++;
    co_await bad_filing(player, bank, static_cast<BadLot>(place % bad_lots), held);
  }
  for (const StoryCase& one : cases) {
    co_await report_overdue(player, *one.other,
                            {.due_on = one.other->matures, .principal = one.other->outstanding});
  }
  rule_on_held(player, held);
  co_await player.deliver();
}

}  // namespace loangate::simulate
