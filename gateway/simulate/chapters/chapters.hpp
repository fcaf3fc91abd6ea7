#pragma once
#include <cstdint>
#include <vector>

#include "simulate/player.hpp"

/// The chapters of the story, in the order in which they are told (scenario.cpp). Some are told in parts,
/// because others happen between.
namespace loangate::simulate {

using boost::asio::awaitable;

/// The office enters who takes part and which companies are on the list.
void set_the_stage(Player& player);

// The programme's first compensation: lent and extended; overdue and applied for; decided and paid.
awaitable<StoryLoan*> first_case_begins(Player& player);
awaitable<void> first_case_fails(Player& player, StoryLoan& loan);
awaitable<void> first_case_is_paid(Player& player, StoryLoan& loan);

// 37 loans, 112 million yuan.
awaitable<std::vector<StoryLoan*>> first_months_are_lent(Player& player);
awaitable<void> first_months_are_paid_back(Player& player, const std::vector<StoryLoan*>& loans);

/// A loan of the second programme: filed, overdue, applied for, and its principal compensated by two funds
/// . Nothing, if no rulebook names partners of its own.
awaitable<void> second_programme_compensates(Player& player);

/// Loans of each security in their whole life, to settlement or write-off (R-39 … R-42).
awaitable<void> full_lives(Player& player);

/// A loan that fails, and that of the other bank that lends to the same company.
struct StoryCase {
  const CaseRow* row;
  StoryLoan* loan;
  StoryLoan* other;
};
awaitable<std::vector<StoryCase>> later_cases_begin(Player& player);
enum class Ending : std::uint8_t {
  all_paid,
  one_unpaid,  ///< the fund refuses the instruction of the first of the cases
};
awaitable<void> later_cases_are_decided(Player& player, const std::vector<StoryCase>& cases, Ending ending);

/// Two overdues that end: one is cured by repayment, one was reported in error (settled 32).
awaitable<void> overdues_end(Player& player);

/// Banks ask for a company's headroom; what one has reserved, no other can take.
awaitable<void> headroom_is_reserved(Player& player);

// A loan that goes on by a new contract, without repayment.
awaitable<StoryLoan*> renewal_begins(Player& player);
awaitable<StoryLoan*> loan_is_renewed(Player& player, StoryLoan& old);

/// An application passed on and answered, the list kept, a correction and a cancellation
/// (settled 33).
awaitable<void> days_go_by(Player& player);

/// The bank of the loan states its positions: a repayment that it has not reported comes out, is reported,
/// and then all agrees (settled 37).
awaitable<void> positions_are_compared(Player& player, StoryLoan& loan);

/// The day on which all banks file in their own formats: each a good filing and what follows on it, and a bad
/// one of its own kind; the other lenders' loans fall overdue as well; the office rules on what is held.
awaitable<void> all_banks_file(Player& player, const std::vector<StoryCase>& cases);

}  // namespace loangate::simulate
