#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <future>
#include <utility>

namespace loangate::app {

/// Runs a coroutine on a context that other threads run, and waits for what it returns.
template <class T>
T wait_for(boost::asio::io_context& context, boost::asio::awaitable<T> work) {
  auto promise = std::make_shared<std::promise<T>>();
  auto future = promise->get_future();
  boost::asio::co_spawn(context, std::move(work), [promise](std::exception_ptr fault, T result) {
    if (fault) {
      promise->set_exception(fault);
    } else {
      promise->set_value(std::move(result));
    }
  });
  return future.get();
}

}  // namespace loangate::app
