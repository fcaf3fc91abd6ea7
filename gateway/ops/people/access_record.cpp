#include "ops/people/access_record.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "base/log.hpp"
#include "intake/office.hpp"

namespace loangate::ops {
namespace {

/// Who can sign in is known: only what anybody can cause is counted.
bool anybody_can_cause(AccessKind kind) {
  switch (kind) {
    case AccessKind::sign_in_refused:
    case AccessKind::locked:
    case AccessKind::call_refused:
      return true;
    case AccessKind::signed_in:
    case AccessKind::signed_out:
    case AccessKind::credential_set:
      return false;
  }
  __builtin_trap();
}

std::string likeness(const AccessEvent& event) {
  return fmt::format("{} {} {} {} {}", std::to_underlying(event.event), event.person.value_or(""),
                     event.address, event.call.value_or(""), event.code.value_or(""));
}

/// All that finds no place of its own in a turn.
AccessEvent without_place(const AccessEvent& event) {
  return {.event = event.event, .address = "*"};
}

}  // namespace

AccessRecord::AccessRecord(boost::asio::any_io_executor executor, store::Committer& committer,
                           const programme::RulebookInForce& rulebook, const BusinessClock& clock)
    : committer_(committer), rulebook_(rulebook), clock_(clock), timer_(std::move(executor)) {}

void AccessRecord::note(AccessEvent event) {
  if (!anybody_can_cause(event.event)) return write(std::move(event));
  const std::lock_guard lock(mutex_);
  if (turn_.empty()) {
    timer_.expires_after(turn);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) flush();
    });
  }
  const bool room = turn_.size() < most_in_a_turn;
  if (!room && !turn_.contains(likeness(event))) event = without_place(event);
  const auto [at, is_new] = turn_.try_emplace(likeness(event), Counted{.event = event});
  if (is_new && room) {
    write(std::move(event));
  } else {
    ++at->second.more;
  }
}

void AccessRecord::flush() {
  const std::lock_guard lock(mutex_);
  for (auto& [alike, counted] : std::exchange(turn_, {})) {
    if (counted.more == 0) continue;
    counted.event.more = counted.more;
    write(std::move(counted.event));
  }
}

void AccessRecord::write(AccessEvent event) {
  const Record record = event.record();
  auto act = std::make_shared<const intake::GivenAct>(
      intake::given_act(AccessEvent::kind, record, canonical_json(record)));
  const intake::Hand hand{
      .person = intake::gateway_itself, .received = clock_.now(), .address = std::move(event.address)};
  committer_.submit(
      [act, hand, &rulebook = rulebook_](const store::View& view, Sequence sequence) {
        intake::ActReply reply;
        return intake::enter(*act, hand, *rulebook.current(), view, sequence, reply);
      },
      [](const store::Committed& committed) {
        if (!committed) LogLine(LogLevel::error, "access.not_stored").reason(committed.error().what);
      });
}

}  // namespace loangate::ops
