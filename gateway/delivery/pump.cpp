#include "delivery/pump.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <utility>

#include "adapters/seal/seal.hpp"
#include "base/log.hpp"
#include "delivery/commit.hpp"
#include "delivery/encoded.hpp"
#include "delivery/flow.hpp"
#include "delivery/lanes.hpp"
#include "delivery/verdict.hpp"

namespace loangate::delivery {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t page_rows = 100;
constexpr std::size_t most_answer_bytes = 64 * 1024;
constexpr milliseconds store_pause{
    500};  // between tries to record what became of a message, while the store has trouble

/// All that waits for one partner, and how it does.
struct Route {
  Route(const PartnerId& id, const PumpBounds& bounds, asio::io_context& context)
      : partner(id), lanes(bounds.window), breaker(bounds.breaker), timer(context) {}

  const PartnerId partner;
  Lanes lanes;
  Breaker breaker;
  asio::steady_timer timer;
  bool more = true;            // the store may hold rows after lanes.read_from()
  std::optional<Pause> pause;  // as read when the route began, or when released() was last called
  Moment read_not_before;      // the store could not be read: not again before then
};

/// What became of one attempt, for the store.
store::DeliveryChange change_for(const store::Delivery& row, store::DeliveryState state, std::string reason) {
  return {
      .id = row.id, .state = state, .attempts = row.attempts, .reason = std::move(reason), .at = real_now()};
}

Instant after(Instant now, milliseconds pause) {
  return Instant{now.micros + pause.count() * 1000};
}

}  // namespace

struct Pump::State : std::enable_shared_from_this<Pump::State> {
  State(asio::io_context& on, const store::Store& rows, store::Committer& writer, ProfilesInForce in_force,
        Carrier& by, PumpBounds with)
      : context(on),
        store(rows),
        committer(writer),
        profiles(std::move(in_force)),
        carrier(by),
        bounds(with) {}

  Route& route(const PartnerId& partner) {
    auto& place = routes[partner];
    if (!place) {
      place = std::make_unique<Route>(partner, bounds, context);
      place->pause = pause_of(store, partner, real_now());
    }
    return *place;
  }

  /// Reads what waits for these partners, and sends what may go.
  void look_at_woken() {
    std::set<PartnerId> now_woken, now_released;
    {
      const std::lock_guard lock(mutex);
      now_woken.swap(woken);
      now_released.swap(lanes_released);
    }
    for (const PartnerId& partner : now_released) {
      const auto at = routes.find(partner);
      if (at == routes.end()) continue;
      at->second->lanes.forget();
      at->second->pause = pause_of(store, partner, real_now());
    }
    for (const PartnerId& partner : now_woken) {
      Route& r = route(partner);
      r.more = true;
      turn(r);
    }
  }

  /// True if the partner is paused; then the timer is set for the end of the pause, if it has one.
  bool paused(Route& r) {
    if (!r.pause) return false;
    if (!r.pause->until) return true;
    const milliseconds left{(r.pause->until->micros - real_now().micros) / 1000};
    if (left.count() <= 0) {
      r.pause.reset();
      return false;
    }
    // Looked at now and again: the machine's clock may be set meanwhile.
    r.timer.expires_after(std::min(left + milliseconds(1), bounds.backoff.longest));
    r.timer.async_wait([self = shared_from_this(), &r](const boost::system::error_code& cancelled) {
      if (!cancelled) self->turn(r);
    });
    return true;
  }

  void read_more(Route& r) {
    const std::size_t limit = std::min(page_rows, r.lanes.room());
    const auto rows = store.undelivered(r.partner, r.lanes.read_from(), limit);
    r.more = rows.size() == limit;
    if (!r.more && !store.ready()) {
      // Fewer rows than asked for may mean that the disk cannot be read.
      r.more = true;
      r.read_not_before = std::chrono::steady_clock::now() + store_pause;
    }
    const auto now = std::chrono::steady_clock::now();
    const auto real = real_now();
    for (const auto& row : rows) {
      if (row.state == store::DeliveryState::parked) {
        r.lanes.add_parked(row.id, row.lane);
        continue;
      }
      // However the machine's clock was set meanwhile, no message waits longer than the longest pause.
      const milliseconds left{(row.next_attempt.micros - real.micros) / 1000};
      const bool at_once = left.count() <= 0;
      r.lanes.add(row.id, row.lane, at_once ? Moment{} : now + std::min(left, bounds.backoff.longest));
    }
  }

