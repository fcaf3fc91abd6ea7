#include "app/sign_of_life.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "app/wait_for.hpp"
#include "base/log.hpp"
#include "delivery/commit.hpp"
#include "intake/office.hpp"

namespace loangate::app {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using fs::file_time_type;
using std::chrono::duration_cast;
using std::chrono::microseconds;

struct Watch {
  fs::path file;
  const store::Store& store;
  store::Committer& committer;
  const programme::RulebookInForce& rulebook;
  SignOfLifeBounds bounds;
};

/// None: the gateway has never served on this data.
std::optional<Instant> last_sign(const fs::path& file) {
  std::error_code ec;
  const file_time_type given = fs::last_write_time(file, ec);
  if (ec) return std::nullopt;
  const auto since_epoch = file_time_type::clock::to_sys(given).time_since_epoch();
  return Instant{duration_cast<microseconds>(since_epoch).count()};
}

void give_sign(const fs::path& file) {
  const std::ofstream there(file, std::ios::app);
  std::error_code ec;
  fs::last_write_time(file, file_time_type::clock::now(), ec);
  if (ec) LogLine(LogLevel::error, "gateway.sign_of_life_failed").reason(ec.message());
}

asio::awaitable<bool> put_on_record(Outage outage, const Watch& watch) {
  const store::Committed committed =
      co_await delivery::commit(watch.committer, intake::enter_outage(outage, watch.rulebook));
  if (!committed) {
    LogLine(LogLevel::error, "gateway.outage_not_stored").reason(committed.error().what);
    co_return false;
  }
  const auto seconds = static_cast<std::uint64_t>((outage.until.micros - outage.from.micros) / 1'000'000);
  LogLine(LogLevel::warn, "gateway.outage")
      .sequence(committed->value().number)
      .number("loangate.outage_seconds", seconds);
  co_return true;
}

/// When the gateway last served, as of this look; `served`: as of the one before.
asio::awaitable<std::optional<Instant>> look(const Watch& watch, std::optional<Instant> served) {
  if (!watch.store.ready()) co_return served;
  const Instant now = real_now();
  if (served && microseconds(now.micros - served->micros) > watch.bounds.longest_silence) {
    const bool recorded = co_await put_on_record(Outage{.from = *served, .until = now}, watch);
    if (!recorded) co_return served;
  }
  give_sign(watch.file);
  co_return now;
}

asio::awaitable<void> keep_looking(Watch watch, std::optional<Instant> served) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(watch.bounds.every);
    co_await timer.async_wait(asio::use_awaitable);
    served = co_await look(watch, served);
  }
}

}  // namespace

SignOfLife::SignOfLife(asio::io_context& context, fs::path file, const store::Store& store,
                       store::Committer& committer, const programme::RulebookInForce& rulebook,
                       SignOfLifeBounds bounds) {
  Watch watch{std::move(file), store, committer, rulebook, bounds};
  const auto served = wait_for(context, look(watch, last_sign(watch.file)));
  asio::co_spawn(context, keep_looking(std::move(watch), served), [](const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
  });
}

}  // namespace loangate::app
