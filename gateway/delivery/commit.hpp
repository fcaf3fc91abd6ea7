#pragma once
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "store/committer.hpp"

namespace loangate::delivery {

/// Hands a unit to the single writer and goes on, on the caller's own executor, once its fate is known.
inline boost::asio::awaitable<store::Committed> commit(store::Committer& committer, store::Unit unit) {
  namespace asio = boost::asio;
  auto initiate = [&committer](auto handler, store::Unit work) {
    const auto executor = asio::get_associated_executor(handler);
    committer.submit(
        std::move(work), [handler = std::move(handler), executor](store::Committed committed) mutable {
          asio::post(executor, [handler = std::move(handler), committed = std::move(committed)]() mutable {
            std::move(handler)(std::move(committed));
          });
        });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(store::Committed)>(
      std::move(initiate), asio::use_awaitable, std::move(unit));
}

/// The unit of an attempt to deliver, or of an acknowledgement: it changes one delivery and nothing else.
inline store::Unit change_of(store::DeliveryChange change) {
  return [change = std::move(change)](const store::View&, Sequence) {
    store::Writes writes;
    writes.deliveries.push_back(change);
    return writes;
  };
}

}  // namespace loangate::delivery