  /// Sends what may go now, and sets the timer for what may go later.
  void turn(Route& r) {
    if (stopping || paused(r)) return;
    const auto now = std::chrono::steady_clock::now();
    bool idle = false;
    while (!idle && r.lanes.under_way() < bounds.in_flight && r.breaker.may_send(now)) {
      if (const auto id = r.lanes.take(now)) {
        r.breaker.sending(now);
        ++under_way;
        asio::co_spawn(context, deliver(shared_from_this(), r, *id), [](const std::exception_ptr& failure) {
          if (failure) std::rethrow_exception(failure);  // a fault of ours: start anew from the store
        });
      } else if (r.more && now >= r.read_not_before && r.lanes.room() > 0) {
        read_more(r);
      } else {
        idle = true;
      }
    }
    auto due = r.lanes.due_at();
    if (r.more && r.read_not_before > now) due = std::min(due.value_or(r.read_not_before), r.read_not_before);
    const auto probe = r.breaker.probe_at();
    // Without anything to wait for, or with all hands full, the end of what is under way leads here again.
    if (!due || r.lanes.under_way() >= bounds.in_flight || (r.breaker.open() && !probe)) return;
    r.timer.expires_at(probe ? std::max(*due, *probe) : *due);
    r.timer.async_wait([self = shared_from_this(), &r](const boost::system::error_code& cancelled) {
      if (!cancelled) self->turn(r);
    });
  }

  /// Records a change. False if the gateway stops before the store could take it.
  static asio::awaitable<bool> record(std::shared_ptr<State> self, store::DeliveryChange change) {
    for (;;) {
      const auto committed = co_await commit(self->committer, change_of(change));
      if (committed) co_return true;
      if (self->stopping || committed.error().kind == store::StoreFault::Kind::stopping) co_return false;
      asio::steady_timer pause(self->context, store_pause);
      co_await pause.async_wait(asio::use_awaitable);
    }
  }

  /// Sends, or asks first; the partner's bytes are kept in `answer`.
  static asio::awaitable<Meaning> attempt(std::shared_ptr<State> self, const adapters::Profile& profile,
                                          const store::Delivery& row, const std::string& body,
                                          std::string& answer) {
    const auto keep = [&answer](const Sent& sent) {
      if (const auto* answered = std::get_if<Answered>(&sent))
        answer = answered->body.substr(0, most_answer_bytes);
    };
    const auto policy = profile.find(row.kind)->on_unknown;
    if (policy == adapters::OnUnknown::query && row.attempts > 0) {
      const Sent asked = co_await self->carrier.ask(profile, row.id);
      keep(asked);
      Meaning meaning = meaning_of_question(profile, row.id, asked);
      if (!std::holds_alternative<NeverCame>(meaning)) co_return meaning;
    }
    const bool repeatable = policy == adapters::OnUnknown::resend;
    if (!repeatable) {
      // What a crash from here on leaves behind must say that the message may be out.
      const bool park = policy == adapters::OnUnknown::park;
      auto going_out = change_for(row, park ? store::DeliveryState::parked : store::DeliveryState::waiting,
                                  stamped(Failure::unrecorded, "sent, and no answer recorded"));
      going_out.attempts = row.attempts + 1;
      const bool recorded = co_await record(self, std::move(going_out));
      if (!recorded) co_return Unreached{"the gateway is stopping", Failure::unrecorded};
    }
    auto head = adapters::head_seal(profile, adapters::Way::to_partner, body, real_now());
    if (!head) co_return Unreached{std::move(head.error()), Failure::unsealed};
    const Parcel parcel{profile, row.id, row.kind, body, repeatable, *head};
    const Sent sent = co_await self->carrier.send(parcel);
    keep(sent);
    co_return meaning_of(profile, row.id, sent);
  }

  static asio::awaitable<void> deliver(std::shared_ptr<State> self, Route& r, DeliveryId id) {
    const auto partners = self->profiles();
    const auto* profile = partners->find(r.partner);
    const auto row = self->store.delivery(id);
    const auto now = std::chrono::steady_clock::now();
    if (!row) {  // the store cannot be read now; what is in the outbox stays there
      r.breaker.abandoned(now);
      r.lanes.again(id, now + store_pause, false);
      self->ended(r);
      co_return;
    }
    if (profile == nullptr || profile->push() == nullptr || row->state == store::DeliveryState::delivered ||
        row->state == store::DeliveryState::withdrawn) {
      r.breaker.abandoned(now);
      if (r.lanes.finished(id)) r.more = true;
      self->ended(r);
      co_return;
    }
    const auto body = encoded(*profile, *row);
    if (!body) {
      r.breaker.abandoned(now);
      co_await park(self, r, *row, {.reason = stamped(Failure::unwritable, body.error())}, {},
                    "it cannot be written in the partner's format");
      self->ended(r);
      co_return;
    }
    std::string answer;
    const Meaning meaning = co_await attempt(self, *profile, *row, *body, answer);
    self->note_health(r, meaning);
    auto tried = *row;
    ++tried.attempts;
    const Step step = step_after(meaning, profile->find(row->kind)->on_unknown, r.lanes.unclear(id),
                                 self->bounds.most_unclear);
    if (std::holds_alternative<Confirm>(step)) {
      co_await confirm(self, r, tried, std::move(answer));
    } else if (const auto* stop_here = std::get_if<Park>(&step)) {
      co_await park(self, r, tried, *stop_here, std::move(answer),
                    std::holds_alternative<Refused>(meaning) ? "refused by the partner"
                                                             : "unknown whether it was taken");
    } else {
      co_await again(self, r, tried, std::get<Again>(step), std::move(answer));
    }
    self->ended(r);
  }

