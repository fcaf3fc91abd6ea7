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

/// A bank by its id, or the n-th bank of a format (from 0, in the order of ids) that can write the loan's
/// security.
struct BankChoice {
  std::string_view id = {};
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
// The later cases.
inline constexpr std::string_view cases_lent = "2025-06-10";
inline constexpr std::string_view cases_mature = "2026-06-10";
inline constexpr std::string_view cases_other_lent = "2026-03-12";
inline constexpr std::string_view cases_other_mature = "2026-09-18";
inline constexpr std::string_view cases_overdue_report = "2026-06-12";
// The day on which all banks file.
inline constexpr std::string_view all_file = "2026-09-21";
inline constexpr std::string_view all_mature = "2027-09-20";
inline constexpr std::string_view all_extended_to = "2028-03-20";
}  // namespace day

/// The first case's company and amount.
inline constexpr std::uint32_t first_company = 1;
inline constexpr std::string_view first_amount = "300000.00";

/// Companies by number (companies.hpp): on the list, and with a D-class period; no other is known.
inline constexpr std::uint32_t last_listed_company = 99;
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
