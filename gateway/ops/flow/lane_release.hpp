#pragma once
#include "intake/office.hpp"

namespace loangate::ops {

/// The operator's act on a parked message (settled 22), as it runs on the single writer: the act in the
/// journal and the delivery's new state commit together. `released` gets the partner whose lane is free
/// again.
store::Writes release_lane(const intake::GivenAct& act, const intake::Hand& hand, const store::View& view,
                           Sequence sequence, intake::ActReply& reply, std::optional<PartnerId>& released);

}  // namespace loangate::ops
