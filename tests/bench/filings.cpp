#include "bench/filings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "domain/bank_code.hpp"
#include "domain/messages.hpp"
#include "domain/uscc.hpp"

namespace loangate::bench {
namespace {

using Field = LoanDisbursement::field;

// A bank's journal numbers begin anew each day, in some formats with six digits of them.
constexpr std::uint64_t filings_a_day = 500'000;
constexpr std::int64_t day_micros = 24LL * 3600 * 1'000'000;

constexpr Fen amount = Fen::yuan(3'000);  // ten million of them fit below the ceilings of 3,000 companies

std::string with_check_characters(std::string code) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  for (const char inner : alphabet) {
    for (const char outer : alphabet) {
      code[16] = inner;
      code[17] = outer;
      if (is_uscc(code)) return code;
    }
  }
  return {};
}

BankCode branch_code() {
  std::string code = "402335100010";
  while (!is_bank_code(code)) ++code.back();
  return *BankCode::parse(code);
}

}  // namespace

std::vector<Borrower> make_borrowers(std::size_t count) {
  std::vector<Borrower> borrowers;
  for (std::size_t i = 0; borrowers.size() < count; ++i) {
    // Not every 8 characters have a check character that the outer code's alphabet has.
    const std::string code = with_check_characters(fmt::format("91330482{:08}00", 20'000'000 + i));
    if (!code.empty()) borrowers.push_back({*Uscc::parse(code), fmt::format("平湖科创样例{:05}有限公司", i)});
  }
  return borrowers;
}

Filings::Filings(const adapters::Profile& profile, const std::vector<Borrower>& borrowers, Instant now)
    : profile_(&profile),
      borrowers_(&borrowers),
      now_(now),
      composer_(std::make_unique<simulate::Composer>(profile, 0)) {}

std::expected<Filings, std::string> Filings::of(const adapters::Profile& profile,
                                                const std::vector<Borrower>& borrowers, Instant now) {
  const RecordSpec& spec = LoanDisbursement::spec();
  Filings filings(profile, borrowers, now);
  for (;;) {
    const auto bytes = filings.encode_next();
    if (bytes) return filings;
    const adapters::EncodeFault& fault = bytes.error();
    if (fault.field.field >= spec.fields.size() || spec.fields[fault.field.field].required) {
      return std::unexpected(
          fmt::format("{}: {}: {}", profile.id.view(), format(spec, fault.field), fault.reason));
    }
    filings.left_out_.push_back(fault.field.field);
  }
}

std::expected<std::string, std::string> Filings::next() {
  auto bytes = encode_next();
  if (!bytes) return std::unexpected(fmt::format("{}: {}", profile_->id.view(), bytes.error().reason));
  return *std::move(bytes);
}

std::expected<std::string, adapters::EncodeFault> Filings::encode_next() {
  const Instant sent{now_.micros - static_cast<std::int64_t>(number_ / filings_a_day) * day_micros};
  const Borrower& borrower = (*borrowers_)[number_ % borrowers_->size()];
  const Date today = civil_day(now_);
  LoanDisbursement filing{
      .message_id = {},  // the composer's
      .branch_code = branch_code(),
      .contract_no = *ContractNo::parse(fmt::format("2{:011}", number_)),
      .loan_no = *LoanNo::parse(fmt::format("1{:011}", number_)),
      .company_uscc = borrower.uscc,
      .company_name = borrower.name,
      .loan_amount = amount,
      .filed_amount = amount,
      .currency = "CNY",
      .disbursed_on = today,
      .matures_on = today.plus_days(360),
      .rate = composer_->rate_up_to(LoanDisbursement::kind, Field::rate, Rate::basis_points(435)),
      .security = Security::unsecured,
      .repayment_method = RepaymentMethod::at_maturity,
      .purpose = "研发投入及流动资金周转",
      .loan_class = LoanClass::normal,
      .category = Category::high_tech,
      .account_no = fmt::format("6228{:012}", number_),
      .officer_name = "样例经理",
      .officer_phone = "057385000000",
      .note = "压力测试样例备案",
  };
  ++number_;
  Record record = filing.record();
  for (const std::uint16_t field : left_out_) record.clear(field);
  composer_->complete(LoanDisbursement::kind, record, sent);
  auto bytes = adapters::encode(*profile_, LoanDisbursement::kind, record);
  last_ = std::move(record);
  return bytes;
}

}  // namespace loangate::bench
