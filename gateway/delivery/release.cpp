#include "delivery/release.hpp"

namespace loangate::delivery {

std::string_view explain(ReleaseFault fault) {
  switch (fault) {
    case ReleaseFault::unknown:
      return "没有该投递编号 · there is no delivery of this id";
    case ReleaseFault::delivered:
      return "对方已确认接收，不能重发或撤下 · the partner has confirmed it; it is neither sent again nor "
             "withdrawn";
    case ReleaseFault::moving:
      return "该投递未被搁置，会自动发送 · the delivery is not parked; it goes by itself";
    case ReleaseFault::withdrawn:
      return "该投递已撤下 · the delivery was withdrawn before";
  }
  __builtin_unreachable();
}

std::expected<store::DeliveryChange, ReleaseFault> release(const store::View& view, DeliveryId id,
                                                           bool resend, std::string_view reason,
                                                           Instant real_time) {
  const auto row = view.delivery(id);
  if (!row) return std::unexpected(ReleaseFault::unknown);
  switch (row->state) {
    case store::DeliveryState::delivered:
      return std::unexpected(ReleaseFault::delivered);
    case store::DeliveryState::waiting:
      return std::unexpected(ReleaseFault::moving);
    case store::DeliveryState::withdrawn:
      return std::unexpected(ReleaseFault::withdrawn);
    case store::DeliveryState::parked:
      break;
  }
  return store::DeliveryChange{
      .id = id,
      .state = resend ? store::DeliveryState::waiting : store::DeliveryState::withdrawn,
      // Under `query` a message that was tried before is asked about before it is sent; an operator who says
      // 'send it again' has done the asking.
      .attempts = resend ? 0 : row->attempts,
      .reason = std::string(reason),
      .at = real_time,
  };
}

}  // namespace loangate::delivery
