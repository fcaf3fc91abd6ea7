#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "domain/fen.hpp"
#include "domain/messages.hpp"

namespace loangate::simulate {

/// What came of the demonstration. What had to come is computed from the story; what came is counted at the
/// partners.
struct Summary {
  std::uint64_t partners = 0;               ///< banks that filed on the day on which all file
  std::array<std::uint64_t, 3> messages{};  ///< answered, by adapters::Format of the sender
  std::uint64_t accepted = 0, held = 0, rejected = 0, unreadable = 0, duplicates = 0, conflicts = 0;
  std::uint64_t notices_expected = 0, notices_delivered = 0;
  std::uint64_t instructions_expected = 0, instructions_delivered = 0;
  std::uint64_t remittances_expected = 0, remittances_delivered = 0;  ///< to the bank and to the payer
  std::uint64_t reminders_delivered = 0;
  Fen sum_expected = Fen::zero();    ///< to be instructed, by the story's own figures
  Fen sum_instructed = Fen::zero();  ///< in the instructions that reached fund and guarantors
  Fen sum_paid = Fen::zero();        ///< confirmed by them, and accepted
  Fen sum_received = Fen::zero();    ///< confirmed by the banks, and accepted
  Fen recovered = Fen::zero();       ///< reported by the banks, and accepted
  Fen returned = Fen::zero();        ///< of it: confirmed by fund and guarantors, and accepted
  Fen written_off = Fen::zero();     ///< of what they paid: as the banks were told
  std::uint64_t undelivered = 0;
  std::uint64_t unpaid = 0;  ///< of them: instructions that the payer refused, as it was ordered to
  struct FirstCase {
    Fen loss = Fen::zero(), fund = Fen::zero(), guarantor = Fen::zero(), bank = Fen::zero();
  } first_case;  ///< as told to the bank and instructed to the payers
  struct FirstMonths {
    std::uint64_t loans = 0;
    Fen principal = Fen::zero();
  } first_months;  ///< accepted
  struct FullLives {
    std::uint64_t settled = 0, written_off = 0;
    friend bool operator==(const FullLives&, const FullLives&) = default;
  };
  static constexpr std::size_t securities = 5;
  std::array<FullLives, securities> full_lives{};  ///< by Security: compensated, recovered upon, and so ended
  struct SecondProgramme {
    std::uint64_t loans = 0;
    Fen instructed = Fen::zero();
  } second_programme;                  ///< accepted; as its payers were told
  std::vector<std::string> surprises;  ///< where the gateway did not do what the story says; none is right
};

/// The members that `loangate demo --json` promises.
std::string to_json(const Summary& summary);

}  // namespace loangate::simulate
