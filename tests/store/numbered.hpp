#pragma once
#include "domain/messages.hpp"
#include "tests/store/samples.hpp"

/// Messages about which everything follows from their number, for tests of the search.
namespace loangate::store::numbered {

constexpr std::int64_t first_instant = 1'694'500'000'000'000;  // 2023-09-12
constexpr std::int64_t hour = 3'600'000'000;

/// Message `n`: everything about it follows from the number, so that a search can be checked by looking at
/// all.
struct Message {
  std::uint64_t n;
  PartnerId partner() const { return sample::bank(static_cast<unsigned>(n % 5)); }
  Outcome outcome() const { return n % 7 == 0 ? Outcome::rejected : Outcome::accepted; }
  std::int64_t yuan() const { return static_cast<std::int64_t>(100'000 + n % 1000 * 100); }
  unsigned company() const { return static_cast<unsigned>(n % 97); }
  std::string loan() const { return fmt::format("JJ{:010}", n); }
  std::string id() const { return fmt::format("20230912-{:010}", n); }
  /// An hour for each thousand, with a disorder of one in ten.
  Instant received() const {
    return {first_instant + static_cast<std::int64_t>(n / 1000) * hour - (n % 10 == 0 ? hour : 0)};
  }
};

inline JournalEntry entry_of(const Message& message) {
  const LoanDisbursement filing{.message_id = MessageId::parse(message.id()).value(),
                                .contract_no = ContractNo::parse("HT" + message.loan()).value(),
                                .loan_no = LoanNo::parse(message.loan()).value(),
                                .company_uscc = sample::uscc(message.company()),
                                .company_name = fmt::format("平湖市第{}号科技有限公司", message.company()),
                                .loan_amount = Fen::yuan(message.yuan()),
                                .disbursed_on = Date::of(2023, 9, 12).value(),
                                .matures_on = Date::of(2024, 9, 11).value(),
                                .security = Security::unsecured,
                                .purpose = message.n % 50 == 0 ? "采购原材料" : "流动资金",
                                .officer_name = "张小明",
                                .officer_phone = "13800001234"};
  JournalEntry entry = sample::entry(message.partner(), filing.message_id, message.outcome(), 20);
  entry.canonical = canonical_json(filing.record());
  entry.received = message.received();
  entry.receipt = "{}";
  if (message.outcome() == Outcome::rejected) entry.findings = R"([{"code":"ceiling_exceeded"}])";
  return entry;
}

}  // namespace loangate::store::numbered
