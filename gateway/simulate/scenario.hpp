#pragma once
#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/date.hpp"
#include "domain/fen.hpp"
#include "simulate/office.hpp"
#include "simulate/peers.hpp"

namespace loangate::simulate {

/// What came of the demonstration. What had to come is computed from the story; what came is counted at the
/// partners.
struct Summary {
  std::uint64_t partners = 0;               ///< banks that filed
  std::array<std::uint64_t, 3> messages{};  ///< answered, by adapters::Format of the sender
  std::uint64_t accepted = 0, held = 0, rejected = 0, unreadable = 0, duplicates = 0, conflicts = 0;
  std::uint64_t notices_expected = 0, notices_delivered = 0;
  std::uint64_t instructions_expected = 0, instructions_delivered = 0;
  Fen sum_expected = Fen::zero();    ///< to be instructed, by the story's own figures
  Fen sum_instructed = Fen::zero();  ///< in the instructions that reached fund and guarantors
  Fen sum_paid = Fen::zero();        ///< confirmed by them, and accepted
  Fen sum_received = Fen::zero();    ///< confirmed by the banks, and accepted
  std::uint64_t undelivered = 0;
  struct FirstCase {
    Fen loss = Fen::zero(), fund = Fen::zero(), guarantor = Fen::zero(), bank = Fen::zero();
  } first_case;  ///< as told to the bank and instructed to the payers
  struct FirstMonths {
    std::uint64_t loans = 0;
    Fen principal = Fen::zero();
  } first_months;                      ///< accepted
  std::vector<std::string> surprises;  ///< where the gateway did not do what the story says; none is right
};

/// The members that `loangate demo --json` promises.
std::string to_json(const Summary& summary);

/// What happens on the way, for a person's eyes.
struct Progress {
  struct Line {
    Date on;
    std::string_view who;
    std::string what;
    std::string fate;
  };
  std::function<void(std::string_view zh, std::string_view en)> chapter = [](auto, auto) {};
  std::function<void(const Line&)> line = [](const Line&) {};
};

/// What the story is played on. The clock is the partners' own; it begins at story_begins() and is moved
/// along with the gateway's, which must be settable and must not be past that instant.
struct Stage {
  Peers& peers;
  Office& office;
  BusinessClock& clock;
};

Instant story_begins();

/// Plays the whole story on the context of the peers, whose thread the office's calls block for moments. An
/// error is what made it impossible to go on; what merely came out otherwise than it should is among the
/// surprises.
boost::asio::awaitable<std::expected<Summary, std::string>> play(Stage stage, Progress progress);

}  // namespace loangate::simulate
