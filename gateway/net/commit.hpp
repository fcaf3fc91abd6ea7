#pragma once
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "store/committer.hpp"

namespace loangate::net {

/// Waits for a unit's commit without holding the thread, and goes on where it was called.
inline boost::asio::awaitable<store::Committed> commit(store::Committer& committer, store::Unit unit) {
  const auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [&committer, executor](auto handler, store::Unit work) {
    committer.submit(std::move(work), [handler = std::move(handler), executor](store::Committed committed) mutable {
      boost::asio::post(executor, [handler = std::move(handler), committed = std::move(committed)]() mutable {
        std::move(handler)(std::move(committed));
      });
    });
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(store::Committed)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(unit));
}

}  // namespace loangate::net
