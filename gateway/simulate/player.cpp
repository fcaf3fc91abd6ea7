#include "simulate/player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <utility>

namespace loangate::simulate {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using Filing = LoanDisbursement::field;

constexpr auto delivery_patience = 60s;
constexpr auto delivery_pause = 20ms;
constexpr std::int64_t nine_hours = 9LL * 3600 * 1'000'000;

Code code(Security security) {
  return Code{static_cast<std::uint8_t>(security)};
}

std::string fate_of(const Answer& answer) {
  std::string fate(spec_of(answer.receipt->outcome).zh);
  if (answer.duplicate) fate = "重复 · 原回执";
  return fate;
}

std::string codes_of(const Receipt& receipt) {
  std::string codes;
  for (const FindingRow& finding : receipt.findings) codes += ' ' + finding.code;
  return codes;
}

}  // namespace

Date date(std::string_view text) {
  return *parse_date(text);
}
Fen yuan(std::string_view text) {
  return *parse_yuan(text);
}

void Player::chapter(std::string_view zh, std::string_view en) {
  if (ok()) progress_.chapter(zh, en);
}

void Player::on(Date day) {
  if (!ok() || day <= today()) return;
  const Instant morning{start_of(day).micros + nine_hours};
  if (const auto set = stage_.office.set_clock(morning); !set) return fail(set.error());
  stage_.clock.advance_to(morning);
}

void Player::enter(MessageKind kind, const std::vector<Record>& acts) {
  if (!ok()) return;
  if (const auto entered = stage_.office.enter(kind, acts); !entered) fail(entered.error());
}

void Player::decide(const RuleHold& ruling) {
  if (!ok()) return;
  if (const auto decided = stage_.office.decide(RuleHold::kind, ruling.record()); !decided) {
    return fail(decided.error());
  }
  progress_.line({today(), "联席会议办公室", fmt::format("待审裁定 {}", ruling.loan_no.view()),
                  std::string(spec_of(ruling.ruling).zh)});
}

void Player::decide(const RuleCompensation& ruling) {
  if (!ok()) return;
  if (const auto decided = stage_.office.decide(RuleCompensation::kind, ruling.record()); !decided) {
    return fail(decided.error());
  }
  progress_.line({today(), "联席会议", fmt::format("代偿审定 {}", ruling.case_no.view()),
                  std::string(spec_of(ruling.ruling).zh)});
}

std::optional<CaseNo> Player::case_of(const StoryLoan& loan) {
  if (!ok()) return std::nullopt;
  const auto found = stage_.office.case_of(loan.bank->id(), loan.no);
  if (found) return *found;
  fail(found.error());
  return std::nullopt;
}

Partner& Player::bank(std::string_view id) {
  return stage_.peers.at(*PartnerId::parse(id));
}

bool Player::can_file(const Partner& bank, Security security, bool guaranteed) {
  const Composer& composer = bank.composer();
  constexpr auto kind = LoanDisbursement::kind;
  const Code institution{static_cast<std::uint8_t>(GuarantorKind::institution)};
  return composer.can_say(kind, Filing::security, code(security)) &&
         (!guaranteed || (composer.carries(kind, Filing::guarantor) &&
                          composer.can_say(kind, Filing::guarantor_kind, institution)));
}

Partner& Player::bank(const BankChoice& choice, Security security, bool guaranteed) {
  std::vector<Partner*> banks = stage_.peers.of(PartnerRole::bank);
  std::erase_if(banks, [&](const Partner* one) { return one->profile().format != choice.format; });
  for (std::size_t i = 0; i < banks.size(); ++i) {
    Partner& candidate = *banks[(static_cast<std::size_t>(choice.nth) + i) % banks.size()];
    if (can_file(candidate, security, guaranteed)) return candidate;
  }
  fail(fmt::format("no bank with the format {} can file a loan with the security {}",
                   adapters::name(choice.format), spec_of(security).name));
  return *stage_.peers.of(PartnerRole::bank).front();
}

StoryLoan Player::loan(Partner& from, std::uint32_t company, Fen amount, Date lent, Date matures,
                       Security security, Partner* guarantor) {
  return {
      &from,    *LoanNo::parse(fmt::format("KC{:06}", ++loans_)), company, amount, lent, matures, security,
      guarantor};
}

