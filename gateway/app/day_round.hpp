#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "intake/office.hpp"
#include "programme/rulebook_in_force.hpp"
#include "store/committer.hpp"
#include "store/store.hpp"

namespace loangate::app {

/// Goes through all open loans once for each civil day of business time: reminds of deadlines, records those
/// that have passed, and after New Year puts idle institutions before the conference. What was told stays
/// told, so that a round that a crash cut short is simply gone again.
class DayRound {
 public:
  /// The parts must outlive the round. `addressed`: to whom something goes out now.
  DayRound(const store::Store& store, store::Committer& committer, const programme::RulebookInForce& rulebook,
           const BusinessClock& clock, std::function<void(const PartnerId&)> addressed);

  /// The round of the present day, unless it was gone already. On one thread always.
  boost::asio::awaitable<void> go();

  /// Looks again and again whether a new day has begun, for as long as the context runs.
  void keep_going(boost::asio::io_context& context);

 private:
  enum class Step : std::uint8_t { nothing_left, written, failed };
  using MakeUnit = std::function<store::Unit(std::shared_ptr<intake::ActReply>)>;

  boost::asio::awaitable<bool> go_through_loans(Instant now);
  boost::asio::awaitable<Step> put_on_record(const MakeUnit& make);

  const store::Store& store_;
  store::Committer& committer_;
  const programme::RulebookInForce& rulebook_;
  const BusinessClock& clock_;
  std::function<void(const PartnerId&)> addressed_;
  std::optional<Date> gone_ = {};
};

}  // namespace loangate::app
