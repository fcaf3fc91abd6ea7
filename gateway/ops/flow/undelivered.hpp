#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>

#include "ops/call.hpp"

namespace loangate::ops {

/// Goes through a partner's undelivered messages in the order of their ids, until `see` says no. Between
/// pages others on the same thread get their turn: a long queue is gone through, and nobody waits for it.
boost::asio::awaitable<void> go_through_undelivered(const store::Store& store, PartnerId partner,
                                                    DeliveryId after,
                                                    std::function<bool(const store::Delivery&)> see);

/// All institutions, in the order of their ids.
std::vector<PartnerId> all_partners(const store::Store& store);

/// The partner that the query names as `partner`, or all of them; a refusal if there is no such institution.
std::expected<std::vector<PartnerId>, Refusal> partners_asked_for(const Operations& operations,
                                                                  const Call& call);

}  // namespace loangate::ops
