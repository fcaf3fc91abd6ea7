#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <type_traits>
#include <utility>

namespace loangate::ops {

/// Runs work on a thread of the pool, and comes back: so that no connection waits for it.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work>> on_thread_of(boost::asio::thread_pool& pool, Work work) {
  std::optional<std::invoke_result_t<Work>> result;
  auto run = [](auto& of, auto& into) -> boost::asio::awaitable<void> {
    into.emplace(of());
    co_return;
  };
  auto running = run(work, result);
  co_await boost::asio::co_spawn(pool.get_executor(), std::move(running), boost::asio::use_awaitable);
  co_return *std::move(result);
}

}  // namespace loangate::ops