Record Player::filing(const StoryLoan& loan, Rate most) {
  constexpr auto kind = LoanDisbursement::kind;
  const Composer& composer = loan.bank->composer();
  const Borrower company = borrower(loan.company);
  LoanDisbursement filing{.message_id = {},
                          .contract_no = *ContractNo::parse(fmt::format("HT-{}", loan.no.view())),
                          .loan_no = loan.no,
                          .company_uscc = company.uscc,
                          .company_name = company.name,
                          .loan_amount = loan.amount,
                          .currency = "CNY",
                          .disbursed_on = loan.lent,
                          .matures_on = loan.matures,
                          .security = loan.security,
                          .purpose = "采购原材料"};
  if (composer.carries(kind, Filing::rate)) {
    filing.rate = composer.rate_up_to(kind, Filing::rate, most);
  } else {
    // Over the LPR of 2025 and 2026, 3.00 %; those who file so are not in the story before.
    filing.lpr_spread_bp = (most.millionths() - 30'000) / 100;
  }
  if (loan.guarantor != nullptr) {
    filing.guarantor = loan.guarantor->id().string();
    filing.guarantor_kind = GuarantorKind::institution;
  }
  if (loan.security == Security::mortgage &&
      composer.can_say(kind, Filing::collateral, code(loan.security), CollateralRow::field::kind)) {
    CollateralRow row{.kind = loan.security};
    if (composer.carries(kind, Filing::collateral, CollateralRow::field::description))
      row.description = "厂房一处";
    if (composer.carries(kind, Filing::collateral, CollateralRow::field::amount)) row.amount = loan.amount;
    filing.collateral.push_back(std::move(row));
  }
  return filing.record();
}

asio::awaitable<void> Player::say(Partner& from, MessageKind kind, Record& message, Fate expected,
                                  std::string what) {
  if (!ok()) co_return;
  auto bytes = from.write(kind, message);
  if (!bytes) {
    fail(bytes.error());
    co_return;
  }
  co_await post(from, std::move(*bytes), kind, expected, std::move(what));
}

asio::awaitable<void> Player::post(Partner& from, std::string bytes, MessageKind kind, Fate expected,
                                   std::string what) {
  if (!ok()) co_return;
  auto answer = co_await from.post(std::move(bytes));
  if (!answer) {
    fail(answer.error());
    co_return;
  }
  const std::string said = fmt::format("{} {}", spec_of(kind).record->zh, what);
  if (!answer->receipt) {
    fail(fmt::format("{}: {}: HTTP {} and no receipt: {}", from.id().view(), said, answer->status,
                     answer->body));
    co_return;
  }
  count(from, *answer);
  const Receipt& receipt = *answer->receipt;
  progress_.line({today(), from.profile().name_zh, said, fate_of(*answer)});
  if (answer->duplicate != expected.duplicate ||
      (!expected.duplicate && receipt.outcome != expected.outcome)) {
    surprise(fmt::format("{} {}: {}: {}{}, not {}", format(today()), from.id().view(), said, fate_of(*answer),
                         codes_of(receipt),
                         expected.duplicate ? std::string_view("重复") : spec_of(expected.outcome).zh));
  }
}

void Player::count(const Partner& from, const Answer& answer) {
  ++summary.messages[static_cast<std::size_t>(from.profile().format)];
  if (answer.duplicate) {
    ++summary.duplicates;
    return;
  }
  switch (answer.receipt->outcome) {
    case Outcome::accepted:
      ++summary.accepted;
      break;
    case Outcome::held:
      ++summary.held;
      break;
    case Outcome::rejected:
      ++summary.rejected;
      break;
    case Outcome::unreadable:
      ++summary.unreadable;
      break;
    case Outcome::conflict:
      ++summary.conflicts;
      break;
  }
}

asio::awaitable<void> Player::file(StoryLoan& loan, Rate most, Fate expected) {
  Record message = filing(loan, most);
  loan.stands = expected.outcome == Outcome::accepted || expected.outcome == Outcome::held;
  if (loan.stands) account_.push_back(loan);
  co_await say(*loan.bank, LoanDisbursement::kind, message, expected,
               fmt::format("{} {}元", loan.no.view(), format_yuan_grouped(loan.amount)));
}

asio::awaitable<void> Player::extend(StoryLoan& loan, Date until) {
  LoanExtension extension{.message_id = {},
                          .loan_no = loan.no,
                          .agreement_no = *ContractNo::parse(fmt::format("ZQ-{}", loan.no.view())),
                          .agreed_on = today(),
                          .matures_on = until,
                          .reason = "货款回笼延迟"};
  loan.matures = until;
  Record message = extension.record();
  co_await say(*loan.bank, LoanExtension::kind, message, {},
               fmt::format("{} 至 {}", loan.no.view(), format(until)));
}

asio::awaitable<void> Player::repay(const StoryLoan& loan, Fen principal) {
  Record message =
      LoanRepayment{.message_id = {}, .loan_no = loan.no, .paid_on = today(), .principal = principal}
          .record();
  co_await say(*loan.bank, LoanRepayment::kind, message, {},
               fmt::format("{} {}元", loan.no.view(), format_yuan_grouped(principal)));
}

asio::awaitable<void> Player::pay_back(StoryLoan& loan) {
  Record message =
      LoanSettlement{.message_id = {}, .loan_no = loan.no, .settled_on = today(), .principal = loan.amount}
          .record();
  loan.stands = false;
  std::erase_if(account_, [&](const StoryLoan& one) { return one.no == loan.no; });
  co_await say(*loan.bank, LoanSettlement::kind, message, {}, std::string(loan.no.view()));
}

asio::awaitable<void> Player::report_overdue(const StoryLoan& loan, Fen principal, Fen interest) {
  Record message = OverdueReport{.message_id = {},
                                 .loan_no = loan.no,
                                 .due_on = loan.matures,
                                 .overdue_principal = principal,
                                 .overdue_interest = interest,
                                 .reason = "经营困难，未按期归还",
                                 .measures = "已上门催收"}
                       .record();
  // Who must hear of it: the other lenders, the guarantor, the office.
  std::set<PartnerId> others;
  for (const StoryLoan& one : account_) {
    if (one.company == loan.company && one.bank != loan.bank) others.insert(one.bank->id());
  }
  summary.notices_expected +=
      others.size() + (loan.guarantor != nullptr ? 1 : 0) + peers().of(PartnerRole::office).size();
  co_await say(*loan.bank, OverdueReport::kind, message, {}, std::string(loan.no.view()));
}

asio::awaitable<void> Player::apply(const StoryLoan& loan, Fen principal, Fen interest) {
  Record message =
      CompensationApplication{.message_id = {},
                              .loan_no = loan.no,
                              .application_no = fmt::format("SQ-{}", loan.no.view()),
                              .outstanding_principal = principal,
                              .contract_interest = interest,
                              .as_of = today(),
                              .measures = "已起诉并申请财产保全",
                              .payee_name = loan.bank->profile().name_zh,
                              .payee_account = fmt::format("2010000{}", loan.no.view().substr(2)),
                              .payee_bank_code = bank_code(33504),
                              .officer_name = "张三"}
          .record();
  co_await say(*loan.bank, CompensationApplication::kind, message, {},
               fmt::format("{} {}元", loan.no.view(), format_yuan_grouped(principal + interest)));
}

asio::awaitable<void> Player::pay() {
  std::vector<Partner*> payers = peers().of(PartnerRole::fund);
  const auto guarantors = peers().of(PartnerRole::guarantor);
  payers.insert(payers.end(), guarantors.begin(), guarantors.end());
  for (Partner* payer : payers) {
    std::vector<CompensationInstruction> due;
    for (const auto& [id, item] : payer->inbox().items()) {
      if (item.kind != CompensationInstruction::kind) continue;
      auto instruction = CompensationInstruction::from(item.message);
      if (std::ranges::find(paid_, instruction.instruction_no) == paid_.end())
        due.push_back(std::move(instruction));
    }
    for (const auto& instruction : due) {
      paid_.push_back(instruction.instruction_no);
      const std::string what =
          fmt::format("{} {}元", instruction.instruction_no.view(), format_yuan_grouped(instruction.amount));
      Record confirmation = PaymentConfirmation{.message_id = {},
                                                .instruction_no = instruction.instruction_no,
                                                .amount = instruction.amount,
                                                .paid_on = today(),
                                                .payment_ref = fmt::format("PZ{:06}", paid_.size())}
                                .record();
      const auto before = summary.accepted;
      co_await say(*payer, PaymentConfirmation::kind, confirmation, {}, what);
      if (summary.accepted > before) summary.sum_paid += instruction.amount;
      const auto lent = std::ranges::find(account_, instruction.loan_no, &StoryLoan::no);
      if (lent == account_.end()) {
        surprise(fmt::format("{}: an instruction for a loan that the story does not know: {}",
                             payer->id().view(), instruction.loan_no.view()));
        continue;
      }
      Record received = PaymentReceived{.message_id = {},
                                        .instruction_no = instruction.instruction_no,
                                        .amount = instruction.amount,
                                        .received_on = today()}
                            .record();
      const auto booked = summary.accepted;
      co_await say(*lent->bank, PaymentReceived::kind, received, {}, what);
      if (summary.accepted > booked) summary.sum_received += instruction.amount;
    }
  }
}

asio::awaitable<void> Player::deliver() {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const auto until = std::chrono::steady_clock::now() + delivery_patience;
  while (ok()) {
    for (Partner* partner : peers().all()) {
      const auto collected = co_await partner->collect(0s);
      if (!collected) {
        fail(collected.error());
        co_return;
      }
    }
    const auto left = stage_.office.undelivered();
    if (!left) {
      fail(left.error());
      co_return;
    }
    summary.undelivered = *left;
    if (*left == 0) co_return;
    if (std::chrono::steady_clock::now() > until) {
      surprise(fmt::format("{}: {} messages have not come where they go", format(today()), *left));
      co_return;
    }
    pause.expires_after(delivery_pause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

void Player::count_deliveries() {
  summary.notices_delivered = 0;
  summary.instructions_delivered = 0;
  summary.sum_instructed = Fen::zero();
  for (Partner* partner : peers().all()) {
    summary.notices_delivered += partner->inbox().count(DefaultNotice::kind);
    for (const auto& [id, item] : partner->inbox().items()) {
      if (item.kind != CompensationInstruction::kind) continue;
      ++summary.instructions_delivered;
      summary.sum_instructed += CompensationInstruction::from(item.message).amount;
    }
  }
}

}  // namespace loangate::simulate
