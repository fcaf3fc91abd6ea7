#include "simulate/recoveries.hpp"

#include <fmt/format.h>

#include "simulate/told.hpp"

namespace loangate::simulate {

namespace asio = boost::asio;

asio::awaitable<void> register_credit(Player& player, const StoryLoan& loan) {
  co_await player.say(*loan.bank, CreditRegistration::kind,
                      letters::credit_registration(loan, player.today()), std::string(loan.no.view()));
}

asio::awaitable<void> recover(Player& player, const StoryLoan& loan, const Proceeds& proceeds,
                              std::initializer_list<Fen> returns) {
  const auto case_no = player.case_of(loan);
  if (!case_no) co_return;
  for (const Fen share : returns) {
    if (share > Fen::zero()) player.summary.remittances_expected += 2;  // to the bank and to the payer
  }
  const Said said = co_await player.say(
      *loan.bank, RecoveryReport::kind,
      letters::recovery(*case_no, player.today(), proceeds.source, proceeds.recovered, proceeds.costs),
      fmt::format("{} {}元，费用 {}元", case_no->view(), format_yuan_grouped(proceeds.recovered),
                  format_yuan_grouped(proceeds.costs)));
  if (said.accepted()) player.summary.recovered += proceeds.recovered;
}

asio::awaitable<void> take_returns(Player& player) {
  for (Partner* payer : payers(player)) {
    for (const auto& remittance : all_told<RecoveryRemittance>(*payer)) {
      if (!player.first_time(remittance.remittance_no)) continue;
      const Said said = co_await player.say(
          *payer, PaymentReceived::kind,
          letters::received(remittance.remittance_no, player.today(), remittance.amount),
          fmt::format("{} {}元", remittance.remittance_no.view(), format_yuan_grouped(remittance.amount)));
      if (said.accepted()) player.summary.returned += remittance.amount;
    }
  }
}

asio::awaitable<void> apply_for_write_off(Player& player, const StoryLoan& loan, Date ruled_on,
                                          WriteoffGround ground) {
  const auto case_no = player.case_of(loan);
  if (!case_no) co_return;
  co_await player.hand_in_documents(loan, WriteoffApplication::kind);
  co_await player.say(*loan.bank, WriteoffApplication::kind,
                      letters::write_off(loan, *case_no, ruled_on, ground),
                      fmt::format("{} {}", case_no->view(), spec_of(ground).zh));
}

void rule_write_off(Player& player, StoryLoan& loan, const Conference& meeting) {
  const auto case_no = player.case_of(loan);
  if (!case_no) return;
  const RuleWriteoff act{.case_no = *case_no,
                         .ruling = CompensationRuling::approved,
                         .meeting_no = std::string(meeting.no),
                         .meeting_on = meeting.on,
                         .opinions = consents()};
  player.decide(RuleWriteoff::kind, act.record(), case_no->view(), spec_of(act.ruling).zh);
  loan.open = false;
}

}  // namespace loangate::simulate
