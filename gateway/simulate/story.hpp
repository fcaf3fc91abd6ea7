#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "adapters/profile/profile.hpp"
#include "domain/messages.hpp"

/// The demonstration's story as tables: what is asked of the gateway, and what must come of it. The
/// programme's first compensation case and its first months are those of the sources; the rest
/// is invented.
namespace loangate::simulate {

/// The n-th bank of a format (from 0, in the order of ids) that can write the loan's security.
struct BankChoice {
  adapters::Format format = adapters::Format::xml;
  int nth = 0;
};

/// One of the 37 loans of the first months, by the three named banks. Lent and filed on `on`, paid back on
/// `until`.
struct FirstMonthsRow {
  std::string_view on;
  std::string_view until;
  std::string_view bank;
  std::uint32_t company;
  int ten_thousand_yuan;
  Security security;
};
std::span<const FirstMonthsRow> first_months();

/// A loan that falls overdue, and what becomes of it. Another bank lends to the same company, and must hear
/// of it.
struct CaseRow {
  BankChoice bank;
  BankChoice other_lender;
  std::uint32_t company;
  Security security;
  int guarantor;  ///< the n-th guarantor bears a share; -1: none
  std::string_view lent;
  std::string_view unpaid;    ///< principal asked for
  std::string_view interest;  ///< of the contract's term, unpaid
  CompensationRuling ruling;
  std::string_view approved;  ///< principal; the interest is approved as asked
  std::string_view fund;      ///< what must come of it, by the rules of the sources
  std::string_view guarantor_share;
  std::string_view bank_share;
  std::string_view reason = {};  ///< of the ruling, where one is needed
};
std::span<const CaseRow> cases();

/// How a loan that was compensated ends.
enum class End : std::uint8_t { settled, written_off };

/// A loan in its whole life: lent, wholly unpaid, compensated, recovered upon, and settled or written off.
/// What must come of it is worked out by hand from.
struct LifeRow {
  BankChoice bank;
  std::uint32_t company;
  Security security;
  int guarantor = -1;  ///< the n-th guarantor bears a share; -1: none
  std::string_view principal;
  std::string_view interest;  ///< of the contract's term, unpaid
  std::string_view fund;      ///< the shares of the loss
  std::string_view guarantor_share = "0.00";
  std::string_view bank_share;
  RecoverySource source;
  std::string_view recovered;
  std::string_view costs;
  std::string_view fund_back;  ///< of what came in, less the costs
  std::string_view guarantor_back = "0.00";
  End end;
  WriteoffGround ground = WriteoffGround::execution_ended;
  std::string_view fund_lost = "0.00";  ///< written off
  std::string_view guarantor_lost = "0.00";
};
std::span<const LifeRow> lives();

/// The loan of the second programme: two funds bear 35 % each of the principal alone.
struct SecondProgrammeLoan {
  std::uint32_t company;
  std::string_view principal;
  std::string_view interest;  ///< asked for, and not compensated
  std::string_view each_fund;
  std::string_view bank_share;
};
inline constexpr SecondProgrammeLoan second_programme_loan{.company = 95,
                                                           .principal = "2000000.00",
                                                           .interest = "15000.00",
                                                           .each_fund = "700000.00",
                                                           .bank_share = "600000.00"};

/// The days of the story, where they are not in a table.
namespace day {
inline constexpr std::string_view begins = "2021-01-04";
// The first case. Settled 26: dates marked 'invented' are not in the sources.
inline constexpr std::string_view first_lent = "2021-03-25";
inline constexpr std::string_view first_matures = "2022-03-24";
inline constexpr std::string_view first_extended = "2022-03-18";        // invented
inline constexpr std::string_view first_extended_to = "2023-03-24";     // invented
inline constexpr std::string_view first_overdue_report = "2023-03-30";  // invented
inline constexpr std::string_view first_application = "2023-06-26";     // invented
inline constexpr std::string_view first_ruling = "2023-09-12";
inline constexpr std::string_view first_payment = "2023-09-20";  // invented
// The loan of the second programme: over three years, but its interest is not paid.
inline constexpr std::string_view second_lent = "2023-09-25";
inline constexpr std::string_view second_matures = "2026-09-24";
inline constexpr std::string_view second_unpaid = "2023-12-20";
inline constexpr std::string_view second_overdue_report = "2023-12-22";
inline constexpr std::string_view second_application = "2024-03-20";  // 91 days after
inline constexpr std::string_view second_ruling = "2024-04-10";
inline constexpr std::string_view second_payment = "2024-04-22";
// The full lives. By October 2024 only the first case had been compensated.
inline constexpr std::string_view lives_lent = "2024-05-13";
inline constexpr std::string_view lives_mature = "2024-10-15";
inline constexpr std::string_view lives_overdue_report = "2024-10-17";
inline constexpr std::string_view lives_application = "2025-01-14";  // 91 days after
inline constexpr std::string_view lives_ruling = "2025-02-20";
inline constexpr std::string_view lives_payment = "2025-03-05";
inline constexpr std::string_view lives_registration = "2025-03-12";
inline constexpr std::string_view lives_recovery = "2025-04-14";
inline constexpr std::string_view lives_return = "2025-04-21";
inline constexpr std::string_view lives_settlement = "2025-04-22";
inline constexpr std::string_view lives_court_ruling = "2025-05-08";
inline constexpr std::string_view lives_write_off = "2025-05-12";
inline constexpr std::string_view lives_write_off_ruling = "2025-05-26";
// The later cases.
inline constexpr std::string_view cases_lent = "2025-06-10";
inline constexpr std::string_view cases_mature = "2026-06-10";
inline constexpr std::string_view cases_other_lent = "2026-03-12";
inline constexpr std::string_view cases_other_mature = "2026-09-18";
inline constexpr std::string_view cases_overdue_report = "2026-06-12";
// A renewal.
inline constexpr std::string_view renewal_lent = "2026-06-15";
inline constexpr std::string_view renewed = "2026-08-14";
inline constexpr std::string_view renewed_until = "2027-08-13";
// Overdues that end.
inline constexpr std::string_view ended_lent = "2026-06-15";
inline constexpr std::string_view ended_mature = "2026-07-15";
inline constexpr std::string_view ended_overdue_report = "2026-07-17";
inline constexpr std::string_view ended_withdrawn = "2026-07-20";
inline constexpr std::string_view ended_cured = "2026-07-24";
// A company's headroom, and who gets it.
inline constexpr std::string_view limit_reserved = "2026-07-27";
inline constexpr std::string_view limit_until = "2026-08-07";
inline constexpr std::string_view limit_used = "2026-08-03";
// What banks and office say to each other from day to day.
inline constexpr std::string_view applied_for = "2026-08-05";
inline constexpr std::string_view answered = "2026-08-10";
inline constexpr std::string_view corrected = "2026-08-12";
inline constexpr std::string_view stated = "2026-08-17";
// The day on which all banks file.
inline constexpr std::string_view all_file = "2026-09-21";
inline constexpr std::string_view all_mature = "2027-09-20";
inline constexpr std::string_view all_extended_to = "2028-03-20";
}  // namespace day

/// The first case's bank, company and amount.
inline constexpr std::string_view first_bank = "phrcb";
inline constexpr std::uint32_t first_company = 1;
inline constexpr std::string_view first_amount = "300000.00";

/// Companies by number (companies.hpp): on the list, and with a D-class period; no other is known. First
/// months: 10 to 33. Good filings of the day on which all file: 34 to 54. Cases: 60 to 68, held: 70 to 72.
/// Lives: 73 to 82.
inline constexpr std::uint32_t last_listed_company = 99;
inline constexpr std::uint32_t cured_company = 83;
inline constexpr std::uint32_t withdrawn_company = 84;
inline constexpr std::uint32_t contested_company = 85;  ///< for whose headroom several banks ask
inline constexpr std::uint32_t applying_company = 86;
inline constexpr std::uint32_t corrected_company = 87;
inline constexpr std::uint32_t cancelled_company = 88;
inline constexpr std::uint32_t renewing_company = 89;
inline constexpr std::uint32_t d_class_company = 90;
inline constexpr std::uint32_t full_company = 91;  ///< has borrowed up to the ceiling
inline constexpr std::uint32_t unlisted_company = 200;

/// What one bank's second message of the day is, by its place among the banks of its format.
enum class BadLot : std::uint8_t {
  duplicate,
  conflict,
  unreadable,
  unlisted,
  d_class,
  over_ceiling,
  above_rate
};
inline constexpr int bad_lots = 7;

}  // namespace loangate::simulate
