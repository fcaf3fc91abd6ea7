#include "app/day_round.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "base/log.hpp"
#include "delivery/commit.hpp"
#include "intake/deadlines.hpp"

namespace loangate::app {
namespace {

namespace asio = boost::asio;

constexpr std::size_t loans_a_page = 256;
constexpr std::chrono::seconds between_looks{10};

}  // namespace

DayRound::DayRound(const store::Store& store, store::Committer& committer,
                   const programme::RulebookInForce& rulebook, const BusinessClock& clock,
                   std::function<void(const PartnerId&)> addressed)
    : store_(store),
      committer_(committer),
      rulebook_(rulebook),
      clock_(clock),
      addressed_(std::move(addressed)) {}

asio::awaitable<DayRound::Step> DayRound::put_on_record(const MakeUnit& make) {
  auto reply = std::make_shared<intake::ActReply>();
  const store::Committed committed = co_await delivery::commit(committer_, make(reply));
  if (!committed) {
    LogLine(LogLevel::error, "day.not_recorded").reason(committed.error().what);
    co_return Step::failed;
  }
  if (!*committed) co_return Step::nothing_left;
  LogLine(LogLevel::info, "day.recorded")
      .sequence((*committed)->number)
      .outcome(spec_of(reply->outcome).name);
  for (const PartnerId& partner : reply->addressed) addressed_(partner);
  co_return Step::written;
}

/// False if the store failed on the way: then the round is to be gone again.
asio::awaitable<bool> DayRound::go_through_loans(Instant now) {
  Sequence after{};
  for (;;) {
    const std::vector<Loan> page = store_.open_loans_after(after, loans_a_page);
    for (const Loan& loan : page) {
      if (!intake::can_have_deadline(loan, civil_day(now))) continue;
      const MakeUnit next = [&](std::shared_ptr<intake::ActReply> reply) {
        return intake::pass_deadline(loan.ref, now, rulebook_, std::move(reply));
      };
      Step step = Step::written;
      while (step == Step::written) step = co_await put_on_record(next);
      if (step == Step::failed) co_return false;
    }
    if (page.size() < loans_a_page) co_return true;
    after = page.back().filing;
  }
}

asio::awaitable<void> DayRound::go() {
  const Instant now = clock_.now();
  const Date today = civil_day(now);
  if (gone_ == today || !store_.ready()) co_return;
  const bool new_year = !gone_ || gone_->year() != today.year();
  gone_ = today;
  bool done = co_await go_through_loans(now);
  // Of a year in which the gateway was not there yet it knows nothing.
  const auto first = store_.entry(Sequence{1});
  const bool was_there = first && civil_day(first->entry.received) <= *Date::of(today.year() - 1, 1, 1);
  if (done && new_year && was_there) {
    const MakeUnit assess = [&](std::shared_ptr<intake::ActReply> reply) {
      return intake::assess_year_before(now, rulebook_, std::move(reply));
    };
    done = co_await put_on_record(assess) != Step::failed;
  }
  if (!done) gone_.reset();
}

void DayRound::keep_going(asio::io_context& context) {
  const auto look = [this]() -> asio::awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
      co_await go();
      timer.expires_after(between_looks);
      co_await timer.async_wait(asio::use_awaitable);
    }
  };
  asio::co_spawn(context, look, [](const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
  });
}

}  // namespace loangate::app
