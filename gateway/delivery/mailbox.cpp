#include "delivery/mailbox.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "adapters/codec/codec.hpp"
#include "base/log.hpp"
#include "delivery/commit.hpp"
#include "delivery/encoded.hpp"
#include "delivery/failure.hpp"

namespace loangate::delivery {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t page_rows = 100;

/// One long poll. `woken` and the timer are touched on its own executor only.
struct Poll {
  explicit Poll(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  bool woken = false;
};

}  // namespace

struct Mailbox::State {
  State(const store::Store& rows, store::Committer& writer, ProfilesInForce in_force, MailboxBounds with)
      : store(rows), committer(writer), profiles(std::move(in_force)), bounds(with) {}

  /// The messages at the front now, and what of them cannot be written.
  struct Front {
    std::vector<Mail::Item> items;
    std::vector<std::pair<DeliveryId, std::string>> bodies;
    std::vector<store::DeliveryChange> to_park;
  };
  Front look(const adapters::Profile& profile, std::size_t limit) const {
    Front front;
    std::unordered_set<std::string> stopped;  // lanes
    DeliveryId after{};
    while (front.items.size() < limit) {
      const std::size_t rows_wanted = limit == 1 && stopped.empty() ? 1 : page_rows;
      const auto rows = store.undelivered(profile.id, after, rows_wanted);
      for (const auto& row : rows) {
        after = row.id;
        if (front.items.size() == limit || stopped.contains(row.lane)) continue;
        if (row.state == store::DeliveryState::parked) {
          stopped.insert(row.lane);
        } else if (auto body = encoded(profile, row)) {
          front.items.push_back({row.id, row.kind});
          front.bodies.emplace_back(row.id, std::move(*body));
        } else {
          stopped.insert(row.lane);
          front.to_park.push_back({.id = row.id,
                                   .state = store::DeliveryState::parked,
                                   .attempts = row.attempts,
                                   .reason = stamped(Failure::unwritable, body.error()),
                                   .at = real_now()});
        }
      }
      if (rows.size() < rows_wanted) break;
    }
    return front;
  }

  void end(const PartnerId& partner, const std::shared_ptr<Poll>& poll) {
    const std::lock_guard lock(mutex);
    std::erase(polls[partner], poll);
  }

  static void wake(const std::vector<std::shared_ptr<Poll>>& waiting) {
    for (const auto& poll : waiting) {
      asio::post(poll->timer.get_executor(), [poll] {
        poll->woken = true;
        poll->timer.cancel();
      });
    }
  }

  const store::Store& store;
  store::Committer& committer;
  const ProfilesInForce profiles;
  const MailboxBounds bounds;

  std::mutex mutex;
  std::map<PartnerId, std::vector<std::shared_ptr<Poll>>> polls;
  bool stopping = false;
};

Mailbox::Mailbox(const store::Store& store, store::Committer& committer, ProfilesInForce profiles,
                 MailboxBounds bounds)
    : state_(std::make_shared<State>(store, committer, std::move(profiles), bounds)) {}

Mailbox::~Mailbox() = default;

asio::awaitable<std::expected<Mailbox::Mail, Mailbox::Refusal>> Mailbox::next(
    PartnerId partner, std::size_t limit, std::chrono::milliseconds wait) {
  const auto state = state_;
  limit = std::clamp<std::size_t>(limit, 1, state->bounds.most_messages);
  const auto until =
      Clock::now() + std::clamp(wait, std::chrono::milliseconds{0}, state->bounds.longest_wait);
  const auto poll = std::make_shared<Poll>(co_await asio::this_coro::executor);
  {
    // Listed before it looks, so that nothing committed in between goes unnoticed.
    const std::lock_guard lock(state->mutex);
    auto& waiting = state->polls[partner];
    if (waiting.size() >= state->bounds.polls_per_partner) co_return std::unexpected(Refusal::too_many);
    waiting.push_back(poll);
  }
  struct Leave {
    Mailbox::State& state;
    const PartnerId& partner;
    const std::shared_ptr<Poll>& poll;
    ~Leave() { state.end(partner, poll); }
  } const leave{*state, partner, poll};

  for (;;) {
    const auto partners = state->profiles();
    const auto* profile = partners->find(partner);
    if (profile == nullptr || profile->push() != nullptr) co_return std::unexpected(Refusal::no_mailbox);
    auto front = state->look(*profile, limit);
    for (auto& change : front.to_park) {
      LogLine(LogLevel::warn, "delivery.parked")
          .partner(partner.view())
          .delivery(change.id.number)
          .reason("it cannot be written in the partner's format");
      // If the store cannot take this now, the message is found unwritable again at the next look.
      co_await commit(state->committer, change_of(std::move(change)));
    }
    if (!front.items.empty()) {
      Mail mail{std::move(front.items), {}, profile->content_types.front()};
      mail.body =
          limit == 1 ? std::move(front.bodies.front().second) : adapters::encode_list(*profile, front.bodies);
      co_return mail;
    }
    {
      const std::lock_guard lock(state->mutex);
      if (state->stopping) co_return Mail{};
    }
    if (!poll->woken) {
      if (Clock::now() >= until) co_return Mail{};
      boost::system::error_code ended;
      poll->timer.expires_at(until);
      co_await poll->timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    }
    poll->woken = false;
  }
}

asio::awaitable<Mailbox::Acknowledged> Mailbox::acknowledge(PartnerId partner, DeliveryId id) {
  const auto state = state_;
  const auto row = state->store.delivery(id);
  // Nothing is also what a store gives that cannot be read now.
  if (!row && !state->store.ready()) co_return Acknowledged::not_kept;
  if (!row || row->to != partner) co_return Acknowledged::foreign;
  if (row->state == store::DeliveryState::delivered) co_return Acknowledged::yes;
  if (row->state == store::DeliveryState::withdrawn) co_return Acknowledged::foreign;
  const auto committed =
      co_await commit(state->committer, change_of({.id = id,
                                                   .state = store::DeliveryState::delivered,
                                                   .attempts = row->attempts + 1,
                                                   .at = real_now()}));
  if (!committed) co_return Acknowledged::not_kept;
  LogLine(LogLevel::info, "delivery.confirmed")
      .partner(partner.view())
      .delivery(id.number)
      .message_kind(spec_of(row->kind).name);
  co_return Acknowledged::yes;
}

void Mailbox::wake(const PartnerId& partner) {
  const std::lock_guard lock(state_->mutex);
  if (const auto waiting = state_->polls.find(partner); waiting != state_->polls.end())
    State::wake(waiting->second);
}

void Mailbox::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopping = true;
  for (const auto& [partner, waiting] : state_->polls) State::wake(waiting);
}

}  // namespace loangate::delivery
