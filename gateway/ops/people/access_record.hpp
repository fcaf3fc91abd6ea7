#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "domain/messages.hpp"
#include "programme/rulebook_in_force.hpp"
#include "store/committer.hpp"

namespace loangate::ops {

/// Puts on record who came in, who was not let in, and what was refused (`access.event`, acts of the gateway
/// itself). Who knocks again and again cannot fill the store: of refusals a few different ones are written at
/// once in each minute, and all others at its end as 'and N more'. What a crash can lose is that count. Any
/// thread.
class AccessRecord {
 public:
  AccessRecord(boost::asio::any_io_executor executor, store::Committer& committer,
               const programme::RulebookInForce& rulebook, const BusinessClock& clock);

  void note(AccessEvent event);
  /// Writes what is still counted.
  void flush();

  static constexpr std::chrono::seconds turn{60};
  static constexpr std::size_t most_in_a_turn = 12;  ///< different refusals that are written at once

 private:
  void write(AccessEvent event);

  store::Committer& committer_;
  const programme::RulebookInForce& rulebook_;
  const BusinessClock& clock_;
  std::mutex mutex_;
  boost::asio::steady_timer timer_;
  struct Counted {
    AccessEvent event;
    std::int64_t more = 0;
  };
  std::map<std::string, Counted> turn_;  ///< refusals of this turn, by what makes them alike
};

}  // namespace loangate::ops
