#include "simulate/player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <utility>

#include "base/bytes.hpp"
#include "base/contains.hpp"
#include "simulate/documents.hpp"

namespace loangate::simulate {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using Filing = LoanDisbursement::field;

constexpr auto delivery_patience = 60s;
constexpr auto delivery_pause = 20ms;
constexpr std::int64_t nine_hours = 9LL * 3600 * 1'000'000;

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

/// Every message that comes in begins with its id.
MessageId id_of(const Record& message) {
  const auto* id = std::get_if<std::string_view>(&message[Filing::message_id]);
  return id == nullptr ? MessageId{} : MessageId::parse(*id).value_or(MessageId{});
}

}  // namespace

Date date(std::string_view text) {
  return *parse_date(text);
}
Fen yuan(std::string_view text) {
  return *parse_yuan(text);
}
std::string loan_and_amount(const StoryLoan& loan, Fen amount) {
  return fmt::format("{} {}元", loan.no.view(), format_yuan_grouped(amount));
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

void Player::on(std::string_view day) {
  on(date(day));
}

void Player::enter(MessageKind kind, std::span<const Record> acts) {
  if (!ok()) return;
  if (const auto entered = stage_.office.enter(kind, acts); !entered) return fail(entered.error());
  progress_.line(
      {today(), "联席会议办公室", fmt::format("{} {}项", spec_of(kind).record->zh, acts.size()), "已录入"});
}

void Player::decide(MessageKind kind, const Record& act, std::string_view about, std::string_view ruling) {
  if (!ok()) return;
  if (const auto decided = stage_.office.decide(kind, act); !decided) return fail(decided.error());
  progress_.line({today(), kind == RuleHold::kind ? "联席会议办公室" : "联席会议",
                  fmt::format("{} {}", spec_of(kind).record->zh, about), std::string(ruling)});
}

std::optional<CaseNo> Player::case_of(const StoryLoan& loan) {
  if (!ok()) return std::nullopt;
  const auto found = stage_.office.case_of(loan.bank->id(), loan.no);
  if (found) return *found;
  fail(found.error());
  return std::nullopt;
}

bool Player::plays_second_programme(const Partner& partner) const {
  return contains(stage_.second_programme, partner.id());
}

Partner& Player::bank(std::string_view id) {
  return stage_.peers.at(*PartnerId::parse(id));
}

std::vector<Partner*> Player::banks() {
  auto banks = stage_.peers.of(PartnerRole::bank);
  std::erase_if(banks, [&](const Partner* one) { return plays_second_programme(*one); });
  return banks;
}

std::vector<Partner*> Player::second_programme(PartnerRole role) {
  auto partners = stage_.peers.of(role);
  std::erase_if(partners, [&](const Partner* one) { return !plays_second_programme(*one); });
  return partners;
}

bool Player::can_file(const Partner& bank, Security security, bool guaranteed) {
  const Composer& composer = bank.composer();
  constexpr auto kind = LoanDisbursement::kind;
  const Code institution{static_cast<std::uint8_t>(GuarantorKind::institution)};
  return composer.can_say(kind, Filing::security, Code{static_cast<std::uint8_t>(security)}) &&
         (!guaranteed || (composer.carries(kind, Filing::guarantor) &&
                          composer.can_say(kind, Filing::guarantor_kind, institution)));
}

Partner& Player::bank(const BankChoice& choice, Security security, bool guaranteed) {
  std::vector<Partner*> of_format = banks();
  std::erase_if(of_format, [&](const Partner* one) { return one->profile().format != choice.format; });
  for (std::size_t i = 0; i < of_format.size(); ++i) {
    Partner& candidate = *of_format[(static_cast<std::size_t>(choice.nth) + i) % of_format.size()];
    if (can_file(candidate, security, guaranteed)) return candidate;
  }
  fail(fmt::format("no bank with the format {} can file a loan with the security {}",
                   adapters::name(choice.format), spec_of(security).name));
  return *stage_.peers.of(PartnerRole::bank).front();
}

Partner* Player::guarantor(int nth) {
  if (nth < 0) return nullptr;
  const auto guarantors = stage_.peers.of(PartnerRole::guarantor);
  if (guarantors.empty()) {
    fail("no partner is a guarantor");
    return nullptr;
  }
  return guarantors[static_cast<std::size_t>(nth) % guarantors.size()];
}

asio::awaitable<Said> Player::say(Partner& from, MessageKind kind, Record message, std::string what,
                                  Fate expected) {
  if (!ok()) co_return Said{};
  auto bytes = from.write(kind, message);
  if (!bytes) {
    fail(bytes.error());
    co_return Said{};
  }
  Said said{.id = id_of(message)};
  said.receipt = co_await post(from, std::move(*bytes), kind, std::move(what), expected);
  co_return said;
}

asio::awaitable<std::optional<Receipt>> Player::post(Partner& from, std::string bytes, MessageKind kind,
                                                     std::string what, Fate expected) {
  if (!ok()) co_return std::nullopt;
  auto answer = co_await from.post(std::move(bytes));
  if (!answer) {
    fail(answer.error());
    co_return std::nullopt;
  }
  const std::string said = fmt::format("{} {}", spec_of(kind).record->zh, what);
  if (!answer->receipt) {
    fail(fmt::format("{}: {}: HTTP {} and no receipt: {}", from.id().view(), said, answer->status,
                     answer->body));
    co_return std::nullopt;
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
  co_return std::move(answer->receipt);
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

asio::awaitable<void> Player::hand_in_documents(const StoryLoan& loan, MessageKind kind) {
  for (const Document& document : documents_with(loan, kind)) {
    if (!ok()) co_return;
    const auto kept = co_await loan.bank->hand_in(document.pdf);
    if (!kept) {
      fail(kept.error());
    } else if (*kept != hex(sha256(document.pdf))) {
      surprise(fmt::format("{}: {} was kept as another document", loan.bank->id().view(), document.name));
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
    summary.undelivered = left->all();
    if (left->waiting == 0 && left->parked == summary.unpaid) co_return;
    if (std::chrono::steady_clock::now() > until) {
      surprise(fmt::format("{}: {} messages have not come where they go", format(today()), left->all()));
      co_return;
    }
    pause.expires_after(delivery_pause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

StoryLoan& Player::loan(Partner& from, std::uint32_t company, Fen amount, Date lent, Date matures,
                        Security security, Partner* guarantor) {
  return loans_.emplace_back(StoryLoan{.bank = &from,
                                       .no = *LoanNo::parse(fmt::format("KC{:06}", loans_.size() + 1)),
                                       .company = company,
                                       .amount = amount,
                                       .lent = lent,
                                       .matures = matures,
                                       .security = security,
                                       .guarantor = guarantor});
}

StoryLoan* Player::find(const LoanNo& no) {
  const auto found = std::ranges::find(loans_, no, &StoryLoan::no);
  return found == loans_.end() ? nullptr : &*found;
}

std::vector<StoryLoan*> Player::open_loans_of(const Partner& bank) {
  std::vector<StoryLoan*> loans;
  for (StoryLoan& loan : loans_) {
    if (loan.open && loan.bank == &bank) loans.push_back(&loan);
  }
  return loans;
}

std::size_t Player::other_lenders(const StoryLoan& loan) const {
  std::set<const Partner*> lenders;
  for (const StoryLoan& one : loans_) {
    if (one.open && one.company == loan.company && one.bank != loan.bank) lenders.insert(one.bank);
  }
  return lenders.size();
}

}  // namespace loangate::simulate
