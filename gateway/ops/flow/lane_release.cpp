#include "ops/flow/lane_release.hpp"

#include "delivery/release.hpp"

namespace loangate::ops {
namespace {

Finding finding_of(delivery::ReleaseFault fault, const std::string& id) {
  const auto not_parked = [&](std::string state) {
    return Finding{.code = FindingCode::delivery_not_parked,
                   .field = {.field = LaneRelease::field::delivery_id},
                   .values = {{"given", id}, {"state", std::move(state)}}};
  };
  switch (fault) {
    case delivery::ReleaseFault::delivered:
      return not_parked("delivered");
    case delivery::ReleaseFault::moving:
      return not_parked("waiting");
    case delivery::ReleaseFault::withdrawn:
      return not_parked("withdrawn");
    case delivery::ReleaseFault::unknown:
      break;
  }
  return {.code = FindingCode::delivery_unknown,
          .field = {.field = LaneRelease::field::delivery_id},
          .values = {{"given", id}}};
}

}  // namespace

store::Writes release_lane(const intake::GivenAct& act, const intake::Hand& hand, const store::View& view,
                           Sequence sequence, intake::ActReply& reply, std::optional<PartnerId>& released) {
  released.reset();
  const auto& wish = std::get<LaneRelease>(act.act);
  // A negative number names no delivery.
  const DeliveryId id{static_cast<std::uint64_t>(std::max<std::int64_t>(wish.delivery_id, 0))};
  auto change = delivery::release(view, id, wish.resend == Answer::yes, wish.reason, real_now());
  if (!change) {
    programme::Decision refused{.outcome = Outcome::rejected,
                                .findings = {finding_of(change.error(), std::to_string(wish.delivery_id))}};
    return intake::record(act, hand, std::move(refused), sequence, reply);
  }
  released = view.delivery(id)->to;
  store::Writes writes = intake::record(act, hand, {}, sequence, reply);
  writes.deliveries.push_back(*std::move(change));
  return writes;
}

}  // namespace loangate::ops
