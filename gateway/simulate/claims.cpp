#include "simulate/claims.hpp"

#include <fmt/format.h>

#include "simulate/told.hpp"

namespace loangate::simulate {

namespace asio = boost::asio;

asio::awaitable<void> apply(Player& player, const StoryLoan& loan, const letters::Arrears& arrears) {
  co_await player.hand_in_documents(loan, CompensationApplication::kind);
  co_await player.say(*loan.bank, CompensationApplication::kind,
                      letters::application(loan, player.today(), arrears),
                      loan_and_amount(loan, arrears.principal + arrears.interest));
}

std::vector<OpinionRow> consents() {
  return {{.member = "科技局", .consents = loangate::Answer::yes},
          {.member = "财政局", .consents = loangate::Answer::yes},
          {.member = "金融发展中心", .consents = loangate::Answer::yes}};
}

void rule(Player& player, const StoryLoan& loan, const Conference& meeting, const Verdict& verdict) {
  const auto case_no = player.case_of(loan);
  if (!case_no) return;
  RuleCompensation act{.case_no = *case_no, .ruling = verdict.ruling};
  if (verdict.ruling == CompensationRuling::approved) {
    act.meeting_no = std::string(meeting.no);
    act.meeting_on = meeting.on;
    act.approved_principal = verdict.principal;
    act.approved_interest = verdict.interest;
    act.opinions = consents();
  }
  if (!verdict.reason.empty()) act.reason = std::string(verdict.reason);
  player.decide(RuleCompensation::kind, act.record(), case_no->view(), spec_of(verdict.ruling).zh);
}

void expect_instructions(Player& player, std::initializer_list<Fen> shares) {
  for (const Fen share : shares) {
    if (share == Fen::zero()) continue;
    ++player.summary.instructions_expected;
    player.summary.sum_expected += share;
  }
}

asio::awaitable<void> pay(Player& player) {
  for (Partner* payer : payers(player)) {
    for (const auto& instruction : all_told<CompensationInstruction>(*payer)) {
      if (!player.first_time(instruction.instruction_no)) continue;
      const std::string what =
          fmt::format("{} {}元", instruction.instruction_no.view(), format_yuan_grouped(instruction.amount));
      const Said paid =
          co_await player.say(*payer, PaymentConfirmation::kind,
                              letters::payment(instruction, player.today(),
                                               fmt::format("PZ-{}", instruction.instruction_no.view())),
                              what);
      if (paid.accepted()) player.summary.sum_paid += instruction.amount;
      StoryLoan* const loan = player.find(instruction.loan_no);
      if (loan == nullptr) {
        player.surprise(fmt::format("{}: an instruction for a loan that the story does not know: {}",
                                    payer->id().view(), instruction.loan_no.view()));
        continue;
      }
      const Said received = co_await player.say(
          *loan->bank, PaymentReceived::kind,
          letters::received(instruction.instruction_no, player.today(), instruction.amount), what);
      if (received.accepted()) player.summary.sum_received += instruction.amount;
    }
  }
}

}  // namespace loangate::simulate