  static asio::awaitable<void> confirm(std::shared_ptr<State> self, Route& r, const store::Delivery& row,
                                       std::string answer) {
    auto change = change_for(row, store::DeliveryState::delivered, "");
    change.answer = std::move(answer);
    const bool recorded = co_await record(self, std::move(change));
    if (recorded) {
      LogLine(LogLevel::info, "delivery.confirmed")
          .partner(r.partner.view())
          .delivery(row.id.number)
          .message_kind(spec_of(row.kind).name);
    }
    if (r.lanes.finished(row.id)) r.more = true;
  }

  static asio::awaitable<void> park(std::shared_ptr<State> self, Route& r, const store::Delivery& row,
                                    Park why, std::string answer, std::string_view logged) {
    auto change = change_for(row, store::DeliveryState::parked, std::move(why.reason));
    change.answer = std::move(answer);
    co_await record(self, std::move(change));
    LogLine(LogLevel::warn, "delivery.parked")
        .partner(r.partner.view())
        .delivery(row.id.number)
        .message_kind(spec_of(row.kind).name)
        .reason(logged);
    r.lanes.parked(row.id);
  }

  static asio::awaitable<void> again(std::shared_ptr<State> self, Route& r, const store::Delivery& row,
                                     Again why, std::string answer) {
    const auto pause = pause_after(self->bounds.backoff, row.attempts, self->chance());
    auto change = change_for(row, store::DeliveryState::waiting, std::move(why.reason));
    change.next_attempt = after(change.at, pause);
    change.answer = std::move(answer);
    co_await record(self, std::move(change));
    LogLine(LogLevel::warn, "delivery.failed")
        .partner(r.partner.view())
        .delivery(row.id.number)
        .message_kind(spec_of(row.kind).name)
        .number("loangate.attempts", row.attempts)
        .reason(why.unclear ? "the answer makes no sense" : "no answer");
    r.lanes.again(row.id, std::chrono::steady_clock::now() + pause, why.unclear);
  }

  /// Tells the breaker what an attempt says of the partner as a whole.
  void note_health(Route& r, const Meaning& meaning) {
    const auto* unclear = std::get_if<Unclear>(&meaning);
    const bool out = std::holds_alternative<Unreached>(meaning) || (unclear != nullptr && unclear->outage);
    const bool was_open = r.breaker.open();
    if (out) {
      if (r.breaker.failed(std::chrono::steady_clock::now())) {
        LogLine(LogLevel::warn, "delivery.partner_unreachable").partner(r.partner.view());
      }
    } else {
      r.breaker.answered();
      if (was_open) LogLine(LogLevel::info, "delivery.partner_reachable").partner(r.partner.view());
    }
    const std::lock_guard lock(mutex);
    if (r.breaker.open()) {
      out_of_reach.insert(r.partner);
    } else {
      out_of_reach.erase(r.partner);
    }
  }

  void ended(Route& r) {
    --under_way;
    if (stopping) {
      if (under_way == 0) end();
      return;
    }
    turn(r);
  }

  void begin_stop() {
    if (stopping) return;
    stopping = true;
    for (auto& [partner, r] : routes) r->timer.cancel();
    if (under_way == 0) end();
  }
  void end() { all_ended.set_value(); }

  std::uint32_t chance() { return static_cast<std::uint32_t>(random()); }

  asio::io_context& context;
  const store::Store& store;
  store::Committer& committer;
  const ProfilesInForce profiles;
  Carrier& carrier;
  const PumpBounds bounds;

  // Only on the context's thread.
  std::map<PartnerId, std::unique_ptr<Route>> routes;
  std::mt19937 random{std::random_device{}()};
  std::size_t under_way = 0;
  bool stopping = false;
  std::promise<void> all_ended;

  mutable std::mutex mutex;  // guards the three sets
  std::set<PartnerId> woken;
  std::set<PartnerId> lanes_released;
  std::set<PartnerId> out_of_reach;
};

Pump::Pump(asio::io_context& context, const store::Store& store, store::Committer& committer,
           ProfilesInForce profiles, Carrier& carrier, PumpBounds bounds)
    : state_(std::make_shared<State>(context, store, committer, std::move(profiles), carrier, bounds)) {}

Pump::~Pump() = default;

void Pump::start() {
  for (const auto& profile : state_->profiles()->all()) wake(profile->id);
}

void Pump::wake(const PartnerId& partner) {
  const auto* profile = state_->profiles()->find(partner);
  if (profile == nullptr || profile->push() == nullptr) return;
  bool first = false;
  {
    const std::lock_guard lock(state_->mutex);
    first = state_->woken.empty();
    state_->woken.insert(partner);
  }
  if (first) asio::post(state_->context, [state = state_] { state->look_at_woken(); });
}

void Pump::released(const PartnerId& partner) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->lanes_released.insert(partner);
  }
  wake(partner);
}

void Pump::stop() {
  asio::post(state_->context, [state = state_] { state->begin_stop(); });
}

void Pump::wait() {
  state_->all_ended.get_future().wait();
}

std::vector<PartnerId> Pump::unreachable() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->out_of_reach.begin(), state_->out_of_reach.end()};
}

}  // namespace loangate::delivery
