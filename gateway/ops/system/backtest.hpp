#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "adapters/profile/profile.hpp"
#include "ops/call.hpp"

/// What a candidate for a partner's profile would make of the messages that are stored: what it would read
/// otherwise of those received, and write otherwise of those sent.
namespace loangate::ops {

/// Which entries of the journal are looked at: those after `after`, up to `until`.
struct BacktestRange {
  Sequence after;
  Sequence until;
};
/// The entries received since this instant of business time.
BacktestRange entries_since(const store::Store& store, Instant since);

/// A part of a backtest. It is bounded in entries and time, so a long range takes several.
struct BacktestPart {
  std::uint64_t received = 0;  ///< messages of the partner that were looked at
  std::uint64_t sent = 0;      ///< messages to it
  std::uint64_t differ = 0;    ///< of both
  std::uint64_t became_readable = 0;
  std::uint64_t became_unreadable = 0;
  std::uint64_t read_otherwise = 0;     ///< another value, kind or content digest
  std::uint64_t refused_otherwise = 0;  ///< other findings of what neither can read
  std::uint64_t written_otherwise = 0;
  std::uint64_t not_written = 0;  ///< that the profile in force can write, or the other way round
  std::string differences = {};   ///< JSON array of the first ones
  Sequence next{};                ///< where the next part begins; done when it is `until`
};

/// Compares the two profiles on a part of the range. At most `most` differences are told field by field;
/// personal fields are masked unless `whole`.
BacktestPart backtest(const store::Store& store, const adapters::Profile& in_force,
                      const adapters::Profile& candidate, BacktestRange range, std::size_t most, bool whole);

/// `{"received": 7, …, "differences": […], "next": 9, "until": 12}`
std::string to_json(const BacktestPart& part, Sequence until);

/// POST /v1/backtests?days=N, or ?after=SEQ&until=SEQ to go on, and &most=M, with `{"partner": …, "text":
/// …}`.
boost::asio::awaitable<Reply> run_backtest(const Operations& operations, const Call& call);

}  // namespace loangate::ops
