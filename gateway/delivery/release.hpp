#pragma once
#include <expected>
#include <string_view>

#include "base/clock.hpp"
#include "store/store.hpp"

namespace loangate::delivery {

/// Why a lane cannot be released through this message.
enum class ReleaseFault {
  unknown,    ///< there is no such message
  delivered,  ///< the partner has confirmed it: it is never sent again
  moving,     ///< it is not parked: it goes by itself
  withdrawn,  ///< it was taken out before
};
/// What to tell the operator, in Chinese and English.
std::string_view explain(ReleaseFault fault);

/// Releases the lane that a parked message stops (settled 22): the message goes again, under the same id, or
/// it is withdrawn and the lane goes on without it. The change belongs into the unit of the operator's act,
/// whose reason it keeps; once that has committed the pump and the mailbox are to be told by released().
std::expected<store::DeliveryChange, ReleaseFault> release(const store::View& view, DeliveryId id,
                                                           bool resend, std::string_view reason,
                                                           Instant real_time);

}  // namespace loangate::delivery
