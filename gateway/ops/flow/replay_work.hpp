#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <map>
#include <string>

#include "ops/flow/replays.hpp"

namespace loangate::ops {

/// Carries out approved replays at their rate. All runs on one context.
///
/// What a crash can leave behind: nothing in between. The messages that a step released and how far the
/// replay is were one commit; after a restart it goes on behind them, with what still lies parked as it was
/// approved.
class ReplayWork {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// The operations must outlive it.
  explicit ReplayWork(const Operations& operations) : operations_(operations) {}

  /// Some replay was approved or steered. Any thread.
  void look_again() { look_again_ = true; }
  /// Releases what may go by `now`. True if some replay is not at its end.
  boost::asio::awaitable<bool> go(Moment now);
  /// Does so again and again, for as long as the context runs.
  void keep_going(boost::asio::io_context& context);

 private:
  struct Running {
    std::vector<ToReplay> messages;
    std::size_t next = 0;
    Moment due;  ///< when the next message may go
  };

  boost::asio::awaitable<bool> step(const std::string& no, Running& running, Moment now);
  std::size_t allowed(const Replay& replay, Running& running, Moment now) const;

  const Operations& operations_;
  std::atomic<bool> look_again_{true};
  std::map<std::string, Running> running_;
};

}  // namespace loangate::ops
