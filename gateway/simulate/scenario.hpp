#pragma once
#include <boost/asio/awaitable.hpp>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/date.hpp"
#include "simulate/office.hpp"
#include "simulate/peers.hpp"
#include "simulate/summary.hpp"

namespace loangate::simulate {

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
  /// Whom a rulebook names as its own. All others play the programme that is for everybody; these have a
  /// chapter to themselves.
  std::vector<PartnerId> second_programme = {};
  /// The story ends with one compensation that has not been paid: the fund refuses its instruction.
  bool one_unpaid = false;
};

Instant story_begins();

/// Plays the whole story on the context of the peers, whose thread the office's calls block for moments. An
/// error is what made it impossible to go on; what merely came out otherwise than it should is among the
/// surprises.
boost::asio::awaitable<std::expected<Summary, std::string>> play(Stage stage, Progress progress);

}  // namespace loangate::simulate
